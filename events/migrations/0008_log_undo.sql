DROP TRIGGER forget_words ON events_eventdetail;
DROP FUNCTION events_forget_words;
DROP FUNCTION events_search;
DROP INDEX log_terms;
