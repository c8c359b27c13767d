-- Approvals: flows, requests, decisions, delegations.
CALL describe_young_tables();
