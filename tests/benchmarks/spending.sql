-- What people spent of that past: a third of those who earned in 50 days spend half of it in the next 50, most at
-- the brand itself, the others elsewhere; and some spend here what they hold of other brands'. The same rows that as
-- many calls would have left.

CREATE TEMPORARY TABLE spending AS
SELECT nextval('wallets_redemption_id_seq') AS redemption, s.*
FROM (SELECT e.issuer, e.wallet, e.available, e.at, e.earned / 2 AS amount,
             CASE WHEN e.issuer <> {brand} OR e.dice < 65 THEN {brand}
                  ELSE (SELECT min(b.id) FROM brands_brand b WHERE b.id <> {brand} AND b.id % 2 = e.dice % 2) END AS spender
      FROM (SELECT a.brand_id AS issuer, a.wallet_id AS wallet, a.id AS available,
                   timestamptz '{began}' + interval '50 days' * d.part
                   + interval '1 second' * (m.dice % 4320000) AS at, d.earned, m.dice % 300 AS dice
            FROM wallets_account a
            JOIN (SELECT t.credit_id, greatest(1, ceil(extract(epoch FROM t.created_at - '{began}') / 4320000))::int AS part,
                         sum(t.amount)::bigint AS earned
                  FROM wallets_transfer t WHERE t.kind = 'earn' AND NOT t.test GROUP BY 1, 2) d ON d.credit_id = a.id
            CROSS JOIN LATERAL (SELECT ('x' || substr(md5(a.id || ' ' || d.part), 1, 7))::bit(28)::int AS dice) m
            WHERE a.kind = 'available' AND NOT a.test
              AND a.wallet_id IN (SELECT wallet_id FROM wallets_account WHERE brand_id = {brand} AND kind = 'available')) e
      WHERE e.at < now() AND e.dice < 100 AND e.earned > 1 AND (e.issuer = {brand} OR e.dice < 20)) s
ORDER BY s.at, s.wallet;

INSERT INTO wallets_redemption (id, public_id, brand_id, wallet_id, test, amount, idempotency_key, status, reserved_at,
                                expires_at, ended_at)
SELECT redemption, 'red_' || md5('big' || redemption), spender, wallet, false, amount, 'BIG-' || redemption, 'captured',
       at, at + interval '15 minutes', at + interval '1 minute'
FROM spending ORDER BY redemption;

INSERT INTO wallets_account (kind, test, wallet_id, brand_id, balance)
SELECT 'reserved', false, wallet, issuer, 0 FROM spending GROUP BY wallet, issuer ORDER BY wallet, issuer
ON CONFLICT DO NOTHING;
INSERT INTO wallets_account (kind, test, brand_id, creditor_id)
SELECT DISTINCT CASE spender WHEN issuer THEN 'redeemed' ELSE 'obligation' END, false, issuer, nullif(spender, issuer)
FROM spending
ON CONFLICT DO NOTHING;
ANALYZE wallets_account, spending;

INSERT INTO wallets_transfer (debit_id, credit_id, amount, kind, test, redemption_id, created_at)
SELECT s.available, held.id, s.amount, 'reserve', false, s.redemption, s.at
FROM spending s
JOIN wallets_account held ON held.wallet_id = s.wallet AND held.brand_id = s.issuer AND held.kind = 'reserved'
ORDER BY s.redemption;
INSERT INTO wallets_transfer (debit_id, credit_id, amount, kind, test, redemption_id, created_at)
SELECT held.id, home.id, s.amount, 'capture', false, s.redemption, s.at + interval '1 minute'
FROM spending s
JOIN wallets_account held ON held.wallet_id = s.wallet AND held.brand_id = s.issuer AND held.kind = 'reserved'
JOIN wallets_account home ON home.brand_id = s.issuer AND home.wallet_id IS NULL AND NOT home.test
    AND home.kind = CASE s.spender WHEN s.issuer THEN 'redeemed' ELSE 'obligation' END
    AND home.creditor_id IS NOT DISTINCT FROM nullif(s.spender, s.issuer)
ORDER BY s.redemption;

UPDATE wallets_account a SET balance = a.balance - spent.amount
FROM (SELECT available, sum(amount)::bigint AS amount FROM spending GROUP BY 1) spent
WHERE a.id = spent.available;
