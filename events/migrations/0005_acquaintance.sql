-- Who has an event at a brand has an account there, an empty one if nothing was paid, so that a brand's
-- people can be listed. What is paid makes the account anyhow (wallets_earn); so only refusals look whether
-- it is there, and only the first one writes. events_record has locked the wallet.
CREATE FUNCTION events_meet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM wallets_meet(NEW.wallet_id, NEW.brand_id, NEW.test);
    RETURN NULL;
END $$;
CREATE TRIGGER meet AFTER INSERT ON events_event
    FOR EACH ROW WHEN (NEW.status <> 'rewarded' AND NEW.wallet_id IS NOT NULL)
    EXECUTE FUNCTION events_meet();
