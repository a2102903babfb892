"""Where a brand's credits are spent, and whose credits are spent at it. Hundredths of RSNC.

What two other brands do with each other is never looked at: only accounts with this brand as debtor or creditor are.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from analytics.queries.figures import hours_of
from analytics.queries.period import Period, Scope
from analytics.queries.source import rows

# A capture reaches its issuer's account: `redeemed` where that is the brand it was spent at, else the obligation
# towards that brand. One walk of the index of captures for each of these accounts: `OFFSET 0` keeps the planner, which
# knows nothing of how few they are, from joining them the other way round.
CAPTURED = """
WITH account AS MATERIALIZED (
    SELECT a.id, true AS ours, a.creditor_id AS other FROM wallets_account a
    WHERE a.brand_id = %(brand)s AND a.test = %(test)s AND a.kind IN ('redeemed', 'obligation')
    UNION ALL
    SELECT a.id, false, a.brand_id FROM wallets_account a WHERE a.creditor_id = %(brand)s AND a.test = %(test)s
), spent AS (
    SELECT a.ours, a.other, t.place, sum(t.amount)::bigint AS amount
    FROM account a JOIN LATERAL (
        SELECT width_bucket(t.created_at, %(starts)s::timestamptz[]) - 1 AS place, t.amount FROM wallets_transfer t
        WHERE t.credit_id = a.id AND t.kind = 'capture' AND t.created_at >= %(since)s AND t.created_at < %(until)s
        OFFSET 0) t ON true
    GROUP BY 1, 2, 3
)
SELECT s.ours, s.other, b.name, s.place, s.amount FROM spent s LEFT JOIN brands_brand b ON b.id = s.other
"""


@dataclass(frozen=True, slots=True)
class Spent:
    """Hundredths of RSNC: for each day (or hour), for all of them, and for the period before."""

    parts: Sequence[int]
    total: int
    before: int


@dataclass(frozen=True, slots=True)
class Partner:
    """Another brand: what was spent of ours there, and of theirs here."""

    brand: int
    name: str
    ours: Spent
    theirs: Spent


@dataclass(frozen=True, slots=True)
class SpendingReport:
    """What was captured in a period. What is held for an open redemption is not spent.

    `labels`: the days, or the hours' beginnings. `home` is of ours and here, `elsewhere` of ours and at another brand,
    `theirs` of another brand and here.
    """

    labels: Sequence[date] | Sequence[datetime]
    home: Spent
    elsewhere: Spent
    theirs: Spent
    # With whom most was spent first; those of the period before only last.
    partners: Sequence[Partner]


def spending_report(scope: Scope) -> SpendingReport:
    """The period by days, compared with the one before. One query, exact at any moment.

    It reads every capture of both periods from an index: 0.3 s for a million of them.
    """
    whole = Period(scope.period.before().first, scope.period.last, scope.period.zone)
    return report(scope, scope.period.days, whole.starts)


def spending_by_hour(scope: Scope) -> SpendingReport:
    """The same by hours since midnight: a day has 23, 24 or 25 of them. Meant for a week at most."""
    period, before = scope.period, scope.period.before()
    hours = hours_of(period.since, period.until)
    starts = [*hours_of(before.since, before.until), *hours, period.until]
    return report(scope, hours, starts)


def report(
    scope: Scope, labels: Sequence[date] | Sequence[datetime], starts: Sequence[datetime]
) -> SpendingReport:
    """`starts` are those of the period before, then of the period, and its end."""
    values = {
        "brand": scope.brand_id,
        "test": scope.test,
        "starts": list(starts),
        "since": starts[0],
        "until": starts[-1],
    }
    ahead = len(starts) - 1 - len(labels)
    names: dict[int, str] = {}
    # By day, and by day and brand.
    home, elsewhere, theirs = Counter[int](), Counter[int](), Counter[int]()
    ours_at, theirs_of = (
        defaultdict[int, Counter[int]](Counter),
        defaultdict[int, Counter[int]](Counter),
    )
    for ours, other, name, place, amount in rows(CAPTURED, values):
        if other is None:
            home[place] += amount
            continue
        names[other] = name
        (elsewhere if ours else theirs)[place] += amount
        (ours_at if ours else theirs_of)[other][place] += amount

    def spent(amounts: Mapping[int, int]) -> Spent:
        parts = [amounts.get(place, 0) for place in range(ahead, ahead + len(labels))]
        return Spent(parts, sum(parts), sum(amounts.values()) - sum(parts))

    partners = [
        Partner(other, name, spent(ours_at[other]), spent(theirs_of[other]))
        for other, name in names.items()
    ]
    return SpendingReport(
        labels, spent(home), spent(elsewhere), spent(theirs), sorted(partners, key=most_first)
    )


def most_first(partner: Partner) -> tuple[int, int, int]:
    now = partner.ours.total + partner.theirs.total
    before = partner.ours.before + partner.theirs.before
    return -now, -before, partner.brand
