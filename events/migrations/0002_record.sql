-- The one way in which an event is recorded: one call, one transaction, any number of events.
--
-- READ COMMITTED, several statements, no temporary table. A single SQL statement cannot do it: its snapshot
-- does not see the identity that a concurrent call has just inserted, nor the cooldown that it has started.
--
-- Locks are taken in one global order: a client's count of new wallets, identities by address, wallets by id
-- (from then on one person's cooldowns and limits cannot race), idempotency keys, business keys, slots of
-- the brands' totals, accounts by id. Everything that is looked up is looked up by index (see wallets 0002).
--
-- No clock is read: every moment and every window comes from the caller. Amounts in hundredths of RSNC.

CREATE TYPE events_request AS (
    place int,                      -- index in the call: events of one person are judged in this order
    event uuid,
    brand bigint,
    config_version bigint,          -- what the caller decided with; an older one is `stale`
    test boolean,
    trust text,
    authenticated boolean,
    source text,
    address text,
    name text,
    event_type bigint,
    rule bigint,
    rule_version bigint,
    amount bigint,
    status text,                    -- decided already without looking at the person, or null
    reason text,
    received_at timestamptz,
    occurred_at timestamptz,
    judged_at timestamptz,
    cooldown_after timestamptz,     -- a claim later than this blocks; null: no cooldown
    cooldown_seconds bigint,        -- rolling: for how long
    cooldown_from timestamptz,      -- calendar: the window at arrival; neither: once ever
    cooldown_until timestamptz,
    cap bigint,                     -- the rule's limit for a person in the window
    cap_from timestamptz,
    cap_until timestamptz,
    business_key text,
    idempotency_key text,
    fingerprint text,
    open_person bigint,             -- bounds of anonymous calls; null for authenticated ones
    open_brand bigint,
    open_from timestamptz,
    open_until timestamptz,
    new_wallets int,
    client text,
    client_hour timestamptz,
    request_id text,
    decision jsonb,
    metadata jsonb,
    observed jsonb,
    request jsonb
);

CREATE TYPE events_case AS (request events_request, wallet bigint, created boolean);
CREATE TYPE events_told AS (place int, outcome text, event uuid);

CREATE FUNCTION events_record(requests json)
RETURNS TABLE (
    place int, outcome text, event uuid, name text, status text, reason text, amount bigint,
    next_eligible_at timestamptz, wallet bigint, balance bigint, pending bigint, created boolean,
    test boolean, request_id text, decision jsonb
)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    waiting events_request[];
    repeats events_request[] := '{}';
    cases events_case[];
    wave events_case[];
    told events_told[] := '{}';
    denied int[];
    used bigint[];
    dropped bigint[];
    ready int[];
    keyed boolean;
    held events_case[] := '{}';
    newcomers record;
    allowed int;
    people text[];
    wallets bigint[];
    new_to_us boolean[];
    paid_wallets bigint[];
    paid_brands bigint[];
    paid_tests boolean[];
    paid_amounts bigint[];
    paid_events uuid[];
    paid_at timestamptz[];
BEGIN
    waiting := ARRAY(SELECT r FROM json_populate_recordset(NULL::events_request, requests) r);

    -- Decided with another configuration than today's: nothing is written, the caller decides again.
    told := ARRAY(
        SELECT ROW(w.place, 'stale', NULL)::events_told
        FROM unnest(waiting) w
        WHERE w.config_version IS DISTINCT FROM (SELECT b.config_version FROM brands_brand b WHERE b.id = w.brand));
    IF told <> '{}' THEN
        waiting := ARRAY(SELECT w FROM unnest(waiting) w
                         WHERE NOT EXISTS (SELECT FROM unnest(told) t WHERE t.place = w.place));
    END IF;

    -- A retry is answered before anything is made for it.
    keyed := EXISTS (SELECT FROM unnest(waiting) w WHERE w.idempotency_key IS NOT NULL);
    IF keyed THEN
        told := told || ARRAY(
            SELECT ROW(w.place, CASE WHEN k.fingerprint = w.fingerprint THEN 'replayed' ELSE 'reused' END,
                       k.event_id)::events_told
            FROM unnest(waiting) w
            JOIN events_idempotencykey k ON k.brand_id = w.brand AND k.key = w.idempotency_key
                AND k.test = w.test AND k.authenticated = w.authenticated);
        -- Of the items of one call with one key the first is recorded, and answers for the others.
        repeats := ARRAY(
            SELECT q.w FROM (
                SELECT w, row_number() OVER (PARTITION BY w.brand, w.idempotency_key, w.test, w.authenticated
                                             ORDER BY w.place) AS n
                FROM unnest(waiting) w WHERE w.idempotency_key IS NOT NULL) q
            WHERE q.n > 1);
        waiting := ARRAY(SELECT w FROM unnest(waiting) w
                         WHERE NOT EXISTS (SELECT FROM unnest(told) t WHERE t.place = w.place)
                           AND NOT EXISTS (SELECT FROM unnest(repeats) r WHERE r.place = w.place));
    END IF;

    -- An anonymous client makes so many wallets an hour and no more. Of two calls for one new person the second
    -- waits for the client's count, and finds the wallet made: so who is new is asked again behind the lock.
    denied := '{}';
    FOR newcomers IN
        SELECT w.client, w.client_hour, min(w.new_wallets) AS bound
        FROM unnest(waiting) w
        WHERE w.new_wallets IS NOT NULL AND NOT EXISTS (SELECT FROM wallets_find(w.address, w.test))
        GROUP BY w.client, w.client_hour ORDER BY w.client, w.client_hour
    LOOP
        INSERT INTO events_newwallets AS n (client, hour, made) VALUES (newcomers.client, newcomers.client_hour, 0)
        ON CONFLICT (client, hour) DO UPDATE SET made = n.made
        RETURNING greatest(newcomers.bound - n.made, 0) INTO allowed;
        people := ARRAY(
            SELECT w.address || w.test FROM unnest(waiting) w
            WHERE w.client = newcomers.client AND w.client_hour = newcomers.client_hour
              AND w.new_wallets IS NOT NULL AND NOT EXISTS (SELECT FROM wallets_find(w.address, w.test))
            GROUP BY w.address, w.test ORDER BY min(w.place));
        UPDATE events_newwallets n SET made = n.made + least(allowed, cardinality(people))
        WHERE n.client = newcomers.client AND n.hour = newcomers.client_hour;
        denied := denied || ARRAY(
            SELECT w.place FROM unnest(waiting) w
            WHERE w.client = newcomers.client AND w.client_hour = newcomers.client_hour
              AND w.new_wallets IS NOT NULL AND w.address || w.test = ANY (people[allowed + 1:]));
    END LOOP;

    cases := '{}';
    IF waiting <> '{}' THEN
        SELECT o.wallets, o.created INTO wallets, new_to_us FROM wallets_open(
            ARRAY(SELECT CASE WHEN w.place <> ALL (denied) THEN w.address END FROM unnest(waiting) w),
            ARRAY(SELECT w.test FROM unnest(waiting) w), waiting[1].received_at) o;
        cases := ARRAY(SELECT ROW(waiting[n], wallets[n], new_to_us[n])::events_case
                       FROM generate_series(1, cardinality(waiting)) n);
    END IF;

    -- Of two calls with one key the first is recorded; the second waited for it here and is given its answer.
    IF keyed THEN
        INSERT INTO events_idempotencykey (brand_id, key, test, authenticated, event_id, fingerprint)
        SELECT w.brand, w.idempotency_key, w.test, w.authenticated, w.event, w.fingerprint
        FROM unnest(waiting) w WHERE w.idempotency_key IS NOT NULL
        ORDER BY w.brand, w.idempotency_key, w.test, w.authenticated
        ON CONFLICT DO NOTHING;
        told := told || ARRAY(
            SELECT ROW(w.place, CASE WHEN k.fingerprint = w.fingerprint THEN 'replayed' ELSE 'reused' END,
                       k.event_id)::events_told
            FROM unnest(waiting || repeats) w
            JOIN events_idempotencykey k ON k.brand_id = w.brand AND k.key = w.idempotency_key
                AND k.test = w.test AND k.authenticated = w.authenticated
            WHERE k.event_id <> w.event);
        wave := cases;
        cases := ARRAY(SELECT c FROM unnest(wave) c
                       WHERE NOT EXISTS (SELECT FROM unnest(told) t WHERE t.place = (c.request).place));
        used := ARRAY(SELECT c.wallet FROM unnest(cases) c);
        dropped := ARRAY(SELECT DISTINCT c.wallet FROM unnest(wave) c
                         WHERE c.created AND c.wallet <> ALL (used));
        IF dropped <> '{}' THEN
            PERFORM wallets_discard(dropped);
            UPDATE events_newwallets n SET made = n.made - gone.wallets
            FROM (SELECT (c.request).client, (c.request).client_hour, count(DISTINCT c.wallet) AS wallets
                  FROM unnest(wave) c
                  WHERE c.wallet = ANY (dropped) AND (c.request).new_wallets IS NOT NULL
                  GROUP BY 1, 2) gone
            WHERE n.client = gone.client AND n.hour = gone.client_hour;
        END IF;
    END IF;

    -- A wallet is new to the first of its events only.
    IF cardinality(cases) > 1 THEN
        cases := ARRAY(
            SELECT ROW(c.request, c.wallet, c.created AND (c.request).place
                       = min((c.request).place) OVER (PARTITION BY c.wallet))::events_case
            FROM unnest(cases) c);
    END IF;

    told := told || ARRAY(
        SELECT ROW((c.request).place, 'recorded', (c.request).event)::events_told FROM unnest(cases) c);

    -- Business keys are held while they are judged, and given back below by those that earn nothing.
    held := ARRAY(SELECT c FROM unnest(cases) c
                  WHERE (c.request).business_key IS NOT NULL AND (c.request).status IS NULL
                    AND c.wallet IS NOT NULL);
    IF held <> '{}' THEN
        INSERT INTO events_businesskey (event_type_id, value, test, holder)
        SELECT DISTINCT (c.request).event_type, (c.request).business_key, (c.request).test,
               CASE WHEN (c.request).authenticated THEN 0 ELSE c.wallet END
        FROM unnest(held) c
        ORDER BY 1, 2, 3, 4
        ON CONFLICT DO NOTHING;
    END IF;

    -- In waves: the first event of every person and of every business key, then the second ones, … Each
    -- wave sees what the one before has written.
    WHILE cases <> '{}' LOOP
        IF cardinality(cases) = 1 THEN
            wave := cases;
            cases := '{}';
        ELSE
            ready := ARRAY(
                SELECT q.place FROM (
                    SELECT (c.request).place,
                           row_number() OVER (PARTITION BY coalesce(c.wallet, -(c.request).place)
                                              ORDER BY (c.request).place) AS in_wallet,
                           row_number() OVER (PARTITION BY (c.request).event_type, (c.request).test,
                                                  (c.request).business_key,
                                                  CASE WHEN (c.request).business_key IS NULL
                                                       THEN (c.request).place END
                                              ORDER BY (c.request).place) AS in_key
                    FROM unnest(cases) c) q
                WHERE q.in_wallet = 1 AND q.in_key = 1);
            wave := ARRAY(SELECT c FROM unnest(cases) c WHERE (c.request).place = ANY (ready));
            cases := ARRAY(SELECT c FROM unnest(cases) c WHERE (c.request).place <> ALL (ready));
        END IF;

        WITH flat AS MATERIALIZED (
            SELECT (c.request).*, c.wallet, c.created,
                   CASE WHEN (c.request).authenticated THEN 0 ELSE c.wallet END AS holder
            FROM unnest(wave) c
        ), seen AS MATERIALIZED (
            SELECT f.*, claim.last_at, taken.event_id AS taken_by,
                   coalesce(of_rule.amount, 0) AS used_of_rule,
                   coalesce(of_person.amount, 0) AS used_of_person,
                   coalesce(of_brand.amount, 0) AS used_of_brand,
                   holdings.available, holdings.pending
            FROM flat f
            LEFT JOIN events_claim claim ON claim.wallet_id = f.wallet AND claim.rule_id = f.rule
            LEFT JOIN LATERAL (
                SELECT k.event_id FROM events_businesskey k
                WHERE k.event_type_id = f.event_type AND k.value = f.business_key AND k.test = f.test
                  AND (k.holder = 0 OR k.holder = f.wallet) AND k.event_id IS NOT NULL
                LIMIT 1) taken ON f.business_key IS NOT NULL
            LEFT JOIN events_usage of_rule ON of_rule.wallet_id = f.wallet AND of_rule.brand_id = f.brand
                AND of_rule.rule_id = f.rule AND of_rule.window_start = f.cap_from
            LEFT JOIN events_usage of_person ON of_person.wallet_id = f.wallet
                AND of_person.brand_id = f.brand AND of_person.rule_id = 0
                AND of_person.window_start = f.open_from
            LEFT JOIN LATERAL (
                SELECT sum(o.amount)::bigint AS amount FROM events_opentotal o
                WHERE o.brand_id = f.brand AND o.test = f.test AND o.day_start = f.open_from
                ) of_brand ON f.open_from IS NOT NULL
            LEFT JOIN LATERAL wallets_holdings(f.wallet) holdings ON f.wallet IS NOT NULL
        ), found AS (
            SELECT s.*,
                CASE
                    WHEN s.status IS NOT NULL THEN s.status
                    WHEN s.taken_by IS NOT NULL THEN 'duplicate'
                    WHEN s.last_at > s.cooldown_after THEN 'cooldown'
                    WHEN s.wallet IS NULL OR s.used_of_rule + s.amount > s.cap
                        OR s.used_of_person + s.amount > s.open_person THEN 'capped'
                    ELSE 'rewarded'
                END AS verdict
            FROM seen s
        ), weighed AS (
            SELECT f.*, sum(f.amount) FILTER (WHERE f.verdict = 'rewarded' AND f.open_brand IS NOT NULL)
                OVER (PARTITION BY f.brand, f.test, f.open_from ORDER BY f.place) AS asked_of_brand
            FROM found f
        ), judged AS MATERIALIZED (
            SELECT w.place, w.event, w.brand, w.test, w.trust, w.authenticated, w.source, w.address, w.name,
                   w.event_type, w.rule, w.rule_version, w.received_at, w.occurred_at, w.judged_at,
                   w.business_key, w.holder, w.cap, w.cap_from, w.open_person, w.open_from, w.wallet,
                   w.created, w.request_id, w.metadata, w.observed, w.request, v.verdict,
                   CASE WHEN v.verdict = 'rewarded' THEN w.amount ELSE 0 END AS paid,
                   w.available, w.pending,
                   CASE
                       WHEN w.status IS NOT NULL THEN coalesce(w.reason, '')
                       WHEN v.verdict <> 'capped' THEN ''
                       WHEN w.wallet IS NULL THEN 'open_new_wallets'
                       WHEN w.used_of_rule + w.amount > w.cap THEN 'rule_daily_cap'
                       WHEN w.used_of_person + w.amount > w.open_person THEN 'open_person_daily'
                       ELSE 'open_brand_daily'
                   END AS why,
                   CASE
                       WHEN v.verdict = 'cooldown' THEN cooled.until
                       WHEN v.verdict = 'capped' AND w.wallet IS NULL
                           THEN w.client_hour + interval '1 hour'
                       WHEN v.verdict = 'capped' AND w.used_of_rule + w.amount > w.cap THEN w.cap_until
                       WHEN v.verdict = 'capped' THEN w.open_until
                       WHEN v.verdict = 'rewarded' AND w.cooldown_after IS NOT NULL AND cooled.until IS NULL
                           THEN NULL
                       WHEN v.verdict = 'rewarded' THEN greatest(
                           cooled.until,
                           CASE WHEN w.used_of_rule + 2 * w.amount > w.cap THEN w.cap_until END,
                           CASE WHEN w.used_of_person + 2 * w.amount > w.open_person
                                THEN w.open_until END)
                   END AS next_at,
                   w.decision || jsonb_strip_nulls(jsonb_build_object(
                       'last_at', CASE WHEN w.cooldown_after IS NOT NULL THEN w.last_at END,
                       'taken_by', w.taken_by,
                       'cap_day', w.cap_from,
                       'used', CASE WHEN w.cap IS NOT NULL THEN w.used_of_rule END,
                       'open_day', w.open_from,
                       'open_used', CASE WHEN w.open_person IS NOT NULL THEN w.used_of_person END
                   )) AS decision
            FROM weighed w
            CROSS JOIN LATERAL (
                SELECT CASE WHEN w.verdict = 'rewarded' AND w.open_brand IS NOT NULL
                                AND w.used_of_brand + w.asked_of_brand > w.open_brand
                            THEN 'capped' ELSE w.verdict END AS verdict) v
            CROSS JOIN LATERAL (
                SELECT CASE
                    WHEN w.cooldown_seconds IS NOT NULL THEN
                        CASE WHEN v.verdict = 'rewarded' THEN greatest(w.judged_at, w.last_at)
                             ELSE w.last_at END + make_interval(secs => w.cooldown_seconds)
                    WHEN v.verdict = 'rewarded' AND w.judged_at >= w.cooldown_from
                        OR w.last_at >= w.cooldown_from THEN w.cooldown_until
                END AS until) cooled
        ), event_row AS (
            INSERT INTO events_event (
                id, brand_id, test, event_type_id, rule_version_id, wallet_id, name, trust, source, status,
                reason, amount, received_at, occurred_at, judged_at, next_eligible_at, balance_after,
                pending_after, wallet_created, request_id, decision)
            SELECT j.event, j.brand, j.test, j.event_type, j.rule_version, j.wallet, j.name, j.trust,
                   j.source, j.verdict, j.why, j.paid, j.received_at, j.occurred_at, j.judged_at,
                   CASE WHEN j.next_at > j.received_at THEN j.next_at END, j.available + j.paid, j.pending,
                   coalesce(j.created, false), j.request_id, j.decision
            FROM judged j
        ), detail_row AS (
            INSERT INTO events_eventdetail (event_id, address, metadata, observed, request)
            SELECT j.event, j.address, j.metadata, j.observed, j.request FROM judged j
        ), claim_row AS (
            INSERT INTO events_claim AS c (wallet_id, rule_id, last_at)
            SELECT j.wallet, j.rule, j.judged_at FROM judged j WHERE j.verdict = 'rewarded'
            ON CONFLICT (wallet_id, rule_id)
            DO UPDATE SET last_at = greatest(c.last_at, excluded.last_at)
        ), usage_row AS (
            INSERT INTO events_usage AS u (wallet_id, brand_id, rule_id, window_start, amount)
            SELECT j.wallet, j.brand, j.rule, j.cap_from, j.paid
            FROM judged j WHERE j.verdict = 'rewarded'
            UNION ALL
            SELECT j.wallet, j.brand, 0, j.open_from, j.paid
            FROM judged j WHERE j.verdict = 'rewarded' AND j.open_person IS NOT NULL
            ON CONFLICT (wallet_id, brand_id, rule_id, window_start)
            DO UPDATE SET amount = u.amount + excluded.amount
        ), key_row AS (
            UPDATE events_businesskey k SET event_id = j.event
            FROM judged j
            WHERE j.verdict = 'rewarded' AND k.event_type_id = j.event_type AND k.value = j.business_key
              AND k.test = j.test AND k.holder = j.holder
        ), total_row AS (
            INSERT INTO events_opentotal AS o (brand_id, test, day_start, slot, amount)
            SELECT j.brand, j.test, j.open_from, pg_backend_pid() % 32, sum(j.paid)
            FROM judged j WHERE j.verdict = 'rewarded' AND j.open_from IS NOT NULL
            GROUP BY j.brand, j.test, j.open_from ORDER BY j.brand, j.test, j.open_from
            ON CONFLICT (brand_id, test, day_start, slot)
            DO UPDATE SET amount = o.amount + excluded.amount
        )
        SELECT array_agg(j.wallet), array_agg(j.brand), array_agg(j.test), array_agg(j.paid),
               array_agg(j.event), array_agg(j.received_at)
        INTO paid_wallets, paid_brands, paid_tests, paid_amounts, paid_events, paid_at
        FROM judged j WHERE j.verdict = 'rewarded';

        IF paid_wallets IS NOT NULL THEN
            PERFORM wallets_earn(
                paid_wallets, paid_brands, paid_tests, paid_amounts, paid_events, paid_at);
        END IF;
    END LOOP;

    IF held <> '{}' THEN
        DELETE FROM events_businesskey k USING unnest(held) c
        WHERE k.event_type_id = (c.request).event_type AND k.value = (c.request).business_key
          AND k.test = (c.request).test AND k.event_id IS NULL
          AND k.holder = CASE WHEN (c.request).authenticated THEN 0 ELSE c.wallet END;
    END IF;

    RETURN QUERY
        SELECT t.place, t.outcome, e.id, e.name::text, e.status::text, e.reason::text, e.amount,
               e.next_eligible_at, e.wallet_id, e.balance_after, e.pending_after, e.wallet_created,
               e.test, e.request_id::text, e.decision
        FROM unnest(told) t LEFT JOIN events_event e ON e.id = t.event
        ORDER BY t.place;
END $$;

-- History stays as it was.
CREATE FUNCTION events_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never changed', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON events_event
    FOR EACH ROW EXECUTE FUNCTION events_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON events_ruleversion
    FOR EACH ROW EXECUTE FUNCTION events_append_only();
-- Events and claims refer to these without a foreign key.
CREATE TRIGGER stays BEFORE DELETE ON events_rule
    FOR EACH ROW EXECUTE FUNCTION events_append_only();
CREATE TRIGGER stays BEFORE DELETE ON events_eventtype
    FOR EACH ROW EXECUTE FUNCTION events_append_only();

-- A change of what a brand rewards holds from the next call, in every process.
CREATE FUNCTION events_programme_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'events_eventtype' THEN
            PERFORM brands_touch(NEW.brand_id);
        WHEN 'events_rule' THEN
            PERFORM brands_touch(t.brand_id) FROM events_eventtype t WHERE t.id = NEW.event_type_id;
        ELSE
            PERFORM brands_touch(t.brand_id) FROM events_rule r
            JOIN events_eventtype t ON t.id = r.event_type_id WHERE r.id = NEW.rule_id;
    END CASE;
    RETURN NULL;
END $$;
CREATE TRIGGER programme_changed AFTER INSERT OR UPDATE ON events_eventtype
    FOR EACH ROW EXECUTE FUNCTION events_programme_changed();
CREATE TRIGGER programme_changed AFTER INSERT OR UPDATE ON events_rule
    FOR EACH ROW EXECUTE FUNCTION events_programme_changed();
CREATE TRIGGER programme_changed AFTER INSERT ON events_ruleversion
    FOR EACH ROW EXECUTE FUNCTION events_programme_changed();
