-- The places of a party's events in the log, as they were written: a row per party and statement that wrote events. So
-- a batch pays for its parties and not for each party of each event (measured in batches of 500 order events, of five
-- parties each: 4 to 7 us of the server's time an event; a row for each pair takes 11 to 15).
--
-- An index on log_event.parties would be cheaper still (2 to 3 us), but behind the wall it is never used: an operator
-- on arrays might tell of rows on the other side of it, so the wall's condition comes first. Equality of numbers is
-- known to keep still.
CREATE TABLE party_event (
    platform_id bigint NOT NULL,
    party_id bigint NOT NULL,
    first_sequence bigint NOT NULL,
    sequences bigint[] NOT NULL,
    -- Serves the events of a party after a place of the log, and before one.
    PRIMARY KEY (platform_id, party_id, first_sequence),
    CONSTRAINT first_sequence_is_of_the_first CHECK (sequences[1] = first_sequence)
);

-- Derived, as an index is: whoever writes an event cannot forget it.
CREATE FUNCTION keep_party_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO party_event (platform_id, party_id, first_sequence, sequences)
    SELECT f.platform_id, p.party_id, min(f.sequence), array_agg(DISTINCT f.sequence ORDER BY f.sequence)
    FROM fresh AS f
    CROSS JOIN LATERAL unnest(f.parties) AS p (party_id)
    GROUP BY f.platform_id, p.party_id;
    RETURN NULL;
END;
$$;

CREATE TRIGGER log_event_is_found_by_party AFTER INSERT ON log_event
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION keep_party_events();

CREATE TRIGGER party_event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON party_event
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CALL raise_wall('party_event');
GRANT SELECT, INSERT ON party_event TO splitbook_app;

-- What there is already, platform by platform, inside its wall.
DO $$
DECLARE
    walled bigint;
BEGIN
    FOR walled IN SELECT p.platform_id FROM platform AS p ORDER BY p.platform_id LOOP
        PERFORM set_config('app.platform', walled::text, true);
        INSERT INTO party_event (platform_id, party_id, first_sequence, sequences)
        SELECT v.platform_id, p.party_id, min(v.sequence), array_agg(DISTINCT v.sequence ORDER BY v.sequence)
        FROM log_event AS v
        CROSS JOIN LATERAL unnest(v.parties) AS p (party_id)
        WHERE v.platform_id = walled
        GROUP BY v.platform_id, p.party_id, v.sequence / 1000;
    END LOOP;
    PERFORM set_config('app.platform', '', true);
END;
$$;

CALL describe_young_tables();
