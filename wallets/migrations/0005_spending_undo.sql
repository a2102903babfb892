-- What was spent cannot be unspent by forgetting it.
DO $$
BEGIN
    IF EXISTS (SELECT FROM wallets_redemption) THEN
        RAISE EXCEPTION 'somebody has held or spent credits: this migration cannot be undone any more';
    END IF;
END $$;

DROP FUNCTION wallets_release, wallets_capture, wallets_reserve, wallets_remaining;
DROP FUNCTION wallets_post(
    bigint[], bigint[], bigint[], text[], boolean[], uuid[], bigint[], timestamptz[], bigint[], bigint[]);
CREATE FUNCTION wallets_post(
    debits bigint[], credits bigint[], amounts bigint[], kinds text[], tests boolean[],
    events uuid[], reversed bigint[], at timestamptz[], adjustments bigint[] DEFAULT NULL
) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    PERFORM FROM wallets_account a
    WHERE a.id = ANY (debits || credits) AND a.balance IS NOT NULL
    ORDER BY a.id FOR NO KEY UPDATE;

    INSERT INTO wallets_transfer (debit_id, credit_id, amount, kind, test, event_id, reverses_id, created_at,
                                  adjustment_id)
    SELECT * FROM unnest(debits, credits, amounts, kinds, tests, events, reversed, at, adjustments);

    UPDATE wallets_account a SET balance = a.balance + moved.amount
    FROM (SELECT m.account, sum(m.amount)::bigint AS amount
          FROM (SELECT unnest(debits) AS account, -unnest(amounts) AS amount
                UNION ALL SELECT unnest(credits), unnest(amounts)) m
          GROUP BY m.account) moved
    WHERE a.id = moved.account AND a.balance IS NOT NULL;
END $$;
DROP TRIGGER account_keeps_its_identity ON wallets_account;
CREATE TRIGGER account_keeps_its_identity BEFORE UPDATE ON wallets_account
    FOR EACH ROW
    WHEN ((OLD.id, OLD.kind, OLD.test, OLD.wallet_id, OLD.brand_id)
          IS DISTINCT FROM (NEW.id, NEW.kind, NEW.test, NEW.wallet_id, NEW.brand_id))
    EXECUTE FUNCTION wallets_account_stays();
DROP TRIGGER ends_once ON wallets_redemption;
DROP TRIGGER stays ON wallets_redemption;
DROP FUNCTION wallets_redemption_stays;
