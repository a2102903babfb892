"""What left people, by the months in which it was issued and in which it left. Hundredths of RSNC."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from analytics.queries.source import rows
from brands.calendar import day_start, local_day

LONGEST_MONTH = timedelta(days=31)
FIRST = """
SELECT least(
    (SELECT e.received_at FROM events_event e WHERE e.brand_id = %(brand)s AND e.test = %(test)s
     ORDER BY e.received_at LIMIT 1),
    (SELECT min(a.proposed_at) FROM wallets_adjustment a WHERE a.brand_id = %(brand)s AND a.test = %(test)s))
"""
# The departures in `leaving`, each by what it took: what a person was given and what left them are laid end to end,
# in the order of the books, and where they overlap, the one took from the other. So what a departure took stays what
# it was, whatever comes later. What is held to be spent has not left.
AGED = """people AS MATERIALIZED (
    SELECT a.wallet_id AS wallet, array_agg(l.transfer) AS transfers
    FROM leaving l JOIN wallets_transfer t ON t.id = l.transfer JOIN wallets_account a ON a.id = t.debit_id GROUP BY 1
), aged AS (
    SELECT o.kind, o.issued, o.gone, sum(o.amount)::bigint AS amount
    FROM people p CROSS JOIN LATERAL (
        -- Person by person, each by the keys (`OFFSET 0` keeps the planner to them): it takes all that came back to a
        -- brand for a few rows, and would look through that for everybody.
        WITH taken AS MATERIALIZED (
            SELECT t.id, CASE t.kind WHEN 'capture' THEN home.kind ELSE t.kind END AS kind,
                   width_bucket(t.created_at, %(starts)s::timestamptz[]) AS month,
                   sum(t.amount) OVER w - t.amount AS low, sum(t.amount) OVER w AS high
            FROM wallets_account a
            CROSS JOIN LATERAL (SELECT t.* FROM wallets_transfer t WHERE t.debit_id = a.id OFFSET 0) t
            JOIN wallets_account home ON home.id = t.credit_id AND home.wallet_id IS NULL
            WHERE a.wallet_id = p.wallet AND a.brand_id = %(brand)s
            WINDOW w AS (ORDER BY t.id)
        ), credited AS (
            SELECT t.id, t.amount, width_bucket(t.created_at, %(starts)s::timestamptz[]) AS month
            FROM wallets_account a CROSS JOIN LATERAL (
                SELECT t.* FROM wallets_transfer t WHERE t.credit_id = a.id AND t.kind <> 'release' OFFSET 0) t
            WHERE a.wallet_id = p.wallet AND a.brand_id = %(brand)s AND a.kind = 'available'
        ), given AS MATERIALIZED (
            -- A row a month, and not one a transfer: somebody with many would be compared with each of them.
            SELECT g.month, min(g.low) AS low, max(g.high) AS high
            FROM (SELECT c.month, sum(c.amount) OVER w - c.amount AS low, sum(c.amount) OVER w AS high,
                         row_number() OVER w - row_number() OVER (PARTITION BY c.month ORDER BY c.id) AS run
                  FROM credited c WINDOW w AS (ORDER BY c.id)) g
            GROUP BY g.month, g.run
        )
        SELECT t.kind, g.month AS issued, t.month AS gone, least(g.high, t.high) - greatest(g.low, t.low) AS amount
        FROM taken t JOIN given g ON g.low < t.high AND t.low < g.high
        WHERE t.id = ANY (p.transfers)) o
    GROUP BY 1, 2, 3
)"""
EVERY = """SELECT t.id AS transfer
    FROM wallets_account home
    JOIN wallets_transfer t ON t.credit_id = home.id
    JOIN wallets_account a ON a.id = t.debit_id AND a.wallet_id IS NOT NULL
    WHERE home.brand_id = %(brand)s AND home.test = %(test)s AND home.wallet_id IS NULL"""
# As `gone`: what is counted and what waits for it; all that there is, where nothing is counted by this zone's months.
GONE = f"""counted AS MATERIALIZED (
    SELECT EXISTS (SELECT FROM analytics_gonecount c WHERE c.brand_id = %(brand)s AND c.zone = %(zone)s) AS here
), leaving AS MATERIALIZED (
    SELECT d.transfer_id AS transfer FROM counted c
    JOIN analytics_departure d ON d.brand_id = %(brand)s AND d.test = %(test)s WHERE c.here
    UNION ALL {EVERY} AND NOT (SELECT here FROM counted)
), {AGED}, gone AS (
    SELECT kind, issued, gone, amount FROM aged
    UNION ALL
    SELECT f.kind, width_bucket(f.issued, %(days)s::date[]), width_bucket(f.gone, %(days)s::date[]), f.amount
    FROM counted c JOIN analytics_gonefigures f ON f.brand_id = %(brand)s AND f.test = %(test)s WHERE c.here
)"""  # noqa: S608 - our own words
# What is counted of a brand against all that has left and does not wait. Nothing where it is not counted at all.
APART = f"""
WITH leaving AS MATERIALIZED (
    {EVERY} AND EXISTS (SELECT FROM analytics_gonecount c WHERE c.brand_id = %(brand)s AND c.zone = %(zone)s)
            AND NOT EXISTS (SELECT FROM analytics_departure d WHERE d.transfer_id = t.id)
), {AGED}
SELECT count(*) FROM (
    SELECT kind, (%(days)s::date[])[issued] AS issued, (%(days)s::date[])[gone] AS gone, amount FROM aged) a
FULL JOIN (
    SELECT f.kind, f.issued, f.gone, f.amount FROM analytics_gonefigures f
    JOIN analytics_gonecount c ON c.brand_id = f.brand_id AND c.zone = %(zone)s
    WHERE f.brand_id = %(brand)s AND f.test = %(test)s) f USING (kind, issued, gone)
WHERE a.amount IS DISTINCT FROM f.amount
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Months:
    """The months from a brand's first issue to this one, by their first days in its zone."""

    days: Sequence[date]
    zone: ZoneInfo

    @property
    def starts(self) -> list[datetime]:
        return [day_start(day, self.zone) for day in self.days]


def months_since_first(
    *, brand_id: int, zone: ZoneInfo, now: datetime, test: bool, ask: Callable[..., Any] = rows
) -> Months | None:
    """None where nothing was issued in this world. One query."""
    first = ask(FIRST, {"brand": brand_id, "test": test})[0][0]
    if first is None:
        return None
    return Months(months_of(local_day(first, zone), local_day(now.astimezone(UTC), zone)), zone)


def months_of(first: date, last: date) -> Sequence[date]:
    """The first days of the months from one day to another."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def months_said(months: Months) -> dict[str, Any]:
    """As the statements of this module want them."""
    return {"days": months.days, "starts": months.starts, "zone": months.zone.key}


def months_to_count(
    *, brand_id: int, zone: ZoneInfo, now: datetime, test: bool, ask: Callable[..., Any] = rows
) -> Months | None:
    """And the next one: it may begin, by another machine's clock, while this one counts."""
    return months_since_first(
        brand_id=brand_id, zone=zone, now=now + LONGEST_MONTH, test=test, ask=ask
    )


def gone_apart(*, brand_id: int, zone: ZoneInfo, now: datetime) -> int:
    """In how many places the figures of what is gone are not what the books say, over both worlds."""
    found = 0
    for test in (False, True):
        months = months_to_count(brand_id=brand_id, zone=zone, now=now, test=test)
        if months is not None:
            values = {"brand": brand_id, "test": test, **months_said(months)}
            found += rows(APART, values)[0][0]
    return found
