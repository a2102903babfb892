-- Spending: what a person holds is reserved for a redemption, then captured or released.

-- It ends once, and stays what was asked for.
CREATE FUNCTION wallets_redemption_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a redemption ends once and is never changed or deleted'
        USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER stays BEFORE DELETE ON wallets_redemption
    FOR EACH ROW EXECUTE FUNCTION wallets_redemption_stays();
CREATE TRIGGER ends_once BEFORE UPDATE ON wallets_redemption
    FOR EACH ROW
    WHEN (OLD.status <> 'reserved'
          OR (OLD.id, OLD.public_id, OLD.brand_id, OLD.wallet_id, OLD.test, OLD.amount, OLD.idempotency_key,
              OLD.reserved_at, OLD.expires_at)
             IS DISTINCT FROM
             (NEW.id, NEW.public_id, NEW.brand_id, NEW.wallet_id, NEW.test, NEW.amount, NEW.idempotency_key,
              NEW.reserved_at, NEW.expires_at))
    EXECUTE FUNCTION wallets_redemption_stays();

-- As in 0002, and an obligation keeps its creditor.
DROP TRIGGER account_keeps_its_identity ON wallets_account;
CREATE TRIGGER account_keeps_its_identity BEFORE UPDATE ON wallets_account
    FOR EACH ROW
    WHEN ((OLD.id, OLD.kind, OLD.test, OLD.wallet_id, OLD.brand_id, OLD.creditor_id)
          IS DISTINCT FROM (NEW.id, NEW.kind, NEW.test, NEW.wallet_id, NEW.brand_id, NEW.creditor_id))
    EXECUTE FUNCTION wallets_account_stays();

-- As in 0004, and besides with the redemption behind each transfer, where there is one.
DROP FUNCTION wallets_post(
    bigint[], bigint[], bigint[], text[], boolean[], uuid[], bigint[], timestamptz[], bigint[]);
CREATE FUNCTION wallets_post(
    debits bigint[], credits bigint[], amounts bigint[], kinds text[], tests boolean[],
    events uuid[], reversed bigint[], at timestamptz[], adjustments bigint[] DEFAULT NULL,
    redemptions bigint[] DEFAULT NULL
) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    PERFORM FROM wallets_account a
    WHERE a.id = ANY (debits || credits) AND a.balance IS NOT NULL
    ORDER BY a.id FOR NO KEY UPDATE;

    INSERT INTO wallets_transfer (debit_id, credit_id, amount, kind, test, event_id, reverses_id, created_at,
                                  adjustment_id, redemption_id)
    SELECT * FROM unnest(debits, credits, amounts, kinds, tests, events, reversed, at, adjustments, redemptions);

    UPDATE wallets_account a SET balance = a.balance + moved.amount
    FROM (SELECT m.account, sum(m.amount)::bigint AS amount
          FROM (SELECT unnest(debits) AS account, -unnest(amounts) AS amount
                UNION ALL SELECT unnest(credits), unnest(amounts)) m
          GROUP BY m.account) moved
    WHERE a.id = moved.account AND a.balance IS NOT NULL;
END $$;

-- What is left of a wallet's earnings. Nothing is stored about their age: what is left of an account is its
-- newest credits, as far back as its balance reaches. What was held and is given back was there before.
CREATE FUNCTION wallets_remaining(wallet bigint)
RETURNS TABLE (account bigint, issuer bigint, transfer bigint, earned_at timestamptz, amount bigint)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    uncovered bigint;
BEGIN
    FOR account, issuer, uncovered IN
        SELECT a.id, a.brand_id, a.balance FROM wallets_account a
        WHERE a.wallet_id = wallet AND a.kind = 'available' AND a.balance > 0
    LOOP
        FOR transfer, earned_at, amount IN
            SELECT t.id, t.created_at, t.amount FROM wallets_transfer t
            WHERE t.credit_id = account AND t.kind <> 'release' ORDER BY t.id DESC
        LOOP
            amount := least(amount, uncovered);
            uncovered := uncovered - amount;
            RETURN NEXT;
            EXIT WHEN uncovered = 0;
        END LOOP;
    END LOOP;
END $$;

-- Hold what a redemption asks for: the oldest of what its wallet holds, whoever issued it. `before` is all that
-- it holds; where that is less than is asked for, nothing is written and `posted` is false. Locks in the global
-- order: the wallet, then its accounts.
CREATE FUNCTION wallets_reserve(redemption bigint, at timestamptz, OUT before bigint, OUT posted boolean)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    asked wallets_redemption;
    accounts bigint[];
    issuers bigint[];
    amounts bigint[];
BEGIN
    SELECT r.* INTO STRICT asked FROM wallets_redemption r WHERE r.id = redemption;
    PERFORM FROM wallets_wallet w WHERE w.id = asked.wallet_id FOR NO KEY UPDATE;
    SELECT h.available INTO before FROM wallets_holdings(asked.wallet_id) h;
    posted := before >= asked.amount;
    IF NOT posted THEN
        RETURN;
    END IF;

    SELECT array_agg(p.account), array_agg(p.issuer), array_agg(p.amount) INTO accounts, issuers, amounts
    FROM (SELECT l.account, l.issuer, sum(least(l.amount, asked.amount - l.older))::bigint AS amount
          FROM (SELECT r.*, sum(r.amount) OVER (ORDER BY r.earned_at, r.transfer) - r.amount AS older
                FROM wallets_remaining(asked.wallet_id) r) l
          WHERE l.older < asked.amount GROUP BY l.account, l.issuer) p;

    INSERT INTO wallets_account (kind, test, wallet_id, brand_id, balance)
    SELECT 'reserved', asked.test, asked.wallet_id, u.issuer, 0 FROM unnest(issuers) u(issuer)
    WHERE NOT EXISTS (SELECT FROM wallets_account a WHERE a.wallet_id = asked.wallet_id
                      AND a.brand_id = u.issuer AND a.kind = 'reserved');

    PERFORM wallets_post(
        array_agg(u.account), array_agg(held.id), array_agg(u.amount), array_agg('reserve'::text),
        array_agg(asked.test), array_agg(NULL::uuid), array_agg(NULL::bigint), array_agg(at),
        redemptions => array_agg(asked.id)
    )
    FROM unnest(accounts, issuers, amounts) u(account, issuer, amount)
    JOIN wallets_account held ON held.wallet_id = asked.wallet_id
        AND held.brand_id = u.issuer AND held.kind = 'reserved';
END $$;

-- Spend what a redemption holds: what the brand issued itself comes home, for the rest its issuer owes the brand.
CREATE FUNCTION wallets_capture(redemption bigint, at timestamptz) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    asked wallets_redemption;
BEGIN
    SELECT r.* INTO STRICT asked FROM wallets_redemption r WHERE r.id = redemption;
    PERFORM FROM wallets_wallet w WHERE w.id = asked.wallet_id FOR NO KEY UPDATE;

    INSERT INTO wallets_account (kind, test, brand_id, creditor_id)
    SELECT p.kind, asked.test, p.issuer, p.creditor
    FROM (SELECT held.brand_id AS issuer,
                 CASE held.brand_id WHEN asked.brand_id THEN 'redeemed' ELSE 'obligation' END AS kind,
                 nullif(asked.brand_id, held.brand_id) AS creditor
          FROM wallets_transfer t JOIN wallets_account held ON held.id = t.credit_id
          WHERE t.redemption_id = asked.id AND t.kind = 'reserve') p
    WHERE NOT EXISTS (SELECT FROM wallets_account a
                      WHERE a.brand_id = p.issuer AND a.kind = p.kind AND a.test = asked.test
                        AND a.wallet_id IS NULL AND a.creditor_id IS NOT DISTINCT FROM p.creditor)
    ORDER BY p.issuer
    ON CONFLICT DO NOTHING;

    PERFORM wallets_post(
        array_agg(held.id), array_agg(home.id), array_agg(t.amount), array_agg('capture'::text),
        array_agg(asked.test), array_agg(NULL::uuid), array_agg(NULL::bigint), array_agg(at),
        redemptions => array_agg(asked.id)
    )
    FROM wallets_transfer t
    JOIN wallets_account held ON held.id = t.credit_id
    JOIN wallets_account home ON home.brand_id = held.brand_id AND home.test = asked.test AND home.wallet_id IS NULL
        AND home.kind = CASE held.brand_id WHEN asked.brand_id THEN 'redeemed' ELSE 'obligation' END
        AND home.creditor_id IS NOT DISTINCT FROM nullif(asked.brand_id, held.brand_id)
    WHERE t.redemption_id = asked.id AND t.kind = 'reserve';
END $$;

-- Give back what redemptions hold, to where it was.
CREATE FUNCTION wallets_release(redemptions bigint[], at timestamptz) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    PERFORM FROM wallets_wallet w
    WHERE w.id IN (SELECT r.wallet_id FROM wallets_redemption r WHERE r.id = ANY (redemptions))
    ORDER BY w.id FOR NO KEY UPDATE;

    PERFORM wallets_post(
        array_agg(t.credit_id), array_agg(t.debit_id), array_agg(t.amount), array_agg('release'::text),
        array_agg(t.test), array_agg(NULL::uuid), array_agg(NULL::bigint), array_agg(at),
        redemptions => array_agg(t.redemption_id)
    )
    FROM wallets_transfer t WHERE t.redemption_id = ANY (redemptions) AND t.kind = 'reserve'
    HAVING count(*) > 0;
END $$;
