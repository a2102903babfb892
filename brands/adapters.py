"""Where django-allauth's choices are ours."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in by e-mail; accounts are made by invitation and by the operator for now."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
