-- A party's row in subtree_day and subtree_late counts everyone below it, and no longer the party itself: its own
-- accounts say what it stands at. Parties with nobody below them, nearly all there are, then need no rows, and an entry
-- adds to the ancestors of its parties only.

-- What the rows hold of a party's own accounts is taken out, platform by platform, inside its wall.
DO $$
DECLARE
    walled bigint;
BEGIN
    FOR walled IN SELECT p.platform_id FROM platform AS p ORDER BY p.platform_id LOOP
        PERFORM set_config('app.platform', walled::text, true);

        WITH own AS (
            SELECT s.party_id, s.code, s.book_id, s.currency, s.posting_day, l.debit_after, l.credit_after
            FROM subtree_day AS s
            INNER JOIN account AS a ON a.platform_id = s.platform_id AND a.party_id = s.party_id AND a.code = s.code
                AND a.book_id = s.book_id AND a.currency = s.currency
            CROSS JOIN LATERAL (
                SELECT d.last_sequence FROM posting_day AS d
                WHERE d.platform_id = s.platform_id AND d.day <= s.posting_day ORDER BY d.day DESC LIMIT 1
            ) AS d
            CROSS JOIN LATERAL (
                SELECT o.debit_after, o.credit_after FROM line AS o
                WHERE o.platform_id = s.platform_id AND o.account_id = a.account_id AND o.sequence <= d.last_sequence
                ORDER BY o.sequence DESC, o.version DESC LIMIT 1
            ) AS l
            WHERE s.platform_id = walled
        )
        UPDATE subtree_day AS s SET debit = s.debit - own.debit_after, credit = s.credit - own.credit_after
        FROM own
        WHERE s.platform_id = walled AND s.party_id = own.party_id AND s.code = own.code AND s.book_id = own.book_id
            AND s.currency = own.currency AND s.posting_day = own.posting_day;

        -- A total that was always nothing has no row; one that moves took back to nothing keeps it.
        DELETE FROM subtree_day AS s
        WHERE s.platform_id = walled AND s.debit = 0 AND s.credit = 0
            AND NOT EXISTS (
                SELECT 1 FROM subtree_day AS o
                WHERE o.platform_id = walled AND o.party_id = s.party_id AND o.code = s.code
                    AND o.book_id = s.book_id AND o.currency = s.currency AND o.posting_day < s.posting_day
                    AND (o.debit <> 0 OR o.credit <> 0)
            );

        UPDATE subtree_late AS s SET debit = s.debit - l.debit, credit = s.credit - l.credit
        FROM account AS a
        INNER JOIN account_late AS l ON l.platform_id = a.platform_id AND l.account_id = a.account_id
        WHERE s.platform_id = walled AND a.platform_id = walled AND a.party_id = s.party_id AND a.code = s.code
            AND a.book_id = s.book_id AND a.currency = s.currency
            AND l.posting_day = s.posting_day AND l.business_date = s.business_date;

        DELETE FROM subtree_late AS s WHERE s.platform_id = walled AND s.debit = 0 AND s.credit = 0;
    END LOOP;
    PERFORM set_config('app.platform', '', true);
END;
$$;
