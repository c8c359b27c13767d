-- The time zones of parties: a party's own, else that of the nearest ancestor that has one, else UTC.
CREATE FUNCTION find_time_zones(platform bigint, party_ids bigint[])
RETURNS TABLE (party_id bigint, time_zone text) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE climb AS (
        SELECT k.party_id AS start, p.time_zone, p.parent_id
        FROM unnest(party_ids) AS k (party_id)
        CROSS JOIN LATERAL (
            SELECT o.time_zone, o.parent_id FROM party AS o
            WHERE o.platform_id = platform AND o.party_id = k.party_id LIMIT 1
        ) AS p
        UNION ALL
        SELECT c.start, p.time_zone, p.parent_id
        FROM climb AS c
        CROSS JOIN LATERAL (
            SELECT o.time_zone, o.parent_id FROM party AS o
            WHERE o.platform_id = platform AND o.party_id = c.parent_id LIMIT 1
        ) AS p
        WHERE c.time_zone IS NULL
    )
    SELECT c.start, coalesce(c.time_zone, 'UTC') FROM climb AS c WHERE c.time_zone IS NOT NULL OR c.parent_id IS NULL
$$;

-- The same of one party.
CREATE FUNCTION find_time_zone(platform bigint, party bigint) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT z.time_zone FROM find_time_zones(platform, ARRAY[party]) AS z $$;

-- A hold and a slice keep the zone that their days are counted in: that of the party when they began, of what was
-- retained from a sheet the sheet's. A party that moves elsewhere does not change what was said of their days.
ALTER TABLE hold ADD COLUMN zone text;
ALTER TABLE deposit_slice ADD COLUMN zone text;

-- Those that are there get the zone of now. (The owner sees all platforms while the wall does not hold for him, and the
-- laws of sums look at tables that he does not see; nothing that they are about changes.)
ALTER TABLE party NO FORCE ROW LEVEL SECURITY;
ALTER TABLE sheet NO FORCE ROW LEVEL SECURITY;
ALTER TABLE hold NO FORCE ROW LEVEL SECURITY;
ALTER TABLE deposit_slice NO FORCE ROW LEVEL SECURITY;
ALTER TABLE hold DISABLE TRIGGER USER;
ALTER TABLE deposit_slice DISABLE TRIGGER USER;
UPDATE hold SET zone = find_time_zone(platform_id, party_id);
UPDATE deposit_slice AS d SET zone = coalesce(
    (
        SELECT s.zone FROM sheet AS s
        WHERE s.platform_id = d.platform_id AND s.sheet_id = d.sheet_id
    ),
    find_time_zone(d.platform_id, d.party_id)
);
ALTER TABLE hold ENABLE TRIGGER USER;
ALTER TABLE deposit_slice ENABLE TRIGGER USER;
ALTER TABLE party FORCE ROW LEVEL SECURITY;
ALTER TABLE sheet FORCE ROW LEVEL SECURITY;
ALTER TABLE hold FORCE ROW LEVEL SECURITY;
ALTER TABLE deposit_slice FORCE ROW LEVEL SECURITY;

ALTER TABLE hold ALTER COLUMN zone SET NOT NULL;
ALTER TABLE deposit_slice ALTER COLUMN zone SET NOT NULL;

DROP TRIGGER hold_keeps_its_ground ON hold;
CREATE TRIGGER hold_keeps_its_ground BEFORE UPDATE ON hold
FOR EACH ROW WHEN (
    new.lifted_minor < old.lifted_minor
    OR (
        new.reference, new.party_id, new.book_id, new.sheet_id, new.account_code, new.currency, new.amount_minor,
        new.reason, new.legal_ground, new.release_condition, new.release_rule, new.expected_release_date, new.zone,
        new.order_reference, new.line_reference, new.dispute_reference, new.placed_by, new.placed_at, new.fingerprint
    ) IS DISTINCT FROM (
        old.reference, old.party_id, old.book_id, old.sheet_id, old.account_code, old.currency, old.amount_minor,
        old.reason, old.legal_ground, old.release_condition, old.release_rule, old.expected_release_date, old.zone,
        old.order_reference, old.line_reference, old.dispute_reference, old.placed_by, old.placed_at, old.fingerprint
    )
) EXECUTE FUNCTION refuse_new_proposal();
DROP TRIGGER slice_keeps_its_dates ON deposit_slice;
CREATE TRIGGER slice_keeps_its_dates BEFORE UPDATE ON deposit_slice
FOR EACH ROW WHEN (
    (
        new.agreement_id, new.party_id, new.book_id, new.sheet_id, new.currency, new.kind, new.start_date,
        new.end_date, new.releasable_date, new.zone, new.principal_minor, new.opened_at
    ) IS DISTINCT FROM (
        old.agreement_id, old.party_id, old.book_id, old.sheet_id, old.currency, old.kind, old.start_date,
        old.end_date, old.releasable_date, old.zone, old.principal_minor, old.opened_at
    )
) EXECUTE FUNCTION refuse_new_proposal();

-- Law: a slice that goes back by itself on its day goes back before it only if somebody else agreed to that.
CREATE OR REPLACE FUNCTION check_early_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM deposit_slice AS s
        WHERE s.platform_id = new.platform_id AND s.slice_id = new.slice_id AND s.release = 'ON_DATE'
            AND (new.moved_at AT TIME ZONE s.zone)::date < s.releasable_date
    ) AND NOT EXISTS (
        SELECT 1 FROM approval AS a
        WHERE a.platform_id = new.platform_id AND a.kind = 'DEPOSIT' AND a.status = 'GRANTED'
            AND a.subject = format('deposit/%s/RELEASED/%s', new.slice_id, new.reference)
    ) THEN
        RAISE EXCEPTION 'APPROVAL_MISSING: slice % goes back on its day', new.slice_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;

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
            AND (new.moved_at AT TIME ZONE s.zone)::date < s.releasable_date
    ) THEN
        RAISE EXCEPTION 'LAPSED_EARLY: the bill of slice % ends on its day', new.slice_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;
