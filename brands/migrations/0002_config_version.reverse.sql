DROP TRIGGER touch_brand ON brands_signingsecret;
DROP TRIGGER touch_brand ON brands_apikey;
DROP TRIGGER touch_brand ON brands_domain;
DROP TRIGGER raise_version ON brands_brand;
DROP FUNCTION brands_touch_owner();
DROP FUNCTION brands_raise_version();
DROP FUNCTION brands_touch(bigint);
