-- What of the merchant's share of a disputed line is in suspense and counted on there by this dispute, while it is
-- open; the rest of that share is held. Minor units. The buyer's money is `amount_minor`; with a discount of the
-- platform the merchant's share of it may be more.
ALTER TABLE order_dispute_line
ADD COLUMN waiting_minor bigint NOT NULL DEFAULT 0,
ADD CONSTRAINT dispute_counts_on_suspense_while_open CHECK (
    waiting_minor >= 0 AND (waiting_minor = 0 OR reserved_minor > 0)
);

-- What disputes that are open count on already: their share, by what is left of the line, less what was said to be held
-- of it; the oldest first, and together no more than is there.
DO $$
DECLARE
    walled bigint;
BEGIN
    FOR walled IN SELECT p.platform_id FROM platform AS p ORDER BY p.platform_id LOOP
        PERFORM set_config('app.platform', walled::text, true);
        WITH told AS (
            SELECT DISTINCT ON (coalesce(e.one ->> 'dispute', v.said ->> 'dispute'), t.line ->> 'line')
                coalesce(e.one ->> 'dispute', v.said ->> 'dispute') AS dispute_reference,
                t.line ->> 'line' AS line_reference, (t.line ->> 'merchantShareMinor')::bigint AS said_minor
            FROM (
                SELECT o.sequence, o.payload::jsonb AS said FROM log_event AS o
                WHERE o.platform_id = walled AND o.kind IN ('order.charged_back', 'order.split')
            ) AS v
            CROSS JOIN LATERAL jsonb_array_elements(
                coalesce(v.said -> 'disputes', jsonb_build_array(v.said))
            ) AS e (one)
            CROSS JOIN LATERAL jsonb_array_elements(e.one -> 'lines') AS t (line)
            WHERE jsonb_typeof(t.line) = 'object' AND t.line ? 'merchantShareMinor'
            ORDER BY coalesce(e.one ->> 'dispute', v.said ->> 'dispute'), t.line ->> 'line', v.sequence DESC
        ), wanted AS (
            SELECT o.dispute_reference, o.line_reference, o.order_reference, d.sequence, i.amount_minor AS there_minor,
                greatest(
                    ceil(
                        o.amount_minor::numeric
                        * (s.amount_minor - s.returned_minor + l.delivery_minor - l.refunded_delivery_minor)
                        / nullif(
                            l.goods_minor - l.refunded_goods_minor - l.platform_discount_minor
                            + l.refunded_platform_discount_minor - l.merchant_discount_minor
                            + l.refunded_merchant_discount_minor + l.delivery_minor - l.refunded_delivery_minor, 0
                        )
                    ) - t.said_minor, 0
                ) AS wanted_minor
            FROM order_dispute AS d
            INNER JOIN order_dispute_line AS o
                ON o.platform_id = walled AND o.dispute_reference = d.dispute_reference
            INNER JOIN told AS t
                ON t.dispute_reference = o.dispute_reference AND t.line_reference = o.line_reference
            INNER JOIN suspense_item AS i
                ON i.platform_id = walled AND i.order_reference = o.order_reference
                AND i.line_reference = o.line_reference AND i.rank = 0 AND i.status = 'OPEN'
            INNER JOIN order_share AS s
                ON s.platform_id = walled AND s.order_reference = o.order_reference
                AND s.line_reference = o.line_reference AND s.rank = 0
            INNER JOIN order_line AS l
                ON l.platform_id = walled AND l.order_reference = o.order_reference
                AND l.line_reference = o.line_reference
            WHERE d.platform_id = walled AND d.open_minor > 0
        ), counted AS (
            SELECT w.*, coalesce(sum(w.wanted_minor) OVER (
                PARTITION BY w.order_reference, w.line_reference ORDER BY w.sequence
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ), 0) AS older_minor
            FROM wanted AS w
        )
        UPDATE order_dispute_line AS o
        SET waiting_minor = greatest(least(c.wanted_minor, c.there_minor - c.older_minor), 0)
        FROM counted AS c
        WHERE o.platform_id = walled AND o.dispute_reference = c.dispute_reference
            AND o.line_reference = c.line_reference;
    END LOOP;
    PERFORM set_config('app.platform', '', true);
END;
$$;

-- Law: each cent of suspense is counted on once. Rounding may leave a unit less there later, as others take theirs, so
-- it is judged when a dispute begins to count on more.
CREATE FUNCTION check_suspense_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (
        SELECT sum(d.waiting_minor) FROM order_dispute_line AS d
        WHERE d.platform_id = new.platform_id AND d.order_reference = new.order_reference
            AND d.line_reference = new.line_reference
    ) > coalesce((
        SELECT i.amount_minor FROM suspense_item AS i
        WHERE i.platform_id = new.platform_id AND i.order_reference = new.order_reference
            AND i.line_reference = new.line_reference AND i.rank = 0 AND i.status = 'OPEN'
    ), 0) THEN
        RAISE EXCEPTION 'SUSPENSE_COUNTED_TWICE: disputes of line % of order % count on more than is in suspense',
            new.line_reference, new.order_reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER dispute_counts_on_what_is_free AFTER INSERT ON order_dispute_line
FOR EACH ROW WHEN (new.waiting_minor > 0) EXECUTE FUNCTION check_suspense_counted();
CREATE TRIGGER dispute_counts_on_no_more AFTER UPDATE ON order_dispute_line
FOR EACH ROW WHEN (new.waiting_minor > old.waiting_minor) EXECUTE FUNCTION check_suspense_counted();
