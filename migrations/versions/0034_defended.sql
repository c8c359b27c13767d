-- A dispute is open from its notification until it is decided, defended or not; when it was is known from then on.
ALTER TABLE order_dispute
ADD COLUMN defended_at timestamptz,
DROP CONSTRAINT order_dispute_status_check,
ADD CONSTRAINT order_dispute_status_check CHECK (status IN ('NOTIFIED', 'DEFENDED', 'WON', 'LOST')),
ADD CONSTRAINT dispute_is_defended_at_a_time CHECK (
    (status <> 'NOTIFIED' OR defended_at IS NULL) AND (status <> 'DEFENDED' OR defended_at IS NOT NULL)
),
DROP CONSTRAINT dispute_has_open_what_is_undecided,
ADD CONSTRAINT dispute_has_open_what_is_undecided CHECK (
    open_minor = CASE WHEN status IN ('NOTIFIED', 'DEFENDED') THEN amount_minor ELSE 0 END
);

-- Law: a dispute goes on, never back. What is decided stays so, and what was defended was.
CREATE FUNCTION refuse_dispute_undone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'DISPUTE_UNDONE: dispute % was % already', old.dispute_reference, old.status
        USING ERRCODE = 'check_violation';
END;
$$;

CREATE TRIGGER dispute_goes_on BEFORE UPDATE ON order_dispute
FOR EACH ROW WHEN (
    (old.status IN ('WON', 'LOST') AND (new.status, new.liability) IS DISTINCT FROM (old.status, old.liability))
    OR (old.status = 'DEFENDED' AND new.status = 'NOTIFIED')
    OR (old.defended_at IS NOT NULL AND new.defended_at IS DISTINCT FROM old.defended_at)
) EXECUTE FUNCTION refuse_dispute_undone();

-- The lines of a dispute that is defended reserve its money, too.
CREATE OR REPLACE FUNCTION check_dispute_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT f.dispute_reference INTO broken
    FROM (SELECT DISTINCT n.platform_id, n.dispute_reference FROM fresh AS n) AS f
    LEFT JOIN LATERAL (
        SELECT o.amount_minor, o.status, o.liability FROM order_dispute AS o
        WHERE o.platform_id = f.platform_id AND o.dispute_reference = f.dispute_reference LIMIT 1
    ) AS d ON true
    LEFT JOIN LATERAL (
        SELECT sum(l.amount_minor) AS amount, sum(l.reserved_minor) AS reserved
        FROM order_dispute_line AS l
        WHERE l.platform_id = f.platform_id AND l.dispute_reference = f.dispute_reference
    ) AS s ON true
    WHERE d.amount_minor IS DISTINCT FROM s.amount OR s.reserved IS DISTINCT FROM CASE
        WHEN d.status IN ('NOTIFIED', 'DEFENDED') OR d.liability = 'PLATFORM' THEN d.amount_minor ELSE 0
    END
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'DISPUTE_UNEVEN: the lines of dispute % do not add up to it',
            broken.dispute_reference USING ERRCODE = 'check_violation';
    END IF;
    SELECT f.order_reference, f.line_reference INTO broken
    FROM (SELECT DISTINCT n.platform_id, n.order_reference, n.line_reference FROM fresh AS n) AS f
    LEFT JOIN LATERAL (
        SELECT o.disputed_minor FROM order_line AS o
        WHERE o.platform_id = f.platform_id AND o.order_reference = f.order_reference
            AND o.line_reference = f.line_reference
        LIMIT 1
    ) AS l ON true
    LEFT JOIN LATERAL (
        SELECT sum(d.reserved_minor) AS reserved FROM order_dispute_line AS d
        WHERE d.platform_id = f.platform_id AND d.order_reference = f.order_reference
            AND d.line_reference = f.line_reference
    ) AS s ON true
    WHERE l.disputed_minor IS DISTINCT FROM s.reserved
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'DISPUTE_UNRESERVED: line % of order % does not reserve what its disputes say',
            broken.line_reference, broken.order_reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;
