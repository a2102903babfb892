"""Prove that what events say and what the books say is the same, and that refusals left nothing behind."""

from collections.abc import Callable

from django.db import connection, transaction

from wallets.services import Finding, verify_books
from wallets.services.verify import CHECKS as BOOKS
from wallets.services.verify import run_checks

CHECKS = {
    "Every rewarded event is paid what it says, to its own wallet": """
        SELECT 0, format('event %s says %s, the books say %s', e.id, e.amount, coalesce(t.amount, 0))
        FROM events_event e
        LEFT JOIN wallets_transfer t ON t.event_id = e.id AND t.kind = 'earn'
        LEFT JOIN wallets_account a ON a.id = t.credit_id
        WHERE e.amount <> coalesce(t.amount, 0)
           OR (t.id IS NOT NULL AND (a.wallet_id IS DISTINCT FROM e.wallet_id
               OR a.brand_id IS DISTINCT FROM e.brand_id OR t.test IS DISTINCT FROM e.test))""",
    "Nothing is paid for an event that is not there": """
        SELECT t.id, format('transfer %s pays event %s', t.id, t.event_id)
        FROM wallets_transfer t LEFT JOIN events_event e ON e.id = t.event_id
        WHERE t.event_id IS NOT NULL AND e.id IS NULL""",
    "Business keys are held by the events that earned by them": """
        SELECT 0, format('%L of event type %s is held by event %s, event %s earned by one', k.value,
                         k.event_type_id, k.event_id, e.id)
        FROM (SELECT e.id, e.event_type_id, e.test
              FROM events_event e JOIN events_ruleversion v ON v.id = e.rule_version_id
              WHERE e.status = 'rewarded' AND v.business_key <> '') e
        FULL JOIN events_businesskey k ON k.event_id = e.id AND k.event_type_id = e.event_type_id
            AND k.test = e.test
        WHERE k.event_id IS NULL OR e.id IS NULL""",
    "Idempotency keys answer with events that exist": """
        SELECT 0, format('key %L of brand %s answers with %s', k.key, k.brand_id, k.event_id)
        FROM events_idempotencykey k LEFT JOIN events_event e ON e.id = k.event_id
        WHERE e.id IS NULL""",
    "No event stands ahead of the feed, as after a restore without manage.py restored": """
        SELECT 0, format('event %s stands at %s', e.id, e.position) FROM events_event e
        WHERE e.position > (events_epoch() << 48) + pg_snapshot_xmax(pg_current_snapshot())::text::bigint
            -- A transaction that looks at what it has just written may stand ahead of its own snapshot.
            AND e.position IS DISTINCT FROM
                (events_epoch() << 48) + pg_current_xact_id_if_assigned()::text::bigint""",
    "Cooldowns began with the last reward": """
        SELECT 0, format('wallet %s, rule %s: since %s, events say %s', coalesce(c.wallet_id, e.wallet_id),
                         coalesce(c.rule_id, e.rule_id), c.last_at, e.last_at)
        FROM (SELECT e.wallet_id, v.rule_id, max(e.judged_at) AS last_at
              FROM events_event e JOIN events_ruleversion v ON v.id = e.rule_version_id
              WHERE e.status = 'rewarded' GROUP BY e.wallet_id, v.rule_id) e
        FULL JOIN events_claim c ON c.wallet_id = e.wallet_id AND c.rule_id = e.rule_id
        WHERE c.last_at IS DISTINCT FROM e.last_at""",
    "What people used of a limit is what their events say": """
        SELECT 0, format('wallet %s, brand %s, rule %s, day %s: counted %s, events say %s',
                         coalesce(u.wallet_id, e.wallet_id), coalesce(u.brand_id, e.brand_id),
                         coalesce(u.rule_id, e.rule_id), coalesce(u.window_start, e.day), u.amount, e.amount)
        FROM (SELECT wallet_id, brand_id, 0 AS rule_id, (decision ->> 'open_day')::timestamptz AS day,
                     sum(amount) AS amount
              FROM events_event WHERE status = 'rewarded' AND trust = 'open' GROUP BY 1, 2, 3, 4
              UNION ALL
              SELECT e.wallet_id, e.brand_id, v.rule_id, (e.decision ->> 'cap_day')::timestamptz, sum(e.amount)
              FROM events_event e JOIN events_ruleversion v ON v.id = e.rule_version_id
              WHERE e.status = 'rewarded' GROUP BY 1, 2, 3, 4) e
        FULL JOIN events_usage u ON u.wallet_id = e.wallet_id AND u.brand_id = e.brand_id
            AND u.rule_id = e.rule_id AND u.window_start = e.day
        WHERE u.amount IS DISTINCT FROM e.amount""",
    "What open calls earned in a day is what their events say": """
        SELECT 0, format('brand %s, day %s: counted %s, events say %s', coalesce(o.brand_id, e.brand_id),
                         coalesce(o.day_start, e.day), o.amount, e.amount)
        FROM (SELECT brand_id, test, day_start, sum(amount) AS amount FROM events_opentotal
              GROUP BY brand_id, test, day_start) o
        FULL JOIN (SELECT brand_id, test, (decision ->> 'open_day')::timestamptz AS day, sum(amount) AS amount
                   FROM events_event WHERE status = 'rewarded' AND trust = 'open' GROUP BY 1, 2, 3) e
            ON o.brand_id = e.brand_id AND o.test = e.test AND o.day_start = e.day
        WHERE o.amount IS DISTINCT FROM e.amount""",
}


# How many parts a check has.
PARTS = len(BOOKS) + len(CHECKS)


def verify_ledger(*, heard: Callable[[Finding], object] | None = None) -> list[Finding]:
    """Every check of the books and of the events, over one snapshot. `heard` is told of each as it ends."""
    with transaction.atomic():
        if not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return [*verify_books(heard=heard), *run_checks(CHECKS, heard=heard)]
