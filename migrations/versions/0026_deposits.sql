-- A bill ends with what it secures: what has not come in by the day after its end is asked for no more (1220 and 2060
-- both go back), and what has come in goes the way of any slice. `lapsed_minor` is what of the principal ended so.
ALTER TABLE deposit_slice
ADD COLUMN lapsed_minor bigint NOT NULL DEFAULT 0 CONSTRAINT slice_lapses_by_what_was_due CHECK (lapsed_minor >= 0),
DROP CONSTRAINT slice_gives_at_most_what_it_holds,
DROP CONSTRAINT slice_stands_where_its_money_stands,
-- Nothing that was never received can be claimed, released or forfeited.
ADD CONSTRAINT slice_gives_at_most_what_it_holds CHECK (
    principal_minor - claimed_minor - released_minor - forfeited_minor - lapsed_minor >= due_minor
),
ADD CONSTRAINT slice_stands_where_its_money_stands CHECK (
    CASE
        WHEN principal_minor = claimed_minor + released_minor + forfeited_minor + lapsed_minor
            THEN status = CASE
                WHEN forfeited_minor > 0 THEN 'FORFEITED' WHEN released_minor > 0 THEN 'RELEASED'
                WHEN claimed_minor > 0 THEN 'CLAIMED' ELSE 'LAPSED'
            END
        WHEN due_minor > 0 THEN status = 'DUE'
        ELSE status IN ('HELD', 'RELEASABLE')
    END
);

ALTER TABLE deposit_movement
DROP CONSTRAINT deposit_movement_kind_check,
ADD CONSTRAINT deposit_movement_kind_check CHECK (
    kind IN ('BILLED', 'RECEIVED', 'RETAINED', 'PAID', 'OFFSET', 'CLAIMED', 'RELEASED', 'FORFEITED', 'LAPSED')
);

-- Serves the release by date, and the end of bills.
DROP INDEX deposit_slice_by_date;
CREATE INDEX deposit_slice_by_date ON deposit_slice (platform_id, releasable_date, slice_id)
WHERE status IN ('DUE', 'HELD', 'RELEASABLE');

CREATE OR REPLACE FUNCTION check_deposit_movements() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT m.slice_id, m.kind, m.sequence INTO broken
    FROM fresh AS m
    CROSS JOIN LATERAL (
        SELECT o.party_id FROM deposit_slice AS o
        WHERE o.platform_id = m.platform_id AND o.slice_id = m.slice_id LIMIT 1
    ) AS s
    WHERE NOT is_posted(
        m.platform_id, m.sequence, CASE WHEN m.kind IN ('PAID', 'OFFSET') THEN '1220' ELSE '2060' END, s.party_id,
        CASE WHEN m.kind IN ('BILLED', 'RECEIVED', 'RETAINED', 'PAID', 'OFFSET') THEN 'C' ELSE 'D' END, m.amount_minor
    ) OR (m.kind = 'BILLED' AND NOT is_posted(m.platform_id, m.sequence, '1220', s.party_id, 'D', m.amount_minor))
        OR (m.kind = 'LAPSED' AND NOT is_posted(m.platform_id, m.sequence, '1220', s.party_id, 'C', m.amount_minor))
        OR (
            m.kind IN ('RETAINED', 'OFFSET')
            AND NOT is_posted(m.platform_id, m.sequence, '2015', s.party_id, 'D', m.amount_minor)
        )
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'DEPOSIT_NOT_POSTED: entry % is not what slice % says (%)',
            broken.sequence, broken.slice_id, broken.kind USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE OR REPLACE FUNCTION check_slice_sums() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken bigint;
BEGIN
    SELECT d.slice_id INTO broken
    FROM (SELECT DISTINCT f.platform_id, f.slice_id FROM fresh AS f) AS k
    CROSS JOIN LATERAL (
        SELECT o.slice_id, o.principal_minor, o.due_minor, o.claimed_minor, o.released_minor, o.forfeited_minor,
            o.lapsed_minor
        FROM deposit_slice AS o WHERE o.platform_id = k.platform_id AND o.slice_id = k.slice_id LIMIT 1
    ) AS d
    LEFT JOIN LATERAL (
        SELECT
            coalesce(sum(m.amount_minor) FILTER (WHERE m.kind IN ('BILLED', 'RECEIVED', 'RETAINED')), 0) AS principal,
            coalesce(sum(CASE m.kind WHEN 'BILLED' THEN m.amount_minor ELSE -m.amount_minor END)
            FILTER (WHERE m.kind IN ('BILLED', 'PAID', 'OFFSET', 'LAPSED')), 0) AS due,
            coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'CLAIMED'), 0) AS claimed,
            coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'RELEASED'), 0) AS released,
            coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'FORFEITED'), 0) AS forfeited,
            coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'LAPSED'), 0) AS lapsed
        FROM deposit_movement AS m WHERE m.platform_id = k.platform_id AND m.slice_id = k.slice_id
    ) AS s ON true
    WHERE (d.principal_minor, d.due_minor, d.claimed_minor, d.released_minor, d.forfeited_minor, d.lapsed_minor)
        IS DISTINCT FROM (s.principal, s.due, s.claimed, s.released, s.forfeited, s.lapsed)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'SLICE_UNEVEN: slice % is not the sum of its movements', broken
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

-- Law: a bill does not lapse before the day after its end.
CREATE FUNCTION check_lapse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM deposit_slice AS s
        WHERE s.platform_id = new.platform_id AND s.slice_id = new.slice_id
            AND (new.moved_at AT TIME ZONE 'UTC')::date < s.releasable_date
    ) THEN
        RAISE EXCEPTION 'LAPSED_EARLY: the bill of slice % ends on its day', new.slice_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;

CREATE TRIGGER bill_lapses_on_its_day BEFORE INSERT ON deposit_movement
FOR EACH ROW WHEN (new.kind = 'LAPSED') EXECUTE FUNCTION check_lapse();

-- Law: a closed party does no service any more; what somebody agreed to was asked for before it closed.
CREATE FUNCTION is_agreed_claim(
    platform bigint, claimed_slice bigint, claim_reference text
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM approval AS a
        WHERE a.platform_id = platform AND a.kind = 'DEPOSIT' AND a.status = 'GRANTED'
            AND a.subject = format('deposit/%s/CLAIMED/%s', claimed_slice, claim_reference)
    )
$$;

DROP TRIGGER closed_party_does_no_service ON deposit_movement;
CREATE TRIGGER closed_party_does_no_service BEFORE INSERT ON deposit_movement
FOR EACH ROW WHEN (
    new.counterparty_id IS NOT NULL AND is_closed(new.platform_id, new.counterparty_id)
    AND NOT is_agreed_claim(new.platform_id, new.slice_id, new.reference)
) EXECUTE FUNCTION refuse_business_of_closed_party();

-- Serves what comes for parties after they were closed.
CREATE INDEX party_closed ON party (platform_id, party_id) WHERE status = 'CLOSED';
