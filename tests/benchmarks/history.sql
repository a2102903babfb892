-- A brand's past, {events} events of it over the last {days} days, written in sets of {step}: the same rows that
-- as many calls would have left, the books included. Who, what and how it was decided follow from the
-- event's number, so that the past is the same on every machine. Two sessions write at once, one the events, the
-- other what hangs on them.

INSERT INTO wallets_account (kind, test, wallet_id, brand_id, balance)
SELECT 'issued', false, NULL, {brand}, NULL
ON CONFLICT DO NOTHING;
INSERT INTO wallets_account (kind, test, wallet_id, brand_id, balance)
SELECT 'available', false, i.wallet_id, {brand}, 0 FROM (
    SELECT wallet_id FROM wallets_identity WHERE address LIKE 'person%@bench.example' AND NOT test
    ORDER BY id LIMIT {people}) i
ON CONFLICT DO NOTHING;
ANALYZE wallets_account;
\
CREATE TEMPORARY TABLE history_types AS
SELECT t.id AS event_type, t.key AS name, v.id AS rule_version, v.amount,
       row_number() OVER (ORDER BY t.id) - 1 AS place
FROM events_eventtype t
JOIN events_rule r ON r.event_type_id = t.id
JOIN events_ruleversion v ON v.rule_id = r.id AND v.number = 1
WHERE t.brand_id = {brand};

CREATE TEMPORARY TABLE history_people AS
SELECT i.wallet_id AS wallet, i.address, row_number() OVER (ORDER BY i.id) - 1 AS place
FROM wallets_identity i WHERE i.address LIKE 'person%@bench.example' AND NOT i.test
ORDER BY i.id LIMIT {people};
CREATE UNIQUE INDEX ON history_people (place);

CREATE PROCEDURE pg_temp.history(of_events boolean) LANGUAGE plpgsql AS $$
DECLARE
    began CONSTANT timestamptz := '{began}';
    every CONSTANT interval := interval '{days} days' / {events};
    types CONSTANT int := (SELECT count(*) FROM history_types);
BEGIN
    FOR low IN 0 .. {events} - 1 BY {step} LOOP
        CREATE TEMPORARY TABLE part ON COMMIT DROP AS
        SELECT n, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(mix, 1, 3)
                   || '8' || substr(mix, 4, 15))::uuid AS id,
               at, dice, t.event_type, t.name, t.rule_version, p.wallet, p.address, t.amount,
               CASE WHEN dice < 700 THEN 'rewarded' WHEN dice < 820 THEN 'cooldown' WHEN dice < 920 THEN 'duplicate'
                    WHEN dice < 999 THEN 'no_reward' ELSE 'capped' END AS status
        FROM (SELECT n, md5(n::text) AS mix, began + every * n AS at,
                     ('x' || substr(md5('s' || n), 1, 7))::bit(28)::int % 1000 AS dice
              FROM generate_series(low, least(low + {step}, {events}) - 1) n) e
        -- Few come often, many come seldom.
        JOIN history_people p
          ON p.place = (power(('x' || substr(mix, 1, 7))::bit(28)::int / 268435456.0, 2) * {people})::int % {people}
        JOIN history_types t ON t.place = ('x' || substr(mix, 8, 7))::bit(28)::int % types;

        IF of_events THEN
            INSERT INTO events_event (
                id, brand_id, test, event_type_id, rule_version_id, wallet_id, name, trust, source, status, reason,
                amount, received_at, judged_at, wallet_created, request_id, decision)
            SELECT id, {brand}, false, event_type, CASE WHEN status <> 'no_reward' THEN rule_version END, wallet, name,
                   CASE WHEN dice % 10 < 7 THEN 'key' WHEN dice % 10 < 9 THEN 'open' ELSE 'signed' END, 'api', status,
                   CASE status WHEN 'no_reward' THEN 'event_type_off' WHEN 'capped' THEN 'rule_daily_cap' ELSE '' END,
                   CASE WHEN status = 'rewarded' THEN amount ELSE 0 END, at, at, false,
                   'req_' || substr(md5('r' || n), 1, 24), '{{"rules": []}}'
            FROM part ORDER BY n;
        ELSE
            INSERT INTO events_eventdetail (event_id, address, metadata, observed, request)
            SELECT id, address, jsonb_build_object(
                       'order_id', 'BIG-' || n, 'platform', (ARRAY['shopify', 'woocommerce', 'app'])[n % 3 + 1],
                       'total', (dice * 17 + 100) / 100.0, 'city', (ARRAY['Oslo', 'Bergen', 'Berlin', 'Porto'])[n % 4 + 1]),
                   '{{}}', '{{"method": "POST", "path": "/resonance-api/manual-event"}}'
            FROM part ORDER BY n;

            INSERT INTO wallets_transfer (debit_id, credit_id, amount, kind, test, event_id, created_at)
            SELECT issued.id, available.id, part.amount, 'earn', false, part.id, part.at
            FROM part
            JOIN wallets_account available
              ON available.wallet_id = part.wallet AND available.brand_id = {brand} AND available.kind = 'available'
            JOIN wallets_account issued
              ON issued.brand_id = {brand} AND issued.kind = 'issued' AND NOT issued.test AND issued.wallet_id IS NULL
            WHERE part.status = 'rewarded' ORDER BY part.n;
        END IF;
        COMMIT;
    END LOOP;
END $$;
\
UPDATE wallets_account a SET balance = earned.amount
FROM (SELECT credit_id, sum(amount)::bigint AS amount FROM wallets_transfer GROUP BY credit_id) earned
WHERE a.id = earned.credit_id AND a.brand_id = {brand} AND a.kind = 'available';
