-- Adjustments by hand.

-- What was decided stays decided, and what was asked for stays as it was asked for.
CREATE FUNCTION wallets_adjustment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an adjustment is decided once and never changed or deleted'
        USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER stays BEFORE DELETE ON wallets_adjustment
    FOR EACH ROW EXECUTE FUNCTION wallets_adjustment_stays();
CREATE TRIGGER is_decided_once BEFORE UPDATE ON wallets_adjustment
    FOR EACH ROW
    WHEN (OLD.status <> 'proposed'
          OR (OLD.id, OLD.brand_id, OLD.wallet_id, OLD.test, OLD.amount, OLD.reason, OLD.token,
              OLD.proposed_by_id, OLD.proposed_at, OLD.expires_at)
             IS DISTINCT FROM
             (NEW.id, NEW.brand_id, NEW.wallet_id, NEW.test, NEW.amount, NEW.reason, NEW.token,
              NEW.proposed_by_id, NEW.proposed_at, NEW.expires_at))
    EXECUTE FUNCTION wallets_adjustment_stays();

-- An account, empty, of a person who has come to a brand for the first time. The wallet is locked already.
CREATE FUNCTION wallets_meet(wallet bigint, brand bigint, test boolean) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM wallets_account a
                   WHERE a.wallet_id = wallet AND a.brand_id = brand AND a.kind = 'available') THEN
        INSERT INTO wallets_account (kind, test, wallet_id, brand_id, balance)
        VALUES ('available', test, wallet, brand, 0);
    END IF;
END $$;

-- As in 0002, and besides with the adjustment behind each transfer, where there is one.
DROP FUNCTION wallets_post(bigint[], bigint[], bigint[], text[], boolean[], uuid[], bigint[], timestamptz[]);
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

-- Post an adjustment: between what its brand issued and what the wallet holds of that. `before` is what it
-- held; where that is less than is to be taken, nothing is written and `posted` is false. Locks in the
-- global order: the wallet, then its accounts.
CREATE FUNCTION wallets_adjust(adjustment bigint, at timestamptz, OUT before bigint, OUT posted boolean)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    asked wallets_adjustment;
    held bigint;
    source bigint;
BEGIN
    SELECT a.* INTO STRICT asked FROM wallets_adjustment a WHERE a.id = adjustment;
    PERFORM FROM wallets_wallet w WHERE w.id = asked.wallet_id FOR NO KEY UPDATE;

    PERFORM wallets_meet(asked.wallet_id, asked.brand_id, asked.test);
    IF NOT EXISTS (SELECT FROM wallets_account a WHERE a.brand_id = asked.brand_id AND a.kind = 'issued'
                   AND a.test = asked.test AND a.wallet_id IS NULL) THEN
        INSERT INTO wallets_account (kind, test, wallet_id, brand_id, balance)
        VALUES ('issued', asked.test, NULL, asked.brand_id, NULL)
        ON CONFLICT DO NOTHING;
    END IF;
    SELECT a.id INTO STRICT source FROM wallets_account a
    WHERE a.brand_id = asked.brand_id AND a.kind = 'issued' AND a.test = asked.test AND a.wallet_id IS NULL;
    SELECT a.id, a.balance INTO STRICT held, before FROM wallets_account a
    WHERE a.wallet_id = asked.wallet_id AND a.brand_id = asked.brand_id AND a.kind = 'available'
    FOR NO KEY UPDATE;

    posted := before + asked.amount >= 0;
    IF posted THEN
        PERFORM wallets_post(
            ARRAY[CASE WHEN asked.amount > 0 THEN source ELSE held END],
            ARRAY[CASE WHEN asked.amount > 0 THEN held ELSE source END],
            ARRAY[abs(asked.amount)], ARRAY['adjust'], ARRAY[asked.test],
            ARRAY[NULL::uuid], ARRAY[NULL::bigint], ARRAY[at], ARRAY[asked.id]);
    END IF;
END $$;
