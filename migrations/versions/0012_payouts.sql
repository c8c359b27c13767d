-- Payouts, bank accounts, channel files.
CALL describe_young_tables();
