-- Calendars: versioned holidays; settlement terms of roles and parties.
CALL describe_young_tables();
