-- Hot tables refer to a brand without a foreign key: nothing else would notice that it is gone.
-- TRUNCATE fires no row trigger, so the tests' flush still works.
CREATE FUNCTION brands_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'brand % cannot be deleted: suspend it', OLD.id
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER stay BEFORE DELETE ON brands_brand
    FOR EACH ROW EXECUTE FUNCTION brands_stay();

-- A brand that has owners keeps one; judged at the end of the transaction, so that a handover may come
-- in any order. The lock makes two who leave at once do so one after the other.
CREATE FUNCTION brands_keep_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM brands_brand WHERE id = OLD.brand_id FOR NO KEY UPDATE;
    IF NOT EXISTS (
        SELECT 1 FROM brands_membership WHERE brand_id = OLD.brand_id AND role = 'OWNER'
    ) THEN
        RAISE EXCEPTION 'brand % needs an owner', OLD.brand_id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'brand_keeps_an_owner';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER keep_an_owner_on_change AFTER UPDATE ON brands_membership
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (
        OLD.role = 'OWNER' AND (NEW.role <> 'OWNER' OR NEW.brand_id <> OLD.brand_id)
    ) EXECUTE FUNCTION brands_keep_an_owner();
CREATE CONSTRAINT TRIGGER keep_an_owner_on_removal AFTER DELETE ON brands_membership
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.role = 'OWNER') EXECUTE FUNCTION brands_keep_an_owner();
