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

-- ---------------------------------------------------------------------------------------------------------------------
-- The same laws as before, leaner.

-- Laws of the lines, in one pass over those that a statement brought:
--   they come with their entry, complete and balanced per currency (positions end at line_count, so nothing can be
--   appended to an old entry), dated as it is, on accounts of its book and of the line's currency that may take lines;
--   each follows the line before it on its account, by version and by running balance, and a floor holds after every
--   entry (not between its lines).
-- Accounts and entries are fetched by one ordered pass over an index each and joined by hashing: half of what one
-- look-up a line costs. Only the line before is a look-up; a transition table has no statistics, so it must be one
-- whatever the planner believes, hence LATERAL and LIMIT 1.
CREATE OR REPLACE FUNCTION check_lines() RETURNS trigger LANGUAGE plpgsql
SET enable_hashjoin = on SET enable_nestloop = off AS $$
DECLARE
    judged record;
    broken record;
BEGIN
    WITH holder AS MATERIALIZED (
        SELECT o.platform_id, o.account_id, o.is_summary, o.currency, o.book_id, o.normal_side, o.floor_minor
        FROM account AS o
        WHERE o.platform_id = ANY (ARRAY(SELECT DISTINCT f.platform_id FROM fresh AS f))
            AND o.account_id = ANY (ARRAY(SELECT f.account_id FROM fresh AS f))
    ), whole AS MATERIALIZED (
        SELECT o.platform_id, o.sequence, o.line_count, o.book_id, o.business_date, o.posting_day
        FROM entry AS o
        WHERE o.platform_id = ANY (ARRAY(SELECT DISTINCT f.platform_id FROM fresh AS f))
            AND o.sequence = ANY (ARRAY(SELECT f.sequence FROM fresh AS f))
    ), stepped AS (
        SELECT l.platform_id, l.sequence, l.position, l.currency, e.line_count,
            CASE l.side WHEN 'D' THEN l.amount ELSE -l.amount END AS amount,
            CASE
                WHEN a.account_id IS NULL THEN 'ACCOUNT_MISSING'
                WHEN a.is_summary THEN 'ACCOUNT_IS_SUMMARY'
                WHEN a.currency <> l.currency THEN 'CURRENCY_MISMATCH'
                WHEN a.book_id <> e.book_id THEN 'ACCOUNT_OF_ANOTHER_BOOK'
                WHEN l.business_date <> e.business_date OR l.posting_day <> e.posting_day THEN 'LINE_DATES_DIFFER'
                WHEN l.version <> coalesce(p.version, 0) + 1 THEN 'VERSION_GAP'
                WHEN l.debit_after <> coalesce(p.debit_after, 0) + CASE l.side WHEN 'D' THEN l.amount ELSE 0 END
                    OR l.credit_after <> coalesce(p.credit_after, 0) + CASE l.side WHEN 'C' THEN l.amount ELSE 0 END
                    THEN 'RUNNING_BALANCE_WRONG'
                WHEN coalesce(
                    CASE a.normal_side
                        WHEN 'D' THEN l.debit_after - l.credit_after ELSE l.credit_after - l.debit_after
                    END < a.floor_minor, false
                ) AND NOT EXISTS (
                    SELECT 1 FROM line AS o
                    WHERE o.platform_id = l.platform_id AND o.account_id = l.account_id
                        AND o.sequence = l.sequence AND o.version > l.version
                ) THEN 'BALANCE_FLOOR'
            END AS law
        FROM fresh AS l
        LEFT JOIN holder AS a ON a.platform_id = l.platform_id AND a.account_id = l.account_id
        LEFT JOIN whole AS e ON e.platform_id = l.platform_id AND e.sequence = l.sequence
        LEFT JOIN LATERAL (
            SELECT o.version, o.debit_after, o.credit_after FROM line AS o
            WHERE o.platform_id = l.platform_id AND o.account_id = l.account_id
                AND (o.sequence, o.version) < (l.sequence, l.version)
            ORDER BY o.sequence DESC, o.version DESC LIMIT 1
        ) AS p ON true
    ), gathered AS (
        SELECT s.sequence, sum(s.amount) AS open_minor, count(*) AS size, max(s.position) AS position,
            min(s.line_count) AS line_count, min(s.currency) <> max(s.currency) AS is_mixed,
            min(s.law || ': line ' || s.position) AS law
        FROM stepped AS s GROUP BY s.platform_id, s.sequence
    )
    SELECT bool_or(g.is_mixed) AS is_mixed,
        min(
            CASE
                WHEN g.open_minor <> 0 AND NOT g.is_mixed THEN 'UNBALANCED: the sum'
                WHEN g.line_count IS DISTINCT FROM g.size OR g.position <> g.size THEN 'ENTRY_INCOMPLETE: the last line'
                ELSE g.law
            END || ' of entry ' || g.sequence
        ) AS law
    INTO judged
    FROM gathered AS g;
    IF judged.law IS NOT NULL THEN
        RAISE EXCEPTION '%', judged.law USING ERRCODE = 'check_violation';
    END IF;
    IF judged.is_mixed THEN
        SELECT l.sequence, l.currency INTO broken FROM fresh AS l
        GROUP BY l.platform_id, l.sequence, l.currency
        HAVING sum(CASE l.side WHEN 'D' THEN l.amount ELSE -l.amount END) <> 0
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'UNBALANCED: entry % does not balance in %', broken.sequence, broken.currency
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NULL;
END;
$$;

-- Law: every entry has its record in the log, its lines, and a day that is still open in its book.
CREATE OR REPLACE FUNCTION check_entries() RETURNS trigger LANGUAGE plpgsql
SET enable_hashjoin = on SET enable_nestloop = off AS $$
DECLARE
    fresh_range record;
    broken record;
BEGIN
    FOR fresh_range IN
        SELECT platform_id, min(sequence) AS first, max(sequence) AS last, count(*) AS size FROM fresh GROUP BY platform_id
    LOOP
        IF fresh_range.size <> (
            SELECT count(*) FROM log_record AS r
            WHERE r.platform_id = fresh_range.platform_id AND r.kind = 'ENTRY'
                AND r.sequence = ANY (
                    ARRAY(SELECT e.sequence FROM fresh AS e WHERE e.platform_id = fresh_range.platform_id)
                )
        ) THEN
            RAISE EXCEPTION 'ENTRY_WITHOUT_RECORD: entries % to % are not the log''s', fresh_range.first, fresh_range.last
                USING ERRCODE = 'check_violation';
        END IF;
        IF fresh_range.size <> (
            SELECT count(*) FROM line AS l
            WHERE l.platform_id = fresh_range.platform_id AND l.position = 1
                AND l.sequence BETWEEN fresh_range.first AND fresh_range.last
        ) THEN
            RAISE EXCEPTION 'ENTRY_EMPTY: an entry between % and % has no lines', fresh_range.first, fresh_range.last
                USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    SELECT e.sequence, e.business_date, b.closed_through INTO broken
    FROM fresh AS e LEFT JOIN book AS b ON b.platform_id = e.platform_id AND b.book_id = e.book_id
    WHERE b.book_id IS NULL OR e.business_date <= b.closed_through
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'PERIOD_CLOSED: entry % is dated %, its book is closed through %',
            broken.sequence, broken.business_date, broken.closed_through USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;
