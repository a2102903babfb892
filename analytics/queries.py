"""What the overview and the list of event types say: today's events, and what each type paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum

from events.models import Event, EventType, RuleVersion, Status


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


@dataclass(frozen=True, slots=True)
class EventTypeRow:
    """An event type with the version in force and what it paid, in hundredths of RSNC."""

    event_type: EventType
    version: RuleVersion | None
    paid: int


def today(*, brand_id: int, since: datetime) -> Today:
    """Live events since a moment, in one query; refusals most frequent first."""
    live = Event.objects.filter(brand_id=brand_id, test=False, received_at__gte=since)
    groups = list(
        live.values("name", "status", "reason")
        .annotate(count=Count("pk"), paid=Sum("amount"))
        .order_by("-count", "name")
    )
    rewarded = [group for group in groups if group["status"] == Status.REWARDED]
    return Today(
        events=sum(group["count"] for group in groups),
        rewarded=sum(group["count"] for group in rewarded),
        credited=sum(group["paid"] for group in rewarded),
        refusals=[
            Refusals(group["name"], group["status"], group["reason"], group["count"])
            for group in groups
            if group["status"] != Status.REWARDED
        ],
    )


def event_type_rows(*, brand_id: int, since: datetime) -> list[EventTypeRow]:
    """The brand's event types in their order, with what each has paid since a moment. Three queries."""
    live = Event.objects.filter(brand_id=brand_id, test=False, received_at__gte=since)
    paid = dict(live.values_list("event_type_id").annotate(Sum("amount")))
    # A later rule of the same type gives way to the first one.
    versions = {
        version.rule.event_type_id: version
        for version in RuleVersion.objects.in_force()
        .filter(rule__event_type__brand_id=brand_id)
        .reverse()
    }
    rows = EventType.objects.filter(brand_id=brand_id).order_by("position", "pk")
    return [EventTypeRow(each, versions.get(each.pk), paid.get(each.pk, 0)) for each in rows]
