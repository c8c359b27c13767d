-- Whether what a lost chargeback took of a party's line waits for its sheet, or stands on one that is not agreed yet.
-- Which of an order's chargebacks took it, the event behind its entry says.
CREATE FUNCTION is_loss_unsettled(platform bigint, order_of text, line_of text, party bigint, dispute text)
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
                s.sheet_id IS NULL OR s.status IN (
                    'OPEN', 'CLOSING', 'CLOSED', 'CONFIRM_PENDING', 'DISPUTED', 'ADJUSTED', 'CONFIRMED', 'APPROVAL',
                    'APPROVED'
                )
            )
    )
$$;

-- Whether something is still to be held for a dispute: it is open, or what it took of the party of the sheet is not
-- agreed. Of which line a rest is, its place among those that its record of the log names says.
CREATE FUNCTION is_rest_unsettled(platform bigint, record bigint, place_of int, sheet_of bigint, dispute text)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM order_dispute AS d
        WHERE d.platform_id = platform AND d.dispute_reference = dispute AND (
            d.open_minor > 0 OR (
                d.liability = 'SPLIT' AND is_loss_unsettled(
                    platform, d.order_reference,
                    (
                        SELECT n.said ->> 'line' FROM log_event AS v
                        CROSS JOIN LATERAL jsonb_array_elements(
                            coalesce(v.payload::jsonb -> 'disputes', jsonb_build_array(v.payload::jsonb))
                        ) WITH ORDINALITY AS g (said, place)
                        CROSS JOIN LATERAL jsonb_array_elements(g.said -> 'lines') WITH ORDINALITY AS n (said, place)
                        WHERE v.platform_id = platform AND v.sequence = record
                        ORDER BY g.place, n.place OFFSET place_of - 1 LIMIT 1
                    ),
                    (SELECT s.party_id FROM sheet AS s WHERE s.platform_id = platform AND s.sheet_id = sheet_of),
                    dispute
                )
            )
        )
    )
$$;

-- What older programs ended when the chargeback was decided, though what it took is not agreed, is to be held again.
-- (The owner sees all platforms while the wall does not hold for him.)
ALTER TABLE disputed_rest NO FORCE ROW LEVEL SECURITY;
ALTER TABLE order_dispute NO FORCE ROW LEVEL SECURITY;
ALTER TABLE log_event NO FORCE ROW LEVEL SECURITY;
ALTER TABLE entry NO FORCE ROW LEVEL SECURITY;
ALTER TABLE line NO FORCE ROW LEVEL SECURITY;
ALTER TABLE account NO FORCE ROW LEVEL SECURITY;
ALTER TABLE sheet_line NO FORCE ROW LEVEL SECURITY;
ALTER TABLE sheet NO FORCE ROW LEVEL SECURITY;
ALTER TABLE disputed_rest DISABLE TRIGGER rest_stays_as_it_was_found;
UPDATE disputed_rest AS r SET is_decided = FALSE
WHERE r.is_decided AND is_rest_unsettled(r.platform_id, r.sequence, r.place, r.sheet_id, r.dispute_reference);
ALTER TABLE disputed_rest ENABLE TRIGGER rest_stays_as_it_was_found;
ALTER TABLE disputed_rest FORCE ROW LEVEL SECURITY;
ALTER TABLE order_dispute FORCE ROW LEVEL SECURITY;
ALTER TABLE log_event FORCE ROW LEVEL SECURITY;
ALTER TABLE entry FORCE ROW LEVEL SECURITY;
ALTER TABLE line FORCE ROW LEVEL SECURITY;
ALTER TABLE account FORCE ROW LEVEL SECURITY;
ALTER TABLE sheet_line FORCE ROW LEVEL SECURITY;
ALTER TABLE sheet FORCE ROW LEVEL SECURITY;

-- Law: what is to be held of a sheet for a chargeback is, until that is decided and what it took is agreed: ended
-- before, what comes back of the sheet would be paid beside the debt.
CREATE FUNCTION check_rest_is_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF is_rest_unsettled(new.platform_id, new.sequence, new.place, new.sheet_id, new.dispute_reference) THEN
        RAISE EXCEPTION 'REST_NOT_SETTLED: dispute % is open, or what it took is not agreed', new.dispute_reference
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;
CREATE TRIGGER rest_ends_when_it_is_settled BEFORE UPDATE ON disputed_rest
FOR EACH ROW WHEN (new.is_decided AND NOT old.is_decided) EXECUTE FUNCTION check_rest_is_settled();
