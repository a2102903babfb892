-- The order in which events can be read without missing one: by the transaction that wrote them.
--
-- Ids and times come out of order: a transaction that began earlier may commit later, and whoever has read past
-- it would never see it. Transaction numbers have a horizon: below the oldest one still running nothing can
-- appear any more. A dump that is restored elsewhere keeps its numbers while the new server counts anew, so an
-- epoch stands above them, which `manage.py restored` raises.
--
-- A position is epoch * 2^48 + transaction: a server that makes 10,000 a second needs 890 years for one epoch.
-- The epoch is a constant in a function, and all three are plain SQL: they are inlined, so that an insert reads
-- no table for its position, and a plan that is cached anywhere is made anew when the epoch is raised.

CREATE FUNCTION events_epoch() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
AS 'SELECT 0::bigint';

CREATE FUNCTION events_position() RETURNS bigint LANGUAGE sql STABLE
AS 'SELECT (events_epoch() << 48) + pg_current_xact_id()::text::bigint';

-- What stands below it is there to be read, all of it, by the statement that asks.
CREATE FUNCTION events_horizon() RETURNS bigint LANGUAGE sql STABLE
AS 'SELECT (events_epoch() << 48) + pg_snapshot_xmin(pg_current_snapshot())::text::bigint';

-- Those that are there already are in the order of their ids. No row is rewritten.
ALTER TABLE events_event ADD COLUMN position bigint NOT NULL DEFAULT 0;
ALTER TABLE events_event ALTER COLUMN position SET DEFAULT events_position();
CREATE INDEX event_feed ON events_event (brand_id, position, id);
