-- Whether an order, or with a line that line of it, is known: it was paid here, or a fee line of another system is of
-- it.
CREATE FUNCTION knows_order(platform bigint, named text, named_line text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM order_head AS h
        WHERE named_line = '' AND h.platform_id = platform AND h.reference = named
    ) OR EXISTS (
        SELECT 1 FROM order_line AS l
        WHERE named_line <> '' AND l.platform_id = platform AND l.order_reference = named
            AND l.line_reference = named_line
    ) OR EXISTS (
        SELECT 1 FROM fee_line AS f
        WHERE f.platform_id = platform AND f.order_reference = named AND f.order_reference <> ''
            AND named_line IN ('', f.line_reference)
    )
$$;

-- Law: a hold or an adjustment that names an order, or a line of it, names one that is known. What was written before
-- this was a law stays as it is.
CREATE FUNCTION check_named_orders() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT f.reference, f.order_reference, f.line_reference INTO broken
    FROM fresh AS f
    WHERE f.order_reference <> '' AND NOT knows_order(f.platform_id, f.order_reference, f.line_reference)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'NAMED_ORDER_MISSING: % % names order % and line "%", which is not known',
            tg_table_name, broken.reference, broken.order_reference, broken.line_reference
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER held_order_is_known AFTER INSERT ON hold
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_named_orders();
CREATE TRIGGER adjusted_order_is_known AFTER INSERT ON adjustment
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_named_orders();

-- Law: so does a claim; the event behind its entry says of which order it is.
CREATE FUNCTION check_claimed_orders() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT m.slice_id, m.reference, n.order_reference INTO broken
    FROM fresh AS m
    CROSS JOIN LATERAL (
        SELECT o.payload::json ->> 'order' AS order_reference FROM log_event AS o
        WHERE o.platform_id = m.platform_id AND o.sequence > m.sequence ORDER BY o.sequence LIMIT 1
    ) AS n
    WHERE m.kind = 'CLAIMED' AND n.order_reference IS NOT NULL AND NOT knows_order(m.platform_id, n.order_reference, '')
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'NAMED_ORDER_MISSING: claim % of slice % names order %, which is not known',
            broken.reference, broken.slice_id, broken.order_reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER claimed_order_is_known AFTER INSERT ON deposit_movement
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_claimed_orders();
