-- The terms of the log: looked up block by block, newest first, until a page is full or patience ends.

-- Entries wait in the index's list until the job that wrote them sorts them in, thousand by thousand.
CREATE INDEX log_terms ON events_logentry USING gin (terms) WITH (fastupdate = on);

-- The events that have all terms, from a place in the log on: older ones, or newer ones. `wanted` is a tsquery
-- with the character U+0001 where the block belongs. `reached` is how far it got, where patience ended (or
-- null: everything was looked at), and nothing beyond it is told.
CREATE FUNCTION events_search(
    of_brand bigint, of_test boolean, wanted text, newer boolean, at timestamptz, event uuid,
    since timestamptz, until timestamptz, most int, patience interval,
    OUT events uuid[], OUT moments timestamptz[], OUT reached timestamptz)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_variable
DECLARE
    began CONSTANT timestamptz := clock_timestamp();
    of_block record;
    query tsquery;
    more_events uuid[];
    more_moments timestamptz[];
BEGIN
    events := '{}';
    moments := '{}';
    FOR of_block IN
        SELECT b.id, CASE WHEN newer THEN b.first_at ELSE b.last_at END AS edge
        FROM events_logblock b
        WHERE b.brand_id = of_brand AND b.test = of_test AND b.first_at <= until AND b.last_at >= since
          AND CASE WHEN newer THEN b.last_at >= at ELSE b.first_at <= at END
        ORDER BY CASE WHEN newer THEN b.first_at END, b.last_at DESC, b.id DESC
    LOOP
        -- Blocks overlap by what was recorded at the same moment: one more may hold something between.
        EXIT WHEN cardinality(events) = most
            AND CASE WHEN newer THEN of_block.edge > moments[most] ELSE of_block.edge < moments[most] END;
        IF clock_timestamp() - began > patience THEN
            reached := of_block.edge;
            EXIT;
        END IF;
        query := replace(wanted, E'\x01', of_block.id::text)::tsquery;
        IF newer THEN
            SELECT array_agg(h.event_id), array_agg(h.received_at) INTO more_events, more_moments
            FROM (SELECT e.event_id, e.received_at FROM events_logentry e
                  WHERE e.terms @@ query AND (e.received_at, e.event_id) > (at, event) AND e.received_at <= until
                  ORDER BY e.received_at, e.event_id LIMIT most) h;
        ELSE
            SELECT array_agg(h.event_id), array_agg(h.received_at) INTO more_events, more_moments
            FROM (SELECT e.event_id, e.received_at FROM events_logentry e
                  WHERE e.terms @@ query AND (e.received_at, e.event_id) < (at, event) AND e.received_at >= since
                  ORDER BY e.received_at DESC, e.event_id DESC LIMIT most) h;
        END IF;
        IF more_events IS NOT NULL THEN
            SELECT array_agg(h.event), array_agg(h.moment) INTO events, moments
            FROM (SELECT f.event, f.moment FROM unnest(events || more_events, moments || more_moments) f(event, moment)
                  ORDER BY CASE WHEN newer THEN f.moment END, CASE WHEN newer THEN f.event END,
                           f.moment DESC, f.event DESC
                  LIMIT most) h;
        END IF;
    END LOOP;
    IF reached IS NOT NULL THEN
        SELECT coalesce(array_agg(f.event), '{}'), coalesce(array_agg(f.moment), '{}') INTO events, moments
        FROM unnest(events, moments) f(event, moment)
        WHERE CASE WHEN newer THEN f.moment < reached ELSE f.moment > reached END;
    END IF;
END $$;

-- What is erased of an event is not to be found by it any more. The horizon is locked by who indexes: either the
-- words are there to be taken away, or their event is read without its detail.
CREATE FUNCTION events_forget_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM events_loghorizon h
    WHERE h.brand_id = (SELECT e.brand_id FROM events_event e WHERE e.id = OLD.event_id) FOR SHARE;
    UPDATE events_logentry l
    SET terms = array_to_tsvector(ARRAY(
        SELECT t FROM unnest(tsvector_to_array(l.terms)) t WHERE split_part(t, ':', 2) NOT IN ('w', 'x')))
    WHERE l.event_id = OLD.event_id;
    RETURN NULL;
END $$;
CREATE TRIGGER forget_words AFTER DELETE OR UPDATE OF metadata ON events_eventdetail
    FOR EACH ROW EXECUTE FUNCTION events_forget_words();
