-- The plan of a law is kept from the first list that it sees. Where that was short, every new row of a thousand was
-- compared with every old one, under the log's lock: 0.1 s of a quarter.
ALTER FUNCTION check_closed_sheet() SET enable_nestloop TO off;
