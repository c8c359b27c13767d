-- Young tables have no statistics. The planner then takes `platform_id = $1` for a condition that leaves one row in
-- two hundred, and every index that begins with platform_id for as good as the right one: it looks entries up by key
-- through their sequence, and the other way round, reading the whole platform each time. Such a plan stays until
-- autovacuum has analysed the table (measured: 2.6 ms instead of 0.08 ms of the server's time per entry in batches of a
-- hundred). So it is told what is true for a store of one platform; the first ANALYZE that finds rows replaces it.
-- PostgreSQL 18 can be told; before, autovacuum has to find out. Every later revision that adds tables does this again.
CREATE PROCEDURE describe_young_tables() LANGUAGE plpgsql AS $$
DECLARE
    young text;
BEGIN
    IF current_setting('server_version_num')::int < 180000 THEN
        RETURN;
    END IF;
    FOR young IN
        SELECT c.relname FROM pg_class AS c
        INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'platform_id'
        WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
            AND NOT EXISTS (
                SELECT 1 FROM pg_stats AS s WHERE s.schemaname = current_schema() AND s.tablename = c.relname
            )
        ORDER BY c.relname
    LOOP
        EXECUTE 'SELECT pg_restore_attribute_stats('
            '''schemaname'', current_schema()::text, ''relname'', $1::text, ''attname'', ''platform_id'','
            ' ''inherited'', false, ''null_frac'', 0::real, ''avg_width'', 8, ''n_distinct'', 1::real)' USING young;
    END LOOP;
END;
$$;

CALL describe_young_tables();
