"""What even the operator does not do."""

from typing import Any

from django.http import HttpRequest


class NeverDeleted:
    """What the log and the books refer to stays."""

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False


class ReadOnly(NeverDeleted):
    """Looked at here, made and ended by the brand."""

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False
