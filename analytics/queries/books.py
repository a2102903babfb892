"""What people hold, who earned most, and what a brand still owes, by month of issue. Hundredths of RSNC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from analytics.queries.source import LIVE_FOLD, PERSON, TAIL, rows
from brands.calendar import day_start, local_day
from wallets.services import public_wallet_id

# Where a bar of the histogram begins: above nothing, then about twice as much each.
STEPS = (0, 1, 5_00, 10_00, 25_00, 50_00, 100_00, 250_00, 500_00, 1_000_00)
# What is held to be spent is still theirs.
BALANCES = """
SELECT width_bucket(h.amount, %(steps)s::bigint[]), count(*), sum(h.amount)::bigint
FROM (SELECT a.balance + coalesce(r.balance, 0) AS amount FROM wallets_account a
      LEFT JOIN wallets_account r ON r.wallet_id = a.wallet_id AND r.brand_id = %(brand)s AND r.kind = 'reserved'
                                 AND r.test = %(test)s AND r.balance > 0
      WHERE a.brand_id = %(brand)s AND a.kind = 'available' AND a.test = %(test)s) h
GROUP BY 1
"""
TOP = f"""
WITH {LIVE_FOLD.format(condition="")}, tail AS MATERIALIZED (
    SELECT e.wallet_id AS wallet, sum(e.amount)::bigint AS earned FROM {TAIL}
    WHERE e.amount > 0 GROUP BY 1
), earner AS (
    (SELECT p.wallet_id AS wallet, p.earned FROM fold f
     JOIN analytics_person p ON p.fold_id = f.id AND p.test = %(test)s
     WHERE p.earned > 0 AND p.wallet_id NOT IN (SELECT wallet FROM tail)
     ORDER BY p.earned DESC, p.wallet_id LIMIT %(limit)s)
    UNION ALL
    SELECT t.wallet, t.earned + coalesce(p.earned, 0) FROM tail t CROSS JOIN fold f
    {PERSON.format(wallet="t.wallet")}
)
SELECT e.wallet, e.earned, coalesce((
    SELECT sum(a.balance) FROM wallets_account a
    WHERE a.wallet_id = e.wallet AND a.brand_id = %(brand)s AND a.kind IN ('available', 'reserved')), 0)::bigint
FROM (SELECT wallet, earned FROM earner ORDER BY earned DESC, wallet LIMIT %(limit)s) e
ORDER BY e.earned DESC, e.wallet
"""  # noqa: S608 - our own words
FIRST = """
SELECT least(
    (SELECT e.received_at FROM events_event e WHERE e.brand_id = %(brand)s AND e.test = %(test)s
     ORDER BY e.received_at LIMIT 1),
    (SELECT min(a.proposed_at) FROM wallets_adjustment a WHERE a.brand_id = %(brand)s AND a.test = %(test)s))
"""
# What was issued is what events were paid (each once, at the moment of its event) and what people added by hand.
# What left a person took the oldest credits: both are laid end to end, and where they overlap, the one took
# from the other. What is held to be spent has not left yet. Only people whom something has left are looked at.
OUTSTANDING = f"""
WITH {LIVE_FOLD.format(condition="")}, taken AS MATERIALIZED (
    SELECT a.wallet_id AS wallet, CASE t.kind WHEN 'capture' THEN home.kind ELSE t.kind END AS kind, t.created_at, t.amount, sum(t.amount) OVER w - t.amount AS low,
           sum(t.amount) OVER w AS high
    FROM wallets_account home
    JOIN wallets_transfer t ON t.credit_id = home.id
    JOIN wallets_account a ON a.id = t.debit_id AND a.wallet_id IS NOT NULL
    WHERE home.brand_id = %(brand)s AND home.test = %(test)s AND home.wallet_id IS NULL
    WINDOW w AS (PARTITION BY a.wallet_id ORDER BY t.id)
), given AS MATERIALIZED (
    SELECT o.wallet, t.created_at, sum(t.amount) OVER w - t.amount AS low, sum(t.amount) OVER w AS high
    FROM (SELECT DISTINCT wallet FROM taken) o
    JOIN wallets_account a ON a.wallet_id = o.wallet AND a.brand_id = %(brand)s AND a.kind = 'available'
    JOIN wallets_transfer t ON t.credit_id = a.id AND t.kind <> 'release'
    WINDOW w AS (PARTITION BY o.wallet ORDER BY t.created_at, t.id)
), part AS (
    SELECT 'earn' AS kind, width_bucket(q.quarter, %(starts)s::timestamptz[]) AS place, q.event_type_id, q.amount
    FROM fold f JOIN analytics_quarterfigures q ON q.fold_id = f.id AND q.test = %(test)s
    WHERE f.zone <> %(zone)s AND q.amount > 0
    UNION ALL
    SELECT 'earn', width_bucket(d.day, %(days)s::date[]), d.event_type_id, d.amount
    FROM fold f JOIN analytics_dayfigures d ON d.fold_id = f.id AND d.test = %(test)s
    WHERE f.zone = %(zone)s AND d.amount > 0
    UNION ALL
    SELECT 'earn', width_bucket(e.received_at, %(starts)s::timestamptz[]), e.event_type_id, e.amount
    FROM {TAIL} WHERE e.amount > 0
    UNION ALL
    SELECT 'added', width_bucket(t.created_at, %(starts)s::timestamptz[]), NULL, t.amount
    FROM wallets_adjustment a JOIN wallets_transfer t ON t.adjustment_id = a.id AND t.kind = 'adjust'
    WHERE a.brand_id = %(brand)s AND a.test = %(test)s AND a.amount > 0
    UNION ALL
    SELECT 'taken:' || t.kind, width_bucket(g.created_at, %(starts)s::timestamptz[]), NULL,
           least(g.high, t.high) - greatest(g.low, t.low)
    FROM taken t JOIN given g ON g.wallet = t.wallet AND g.low < t.high AND t.low < g.high
    UNION ALL
    SELECT 'left:' || t.kind, width_bucket(t.created_at, %(starts)s::timestamptz[]), NULL, t.amount FROM taken t
)
SELECT place, kind, event_type_id, sum(amount)::bigint FROM part GROUP BY 1, 2, 3
"""  # noqa: S608 - our own words
TAKEN, LEFT = "taken:", "left:"


@dataclass(frozen=True, slots=True)
class Bar:
    """How many people hold from `least` up to less than `below` (None: any more), and how much together.

    What is held to be spent is still theirs.
    """

    least: int
    below: int | None
    people: int
    amount: int


@dataclass(frozen=True, slots=True)
class Earner:
    """Somebody by the id that the brand knows. `earned` by events ever, `balance` what is left of this brand's."""

    public_id: str
    earned: int
    balance: int


@dataclass(frozen=True, slots=True)
class Month:
    """What was issued in a month, by events and by hand, and what has left it since, by how it left.

    That is the kind of transfer; of what was spent, `redeemed` at the brand itself or `obligation` at another one.
    `earned_by` is by event type. `left` is what left people's balances in this very month, whenever it was issued.
    """

    month: date
    earned_by: Mapping[int, int]
    added: int
    gone: Mapping[str, int]
    left: Mapping[str, int]

    @property
    def earned(self) -> int:
        return sum(self.earned_by.values())

    @property
    def issued(self) -> int:
        return self.earned + self.added

    @property
    def outstanding(self) -> int:
        return self.issued - sum(self.gone.values())


def balances(*, brand_id: int, test: bool = False) -> list[Bar]:
    """Everybody's balance of what this brand issued, now. One query of the accounts."""
    values = {"brand": brand_id, "test": test, "steps": list(STEPS)}
    found = {place: (people, amount) for place, people, amount in rows(BALANCES, values)}
    ends = [*STEPS[1:], None]
    return [
        Bar(least, below, *found.get(place, (0, 0)))
        for place, (least, below) in enumerate(zip(STEPS, ends, strict=True), start=1)
    ]


def top_earners(*, brand_id: int, test: bool = False, limit: int = 10) -> list[Earner]:
    """Who earned most by events since the brand began, as `wal_…`. One query, exact at any moment."""
    values = {"brand": brand_id, "test": test, "limit": limit}
    return [
        Earner(public_wallet_id(brand_id=brand_id, wallet=wallet), earned, balance)
        for wallet, earned, balance in rows(TOP, values)
    ]


def outstanding(*, brand_id: int, zone: ZoneInfo, now: datetime, test: bool = False) -> list[Month]:
    """What is left of each month's issue, the oldest month first, from the first one to this one.

    What leaves an account takes its oldest credits. Two queries; the second one is exact at any moment. It costs
    by how many accounts something has left, so once many have, that part wants figures of its own.
    """
    found = rows(FIRST, {"brand": brand_id, "test": test})[0][0]
    if found is None:
        return []
    months = months_of(local_day(found, zone), local_day(now.astimezone(UTC), zone))
    values = {
        "brand": brand_id,
        "test": test,
        "zone": zone.key,
        "days": months,
        "starts": [day_start(month, zone) for month in months],
    }
    parts: dict[int, dict[str, int]] = {}
    earned: dict[int, dict[int, int]] = {}
    for place, kind, event_type, amount in rows(OUTSTANDING, values):
        if event_type is None:
            parts.setdefault(place, {})[kind] = amount
        else:
            earned.setdefault(place, {})[event_type] = amount
    return [
        month_of(month, earned.get(place, {}), parts.get(place, {}))
        for place, month in enumerate(months, start=1)
    ]


def month_of(month: date, earned_by: Mapping[int, int], parts: Mapping[str, int]) -> Month:
    return Month(
        month,
        earned_by,
        parts.get("added", 0),
        gone=by_kind(parts, TAKEN),
        left=by_kind(parts, LEFT),
    )


def by_kind(parts: Mapping[str, int], which: str) -> Mapping[str, int]:
    return {
        kind.removeprefix(which): amount for kind, amount in parts.items() if kind.startswith(which)
    }


def months_of(first: date, last: date) -> Sequence[date]:
    """The first days of the months from one day to another."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]
