-- A process caches a brand's configuration under config_version and asks for no more than this number
-- (in the call that records). So whatever changes what is cached raises it, in the same transaction,
-- whoever writes: a service, the admin, psql.

-- For triggers on tables that hold configuration of a brand, in this app and in those above it.
CREATE FUNCTION brands_touch(brand_id bigint) RETURNS void LANGUAGE sql AS $$
    UPDATE brands_brand SET config_version = config_version + 1 WHERE id = $1
$$;

-- The brand's own row. A stale object that is saved must not take the version back.
CREATE FUNCTION brands_raise_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - 'config_version' IS DISTINCT FROM to_jsonb(OLD) - 'config_version' THEN
        NEW.config_version := OLD.config_version + 1;
    ELSE
        NEW.config_version := greatest(NEW.config_version, OLD.config_version);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER raise_version BEFORE UPDATE ON brands_brand
    FOR EACH ROW EXECUTE FUNCTION brands_raise_version();

-- Any table with a brand_id. The arguments are columns that no call reads.
CREATE FUNCTION brands_touch_owner() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unread CONSTANT text[] := coalesce(TG_ARGV, '{}');
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - unread = to_jsonb(OLD) - unread THEN
            RETURN NULL;
        END IF;
        IF NEW.brand_id IS DISTINCT FROM OLD.brand_id THEN
            PERFORM brands_touch(OLD.brand_id);
        END IF;
    END IF;
    PERFORM brands_touch(CASE TG_OP WHEN 'DELETE' THEN OLD.brand_id ELSE NEW.brand_id END);
    RETURN NULL;
END $$;
CREATE TRIGGER touch_brand AFTER INSERT OR UPDATE OR DELETE ON brands_domain
    FOR EACH ROW EXECUTE FUNCTION brands_touch_owner();
CREATE TRIGGER touch_brand AFTER INSERT OR UPDATE OR DELETE ON brands_apikey
    FOR EACH ROW EXECUTE FUNCTION brands_touch_owner('last_used_at');
CREATE TRIGGER touch_brand AFTER INSERT OR UPDATE OR DELETE ON brands_signingsecret
    FOR EACH ROW EXECUTE FUNCTION brands_touch_owner();
