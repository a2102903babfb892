"""What the list of event types says, and what each version of a rule decided."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q, Sum

from analytics.queries.figures import figures_now
from analytics.queries.period import Period, Scope
from brands.calendar import DAY, local_day
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


def version_figures(
    *, brand_id: int, version: RuleVersion, zone: ZoneInfo, now: datetime
) -> VersionFigures:
    """What a version decided while it was in force: whole days of it from figures, and what is around them from the
    events. `zone` is the brand's. Three queries at most, exact at any moment."""
    term = term_of(version, zone=zone, now=now)
    by_status = Counter[str]()
    paid = 0
    if term.days is not None:
        for figure in figures_now(Scope(brand_id, term.days, event_type=term.event_type)):
            # What is decided without a rule is no reward, and nothing else is.
            if figure.status != Status.NO_REWARD:
                by_status[figure.status] += figure.events
                paid += figure.amount
    events = Event.objects.filter(brand_id=brand_id, test=False, rule_version=version.pk)
    # Each a stretch of an index.
    parts = [
        events.filter(around).values_list("status").annotate(Count("pk"), Sum("amount"))
        for around in term.around
    ]
    for status, count, amount in parts[0].union(*parts[1:], all=True):
        by_status[status] += count
        paid += amount
    return VersionFigures(
        judged=by_status.total(),
        rewarded=by_status[Status.REWARDED],
        paid=paid,
        until=term.until,
    )


@dataclass(frozen=True, slots=True)
class Term:
    """When a version was in force. On `days` it judged all that was judged of its event type; it may have judged what
    came `around` them."""

    event_type: int
    until: datetime | None
    days: Period | None
    around: Sequence[Q]


def term_of(version: RuleVersion, *, zone: ZoneInfo, now: datetime) -> Term:
    """One query."""
    known = RuleVersion.objects.filter(rule__event_type__rules=version.rule_id).aggregate(
        until=Min(
            "published_at",
            filter=Q(rule=version.rule_id, number__gt=version.number),
        ),
        rules=Count("rule", distinct=True),
        event_type=Min("rule__event_type"),
    )
    until: datetime | None = known["until"]
    first = local_day(version.published_at + AROUND, zone) + DAY
    last = local_day(now if until is None else until - AROUND, zone)
    if until is not None:
        last -= DAY
    began = Q(received_at__gte=version.published_at - AROUND)
    ended = Q() if until is None else Q(received_at__lt=until + AROUND)
    if known["rules"] > 1 or last < first:
        return Term(known["event_type"], until, None, [began & ended])
    days = Period(first, last, zone)
    before, after = Q(received_at__lt=days.since), Q(received_at__gte=days.until)
    return Term(known["event_type"], until, days, [began & before, after & ended])
