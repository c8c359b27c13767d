-- How what channels say of their days differs from what is booked here, payment by payment and refund by refund.
-- Derived: whatever changes either side of an order writes its rows anew, in that transaction, under the log's lock.
-- Amounts are minor units, each in the currency of its side. What is booked on a day and was not told is kept as
-- CHANNEL_MISSING from the first; it waits, and is no difference yet, until a later day of that channel, book and
-- currency is here.
CREATE TABLE channel_difference (
    platform_id bigint NOT NULL,
    channel_day_id bigint NOT NULL,
    told_minor bigint CHECK (told_minor >= 0),
    booked_minor bigint CHECK (booked_minor >= 0),
    told_currency text NOT NULL,
    booked_currency text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('CAPTURE', 'REFUND')),
    reason text NOT NULL CHECK (
        reason IN (
            'BOOK_MISSING', 'CHANNEL_MISSING', 'TOLD_TWICE', 'ENTITY_DIFF', 'CURRENCY_DIFF', 'AMOUNT_DIFF', 'FEE_DIFF'
        )
    ),
    -- In the order of bytes, in which the list is.
    order_reference text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    -- What the channel calls its record; nothing where it has none.
    record text COLLATE "C" NOT NULL,
    -- Serves the differences of a day, in order.
    PRIMARY KEY (platform_id, channel_day_id, order_reference, kind, name, record, reason),
    CONSTRAINT channel_difference_is_of_a_day FOREIGN KEY (platform_id, channel_day_id)
    REFERENCES channel_day (platform_id, channel_day_id),
    CONSTRAINT channel_difference_has_the_sides_of_its_reason CHECK (
        (told_minor IS NULL) = (reason = 'CHANNEL_MISSING') AND (record = '') = (reason = 'CHANNEL_MISSING')
        AND (booked_minor IS NULL) = (reason = 'BOOK_MISSING')
    )
);

-- Serves writing those of an order anew.
CREATE INDEX channel_difference_by_order ON channel_difference (platform_id, order_reference);

-- Serves the orders that were paid or refunded on a day. The index of blocks that was here can only be read as a
-- bitmap, and the settings of those who write allow none.
DROP INDEX order_event_by_time;
CREATE INDEX order_event_by_time ON order_event (platform_id, occurred_at, order_reference)
WHERE kind IN ('order.paid', 'refund.paid');

CALL raise_wall('channel_difference');
GRANT SELECT, INSERT, DELETE ON channel_difference TO splitbook_app;

-- What there is already, platform by platform, inside its wall.
DO $$
DECLARE
    walled bigint;
BEGIN
    FOR walled IN SELECT p.platform_id FROM platform AS p ORDER BY p.platform_id LOOP
        PERFORM set_config('app.platform', walled::text, true);
        INSERT INTO channel_difference (
            platform_id, channel_day_id, reason, kind, order_reference, name, record, told_minor, booked_minor,
            told_currency, booked_currency
        )
        WITH told AS (
            SELECT d.channel_day_id, d.channel, d.book_id, d.currency, r.kind, r.order_reference, r.name, r.reference,
                r.amount_minor, r.fee_minor, row_number() OVER (
                    PARTITION BY d.channel, r.kind, r.order_reference, r.name ORDER BY r.channel_record_id
                ) > 1 AS is_again
            FROM channel_record AS r
            INNER JOIN channel_day AS d ON d.platform_id = walled AND d.channel_day_id = r.channel_day_id
            WHERE r.platform_id = walled
        ), event AS (
            SELECT h.reference, h.book_id, h.currency, h.channel, h.channel_transaction, o.kind, o.occurred_at,
                o.payload::jsonb AS said, (o.occurred_at AT TIME ZONE b.time_zone)::date AS day
            FROM log_event AS o
            INNER JOIN order_head AS h ON h.platform_id = walled AND 'order/' || h.reference = o.subject
            INNER JOIN book AS b ON b.platform_id = walled AND b.book_id = h.book_id
            WHERE o.platform_id = walled AND o.kind IN ('order.paid', 'refund.paid')
                AND EXISTS (SELECT 1 FROM channel_day AS d WHERE d.platform_id = walled)
        ), paid AS (
            SELECT 'CAPTURE' AS kind, e.reference, e.book_id, e.currency, e.day,
                coalesce(e.said ->> 'channel', e.channel) AS channel,
                coalesce(e.said ->> 'channelTransaction', e.channel_transaction) AS name,
                replace(e.said ->> 'amount', '.', '')::bigint AS amount, (
                    SELECT sum(l.fee_charged_minor) FROM order_line AS l
                    WHERE l.platform_id = walled AND l.order_reference = e.reference
                        AND e.said -> 'lines' ? l.line_reference
                ) AS fee
            FROM event AS e WHERE e.kind = 'order.paid'
            UNION ALL
            SELECT 'REFUND', e.reference, e.book_id, e.currency, e.day, e.channel, f.refund_reference, f.payable_minor,
                (
                    SELECT sum(replace(v.payload::jsonb ->> 'amount', '.', '')::bigint) FROM log_event AS v
                    WHERE v.platform_id = walled AND v.subject = 'order/' || e.reference
                        AND v.kind = 'channel.fee_returned' AND v.payload::jsonb ->> 'refund' = f.refund_reference
                )
            FROM event AS e
            INNER JOIN order_refund AS f ON f.platform_id = walled AND f.order_reference = e.reference
                AND f.refund_reference = e.said ->> 'refund'
            WHERE e.kind = 'refund.paid'
        ), booked AS (
            SELECT p.channel, p.kind, p.reference, p.name, p.book_id, p.currency, sum(p.amount)::bigint AS amount_minor,
                coalesce(sum(p.fee), 0)::bigint AS fee_minor
            FROM paid AS p
            GROUP BY p.channel, p.kind, p.reference, p.name, p.book_id, p.currency
        )
        SELECT walled, t.channel_day_id, c.reason, t.kind, t.order_reference, t.name, t.reference,
            CASE c.reason WHEN 'FEE_DIFF' THEN t.fee_minor ELSE t.amount_minor END,
            CASE c.reason WHEN 'FEE_DIFF' THEN b.fee_minor ELSE b.amount_minor END, t.currency,
            coalesce(b.currency, '')
        FROM told AS t
        LEFT JOIN booked AS b ON b.channel = t.channel AND b.kind = t.kind AND b.reference = t.order_reference
            AND b.name = t.name
        CROSS JOIN LATERAL (
            SELECT 'BOOK_MISSING' AS reason WHERE b.channel IS NULL
            UNION ALL
            SELECT 'TOLD_TWICE' WHERE b.channel IS NOT NULL AND t.is_again
            UNION ALL
            SELECT 'ENTITY_DIFF' WHERE b.book_id <> t.book_id AND NOT t.is_again
            UNION ALL
            SELECT 'CURRENCY_DIFF' WHERE b.currency <> t.currency AND NOT t.is_again
            UNION ALL
            SELECT 'AMOUNT_DIFF' WHERE b.currency = t.currency AND b.amount_minor <> t.amount_minor AND NOT t.is_again
            UNION ALL
            SELECT 'FEE_DIFF' WHERE b.currency = t.currency AND b.fee_minor <> t.fee_minor AND NOT t.is_again
        ) AS c
        UNION ALL
        SELECT walled, d.channel_day_id, 'CHANNEL_MISSING', p.kind, p.reference, p.name, '', NULL,
            sum(p.amount)::bigint, '', p.currency
        FROM paid AS p
        INNER JOIN channel_day AS d ON d.platform_id = walled AND d.channel = p.channel AND d.book_id = p.book_id
            AND d.currency = p.currency AND d.day = p.day
        WHERE NOT EXISTS (
            SELECT 1 FROM told AS t
            WHERE t.channel = p.channel AND t.kind = p.kind AND t.order_reference = p.reference AND t.name = p.name
        )
        GROUP BY d.channel_day_id, p.kind, p.reference, p.name, p.currency
        HAVING sum(p.amount) > 0;
    END LOOP;
    PERFORM set_config('app.platform', '', true);
END;
$$;

CALL describe_young_tables();
