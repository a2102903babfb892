DROP TRIGGER keep_an_owner_on_removal ON brands_membership;
DROP TRIGGER keep_an_owner_on_change ON brands_membership;
DROP FUNCTION brands_keep_an_owner();
DROP TRIGGER stay ON brands_brand;
DROP FUNCTION brands_stay();
