-- Whether what a lost chargeback took of a party's line waits for its sheet, or stands on one that is not agreed yet
-- and from which something is owed. Which of an order's chargebacks took it, the event behind its entry says.
CREATE OR REPLACE FUNCTION is_loss_unsettled(platform bigint, order_of text, line_of text, party bigint, dispute text)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM entry AS e
        INNER JOIN line AS l ON l.platform_id = platform AND l.sequence = e.sequence
        INNER JOIN account AS a
            ON a.platform_id = platform AND a.account_id = l.account_id AND a.party_id = party AND a.code = '2010'
        LEFT JOIN sheet_line AS c
            ON c.platform_id = platform AND c.sequence = l.sequence AND c."position" = l."position"
        LEFT JOIN sheet AS s ON s.platform_id = platform AND s.sheet_id = c.sheet_id
        CROSS JOIN LATERAL (
            SELECT o.payload::json ->> 'dispute' AS dispute_reference FROM log_event AS o
            WHERE o.platform_id = platform AND o.sequence > e.sequence ORDER BY o.sequence LIMIT 1
        ) AS told
        WHERE e.platform_id = platform AND e.document = 'order/' || order_of AND e.document_line = line_of
            AND e.template = 'CHARGEBACK_LOST' AND told.dispute_reference = dispute
            AND (
                s.sheet_id IS NULL OR (
                    s.status IN (
                        'OPEN', 'CLOSING', 'CLOSED', 'CONFIRM_PENDING', 'DISPUTED', 'ADJUSTED', 'CONFIRMED', 'APPROVAL',
                        'APPROVED'
                    )
                    AND NOT (
                        s.total_minor < 0
                        AND s.total_minor + s.netted_minor + s.collected_minor + s.written_off_minor = 0
                    )
                )
            )
    )
$$;
