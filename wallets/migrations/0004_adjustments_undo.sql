DROP FUNCTION wallets_adjust, wallets_meet;
DROP FUNCTION wallets_post(bigint[], bigint[], bigint[], text[], boolean[], uuid[], bigint[], timestamptz[], bigint[]);
CREATE FUNCTION wallets_post(
    debits bigint[], credits bigint[], amounts bigint[], kinds text[], tests boolean[],
    events uuid[], reversed bigint[], at timestamptz[]
) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    PERFORM FROM wallets_account a
    WHERE a.id = ANY (debits || credits) AND a.balance IS NOT NULL
    ORDER BY a.id FOR NO KEY UPDATE;

    INSERT INTO wallets_transfer (debit_id, credit_id, amount, kind, test, event_id, reverses_id, created_at)
    SELECT * FROM unnest(debits, credits, amounts, kinds, tests, events, reversed, at);

    UPDATE wallets_account a SET balance = a.balance + moved.amount
    FROM (SELECT m.account, sum(m.amount)::bigint AS amount
          FROM (SELECT unnest(debits) AS account, -unnest(amounts) AS amount
                UNION ALL SELECT unnest(credits), unnest(amounts)) m
          GROUP BY m.account) moved
    WHERE a.id = moved.account AND a.balance IS NOT NULL;
END $$;
DROP TRIGGER is_decided_once ON wallets_adjustment;
DROP TRIGGER stays ON wallets_adjustment;
DROP FUNCTION wallets_adjustment_stays;
