-- Whatever leaves a person is to be counted. The condition is looked at with every transfer, the function is called
-- for few: an earning costs no more than before.
CREATE FUNCTION analytics_note_departure() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO analytics_departure (transfer_id, brand_id, test)
    SELECT NEW.id, debit.brand_id, NEW.test
    FROM wallets_account debit, wallets_account credit
    WHERE debit.id = NEW.debit_id AND credit.id = NEW.credit_id
      AND debit.wallet_id IS NOT NULL AND credit.wallet_id IS NULL;
    RETURN NULL;
END $$;

CREATE TRIGGER note_departure AFTER INSERT ON wallets_transfer
    FOR EACH ROW WHEN (NEW.kind NOT IN ('earn', 'reserve', 'release'))
    EXECUTE FUNCTION analytics_note_departure();

-- What was taken by hand before waits as well.
INSERT INTO analytics_departure (transfer_id, brand_id, test)
SELECT t.id, a.brand_id, a.test
FROM wallets_adjustment a JOIN wallets_transfer t ON t.adjustment_id = a.id AND t.kind = 'adjust'
WHERE a.amount < 0;
