DROP TRIGGER append_only ON brands_auditentry;
DROP FUNCTION brands_audit_stays();
