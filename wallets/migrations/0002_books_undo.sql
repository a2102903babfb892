DROP FUNCTION wallets_earn, wallets_post, wallets_discard, wallets_open, wallets_holdings, wallets_find;
DROP TRIGGER identity_stays_in_its_world ON wallets_identity;
DROP TRIGGER wallet_stays_in_its_world ON wallets_wallet;
DROP TRIGGER account_is_of_its_world ON wallets_account;
DROP TRIGGER stays_in_its_world ON wallets_transfer;
DROP TRIGGER append_only ON wallets_transfer;
DROP TRIGGER account_stays ON wallets_account;
DROP TRIGGER account_keeps_its_identity ON wallets_account;
DROP FUNCTION wallets_identity_stays_in_its_world, wallets_transfer_stays_in_its_world,
    wallets_account_stays, wallets_account_is_of_its_world, wallets_wallet_stays_in_its_world,
    wallets_append_only;
