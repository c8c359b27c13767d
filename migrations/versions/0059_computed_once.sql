-- The items that are computed here from the plan, of every order that is known here.
CREATE FUNCTION is_computed_here(item text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT item IN (
        'GOODS', 'COMMISSION', 'COUPON_MERCHANT', 'DELIVERY_INCOME', 'CHANNEL_FEE', 'DISTRIBUTION_FEE_1',
        'DISTRIBUTION_FEE_2', 'DISTRIBUTION_FEE_3', 'AGENT_FEE', 'DISTRIBUTION_1', 'DISTRIBUTION_2', 'DISTRIBUTION_3',
        'AGENT_COMMISSION'
    )
$$;

-- Law: they are booked once. Of an order that is known here no fee line books them.
CREATE FUNCTION check_fee_lines_of_orders() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT f.reference, f.order_reference INTO broken
    FROM fresh AS f
    WHERE f.order_reference <> '' AND NOT f.compare_only AND f.reverses IS NULL AND is_computed_here(f.item)
        AND EXISTS (
            SELECT 1 FROM order_head AS o
            WHERE o.platform_id = f.platform_id AND o.reference = f.order_reference
        )
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'FEE_COMPUTED_HERE: fee line % books what is computed here of order %',
            broken.reference, broken.order_reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER fee_lines_book_what_is_not_computed AFTER INSERT ON fee_line
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_fee_lines_of_orders();

-- And no order comes while fee lines that may be taken back book them of it.
CREATE FUNCTION check_orders_are_charged_here() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT b.reference, f.reference AS order_reference INTO broken
    FROM fresh AS f
    CROSS JOIN LATERAL (
        SELECT o.reference, o.item, o.item_version FROM fee_line AS o
        WHERE o.platform_id = f.platform_id AND o.order_reference = f.reference AND o.order_reference <> ''
            AND NOT o.compare_only AND o.reverses IS NULL AND o.reversed_minor < o.amount_minor
            AND is_computed_here(o.item)
        OFFSET 0
    ) AS b
    CROSS JOIN LATERAL (
        SELECT i.is_reversible FROM fee_item AS i
        WHERE i.platform_id = f.platform_id AND i.code = b.item AND i.version = b.item_version LIMIT 1
    ) AS t
    WHERE t.is_reversible
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ORDER_CHARGED_ELSEWHERE: fee line % books what would be computed here of order %',
            broken.reference, broken.order_reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER orders_are_charged_here_alone AFTER INSERT ON order_head
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_orders_are_charged_here();
