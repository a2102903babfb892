"""How long calls took to answer, by day or by hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from analytics.buckets import BUCKETS, middle_of
from analytics.models import Call
from analytics.queries.figures import hours_of
from analytics.queries.period import Period
from analytics.queries.source import rows

# Of which hours are summed.
QUARTERS_KEPT = timedelta(days=35)
# Number by number: a sum of each is ten times as fast as taking the arrays apart.
SUMS = ", ".join(f"sum(p.within[{n}])::bigint" for n in range(1, BUCKETS + 1))
# How many numbers stay below the rank of a percentile is the bucket that it falls into.
PERCENTILES = ", ".join(
    f"width_bucket((({share} * s.calls + 99) / 100) - 1, s.within)" for share in (50, 95, 99)
)
BY_DAY = "a.day - %(first)s::date AS place, a.within FROM analytics_dayanswers a WHERE a.brand_id = %(brand)s AND a.day BETWEEN %(first)s AND %(last)s"
BY_HOUR = (
    "width_bucket(a.quarter, %(starts)s::timestamptz[]) - 1 AS place, a.within FROM analytics_quarteranswers a "
    "WHERE a.brand_id = %(brand)s AND a.quarter >= %(since)s AND a.quarter < %(until)s"
)
READ = f"""
SELECT s.call, s.place, s.now, s.calls, {PERCENTILES} FROM (
    SELECT call, place, now, within, within[{BUCKETS}] AS calls FROM (
        SELECT p.call, p.place, p.place >= %(ahead)s AS now, ARRAY[{SUMS}] AS within
        FROM (SELECT a.call, {{parts}}) p
        GROUP BY GROUPING SETS ((p.call, p.place), (p.call, p.place >= %(ahead)s))) g) s
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Times:
    """So many calls were answered; half of them, 95 and 99 of a hundred within so many milliseconds."""

    calls: int = 0
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True)
class CallTimes:
    """One kind of call: each day (or hour), the period, and the one before."""

    parts: Sequence[Times]
    total: Times
    before: Times


@dataclass(frozen=True, slots=True)
class ResponseTimes:
    """By kind of call, all of them. `labels`: the days, or the hours' beginnings."""

    labels: Sequence[date] | Sequence[datetime]
    calls: Mapping[Call, CallTimes]


def response_times(*, brand_id: int, period: Period) -> ResponseTimes:
    """The period by days, compared with the one before. One query.

    Percentiles are read from buckets, at most 4.5 % off (`analytics/buckets.py`). Calls of both worlds count: it is
    the same work. A day is that of the zone which the brand had then.
    """
    before = period.before()
    found = rows(
        READ.format(parts=BY_DAY),
        {
            "brand": brand_id,
            "first": before.first,
            "last": period.last,
            "ahead": period.length,
        },
    )
    return report(period.days, found, ahead=period.length)


def response_times_by_hour(*, brand_id: int, period: Period) -> ResponseTimes:
    """The same by hours since midnight, from quarters of an hour, which are kept for QUARTERS_KEPT."""
    before = period.before()
    earlier = hours_of(before.since, before.until)
    hours = hours_of(period.since, period.until)
    values = {
        "brand": brand_id,
        "starts": [*earlier, *hours],
        "since": before.since,
        "until": period.until,
        "ahead": len(earlier),
    }
    return report(hours, rows(READ.format(parts=BY_HOUR), values), ahead=len(earlier))


def report(
    labels: Sequence[date] | Sequence[datetime], found: Sequence[tuple[Any, ...]], *, ahead: int
) -> ResponseTimes:
    parts: dict[tuple[str, int], Times] = {}
    totals: dict[tuple[str, bool], Times] = {}
    for call, place, now, calls, *buckets in found:
        times = Times(calls, *(middle_of(bucket) for bucket in buckets))
        if place is None:
            totals[call, now] = times
        else:
            parts[call, place] = times
    nothing = Times()
    return ResponseTimes(
        labels,
        {
            call: CallTimes(
                [parts.get((call, ahead + n), nothing) for n in range(len(labels))],
                totals.get((call, True), nothing),
                totals.get((call, False), nothing),
            )
            for call in Call
        },
    )
