"""The SQL that folds a brand's next events into all figures at once: one statement, one snapshot."""

from analytics.models import BLOCK

# A chunk is read once. What is certain is below the horizon, and nothing can appear there any more.
FOLD = """
WITH chunk AS MATERIALIZED (
    SELECT e.position, e.id, e.test, e.event_type_id AS event_type, e.status, e.reason, e.amount, e.received_at,
           e.wallet_id AS wallet
    FROM events_event e
    WHERE e.brand_id = %(brand)s AND e.position < events_horizon() AND (e.position, e.id) > (%(position)s, %(event)s)
    ORDER BY e.position, e.id LIMIT %(limit)s
), by_minute AS MATERIALIZED (
    SELECT test, date_bin('1 minute', received_at, 'epoch') AS minute, event_type, status, reason,
           count(*) AS events, sum(amount)::bigint AS amount
    FROM chunk GROUP BY 1, 2, 3, 4, 5
), by_quarter AS MATERIALIZED (
    SELECT test, date_bin('15 minutes', minute, 'epoch') AS quarter, event_type, status, reason,
           sum(events)::bigint AS events, sum(amount)::bigint AS amount
    FROM by_minute GROUP BY 1, 2, 3, 4, 5
), minutes AS (
    INSERT INTO analytics_minutefigures AS f (fold_id, test, minute, event_type_id, status, reason, events, amount)
    SELECT %(fold)s, test, minute, event_type, status, reason, events, amount
    FROM by_minute WHERE minute >= %(minutes_from)s
    ON CONFLICT (fold_id, test, minute, event_type_id, status, reason)
    DO UPDATE SET events = f.events + EXCLUDED.events, amount = f.amount + EXCLUDED.amount
), quarters AS (
    INSERT INTO analytics_quarterfigures AS f (fold_id, test, quarter, event_type_id, status, reason, events, amount)
    SELECT %(fold)s, test, quarter, event_type, status, reason, events, amount FROM by_quarter
    ON CONFLICT (fold_id, test, quarter, event_type_id, status, reason)
    DO UPDATE SET events = f.events + EXCLUDED.events, amount = f.amount + EXCLUDED.amount
), days AS (
    INSERT INTO analytics_dayfigures AS f (fold_id, test, day, event_type_id, status, reason, events, amount)
    SELECT %(fold)s, test, %(first)s::date + width_bucket(quarter, %(starts)s::timestamptz[]) - 1,
           event_type, status, reason, sum(events), sum(amount)
    FROM by_quarter GROUP BY 2, 3, 4, 5, 6
    ON CONFLICT (fold_id, test, day, event_type_id, status, reason)
    DO UPDATE SET events = f.events + EXCLUDED.events, amount = f.amount + EXCLUDED.amount
), seen AS MATERIALIZED (
    SELECT c.test, c.wallet, min(c.received_at) AS first_at, sum(c.amount)::bigint AS earned,
           array_agg(DISTINCT width_bucket(c.received_at, %(starts)s::timestamptz[])) AS buckets
    FROM chunk c WHERE c.wallet IS NOT NULL GROUP BY 1, 2
), people AS MATERIALIZED (
    SELECT s.*, p.number IS NULL AS new, p.place, coalesce(p.number,
               CASE WHEN s.test THEN %(test_people)s ELSE %(live_people)s END - 1
               + row_number() OVER (PARTITION BY s.test, p.number IS NULL ORDER BY s.first_at, s.wallet))::int AS number
    FROM seen s
    -- Each by the key: from bad estimates, or none, all people would be looked through for each.
    LEFT JOIN LATERAL (
        SELECT p.number, p.ctid AS place FROM analytics_person p
        WHERE p.fold_id = %(fold)s AND p.test = s.test AND p.wallet_id = s.wallet LIMIT 1) p ON true
), newcomers AS (
    INSERT INTO analytics_person (fold_id, test, wallet_id, number, first_at, earned)
    SELECT %(fold)s, test, wallet, number, first_at, earned FROM people WHERE new
), known AS (
    -- What was recorded earlier may become certain later.
    UPDATE analytics_person p SET earned = p.earned + n.earned, first_at = least(p.first_at, n.first_at)
    FROM people n
    WHERE p.ctid = n.place AND (n.earned > 0 OR n.first_at < p.first_at)
), active AS (
    -- No join with the chunk: the planner takes new events for one row, and would compare each with each.
    SELECT p.test, %(first)s::date + b.bucket - 1 AS day, p.number
    FROM people p CROSS JOIN LATERAL unnest(p.buckets) b(bucket)
), presences AS (
    INSERT INTO analytics_presence AS f (fold_id, test, day, block, bits)
    SELECT %(fold)s, test, day, number / BLOCK, bit_or(set_bit(B'0'::bit(BLOCK), number %% BLOCK, 1))
    FROM active GROUP BY 2, 3, 4
    ON CONFLICT (fold_id, test, day, block) DO UPDATE SET bits = f.bits | EXCLUDED.bits
)
SELECT (SELECT count(*) FROM chunk),
       (SELECT count(*) FROM people WHERE new AND NOT test),
       (SELECT count(*) FROM people WHERE new AND test),
       last.position, last.id
FROM (SELECT position, id FROM chunk ORDER BY position DESC, id DESC LIMIT 1) last
""".replace("BLOCK", f"{BLOCK}")
# One probe of the feed's index a brand: its first event past the place. Only asked whether one exists, the planner
# would look for any through all events there are, or through those of all brands.
BEHIND = """
SELECT b.id, b.time_zone, f.id, f.state, f.zone
FROM brands_brand b LEFT JOIN analytics_fold f ON f.brand_id = b.id AND f.state IN ('live', 'building')
WHERE f.state = 'building' OR f.zone <> b.time_zone OR (
    SELECT e.id FROM events_event e
    WHERE e.brand_id = b.id AND e.position < events_horizon()
      AND (e.position, e.id) > (coalesce(f.position, -1), coalesce(f.event, '00000000-0000-0000-0000-000000000000'))
    ORDER BY e.position, e.id LIMIT 1) IS NOT NULL
ORDER BY f.folded_at NULLS FIRST, f.id
"""
