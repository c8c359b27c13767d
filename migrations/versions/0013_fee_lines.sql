-- Charging, complete: fee items, submitted fee lines, chargebacks, sources.
CALL describe_young_tables();
