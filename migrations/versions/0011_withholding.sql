-- Holds, deposits and retentions, adjustments.
CALL describe_young_tables();
