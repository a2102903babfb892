"""Whether what is folded is what the events themselves say, day by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from analytics.models import BLOCK, Fold
from analytics.queries.progress import events_span
from analytics.queries.source import database, rows
from brands.calendar import DAY, day_start, local_day

# A day's events that are folded, and what the figures have of that day: each counted against the other, nothing is
# left where both are the same. One statement, so both are of one moment. Events in the order of their index of times:
# of a brand that is in no statistics yet, the planner might else read the whole feed for each day.
DAY_APART = """
WITH fold AS MATERIALIZED (
    SELECT id, position, event FROM analytics_fold WHERE id = %(fold)s AND state = 'live'
), raw AS MATERIALIZED (
    SELECT w.test, e.* FROM fold f CROSS JOIN (VALUES (false), (true)) w(test) CROSS JOIN LATERAL (
        SELECT e.event_type_id, e.status, e.reason, e.amount, e.wallet_id, e.received_at FROM events_event e
        WHERE e.brand_id = %(brand)s AND e.test = w.test AND e.received_at >= %(since)s AND e.received_at < %(until)s
          AND (e.position, e.id) <= (f.position, f.event)
        ORDER BY e.received_at OFFSET 0) e
), figures AS (
    SELECT 'days' AS kind, test, NULL::timestamptz AS at, event_type_id, status, reason, 1 AS events, amount FROM raw
    UNION ALL SELECT 'quarters', test, date_bin('15 minutes', received_at, 'epoch'), event_type_id, status, reason, 1, amount
    FROM raw
    UNION ALL SELECT 'minutes', test, date_bin('1 minute', received_at, 'epoch'), event_type_id, status, reason, 1, amount
    FROM raw WHERE %(minutes)s
    UNION ALL SELECT 'days', d.test, NULL, d.event_type_id, d.status, d.reason, -d.events, -d.amount
    FROM fold f JOIN analytics_dayfigures d ON d.fold_id = f.id AND d.test IN (false, true) AND d.day = %(day)s
    UNION ALL SELECT 'quarters', q.test, q.quarter, q.event_type_id, q.status, q.reason, -q.events, -q.amount
    FROM fold f JOIN analytics_quarterfigures q ON q.fold_id = f.id AND q.test IN (false, true)
    WHERE q.quarter >= %(since)s AND q.quarter < %(until)s
    UNION ALL SELECT 'minutes', m.test, m.minute, m.event_type_id, m.status, m.reason, -m.events, -m.amount
    FROM fold f JOIN analytics_minutefigures m ON m.fold_id = f.id AND m.test IN (false, true)
    WHERE %(minutes)s AND m.minute >= %(since)s AND m.minute < %(until)s
), here AS MATERIALIZED (
    SELECT r.test, r.first_at, p.number, p.first_at AS known_at
    FROM (SELECT test, wallet_id, min(received_at) AS first_at FROM raw WHERE wallet_id IS NOT NULL GROUP BY 1, 2) r
    CROSS JOIN fold f LEFT JOIN LATERAL (
        SELECT p.number, p.first_at FROM analytics_person p
        WHERE p.fold_id = f.id AND p.test = r.test AND p.wallet_id = r.wallet_id LIMIT 1) p ON true
), present AS (
    SELECT h.test, h.number / BLOCK AS block, bit_or(set_bit(B'0'::bit(BLOCK), h.number %% BLOCK, 1)) AS bits
    FROM here h WHERE h.number IS NOT NULL GROUP BY 1, 2
), folded AS (
    SELECT p.test, p.block, p.bits
    FROM fold f JOIN analytics_presence p ON p.fold_id = f.id AND p.test IN (false, true) AND p.day = %(day)s
)
SELECT kind, count(*) FROM (
    SELECT kind FROM figures GROUP BY kind, test, at, event_type_id, status, reason
    HAVING sum(events) <> 0 OR sum(amount) <> 0) f GROUP BY kind
UNION ALL
SELECT 'present', count(*) FROM present n FULL JOIN folded f ON f.test = n.test AND f.block = n.block
WHERE f.bits IS DISTINCT FROM n.bits HAVING count(*) > 0
UNION ALL
-- Who began on this day began with the first event of it.
SELECT 'people', count(*) FROM here WHERE number IS NULL OR known_at > first_at
    OR (known_at >= %(since)s AND known_at < first_at) HAVING count(*) > 0
""".replace("BLOCK", f"{BLOCK}")
# What cannot be told from one day: that the parts of a fold are of the same events.
WHOLE_APART = """
WITH fold AS MATERIALIZED (
    SELECT id, events, live_people, test_people FROM analytics_fold WHERE id = %(fold)s AND state = 'live'
)
SELECT 'events' FROM fold f
WHERE f.events <> (SELECT coalesce(sum(d.events), 0) FROM analytics_dayfigures d WHERE d.fold_id = f.id)
UNION ALL
SELECT 'people' FROM fold f CROSS JOIN LATERAL (VALUES (false, f.live_people), (true, f.test_people)) w(test, people)
WHERE w.people <> (SELECT count(DISTINCT p.number) FROM analytics_person p
                   WHERE p.fold_id = f.id AND p.test = w.test AND p.number BETWEEN 0 AND w.people - 1)
   OR w.people <> (SELECT count(*) FROM analytics_person p WHERE p.fold_id = f.id AND p.test = w.test)
UNION ALL
SELECT 'earned' FROM fold f CROSS JOIN (VALUES (false), (true)) w(test)
WHERE (SELECT coalesce(sum(p.earned), 0) FROM analytics_person p WHERE p.fold_id = f.id AND p.test = w.test)
   <> (SELECT coalesce(sum(d.amount), 0) FROM analytics_dayfigures d WHERE d.fold_id = f.id AND d.test = w.test)
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where figures are not what the events say: in how many places of which table. `day` None: of no one day."""

    day: date | None
    kind: str
    places: int


def live_fold(*, brand_id: int) -> Fold | None:
    """The fold that reports are read from."""
    live = Fold.objects.using(database()).filter(brand_id=brand_id, state=Fold.State.LIVE)
    return live.first()


def days_of(fold: Fold) -> Sequence[date]:
    """All days from that of the brand's first event to that of its last one."""
    span = events_span(fold.brand_id)
    if span is None:
        return []
    zone = ZoneInfo(fold.zone)
    first, last = (local_day(moment, zone) for moment in span)
    return [first + DAY * n for n in range((last - first).days + 1)]


def day_differences(fold: Fold, day: date, *, minutes_since: datetime) -> list[Difference]:
    """Of one day, in one query over its events. Minutes are looked at where all of the day's are kept."""
    zone = ZoneInfo(fold.zone)
    since, until = day_start(day, zone), day_start(day + DAY, zone)
    values = {
        "fold": fold.pk,
        "brand": fold.brand_id,
        "day": day,
        "since": since,
        "until": until,
        "minutes": since >= minutes_since,
    }
    return [Difference(day, kind, places) for kind, places in rows(DAY_APART, values)]


def whole_differences(fold: Fold) -> list[Difference]:
    """Of the fold as a whole, in one query over its figures."""
    return [Difference(None, kind, 1) for (kind,) in rows(WHOLE_APART, {"fold": fold.pk})]
