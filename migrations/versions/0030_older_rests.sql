-- What chargebacks that are still open found gone from sheets when they were read, where that was before 0028: platform
-- by platform, inside its wall, as reading writes it down today.
--
-- A line's share less what was held of it, which the holds of that chargeback say for good, was not there; it is a rest
-- of the sheets that claimed the line, the first one first, each less what was held of it there. A sheet that closed
-- after the chargeback came is left out: nothing says any more whether it had closed when that was read, and if not,
-- its money was accrued still. No payout can have had it by then, as a run reads what was charged back before it pays.
-- Chargebacks that were read since 0028, with a rest or without one, come to the same again.
DO $$
DECLARE
    walled bigint;
BEGIN
    FOR walled IN SELECT p.platform_id FROM platform AS p ORDER BY p.platform_id LOOP
        PERFORM set_config('app.platform', walled::text, true);
        INSERT INTO disputed_rest (platform_id, sequence, place, sheet_id, amount_minor, dispute_reference)
        WITH share AS (
            SELECT d.sequence, t.place, d.dispute_reference, 'order/' || d.order_reference AS document,
                t.line ->> 'line' AS line, (t.line ->> 'merchantId')::bigint AS party_id,
                (t.line ->> 'merchantShareMinor')::bigint AS amount_minor,
                format('dispute/%s/%s', d.sequence, t.place) AS reference
            FROM order_dispute AS d
            CROSS JOIN LATERAL (
                SELECT o.payload FROM log_event AS o
                WHERE o.platform_id = walled AND o.sequence = d.sequence AND o.kind = 'order.charged_back' LIMIT 1
            ) AS v
            CROSS JOIN LATERAL jsonb_array_elements(v.payload::jsonb -> 'lines') WITH ORDINALITY AS t (line, place)
            WHERE d.platform_id = walled AND d.status = 'NOTIFIED' AND d.sequence <= (
                SELECT o.sequence FROM log_follower AS o WHERE o.platform_id = walled AND o.name = 'disputes'
            )
        ), gone AS (
            SELECT s.*, c.sheet_id, greatest(c.claimed_minor - coalesce(h.amount_minor, 0), 0) AS missing_minor,
                s.amount_minor - coalesce(a.amount_minor, 0) AS left_minor
            FROM share AS s
            CROSS JOIN LATERAL (
                SELECT l.sheet_id, sum(l.amount_minor) AS claimed_minor
                FROM entry AS e
                INNER JOIN line AS n ON n.platform_id = walled AND n.sequence = e.sequence
                INNER JOIN account AS k ON k.platform_id = walled AND k.account_id = n.account_id
                INNER JOIN sheet_line AS l
                    ON l.platform_id = walled AND l.sequence = n.sequence AND l.position = n.position
                INNER JOIN sheet AS z ON z.platform_id = walled AND z.sheet_id = l.sheet_id
                WHERE e.platform_id = walled AND e.document = s.document AND e.document <> ''
                    AND e.document_line = s.line AND k.party_id = s.party_id AND z.closing_sequence < s.sequence
                GROUP BY l.sheet_id
            ) AS c
            LEFT JOIN LATERAL (
                SELECT o.amount_minor FROM hold AS o
                WHERE o.platform_id = walled AND o.reference = s.reference || '/sheet/' || c.sheet_id
            ) AS h ON TRUE
            LEFT JOIN LATERAL (
                SELECT sum(o.amount_minor) AS amount_minor FROM hold AS o
                WHERE o.platform_id = walled AND o.dispute_reference = s.dispute_reference
                    AND o.dispute_reference <> '' AND o.reference ~ ('^' || s.reference || '(/sheet/[0-9]+)?$')
            ) AS a ON TRUE
            WHERE NOT EXISTS (
                SELECT 1 FROM disputed_rest AS o
                WHERE o.platform_id = walled AND o.sequence = s.sequence AND o.place = s.place
            )
        ), rest AS (
            SELECT g.*, least(
                    g.missing_minor,
                    g.left_minor - coalesce(sum(g.missing_minor) OVER (
                        PARTITION BY g.sequence, g.place ORDER BY g.sheet_id
                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                    ), 0)
                ) AS rest_minor
            FROM gone AS g
        )
        SELECT walled, r.sequence, r.place, r.sheet_id, r.rest_minor, r.dispute_reference
        FROM rest AS r WHERE r.rest_minor > 0;
    END LOOP;
    PERFORM set_config('app.platform', '', true);
END;
$$;
