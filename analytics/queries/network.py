"""What the whole network did: every brand's live events together, and brand by brand. Hundredths of RSNC."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from analytics.queries.figures import EventsReport, Figure, report
from analytics.queries.period import Period
from analytics.queries.source import rows

WEEK = timedelta(days=7)
# Every brand with its fold, or with none; and the events past its place.
EVERY_FOLD = "brands_brand b LEFT JOIN analytics_fold f ON f.brand_id = b.id AND f.state = 'live'"
EVERY_TAIL = """CROSS JOIN LATERAL (
    SELECT e.test, e.event_type_id, e.status, e.reason, e.amount, e.received_at FROM events_event e
    WHERE e.brand_id = b.id AND (e.position, e.id)
        > (coalesce(f.position, -1), coalesce(f.event, '00000000-0000-0000-0000-000000000000')) OFFSET 0) e"""
BY_DAY = f"""
WITH part AS (
    SELECT width_bucket(q.quarter, %(starts)s::timestamptz[]) - 1 AS place, q.status, q.reason, q.events, q.amount
    FROM analytics_fold f JOIN analytics_quarterfigures q ON q.fold_id = f.id AND NOT q.test
        AND q.quarter >= %(since)s AND q.quarter < %(until)s
    WHERE f.state = 'live'
    UNION ALL
    SELECT width_bucket(e.received_at, %(starts)s::timestamptz[]) - 1, e.status, e.reason, 1, e.amount
    FROM {EVERY_FOLD} {EVERY_TAIL} WHERE NOT e.test AND e.received_at >= %(since)s AND e.received_at < %(until)s
)
SELECT place, 0, status, reason, sum(events)::bigint, sum(amount)::bigint FROM part GROUP BY 1, 3, 4
"""  # noqa: S608 - our own words
# Sets of each brand's people, by the days of its own zone; what is not folded yet is left out.
PEOPLE = """
SELECT coalesce(sum(bit_count(s.bits)), 0)::bigint FROM (
    SELECT bit_or(p.bits) AS bits FROM analytics_fold f
    JOIN analytics_presence p ON p.fold_id = f.id AND NOT p.test AND p.day BETWEEN %(first)s AND %(last)s
    WHERE f.state = 'live' GROUP BY p.fold_id, p.block) s
"""
ORDERS = {
    "name": "lower(name), id",
    "events": "events DESC, id",
    "credited": "credited DESC, id",
    "refused": "refused::numeric / nullif(events, 0) DESC NULLS LAST, id",
    "owed": "owed DESC, id",
    "last": "last_at DESC NULLS LAST, id",
}
BRANDS = f"""
WITH week AS (
    SELECT brand, sum(events)::bigint AS events, sum(amount)::bigint AS credited,
           coalesce(sum(events) FILTER (WHERE status <> 'rewarded'), 0)::bigint AS refused
    FROM (
        SELECT f.brand_id AS brand, q.status, q.events, q.amount
        FROM analytics_fold f JOIN analytics_quarterfigures q ON q.fold_id = f.id AND NOT q.test
            AND q.quarter >= %(since)s
        WHERE f.state = 'live'
        UNION ALL
        SELECT b.id, e.status, 1, e.amount FROM {EVERY_FOLD} {EVERY_TAIL}
        WHERE NOT e.test AND e.received_at >= %(since)s) p
    GROUP BY 1
), owed AS (
    SELECT brand_id AS brand, sum(balance)::bigint AS owed FROM wallets_account
    WHERE kind IN ('available', 'pending', 'reserved') AND NOT test GROUP BY 1
), found AS (
    SELECT b.id, b.name, b.slug, b.status, coalesce(w.events, 0) AS events, coalesce(w.credited, 0) AS credited,
           coalesce(w.refused, 0) AS refused, coalesce(o.owed, 0) AS owed, l.last_at
    FROM brands_brand b LEFT JOIN week w ON w.brand = b.id LEFT JOIN owed o ON o.brand = b.id
    LEFT JOIN LATERAL (SELECT e.received_at AS last_at FROM events_event e WHERE e.brand_id = b.id AND NOT e.test
                       ORDER BY e.received_at DESC LIMIT 1) l ON true
    WHERE %(like)s = '' OR b.name ILIKE %(like)s OR b.slug ILIKE %(like)s
)
SELECT id, name, slug, status, events, credited, refused, owed, last_at, count(*) OVER ()
FROM found ORDER BY {{order}} LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608 - our own words
# Of each brand that is behind, its first event that is certain and not folded.
BEHIND = f"""
SELECT count(*), min(e.received_at) FROM {EVERY_FOLD} CROSS JOIN LATERAL (
    SELECT e.received_at FROM events_event e
    WHERE e.brand_id = b.id AND e.position < events_horizon() AND (e.position, e.id)
        > (coalesce(f.position, -1), coalesce(f.event, '00000000-0000-0000-0000-000000000000'))
    ORDER BY e.position, e.id LIMIT 1) e
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class BrandRow:
    """One brand: its last seven days, what people hold of it, and when it was last heard of. Live events."""

    id: int
    name: str
    slug: str
    status: str
    events: int
    credited: int
    refused: int
    owed: int
    last_at: datetime | None

    @property
    def share(self) -> Fraction | None:
        """Of one event, how much was refused."""
        return Fraction(self.refused, self.events) if self.events else None


@dataclass(frozen=True, slots=True)
class BrandPage:
    """Some brands, and how many there are in all."""

    rows: Sequence[BrandRow]
    total: int


@dataclass(frozen=True, slots=True)
class Behind:
    """How many brands have events that are not folded, and when the first of these came."""

    brands: int
    since: datetime | None


def network_report(period: Period) -> EventsReport:
    """All brands' live events by the days of the period, compared with the one before. One query, exact."""
    starts = [*period.before().starts[:-1], *period.starts]
    values = {"starts": starts, "since": starts[0], "until": starts[-1]}
    return report(period.days, [Figure(*row) for row in rows(BY_DAY, values)], ahead=period.length)


def network_people(period: Period) -> int:
    """How many people had an event, each counted once at each brand, by the brands' own days.

    Up to the last fold, which is some seconds old.
    """
    return int(rows(PEOPLE, {"first": period.first, "last": period.last})[0][0])


def network_brands(*, now: datetime, order: str, search: str, limit: int, offset: int) -> BrandPage:
    """Brands in one of ORDERS, those whose name or address holds the words. One query."""
    escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    values = {
        "since": (now - WEEK).replace(minute=0, second=0, microsecond=0),
        "like": f"%{escaped}%" if search else "",
        "limit": limit,
        "offset": offset,
    }
    found = rows(BRANDS.format(order=ORDERS[order]), values)
    return BrandPage([BrandRow(*row[:-1]) for row in found], found[0][-1] if found else 0)


def behind() -> Behind:
    """How far the figures are behind the events."""
    return Behind(*rows(BEHIND, {})[0])
