-- An agreement on a deposit ends once, and says by whom and why. What it holds stays until its dates; what was billed
-- under it and has not come in is asked for no more.
ALTER TABLE deposit_agreement
ADD COLUMN ended_by text,
ADD COLUMN end_reason text CHECK (length(end_reason) BETWEEN 1 AND 1000),
ADD CONSTRAINT end_says_by_whom_and_why CHECK (num_nulls(ended_at, ended_by, end_reason) IN (0, 3));

GRANT UPDATE (ended_by, end_reason) ON deposit_agreement TO splitbook_app;

CREATE TRIGGER agreement_ends_once BEFORE UPDATE ON deposit_agreement
FOR EACH ROW WHEN (old.ended_at IS NOT NULL) EXECUTE FUNCTION refuse_new_proposal();

-- Law: nothing is billed under an agreement that has ended. The bills lapse in the transaction that ends it.
CREATE FUNCTION check_agreement_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM deposit_slice AS s
        WHERE s.platform_id = new.platform_id AND s.agreement_id = new.agreement_id AND s.slice_id > 0
            AND s.due_minor > 0
    ) THEN
        RAISE EXCEPTION 'BILLED_AFTER_END: agreement % has ended, and something is billed under it', new.agreement_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE CONSTRAINT TRIGGER ended_agreement_asks_for_nothing AFTER UPDATE ON deposit_agreement
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (new.ended_at IS NOT NULL) EXECUTE FUNCTION check_agreement_end();

-- Law: a bill does not lapse before the day after its end, unless its agreement has ended.
CREATE OR REPLACE FUNCTION check_lapse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM deposit_slice AS s
        CROSS JOIN LATERAL (
            SELECT o.ended_at FROM deposit_agreement AS o
            WHERE o.platform_id = s.platform_id AND o.agreement_id = s.agreement_id LIMIT 1
        ) AS a
        WHERE s.platform_id = new.platform_id AND s.slice_id = new.slice_id AND a.ended_at IS NULL
            AND (new.moved_at AT TIME ZONE 'UTC')::date < s.releasable_date
    ) THEN
        RAISE EXCEPTION 'LAPSED_EARLY: the bill of slice % ends on its day', new.slice_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;

-- Law: under an agreement that has ended begins only what is retained from a sheet that had closed before; and a closed
-- party leaves no more with us than what is retained from its sheets.
CREATE FUNCTION check_slice_beginnings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT s.agreement_id, a.ended_at INTO broken
    FROM fresh AS s
    CROSS JOIN LATERAL (
        SELECT o.ended_at FROM deposit_agreement AS o
        WHERE o.platform_id = s.platform_id AND o.agreement_id = s.agreement_id LIMIT 1
    ) AS a
    LEFT JOIN LATERAL (
        SELECT o.closed_at FROM sheet AS o
        WHERE o.platform_id = s.platform_id AND o.sheet_id = s.sheet_id LIMIT 1
    ) AS h ON true
    WHERE a.ended_at IS NOT NULL AND (h.closed_at < a.ended_at) IS NOT TRUE
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'DEPOSIT_AGREEMENT_ENDED: nothing begins under agreement % after %',
            broken.agreement_id, broken.ended_at USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM fresh AS s WHERE s.sheet_id IS NULL AND is_closed(s.platform_id, s.party_id)) THEN
        RAISE EXCEPTION 'PARTY_NOT_ACTIVE: a closed party takes no new deposit_slice' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER slice_begins_while_its_agreement_stands AFTER INSERT ON deposit_slice
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_slice_beginnings();
