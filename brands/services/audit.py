"""The audit log: who did what for a brand, noted in the transaction that does it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from brands.models import AuditEntry, Brand, User


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the request came from that makes the change."""

    address: str = ""
    request_id: str = ""


NOWHERE = Origin()
# Set for the length of a request. Who acts and when are arguments; where from is the same for all
# that one request does, as in its log lines.
_origin: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)
LONGEST_SUBJECT = 200


@contextmanager
def acting_from(*, address: str, request_id: str) -> Iterator[None]:
    """What is noted inside is noted with this address and request id."""
    token = _origin.set(Origin(address, request_id))
    try:
        yield
    finally:
        _origin.reset(token)


def note(
    *,
    brand: Brand,
    by: User | None,
    action: str,
    now: datetime,
    subject: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write one entry. Call it inside the transaction of the change, so that neither is without the other.

    `action` is noun.verb; `before` and `after` hold what changed, JSON-able, without secrets, and with
    people by their `wal_…` or masked. Fields that are equal on both sides are left out.
    """
    was, became = dict(before or {}), dict(after or {})
    same = {name for name in was.keys() & became.keys() if was[name] == became[name]}
    origin = _origin.get()
    return AuditEntry.objects.create(
        brand=brand,
        by=by,
        action=action,
        subject=subject[:LONGEST_SUBJECT],
        before={name: value for name, value in was.items() if name not in same},
        after={name: value for name, value in became.items() if name not in same},
        address=origin.address,
        request_id=origin.request_id,
        created_at=now,
    )
