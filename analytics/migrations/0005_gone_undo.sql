DROP TRIGGER note_departure ON wallets_transfer;
DROP FUNCTION analytics_note_departure;
