"""What reached a brand last: cheap enough to be asked every second."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from events.models import Event, EventType, UnmatchedName
from wallets.addresses import mask

ERASED = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One event. `person` is masked, `amount` in hundredths of RSNC."""

    public_id: str
    name: str
    person: str
    status: str
    reason: str
    amount: int
    test: bool
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Stranger:
    """A name that was posted and that no event type has."""

    name: str
    count: int
    last_at: datetime


def last_arrived(*, brand_id: int) -> Arrived | None:
    """The brand's newest event of either world, in the order in which they were recorded."""
    newest = Event.objects.filter(brand_id=brand_id).order_by("-position", "-id")
    event = newest.select_related("detail").first()
    if event is None:
        return None
    detail = getattr(event, "detail", None)
    return Arrived(
        public_id=event.public_id,
        name=event.name,
        person=mask(detail.address) if detail else ERASED,
        status=event.status,
        reason=event.reason,
        amount=event.amount,
        test=event.test,
        received_at=event.received_at,
    )


def last_stranger(*, brand_id: int) -> Stranger | None:
    """The unmatched name that was posted last, unless it has become an event type since."""
    known = EventType.objects.filter(brand_id=brand_id, key=OuterRef("name"))
    names = UnmatchedName.objects.filter(~Exists(known), brand_id=brand_id)
    name = names.order_by("-last_at", "-pk").first()
    return Stranger(name.name, name.count, name.last_at) if name else None


def anything_of(brand_id: OuterRef | int) -> Exists:
    """Whether the brand has any event, for a query that is made anyway."""
    return Exists(Event.objects.filter(brand_id=brand_id))
