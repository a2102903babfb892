"""What was paid and refused in the last hour, beside the same hour of the days before.

Read from figures: by minute and, for the days before, by quarter of an hour; events that are not folded yet are added.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median_high
from zoneinfo import ZoneInfo

from analytics.models import Alert
from analytics.queries.alert_limits import Limits, limits_of
from analytics.queries.source import LIVE_FOLD, TAIL, rows
from brands.calendar import DAY
from brands.models import Brand
from events.models import EventType

HOUR = timedelta(hours=1)
# The usual is the median of the same hour of so many days before, of those on which it was there already.
DAYS = 28
# With fewer of them there is no usual yet.
LEAST_DAYS = 7
# One look at every brand: two probes of an index for who is quiet.
LAST_HOUR = """
SELECT b.id, x.event_type_id, sum(x.amount)::bigint,
       coalesce(sum(x.events) FILTER (WHERE x.status <> 'rewarded'), 0)::bigint
FROM brands_brand b
LEFT JOIN analytics_fold f ON f.brand_id = b.id AND f.state = 'live'
CROSS JOIN LATERAL (
    SELECT m.event_type_id, m.status, m.events, m.amount FROM analytics_minutefigures m
    WHERE m.fold_id = f.id AND NOT m.test AND m.minute >= %(since)s AND m.minute < %(until)s
    UNION ALL
    SELECT e.event_type_id, e.status, 1, e.amount FROM (
        SELECT e.event_type_id, e.status, e.amount, e.received_at, e.test FROM events_event e
        WHERE e.brand_id = b.id AND (e.position, e.id)
            > (coalesce(f.position, -1), coalesce(f.event, '00000000-0000-0000-0000-000000000000')) OFFSET 0) e
    WHERE NOT e.test AND e.received_at >= %(since)s AND e.received_at < %(until)s) x
GROUP BY 1, 2
"""
SAME_HOURS = f"""
WITH {LIVE_FOLD.format(condition="")}, hour AS (
    SELECT * FROM unnest(%(starts)s::timestamptz[]) WITH ORDINALITY AS h (since, place)
), part AS (
    SELECT h.place, q.event_type_id, q.status, q.events, q.amount
    FROM fold f CROSS JOIN hour h JOIN analytics_quarterfigures q ON q.fold_id = f.id AND q.test = %(test)s
        AND q.quarter >= h.since AND q.quarter < h.since + interval '1 hour'
    UNION ALL
    SELECT h.place, e.event_type_id, e.status, 1, e.amount
    FROM {TAIL} JOIN hour h ON e.received_at >= h.since AND e.received_at < h.since + interval '1 hour'
)
SELECT place, event_type_id, sum(amount)::bigint,
       coalesce(sum(events) FILTER (WHERE status <> 'rewarded'), 0)::bigint
FROM part GROUP BY 1, 2
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Hour:
    """One event type's hour. `credited` in hundredths of RSNC, `refused` in events."""

    brand: int
    event_type: int
    credited: int
    refused: int


@dataclass(frozen=True, slots=True)
class Unusual:
    """Something above its limit. Hundredths of RSNC for what was paid, events for refusals.

    `usual`: the median of `days` days; None where there are too few of them.
    """

    kind: str
    brand: int
    event_type: int | None
    measured: int
    usual: int | None
    days: int
    limit: int


@dataclass(frozen=True, slots=True)
class Before:
    """The same hour of days before, newest first: when each began, and what was paid and refused in it."""

    starts: Sequence[datetime]
    hours: dict[int, dict[int, Hour]]

    def usual_pay(self, event_type: int, since: datetime) -> tuple[int | None, int]:
        nothing = Hour(0, event_type, 0, 0)
        return self.middle(
            since, lambda place: self.hours.get(place, {}).get(event_type, nothing).credited
        )

    def usual_refusals(self, since: datetime) -> tuple[int | None, int]:
        return self.middle(
            since, lambda place: sum(each.refused for each in self.hours.get(place, {}).values())
        )

    def middle(self, since: datetime, of: Callable[[int], int]) -> tuple[int | None, int]:
        """The median over the days on which it was there from the beginning of the hour, and their number."""
        places = [place for place, start in enumerate(self.starts, start=1) if start >= since]
        if len(places) < LEAST_DAYS:
            return None, len(places)
        return median_high([of(place) for place in places]), len(places)


def unusual(*, now: datetime) -> list[Unusual]:
    """Everything that is above its limit in the hour until now. One query, and one more for each brand that
    is above a floor."""
    by_brand: dict[int, list[Hour]] = {}
    for each in last_hour(now):
        by_brand.setdefault(each.brand, []).append(each)
    network, own = limits_of(by_brand)
    loud = {
        brand: hours
        for brand, hours in by_brand.items()
        if above_a_floor(hours, own.get(brand, network))
    }
    brands = Brand.objects.in_bulk(loud)
    return [
        found
        for brand, hours in sorted(loud.items())
        for found in unusual_of(brands[brand], hours, own.get(brand, network), now)
    ]


def last_hour(now: datetime) -> list[Hour]:
    """Of every brand, by event type, up to the minute that is under way."""
    until = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return [Hour(*row) for row in rows(LAST_HOUR, {"since": until - HOUR, "until": until})]


def above_a_floor(hours: Sequence[Hour], limits: Limits) -> bool:
    paid = any(each.credited >= limits.pay_floor for each in hours)
    return paid or sum(each.refused for each in hours) >= limits.refusal_floor


def unusual_of(
    brand: Brand, hours: Sequence[Hour], limits: Limits, now: datetime
) -> Iterator[Unusual]:
    before = same_hours(brand, now)
    made = dict(EventType.objects.filter(brand=brand).values_list("pk", "created_at"))
    for each in hours:
        if each.credited < limits.pay_floor or each.event_type not in made:
            continue
        usual, days = before.usual_pay(each.event_type, made[each.event_type])
        limit = limits.pay_limit(usual)
        if each.credited >= limit:
            yield Unusual(
                Alert.Kind.PAY, brand.pk, each.event_type, each.credited, usual, days, limit
            )
    refused = sum(each.refused for each in hours)
    usual, days = before.usual_refusals(brand.created_at)
    limit = limits.refusal_limit(usual)
    if refused >= limit:
        yield Unusual(Alert.Kind.REFUSALS, brand.pk, None, refused, usual, days, limit)


def same_hours(brand: Brand, now: datetime) -> Before:
    """The same hour by the brand's clock of the days before, in quarters of an hour. One query."""
    starts = starts_of(now, brand.zone)
    values = {"brand": brand.pk, "test": False, "starts": starts}
    hours: dict[int, dict[int, Hour]] = {}
    for place, event_type, credited, refused in rows(SAME_HOURS, values):
        hours.setdefault(place, {})[event_type] = Hour(brand.pk, event_type, credited, refused)
    return Before(starts, hours)


def starts_of(now: datetime, zone: ZoneInfo) -> list[datetime]:
    """When the hour began on each of the days before, yesterday first, on a quarter of an hour.

    By the clock on the wall: the shop opens at nine, whatever the clock was changed by since.
    """
    began = (now - HOUR).astimezone(zone)
    began = began.replace(minute=began.minute - began.minute % 15, second=0, microsecond=0)
    wall = began.replace(tzinfo=None)
    return [(wall - DAY * days).replace(tzinfo=zone).astimezone(UTC) for days in range(1, DAYS + 1)]
