-- The books. Everything that moves credits ends in wallets_post; what may not happen, the database refuses.
--
-- Every function here is called with a handful of rows and finds its own rows by index. A plan made from a
-- bad estimate once chose a sequential scan and lost two thirds of the time to it, so the choice is taken
-- away: no sequential scan, nested loops only. And since then one plan is as good as another, the generic
-- one is kept: planning anew for every call took twice as long as all of its work.

CREATE FUNCTION wallets_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: correct it with a new row', TG_TABLE_NAME
        USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON wallets_transfer
    FOR EACH ROW EXECUTE FUNCTION wallets_append_only();

-- An account changes its balance and nothing else, and stays: transfers refer to it without a foreign key.
CREATE FUNCTION wallets_account_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an account keeps its wallet, brand, kind and world, and is never deleted'
        USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER account_stays BEFORE DELETE ON wallets_account
    FOR EACH ROW EXECUTE FUNCTION wallets_account_stays();
CREATE TRIGGER account_keeps_its_identity BEFORE UPDATE ON wallets_account
    FOR EACH ROW
    WHEN ((OLD.id, OLD.kind, OLD.test, OLD.wallet_id, OLD.brand_id)
          IS DISTINCT FROM (NEW.id, NEW.kind, NEW.test, NEW.wallet_id, NEW.brand_id))
    EXECUTE FUNCTION wallets_account_stays();

-- Both sides of a transfer exist and are of its world. One check a statement, and no row is locked.
CREATE FUNCTION wallets_transfer_stays_in_its_world() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added t
        LEFT JOIN wallets_account debit ON debit.id = t.debit_id
        LEFT JOIN wallets_account credit ON credit.id = t.credit_id
        WHERE debit.test IS DISTINCT FROM t.test OR credit.test IS DISTINCT FROM t.test
    ) THEN
        RAISE EXCEPTION 'a transfer joins two existing accounts of one world'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER stays_in_its_world AFTER INSERT ON wallets_transfer
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION wallets_transfer_stays_in_its_world();

-- A wallet is of its identity's world. Judged at the end, when the identity may be gone again (wallets_discard).
CREATE FUNCTION wallets_identity_stays_in_its_world() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$
BEGIN
    IF EXISTS (SELECT FROM wallets_identity i LEFT JOIN wallets_wallet w ON w.id = i.wallet_id
               WHERE i.id = NEW.id AND w.test IS DISTINCT FROM i.test) THEN
        RAISE EXCEPTION 'an identity points to a wallet of its own world'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER identity_stays_in_its_world AFTER INSERT OR UPDATE ON wallets_identity
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION wallets_identity_stays_in_its_world();

-- So are its accounts, and a wallet never moves to the other world.
CREATE FUNCTION wallets_account_is_of_its_world() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$
BEGIN
    IF EXISTS (SELECT FROM wallets_wallet w WHERE w.id = NEW.wallet_id AND w.test <> NEW.test) THEN
        RAISE EXCEPTION 'an account is of its wallet''s world' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION wallets_wallet_stays_in_its_world() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a wallet stays in its world' USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER account_is_of_its_world AFTER INSERT ON wallets_account
    FOR EACH ROW WHEN (NEW.wallet_id IS NOT NULL)
    EXECUTE FUNCTION wallets_account_is_of_its_world();
CREATE TRIGGER wallet_stays_in_its_world BEFORE UPDATE OF test ON wallets_wallet
    FOR EACH ROW WHEN (OLD.test <> NEW.test)
    EXECUTE FUNCTION wallets_wallet_stays_in_its_world();

-- The wallet of an address. For FROM clauses, where the planner puts the query in its place.
CREATE FUNCTION wallets_find(address text, test boolean) RETURNS TABLE (wallet bigint)
LANGUAGE sql STABLE AS $$
    SELECT i.wallet_id FROM wallets_identity i WHERE i.address = $1 AND i.test = $2
$$;

-- What a wallet holds over all issuers, in hundredths of RSNC. For FROM clauses, as above.
CREATE FUNCTION wallets_holdings(wallet bigint) RETURNS TABLE (available bigint, pending bigint)
LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(a.balance) FILTER (WHERE a.kind = 'available'), 0)::bigint,
           coalesce(sum(a.balance) FILTER (WHERE a.kind = 'pending'), 0)::bigint
    FROM wallets_account a WHERE a.wallet_id = $1
$$;

-- The wallets of these people, made where they are new, each locked against other movements until the end
-- of the transaction. A null address gives a null wallet. Addresses are locked in address order, wallets in
-- id order.
CREATE FUNCTION wallets_open(
    addresses text[], tests boolean[], at timestamptz, OUT wallets bigint[], OUT created boolean[]
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    new_addresses text[];
    new_tests boolean[];
    new_ids bigint[];
    made bigint[] := '{}';
BEGIN
    SELECT array_agg(n.address ORDER BY n.address, n.test), array_agg(n.test ORDER BY n.address, n.test)
    INTO new_addresses, new_tests
    FROM (SELECT DISTINCT u.address, u.test FROM unnest(addresses, tests) u(address, test)
          WHERE u.address IS NOT NULL AND NOT EXISTS (SELECT FROM wallets_find(u.address, u.test))) n;

    IF new_addresses IS NOT NULL THEN
        new_ids := ARRAY(SELECT nextval('wallets_wallet_id_seq')
                         FROM generate_series(1, cardinality(new_addresses)));
        WITH identity AS (
            INSERT INTO wallets_identity (address, test, wallet_id, created_at)
            SELECT n.address, n.test, n.id, at
            FROM unnest(new_addresses, new_tests, new_ids) n(address, test, id)
            ORDER BY n.address, n.test
            ON CONFLICT DO NOTHING
            RETURNING wallet_id, test
        ), wallet AS (
            INSERT INTO wallets_wallet (id, test, status, created_at)
            SELECT wallet_id, test, 'PREGENERATED', at FROM identity
            RETURNING id
        )
        SELECT coalesce(array_agg(id), '{}') INTO made FROM wallet;
    END IF;

    SELECT array_agg(i.wallet_id ORDER BY u.place), array_agg(coalesce(i.wallet_id = ANY (made), false) ORDER BY u.place)
    INTO wallets, created
    FROM unnest(addresses, tests) WITH ORDINALITY u(address, test, place)
    LEFT JOIN wallets_identity i ON i.address = u.address AND i.test = u.test;

    PERFORM FROM wallets_wallet w WHERE w.id = ANY (wallets) ORDER BY w.id FOR NO KEY UPDATE;
END $$;

-- Take back wallets that this very transaction made and that nothing uses.
CREATE FUNCTION wallets_discard(wallets bigint[]) RETURNS void LANGUAGE sql
SET enable_seqscan = off AS $$
    DELETE FROM wallets_identity WHERE wallet_id = ANY (wallets);
    DELETE FROM wallets_wallet WHERE id = ANY (wallets);
$$;

-- The one writer of transfers: N movements, written once, balances moved once. Accounts are locked in id
-- order. An account that would get the wrong sign fails the whole call (its check constraint).
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

-- Credit people with what a brand gives them for an event. The wallets are locked already (wallets_open).
CREATE FUNCTION wallets_earn(
    wallets bigint[], brands bigint[], tests boolean[], amounts bigint[], events uuid[], at timestamptz[]
) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO wallets_account (kind, test, wallet_id, brand_id, balance)
    SELECT 'issued', e.test, NULL, e.brand, NULL
    FROM (SELECT DISTINCT u.brand, u.test FROM unnest(brands, tests) u(brand, test)) e
    WHERE NOT EXISTS (SELECT FROM wallets_account a WHERE a.brand_id = e.brand AND a.kind = 'issued'
                      AND a.test = e.test AND a.wallet_id IS NULL)
    ORDER BY e.brand, e.test
    ON CONFLICT DO NOTHING;

    INSERT INTO wallets_account (kind, test, wallet_id, brand_id, balance)
    SELECT DISTINCT 'available', u.test, u.wallet, u.brand, 0
    FROM unnest(wallets, brands, tests) u(wallet, brand, test)
    WHERE NOT EXISTS (SELECT FROM wallets_account a WHERE a.wallet_id = u.wallet
                      AND a.brand_id = u.brand AND a.kind = 'available');

    PERFORM wallets_post(
        array_agg(issued.id), array_agg(available.id), array_agg(u.amount),
        array_agg('earn'::text), array_agg(u.test), array_agg(u.event), array_agg(NULL::bigint), array_agg(u.at)
    )
    FROM unnest(wallets, brands, tests, amounts, events, at) u(wallet, brand, test, amount, event, at)
    JOIN wallets_account issued ON issued.brand_id = u.brand AND issued.kind = 'issued'
        AND issued.test = u.test AND issued.wallet_id IS NULL
    JOIN wallets_account available ON available.wallet_id = u.wallet
        AND available.brand_id = u.brand AND available.kind = 'available';
END $$;
