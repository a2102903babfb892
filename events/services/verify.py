"""Prove that what events say and what the books say is the same, and that refusals left nothing behind."""

from django.db import connection, transaction

from wallets.services import Finding, verify_books
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
    "Business keys are held by events that were rewarded": """
        SELECT 0, format('%L of event type %s is held by %s', k.value, k.event_type_id, k.event_id)
        FROM events_businesskey k LEFT JOIN events_event e ON e.id = k.event_id
        WHERE e.status IS DISTINCT FROM 'rewarded'""",
    "Idempotency keys answer with events that exist": """
        SELECT 0, format('key %L of brand %s answers with %s', k.key, k.brand_id, k.event_id)
        FROM events_idempotencykey k LEFT JOIN events_event e ON e.id = k.event_id
        WHERE e.id IS NULL""",
    "A cooldown began with a reward": """
        SELECT c.wallet_id, format('wallet %s, rule %s: since %s', c.wallet_id, c.rule_id, c.last_at)
        FROM events_claim c
        WHERE NOT EXISTS (SELECT FROM events_event e JOIN events_ruleversion v ON v.id = e.rule_version_id
                          WHERE e.wallet_id = c.wallet_id AND v.rule_id = c.rule_id
                            AND e.status = 'rewarded' AND e.judged_at = c.last_at)""",
    "What open calls earned in a day is what their events say": """
        SELECT 0, format('brand %s, day %s: counted %s, events say %s', o.brand_id, o.day_start, o.amount,
                         coalesce(sum(e.amount), 0))
        FROM (SELECT brand_id, test, day_start, sum(amount) AS amount FROM events_opentotal
              GROUP BY brand_id, test, day_start) o
        LEFT JOIN events_event e ON e.brand_id = o.brand_id AND e.test = o.test AND e.trust = 'open'
            AND (e.decision ->> 'open_day')::timestamptz = o.day_start
        GROUP BY o.brand_id, o.test, o.day_start, o.amount
        HAVING o.amount <> coalesce(sum(e.amount), 0)""",
}


def verify_ledger() -> list[Finding]:
    """Every check of the books and of the events, over one snapshot."""
    with transaction.atomic():
        if not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return [*verify_books(), *run_checks(CHECKS)]
