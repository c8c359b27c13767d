-- Two laws of closing that were asked a row at a time are asked a statement at a time: what a closed sheet says is its
-- lines, and a step is of a sheet. (Measured for a thousand sheets: some 20 ms less while the log is locked, and 30 ms
-- less before.)
CREATE TRIGGER sheet_keeps_its_number BEFORE UPDATE OF platform_id, sheet_id ON sheet
FOR EACH ROW EXECUTE FUNCTION refuse_fixed_sheet();

DROP TRIGGER sheet_is_its_lines ON sheet;

CREATE OR REPLACE FUNCTION check_closed_sheet() RETURNS trigger LANGUAGE plpgsql SET enable_hashjoin TO 'on' AS $$
DECLARE
    broken record;
BEGIN
    SELECT n.sheet_id INTO broken
    FROM fresh AS n
    INNER JOIN stale AS o ON o.platform_id = n.platform_id AND o.sheet_id = n.sheet_id
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE NOT l.is_closing) AS size,
            coalesce(sum(l.amount_minor) FILTER (WHERE NOT l.is_closing), 0) AS total,
            coalesce(sum(l.amount_minor), 0) AS remainder
        FROM sheet_line AS l
        WHERE l.platform_id = n.platform_id AND l.sheet_id = n.sheet_id AND l.sheet_id > 0
    ) AS s
    WHERE o.status IN ('OPEN', 'CLOSING') AND n.status NOT IN ('OPEN', 'CLOSING')
        AND (s.size <> n.line_count OR s.total <> n.total_minor OR s.remainder <> 0)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'SHEET_UNEVEN: the lines of sheet % are not its total', broken.sheet_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER sheet_is_its_lines AFTER UPDATE ON sheet
REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION check_closed_sheet();

-- A sheet stays (sheet_stays) and keeps its number, so it is enough to ask when a step comes.
ALTER TABLE sheet_history DROP CONSTRAINT sheet_history_is_of_a_sheet;

CREATE FUNCTION check_sheet_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT f.sheet_id INTO broken
    FROM (SELECT DISTINCT h.platform_id, h.sheet_id FROM fresh AS h) AS f
    LEFT JOIN LATERAL (
        SELECT s.sheet_id FROM sheet AS s
        WHERE s.platform_id = f.platform_id AND s.sheet_id = f.sheet_id LIMIT 1
    ) AS s ON true
    WHERE s.sheet_id IS NULL
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'SHEET_MISSING: a step is of sheet %, which is not there', broken.sheet_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER sheet_history_is_of_a_sheet AFTER INSERT ON sheet_history
REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION check_sheet_history();

-- A legal entity's book is of the platform already.
ALTER TABLE sheet DROP CONSTRAINT sheet_platform_id_fkey;
ALTER TABLE order_head DROP CONSTRAINT order_head_platform_id_fkey;
