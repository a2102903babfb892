"""The event log: what reached a brand, newest first, people masked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from events.models import Event
from wallets.addresses import mask

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ERASED = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilters:
    """Empty means every one. Test events and live ones are never shown together."""

    event: str = ""
    status: str = ""
    test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One event as a line. `person` is masked, `amount` in hundredths of RSNC."""

    public_id: str
    name: str
    person: str
    status: str
    reason: str
    amount: int
    trust: str
    test: bool
    received_at: datetime
    next_eligible_at: datetime | None


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some rows, and where the next older ones begin."""

    rows: Sequence[LogRow]
    next: str | None


def log_page(*, brand_id: int, filters: LogFilters, cursor: str | None, limit: int) -> LogPage:
    """The newest events below the cursor, in one query. A cursor that is none begins at the newest."""
    events = Event.objects.filter(brand_id=brand_id, test=filters.test, **chosen(filters))
    if start := position(cursor):
        received_at, event_id = start
        older = Q(received_at__lt=received_at) | Q(received_at=received_at, id__lt=event_id)
        # The first condition alone lets the index begin there.
        events = events.filter(older, received_at__lte=received_at)
    found = list(events.select_related("detail").order_by("-received_at", "-id")[: limit + 1])
    rows = [row_of(event) for event in found[:limit]]
    return LogPage(rows, cursor_at(found[limit - 1]) if len(found) > limit else None)


def events_of_wallet(*, brand_id: int, wallet: int, limit: int) -> list[LogRow]:
    """The last events of one person at this brand."""
    events = Event.objects.filter(wallet_id=wallet, brand_id=brand_id).select_related("detail")
    return [row_of(event) for event in events.order_by("-received_at", "-id")[:limit]]


def chosen(filters: LogFilters) -> dict[str, Any]:
    conditions = {"name": filters.event, "status": filters.status}
    return {field: value for field, value in conditions.items() if value}


def row_of(event: Event) -> LogRow:
    return LogRow(
        public_id=event.public_id,
        name=event.name,
        person=person_of(event),
        status=event.status,
        reason=event.reason,
        amount=event.amount,
        trust=event.trust,
        test=event.test,
        received_at=event.received_at,
        next_eligible_at=event.next_eligible_at,
    )


def person_of(event: Event) -> str:
    """Who it was about, masked. The detail may have been erased."""
    detail = getattr(event, "detail", None)
    return mask(detail.address) if detail else ERASED


def cursor_at(event: Event) -> str:
    return f"{(event.received_at - EPOCH) // MICROSECOND}-{event.id.hex}"


def position(cursor: str | None) -> tuple[datetime, UUID] | None:
    microseconds, _, digits = (cursor or "").partition("-")
    try:
        return EPOCH + int(microseconds) * MICROSECOND, UUID(hex=digits)
    except (ValueError, OverflowError):
        return None
