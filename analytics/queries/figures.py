"""Events and credits over time, what was refused and why, and what each event type costs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from analytics.queries.period import Scope
from analytics.queries.source import LIVE_FOLD, TAIL, rows, rows_now
from events.models import Status

HOUR = timedelta(hours=1)
# By the days of another zone than the fold's: from quarters of an hour, of which they are sums.
BY_DAY = f"""
WITH {LIVE_FOLD.format(condition="")}, part AS (
    SELECT d.day - %(first)s::date AS place, d.event_type_id, d.status, d.reason, d.events, d.amount
    FROM fold f JOIN analytics_dayfigures d ON d.fold_id = f.id AND d.test = %(test)s
    WHERE f.zone = %(zone)s AND d.day BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT width_bucket(q.quarter, %(starts)s::timestamptz[]) - 1, q.event_type_id, q.status, q.reason, q.events, q.amount
    FROM fold f JOIN analytics_quarterfigures q ON q.fold_id = f.id AND q.test = %(test)s
    WHERE f.zone <> %(zone)s AND q.quarter >= %(since)s AND q.quarter < %(until)s
    UNION ALL
    SELECT width_bucket(e.received_at, %(starts)s::timestamptz[]) - 1, e.event_type_id, e.status, e.reason, 1, e.amount
    FROM {TAIL} WHERE e.received_at >= %(since)s AND e.received_at < %(until)s
)
SELECT place, event_type_id, status, reason, sum(events)::bigint, sum(amount)::bigint
FROM part WHERE %(event_type)s::bigint IS NULL OR event_type_id = %(event_type)s
GROUP BY 1, 2, 3, 4
"""  # noqa: S608 - our own words

FIRST = """
SELECT e.received_at FROM events_event e WHERE e.brand_id = %(brand)s AND e.test = %(test)s ORDER BY e.received_at LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """So many events of a type were decided so in the `place`th day or hour. `amount` in hundredths of RSNC."""

    place: int
    event_type: int
    status: str
    reason: str
    events: int
    amount: int

    @property
    def rewarded(self) -> bool:
        return self.status == Status.REWARDED


@dataclass(frozen=True, slots=True)
class Total:
    """Events, how many of them were rewarded, and hundredths of RSNC."""

    events: int = 0
    rewarded: int = 0
    credited: int = 0

    @property
    def refused(self) -> int:
        return self.events - self.rewarded

    @property
    def rate(self) -> Fraction | None:
        """Of one event, how much was rewarded."""
        return Fraction(self.rewarded, self.events) if self.events else None

    @property
    def per_reward(self) -> int | None:
        """What a rewarded event cost, in hundredths of RSNC, rounded."""
        return round(Fraction(self.credited, self.rewarded)) if self.rewarded else None

    @property
    def per_event(self) -> int | None:
        """What an event cost, the refused ones included, in hundredths of RSNC, rounded."""
        return round(Fraction(self.credited, self.events)) if self.events else None


@dataclass(frozen=True, slots=True)
class Series:
    """One event type: a total for each day (or hour), for all of them, and for the period before."""

    event_type: int
    parts: Sequence[Total]
    total: Total
    before: Total


@dataclass(frozen=True, slots=True)
class Refusal:
    """How often this was the answer, now and in the period before."""

    status: str
    reason: str
    events: int
    before: int


@dataclass(frozen=True, slots=True)
class EventsReport:
    """A period's events, by event type (its id) and by decision. `labels`: the days, or the hours' beginnings."""

    labels: Sequence[date] | Sequence[datetime]
    parts: Sequence[Total]
    total: Total
    before: Total
    # What cost most first.
    event_types: Sequence[Series]
    # The most frequent first.
    refusals: Sequence[Refusal]


def events_report(scope: Scope) -> EventsReport:
    """The period by days, compared with the one before. One query, exact at any moment."""
    length = scope.period.length
    whole = type(scope.period)(scope.period.before().first, scope.period.last, scope.period.zone)
    return report(
        scope.period.days,
        read(scope, whole.first, whole.last, whole.starts, zone=scope.period.zone.key),
        ahead=length,
    )


def events_by_hour(scope: Scope) -> EventsReport:
    """The same by hours since midnight: a day has 23, 24 or 25 of them. Meant for a week at most."""
    period, before = scope.period, scope.period.before()
    earlier = hours_of(before.since, before.until)
    hours = hours_of(period.since, period.until)
    starts = [*earlier, *hours, period.until]
    # No fold counts by hours: by the name of no zone, quarters are taken.
    found = read(scope, before.first, period.last, starts, zone="")
    return report(hours, found, ahead=len(earlier))


def first_event_at(scope: Scope) -> datetime | None:
    """When the world's first event of all came, whatever the period. One query, of the end of an index."""
    found = rows(FIRST, {"brand": scope.brand_id, "test": scope.test})
    return found[0][0] if found else None


def hours_of(since: datetime, until: datetime) -> list[datetime]:
    """The last one is shorter where the clock was changed by half an hour."""
    count = -(-(until - since) // HOUR)
    return [since + HOUR * n for n in range(count)]


def figures_now(scope: Scope) -> list[Figure]:
    """The period by days, never a moment behind. One query."""
    period = scope.period
    values = asking(scope, period.first, period.last, period.starts, zone=period.zone.key)
    return [Figure(*row) for row in rows_now(BY_DAY, values)]


def read(
    scope: Scope, first: date, last: date, starts: Sequence[datetime], *, zone: str
) -> list[Figure]:
    return [Figure(*row) for row in rows(BY_DAY, asking(scope, first, last, starts, zone=zone))]


def asking(
    scope: Scope, first: date, last: date, starts: Sequence[datetime], *, zone: str
) -> dict[str, Any]:
    return {
        "brand": scope.brand_id,
        "test": scope.test,
        "event_type": scope.event_type,
        "zone": zone,
        "first": first,
        "last": last,
        "starts": list(starts),
        "since": starts[0],
        "until": starts[-1],
    }


def report(
    labels: Sequence[date] | Sequence[datetime], figures: Sequence[Figure], *, ahead: int
) -> EventsReport:
    """From figures of the period before, so many places of them, and then of the period."""
    now = [each for each in figures if each.place >= ahead]
    before = [each for each in figures if each.place < ahead]
    now_of, before_of = by_event_type(now), by_event_type(before)
    series = [
        Series(
            event_type,
            parts_of(now_of.get(event_type, []), ahead, len(labels)),
            total_of(now_of.get(event_type, [])),
            total_of(before_of.get(event_type, [])),
        )
        for event_type in now_of.keys() | before_of.keys()
    ]
    return EventsReport(
        labels=labels,
        parts=parts_of(now, ahead, len(labels)),
        total=total_of(now),
        before=total_of(before),
        event_types=sorted(
            series, key=lambda each: (-each.total.credited, -each.total.events, each.event_type)
        ),
        refusals=refusals_of(now, before),
    )


def by_event_type(figures: Sequence[Figure]) -> Mapping[int, Sequence[Figure]]:
    found: dict[int, list[Figure]] = {}
    for each in figures:
        found.setdefault(each.event_type, []).append(each)
    return found


def parts_of(figures: Sequence[Figure], ahead: int, length: int) -> list[Total]:
    by_place: dict[int, list[Figure]] = {}
    for each in figures:
        by_place.setdefault(each.place - ahead, []).append(each)
    return [total_of(by_place.get(place, [])) for place in range(length)]


def total_of(figures: Sequence[Figure]) -> Total:
    return Total(
        events=sum(each.events for each in figures),
        rewarded=sum(each.events for each in figures if each.rewarded),
        credited=sum(each.amount for each in figures),
    )


def refusals_of(now: Sequence[Figure], before: Sequence[Figure]) -> list[Refusal]:
    counts: tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]] = (Counter(), Counter())
    for count, figures in zip(counts, (now, before), strict=True):
        for each in figures:
            if not each.rewarded:
                count[each.status, each.reason] += each.events
    found = [
        Refusal(*answer, counts[0][answer], counts[1][answer]) for answer in counts[0] | counts[1]
    ]
    return sorted(found, key=lambda each: (-each.events, -each.before, each.status, each.reason))
