-- Durable jobs of the workers.
CALL describe_young_tables();
