"""Who came: new and returning people by day, and how many of a week's new people came again.

People are counted exactly, not estimated: each has a number at its brand, a day is a set of bits, and sets of any
days are put together by `or`. A million people and 90 days are some eleven megabytes of bits to go through.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from analytics.models import BLOCK
from analytics.queries.period import Scope
from analytics.queries.source import LIVE_FOLD, PERSON, TAIL, rows
from brands.calendar import DAY, day_start

# Of a fold by another zone's days nothing is used (it is replaced within minutes): slow, and as exact. People of
# the tail who have no number yet are given the next ones. `per`: days of a place, 1 or 7.
SETS = f"""
WITH {LIVE_FOLD.format(condition="AND zone = %(zone)s")}, tail AS MATERIALIZED (
    SELECT e.wallet_id AS wallet, e.received_at FROM {TAIL} WHERE e.wallet_id IS NOT NULL
), late AS MATERIALIZED (
    SELECT n.wallet, n.places, least(n.first_at, p.first_at) AS first_at, coalesce(p.number,
               f.people - 1 + row_number() OVER (PARTITION BY p.number IS NULL ORDER BY n.wallet))::int AS number
    FROM (SELECT wallet, min(received_at) AS first_at,
                 array_agg(DISTINCT (width_bucket(received_at, %(starts)s::timestamptz[]) - 1) / %(per)s)
                     FILTER (WHERE received_at >= %(since)s AND received_at < %(until)s) AS places
          FROM tail GROUP BY wallet) n
    CROSS JOIN fold f
    {PERSON.format(wallet="n.wallet")}
), newcomer AS MATERIALIZED (
    SELECT (width_bucket(n.first_at, %(starts)s::timestamptz[]) - 1) / %(per)s AS place, n.number FROM (
        SELECT p.first_at, p.number FROM fold f
        JOIN analytics_person p ON p.fold_id * 2 + p.test::int = f.id * 2 + %(test)s::int
        WHERE p.first_at >= %(since)s AND p.first_at < %(until)s AND p.number NOT IN (SELECT number FROM late)
        UNION ALL SELECT first_at, number FROM late WHERE first_at >= %(since)s AND first_at < %(until)s) n
), present AS MATERIALIZED (
    SELECT s.place, s.block, bit_or(s.bits) AS bits FROM (
        SELECT (p.day - %(first)s::date) / %(per)s AS place, p.block, p.bits FROM fold f
        JOIN analytics_presence p ON p.fold_id = f.id AND p.test = %(test)s AND p.day BETWEEN %(first)s AND %(last)s
        UNION ALL
        SELECT t.place, t.number / BLOCK, bit_or(set_bit(B'0'::bit(BLOCK), t.number %% BLOCK, 1))
        FROM (SELECT l.number, n.place FROM late l CROSS JOIN LATERAL unnest(l.places) n(place)) t
        GROUP BY 1, 2) s
    GROUP BY 1, 2
)
""".replace("BLOCK", f"{BLOCK}")  # noqa: S608 - our own words
COUNTS = f"""{SETS}
SELECT 'present', place, sum(bit_count(bits)) FROM present GROUP BY 2
UNION ALL SELECT 'new', place, count(*) FROM newcomer GROUP BY 2
UNION ALL
SELECT 'all', place, sum(bit_count(bits))
FROM (SELECT place / %(length)s AS place, block, bit_or(bits) AS bits FROM present GROUP BY 1, 2) a GROUP BY 2
"""  # noqa: S608 - our own words
COHORTS = f"""{SETS}, cohort AS MATERIALIZED (
    SELECT place, number / BLOCK AS block, bit_or(set_bit(B'0'::bit(BLOCK), number %% BLOCK, 1)) AS bits
    FROM newcomer GROUP BY 1, 2
)
SELECT c.place, p.place, sum(bit_count(c.bits & p.bits))
FROM cohort c JOIN present p ON p.block = c.block AND p.place >= c.place
GROUP BY 1, 2
""".replace("BLOCK", f"{BLOCK}")  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Came:
    """How many people had an event; `new` of them their first one at this brand."""

    people: int
    new: int

    @property
    def returning(self) -> int:
        return self.people - self.new


@dataclass(frozen=True, slots=True)
class PeopleReport:
    days: Sequence[date]
    by_day: Sequence[Came]
    # Each person counted once.
    total: Came
    before: Came


@dataclass(frozen=True, slots=True)
class Cohort:
    """People whose first event was in the week from this Monday: how many, and of them who came n weeks later."""

    week: date
    people: int
    # From the week itself (all of them) to the last week of the report.
    came: Sequence[int]


def people_report(scope: Scope) -> PeopleReport:
    """New and returning people, compared with the period before. By world, not by event type. One query."""
    period, before = scope.period, scope.period.before()
    values = values_of(scope, before.first, period.last, per=1, length=period.length)
    counts: dict[str, dict[int, int]] = {"present": {}, "new": {}, "all": {}}
    for kind, place, count in rows(COUNTS, values):
        counts[kind][place] = int(count)
    days = [
        Came(counts["present"].get(place, 0), counts["new"].get(place, 0))
        for place in range(2 * period.length)
    ]
    earlier, now = days[: period.length], days[period.length :]
    return PeopleReport(
        days=period.days,
        by_day=now,
        total=Came(counts["all"].get(1, 0), sum(day.new for day in now)),
        before=Came(counts["all"].get(0, 0), sum(day.new for day in earlier)),
    )


def retention(scope: Scope) -> list[Cohort]:
    """The weeks (Monday to Sunday) that the period touches, whole. By world, not by event type. One query."""
    first = scope.period.first - DAY * scope.period.first.weekday()
    last = scope.period.last + DAY * (6 - scope.period.last.weekday())
    weeks = ((last - first).days + 1) // 7
    counts = {
        (week, later): int(count)
        for week, later, count in rows(COHORTS, values_of(scope, first, last, per=7, length=1))
    }
    return [
        Cohort(
            week=first + DAY * 7 * week,
            people=counts.get((week, week), 0),
            came=[counts.get((week, later), 0) for later in range(week, weeks)],
        )
        for week in range(weeks)
    ]


def values_of(
    scope: Scope, first: date, last: date, *, per: int, length: int
) -> Mapping[str, object]:
    whole = type(scope.period)(first, last, scope.period.zone)
    return {
        "brand": scope.brand_id,
        "test": scope.test,
        "zone": scope.period.zone.key,
        "first": first,
        "last": last,
        "starts": list(whole.starts),
        "since": whole.since,
        "until": day_start(last + DAY, scope.period.zone),
        "per": per,
        "length": length,
    }
