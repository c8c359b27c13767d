-- What of a disputed line could not be held when its chargeback was read, as the sheet that the line is on did not have
-- it: a payout had it, or something else. `sequence` is the record of the chargeback in the log, `place` that of the
-- line in it, from 1. Amounts are minor units: what was not there, and what was held of that since. It is
-- open until all of it is held or the chargeback is decided.
CREATE TABLE disputed_rest (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    place integer NOT NULL CHECK (place > 0),
    sheet_id bigint NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    held_minor bigint NOT NULL DEFAULT 0,
    is_decided boolean NOT NULL DEFAULT FALSE,
    dispute_reference text NOT NULL CHECK (dispute_reference <> ''),
    PRIMARY KEY (platform_id, sequence, place, sheet_id),
    CONSTRAINT rest_is_of_a_chargeback FOREIGN KEY (platform_id, sequence) REFERENCES log_event (platform_id, sequence),
    CONSTRAINT rest_is_of_a_sheet FOREIGN KEY (platform_id, sheet_id) REFERENCES sheet (platform_id, sheet_id),
    CONSTRAINT rest_is_held_at_most_as_a_whole CHECK (held_minor BETWEEN 0 AND amount_minor)
);

-- Serves what is to be held of a sheet that has money again, and the law that it is not paid.
CREATE INDEX disputed_rest_of_sheet ON disputed_rest (platform_id, sheet_id, sequence, place)
WHERE held_minor < amount_minor AND NOT is_decided;
-- Serves the end of a chargeback.
CREATE INDEX disputed_rest_of_dispute ON disputed_rest (platform_id, dispute_reference)
WHERE held_minor < amount_minor AND NOT is_decided;

-- Law: what was not there stays as it was found; more of it is held, never less, and a decision is final.
CREATE FUNCTION refuse_other_rest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'REST_CHANGED: what was disputed of sheet % by record % stays as it was found', old.sheet_id,
        old.sequence USING ERRCODE = 'check_violation';
END;
$$;

CREATE TRIGGER rest_stays_as_it_was_found BEFORE UPDATE ON disputed_rest
FOR EACH ROW WHEN (
    (new.platform_id, new.sequence, new.place, new.sheet_id, new.amount_minor, new.dispute_reference)
    IS DISTINCT FROM (
        old.platform_id, old.sequence, old.place, old.sheet_id, old.amount_minor, old.dispute_reference
    )
    OR new.held_minor < old.held_minor OR old.is_decided
) EXECUTE FUNCTION refuse_other_rest();

CREATE TRIGGER rest_stays BEFORE DELETE OR TRUNCATE ON disputed_rest
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Law: what is said to be held since stands in holds of the sheet, each named by how far it brought that.
CREATE FUNCTION check_rest_is_held() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM hold AS h
        WHERE h.platform_id = new.platform_id AND h.sheet_id = new.sheet_id
            AND h.reference = format(
                'dispute/%s/%s/sheet/%s/%s', new.sequence, new.place, new.sheet_id, new.held_minor
            )
            AND h.amount_minor = new.held_minor - old.held_minor AND h.dispute_reference = new.dispute_reference
    ) THEN
        RAISE EXCEPTION 'REST_NOT_HELD: no hold of sheet % is of what record % disputed', new.sheet_id, new.sequence
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;

CREATE TRIGGER rest_is_held_by_a_hold BEFORE UPDATE ON disputed_rest
FOR EACH ROW WHEN (new.held_minor > old.held_minor) EXECUTE FUNCTION check_rest_is_held();

-- Law: nothing of a sheet is paid of which something is still to be held: what it has again is held first.
CREATE FUNCTION check_nothing_disputed_is_paid() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    disputed bigint;
BEGIN
    SELECT r.sheet_id INTO disputed
    FROM fresh AS f
    CROSS JOIN LATERAL (
        SELECT o.sheet_id FROM disputed_rest AS o
        WHERE o.platform_id = f.platform_id AND o.sheet_id = f.sheet_id AND o.held_minor < o.amount_minor
            AND NOT o.is_decided
        LIMIT 1
    ) AS r
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'DISPUTED_REST_PAID: of sheet % something is to be held before it is paid', disputed
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER nothing_disputed_is_paid AFTER INSERT ON payout_sheet
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_nothing_disputed_is_paid();

CALL raise_wall('disputed_rest');

GRANT SELECT, INSERT, UPDATE (held_minor, is_decided) ON disputed_rest TO splitbook_app;

CALL describe_young_tables();
