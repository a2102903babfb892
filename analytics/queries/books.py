"""What people hold, who earned most, and what a brand still owes, by month of issue. Hundredths of RSNC."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from analytics.queries.gone import GONE, months_said, months_since_first
from analytics.queries.source import LIVE_FOLD, PERSON, TAIL, rows
from wallets.services import public_wallet_id

# Where a bar of the histogram begins: above nothing, then about twice as much each.
STEPS = (0, 1, 5_00, 10_00, 25_00, 50_00, 100_00, 250_00, 500_00, 1_000_00)
# What is held to be spent is still theirs: of the few redemptions that are open, what this brand issued.
BALANCES = """
WITH held AS MATERIALIZED (
    SELECT a.wallet_id AS wallet, sum(t.amount) AS amount
    FROM wallets_redemption r
    JOIN wallets_transfer t ON t.redemption_id = r.id AND t.kind = 'reserve'
    JOIN wallets_account a ON a.id = t.debit_id AND a.brand_id = %(brand)s
    WHERE r.status = 'reserved' AND r.test = %(test)s GROUP BY 1
)
SELECT width_bucket(h.amount, %(steps)s::bigint[]), count(*), sum(h.amount)::bigint
FROM (SELECT a.balance + coalesce(h.amount, 0)::bigint AS amount
      FROM wallets_account a LEFT JOIN held h ON h.wallet = a.wallet_id
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
# What was issued is what events were paid (each once, at the moment of its event) and what people added by hand.
OUTSTANDING = f"""
WITH {LIVE_FOLD.format(condition="")}, {GONE}, part AS (
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
    SELECT 'taken:' || g.kind, g.issued, NULL, g.amount FROM gone g
    UNION ALL
    SELECT 'left:' || g.kind, g.gone, NULL, g.amount FROM gone g
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

    What leaves a person takes the oldest credits. Two queries; the second one is exact at any moment.
    """
    months = months_since_first(brand_id=brand_id, zone=zone, now=now, test=test)
    if months is None:
        return []
    values = {"brand": brand_id, "test": test, **months_said(months)}
    parts: dict[int, dict[str, int]] = {}
    earned: dict[int, dict[int, int]] = {}
    for place, kind, event_type, amount in rows(OUTSTANDING, values):
        if event_type is None:
            parts.setdefault(place, {})[kind] = amount
        else:
            earned.setdefault(place, {})[event_type] = amount
    return [
        month_of(month, earned.get(place, {}), parts.get(place, {}))
        for place, month in enumerate(months.days, start=1)
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
