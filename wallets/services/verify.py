"""Prove the books: everything recomputed from transfers and compared with what is stored."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection

MOST_SHOWN = 20

# Each finds what must not exist: an id and a sentence. Amounts in hundredths of RSNC.
CHECKS = {
    "Every stored balance is the sum of its transfers": """
        SELECT a.id, format('account %s (%s) holds %s, its transfers say %s', a.id, a.kind, a.balance,
                            coalesce(m.amount, 0))
        FROM wallets_account a
        LEFT JOIN (SELECT account, sum(amount) AS amount
                   FROM (SELECT credit_id AS account, amount FROM wallets_transfer
                         UNION ALL SELECT debit_id, -amount FROM wallets_transfer) sides
                   GROUP BY account) m ON m.account = a.id
        WHERE a.balance IS NOT NULL AND a.balance <> coalesce(m.amount, 0)""",
    "Accounts add up to nothing, in each world": """
        SELECT 0, format('world test=%s: accounts add up to %s instead of 0', sums.test, sums.total)
        FROM (SELECT a.test, sum(coalesce(a.balance, m.amount, 0)) AS total
              FROM wallets_account a
              LEFT JOIN (SELECT account, sum(amount) AS amount
                         FROM (SELECT credit_id AS account, amount FROM wallets_transfer
                               UNION ALL SELECT debit_id, -amount FROM wallets_transfer) sides
                         GROUP BY account) m ON m.account = a.id
              GROUP BY a.test) sums
        WHERE sums.total <> 0""",
    "No balance has the wrong sign": """
        SELECT id, format('account %s (%s) holds %s', id, kind, balance) FROM wallets_account
        WHERE (kind IN ('available', 'pending', 'reserved') AND (balance IS NULL OR balance < 0))
           OR (kind = 'owed' AND (balance IS NULL OR balance > 0))
           OR (kind IN ('issued', 'redeemed', 'obligation') AND balance IS NOT NULL)""",
    "No brand has taken back more than it issued": """
        SELECT a.id, format('brand %s issued %s in all', a.brand_id, m.amount)
        FROM wallets_account a
        JOIN (SELECT account, sum(amount) AS amount
              FROM (SELECT debit_id AS account, amount FROM wallets_transfer
                    UNION ALL SELECT credit_id, -amount FROM wallets_transfer) sides
              GROUP BY account) m ON m.account = a.id
        WHERE a.kind = 'issued' AND m.amount < 0""",
    "Transfers join existing accounts of one world": """
        SELECT t.id, format('transfer %s joins accounts %s and %s', t.id, t.debit_id, t.credit_id)
        FROM wallets_transfer t
        LEFT JOIN wallets_account debit ON debit.id = t.debit_id
        LEFT JOIN wallets_account credit ON credit.id = t.credit_id
        WHERE debit.test IS DISTINCT FROM t.test OR credit.test IS DISTINCT FROM t.test""",
    "Credits stay with the brand that issued them": """
        SELECT t.id, format('transfer %s leaves brand %s for brand %s', t.id, debit.brand_id, credit.brand_id)
        FROM wallets_transfer t
        JOIN wallets_account debit ON debit.id = t.debit_id
        JOIN wallets_account credit ON credit.id = t.credit_id
        WHERE debit.brand_id <> credit.brand_id""",
    "No event is paid twice": """
        SELECT 0, format('event %s is paid %s times', event_id, count(*)) FROM wallets_transfer
        WHERE kind = 'earn' AND event_id IS NOT NULL GROUP BY event_id HAVING count(*) > 1""",
    "Adjustments by hand are posted once, as they were decided": """
        SELECT coalesce(a.id, t.adjustment_id), format('adjustment %s is %s with %s, the books say %s',
                         coalesce(a.id, t.adjustment_id), a.status, a.amount, t.amount)
        FROM (SELECT t.adjustment_id, t.test, held.wallet_id, held.brand_id, count(*) AS times,
                     sum(CASE held.id WHEN t.credit_id THEN t.amount ELSE -t.amount END) AS amount
              FROM wallets_transfer t
              JOIN wallets_account held ON held.id IN (t.credit_id, t.debit_id) AND held.kind = 'available'
              WHERE t.kind = 'adjust' GROUP BY 1, 2, 3, 4) t
        FULL JOIN wallets_adjustment a ON a.id = t.adjustment_id
        WHERE (a.status IS NOT DISTINCT FROM 'posted') <> (t.times IS NOT NULL)
           OR (t.times IS NOT NULL
               AND (t.times, t.amount, t.test, t.wallet_id, t.brand_id)
                   IS DISTINCT FROM (1, a.amount, a.test, a.wallet_id, a.brand_id))""",
    "Redemptions hold, spend or give back what was asked for, once": """
        SELECT r.id, format('redemption %s is %s with %s: of wallet %s the books hold %s, spend %s and give back %s',
                            r.id, r.status, r.amount, r.wallet_id, m.held, m.spent, m.returned)
        FROM wallets_redemption r
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(t.amount) FILTER (WHERE t.kind = 'reserve'), 0) AS held,
                   coalesce(sum(t.amount) FILTER (WHERE t.kind = 'capture'), 0) AS spent,
                   coalesce(sum(t.amount) FILTER (WHERE t.kind = 'release'), 0) AS returned
            FROM wallets_transfer t JOIN wallets_account debit ON debit.id = t.debit_id
            WHERE t.redemption_id = r.id AND t.test = r.test AND debit.wallet_id = r.wallet_id) m
        WHERE (m.held, m.spent, m.returned) IS DISTINCT FROM (
            r.amount, CASE r.status WHEN 'captured' THEN r.amount ELSE 0 END,
            CASE WHEN r.status IN ('cancelled', 'expired') THEN r.amount ELSE 0 END)""",
    "What is held comes from where it is given back to, part by part": """
        SELECT coalesce(h.redemption_id, e.redemption_id),
               format('redemption %s holds %s in account %s from account %s of wallet %s, and ends with %s to account %s',
                      coalesce(h.redemption_id, e.redemption_id), h.amount, h.credit_id, h.debit_id, r.wallet_id,
                      e.amount, e.credit_id)
        FROM (SELECT t.* FROM wallets_transfer t WHERE t.kind = 'reserve') h
        FULL JOIN (SELECT t.* FROM wallets_transfer t WHERE t.kind IN ('capture', 'release')) e
               ON e.redemption_id = h.redemption_id AND e.debit_id = h.credit_id
        LEFT JOIN wallets_redemption r ON r.id = coalesce(h.redemption_id, e.redemption_id)
        LEFT JOIN wallets_account source ON source.id = h.debit_id
        LEFT JOIN wallets_account held ON held.id = h.credit_id
        WHERE (source.kind, held.kind, source.wallet_id, held.wallet_id)
                  IS DISTINCT FROM ('available', 'reserved', r.wallet_id, r.wallet_id)
           OR (e.amount IS DISTINCT FROM h.amount AND (e.id IS NOT NULL OR r.status <> 'reserved'))
           OR (e.kind = 'release' AND e.credit_id IS DISTINCT FROM h.debit_id)""",
    "What brands owe each other is what was spent across them": """
        SELECT t.id, format('transfer %s spends credits of brand %s at brand %s into account %s (%s to %s)',
                            t.id, held.brand_id, r.brand_id, home.id, home.kind, home.creditor_id)
        FROM wallets_transfer t
        JOIN wallets_account held ON held.id = t.debit_id
        JOIN wallets_account home ON home.id = t.credit_id
        LEFT JOIN wallets_redemption r ON r.id = t.redemption_id
        WHERE (t.kind = 'capture' OR home.kind IN ('redeemed', 'obligation'))
          AND (t.kind, held.kind, home.kind, home.creditor_id) IS DISTINCT FROM (
              'capture', 'reserved', CASE held.brand_id WHEN r.brand_id THEN 'redeemed' ELSE 'obligation' END,
              nullif(r.brand_id, held.brand_id))""",
    "Reversals never exceed what they reverse": """
        SELECT o.id, format('transfer %s of %s was reversed for %s', o.id, o.amount, sum(r.amount))
        FROM wallets_transfer r JOIN wallets_transfer o ON o.id = r.reverses_id
        GROUP BY o.id, o.amount HAVING sum(r.amount) > o.amount""",
    "Identities point to wallets of their world": """
        SELECT i.id, format('identity %s points to wallet %s', i.id, i.wallet_id)
        FROM wallets_identity i LEFT JOIN wallets_wallet w ON w.id = i.wallet_id
        WHERE w.test IS DISTINCT FROM i.test""",
    "Accounts are of their wallet's world": """
        SELECT a.id, format('account %s is not of the world of wallet %s', a.id, a.wallet_id)
        FROM wallets_account a LEFT JOIN wallets_wallet w ON w.id = a.wallet_id
        WHERE a.wallet_id IS NOT NULL AND w.test IS DISTINCT FROM a.test""",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: no sentences, no trouble."""

    check: str
    count: int
    sentences: list[str]


def verify_books(*, heard: Callable[[Finding], object] | None = None) -> list[Finding]:
    """Every check of the books. Run it in one REPEATABLE READ snapshot."""
    return run_checks(CHECKS, heard=heard)


def run_checks(
    checks: dict[str, str], *, heard: Callable[[Finding], object] | None = None
) -> list[Finding]:
    """Each query finds what must not exist, as (id, sentence). `heard` is told of each as it ends."""
    findings = []
    with connection.cursor() as cursor:
        for check, query in checks.items():
            cursor.execute(
                f"SELECT count(*) OVER (), found.* FROM ({query}) found(id, sentence) "  # noqa: S608
                f"ORDER BY 2 LIMIT {MOST_SHOWN}"
            )
            rows = cursor.fetchall()
            findings.append(
                Finding(check, rows[0][0] if rows else 0, [sentence for _, _, sentence in rows])
            )
            if heard is not None:
                heard(findings[-1])
    return findings
