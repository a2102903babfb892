"""What is tried in vain, by services and past them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction


def tried(call: Callable[[], Any]) -> Any:
    """What came of it, or the refusal."""
    try:
        return call()
    except Exception as refused:
        return type(refused)


def refused(query: str, *parameters: object) -> str:
    """The database's own words."""
    with (
        pytest.raises(IntegrityError) as refusal,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(query, parameters)
    return f"{refusal.value}"
