-- Settlement sheets, the lines they claim, and what becomes of their totals.
CALL describe_young_tables();
