DROP INDEX event_feed;
ALTER TABLE events_event DROP COLUMN position;
DROP FUNCTION events_horizon;
DROP FUNCTION events_position;
DROP FUNCTION events_epoch;
