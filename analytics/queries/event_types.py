"""What the list of event types says, and what each version of a rule decided."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Sum

from analytics.queries.figures import figures_now
from analytics.queries.period import Period, Scope
from events.models import Event, EventType, RuleVersion, Status

# A call that was under way, and clocks that differ: an event may be judged by a version that was published
# a moment after it came, or had just been followed by another.
AROUND = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class EventTypeRow:
    """An event type with the version in force and what it did: live events, and hundredths of RSNC."""

    event_type: EventType
    version: RuleVersion | None
    events: int
    paid: int


@dataclass(frozen=True, slots=True)
class VersionFigures:
    """What a version of a rule decided: live events, and hundredths of RSNC. `until`: when it was followed."""

    judged: int
    rewarded: int
    paid: int
    until: datetime | None


def event_type_rows(*, brand_id: int, period: Period) -> list[EventTypeRow]:
    """The brand's event types in their order, with what each has done in these days. Three queries, the figures exact
    at any moment."""
    done: dict[int, tuple[int, int]] = {}
    for figure in figures_now(Scope(brand_id, period)):
        events, paid = done.get(figure.event_type, (0, 0))
        done[figure.event_type] = events + figure.events, paid + figure.amount
    # A later rule of the same type gives way to the first one.
    versions = {
        version.rule.event_type_id: version
        for version in RuleVersion.objects.in_force()
        .filter(rule__event_type__brand_id=brand_id)
        .reverse()
    }
    rows = EventType.objects.filter(brand_id=brand_id).order_by("position", "pk")
    return [EventTypeRow(each, versions.get(each.pk), *done.get(each.pk, (0, 0))) for each in rows]


def version_figures(*, brand_id: int, version: RuleVersion) -> VersionFigures:
    """What a version decided while it was in force, in two queries of an index."""
    until = RuleVersion.objects.filter(rule=version.rule_id, number__gt=version.number).aggregate(
        until=Min("published_at")
    )["until"]
    live = Event.objects.filter(
        brand_id=brand_id,
        test=False,
        received_at__gte=version.published_at - AROUND,
        rule_version=version.pk,
    )
    if until is not None:
        live = live.filter(received_at__lt=until + AROUND)
    groups = live.values("status").annotate(count=Count("pk"), paid=Sum("amount"))
    by_status = {group["status"]: group for group in groups}
    rewarded = by_status.get(Status.REWARDED, {"count": 0, "paid": 0})
    return VersionFigures(
        judged=sum(group["count"] for group in by_status.values()),
        rewarded=rewarded["count"],
        paid=rewarded["paid"],
        until=until,
    )
