"""What the overview says: the events of a day, and what was refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum

from events.models import Event, Status


@dataclass(frozen=True, slots=True)
class Refusals:
    """How often one thing was refused, and why. `event` is the event type's key."""

    event: str
    status: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Today:
    """The live events of a day. `credited` in hundredths of RSNC."""

    events: int
    rewarded: int
    credited: int
    refusals: Sequence[Refusals]

    @property
    def refused(self) -> int:
        return self.events - self.rewarded


def today(*, brand_id: int, since: datetime, test: bool = False) -> Today:
    """Events since a moment, in one query of an index; refusals most frequent first."""
    live = Event.objects.filter(brand_id=brand_id, test=test, received_at__gte=since)
    groups = list(
        live.values("event_type__key", "status", "reason")
        .annotate(count=Count("pk"), paid=Sum("amount"))
        .order_by("-count", "event_type__key")
    )
    rewarded = [group for group in groups if group["status"] == Status.REWARDED]
    return Today(
        events=sum(group["count"] for group in groups),
        rewarded=sum(group["count"] for group in rewarded),
        credited=sum(group["paid"] for group in rewarded),
        refusals=[
            Refusals(group["event_type__key"], group["status"], group["reason"], group["count"])
            for group in groups
            if group["status"] != Status.REWARDED
        ],
    )
