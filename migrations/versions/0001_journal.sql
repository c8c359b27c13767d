-- The journal: platforms, the chart, accounts, the log with its entries and lines, and the rows derived from them.
-- Laws are constraints and triggers with names; workflow is never a trigger.
-- The migration runs as splitbook_owner; the program works as splitbook_app, which may add to the journal and never
-- change it.

-- ---------------------------------------------------------------------------------------------------------------------
-- Platforms and the head of each platform's log

CREATE TABLE platform (
    platform_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference text NOT NULL UNIQUE CHECK (length(reference) BETWEEN 1 AND 200),
    time_zone text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The one lock of the journal. `volume` is the sum of all amounts ever posted: no cumulative total can be larger.
CREATE TABLE log_head (
    platform_id bigint PRIMARY KEY REFERENCES platform,
    sequence bigint NOT NULL DEFAULT 0,
    posted_at timestamptz NOT NULL DEFAULT '-infinity',
    posting_day date NOT NULL DEFAULT '-infinity',
    tree_version bigint NOT NULL DEFAULT 0,
    volume numeric NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- The last sequence of each posting day (a day in the operator's time zone). Serves balances at a business date.
CREATE TABLE posting_day (
    platform_id bigint NOT NULL,
    day date NOT NULL,
    last_sequence bigint NOT NULL,
    PRIMARY KEY (platform_id, day)
) WITH (fillfactor = 50);

-- ---------------------------------------------------------------------------------------------------------------------
-- The chart, books and accounts

CREATE TABLE chart_account (
    platform_id bigint NOT NULL REFERENCES platform,
    code text NOT NULL,
    name text NOT NULL,
    class text NOT NULL CHECK (class IN ('ASSET', 'LIABILITY', 'EQUITY', 'INCOME', 'EXPENSE')),
    normal_side text NOT NULL CHECK (normal_side IN ('D', 'C')),
    is_summary boolean NOT NULL,
    kept_per text NOT NULL CHECK (kept_per IN ('PLATFORM', 'PARTY')),
    floor_minor bigint,
    owned_by_document boolean NOT NULL,
    PRIMARY KEY (platform_id, code),
    UNIQUE (platform_id, code, class, normal_side, is_summary)
);

-- A book is the accounts of one legal entity. closed_through only moves forward.
CREATE TABLE book (
    platform_id bigint NOT NULL REFERENCES platform,
    book_id bigint NOT NULL,
    reference text NOT NULL,
    time_zone text NOT NULL,
    closed_through date NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (platform_id, book_id),
    UNIQUE (platform_id, reference)
);

CREATE TABLE account (
    platform_id bigint NOT NULL,
    account_id bigint GENERATED ALWAYS AS IDENTITY,
    book_id bigint NOT NULL,
    code text NOT NULL,
    party_id bigint,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    class text NOT NULL,
    normal_side text NOT NULL,
    is_summary boolean NOT NULL,
    floor_minor bigint,
    book_reference text NOT NULL,
    party_reference text,
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (platform_id, account_id),
    -- One account per place in the chart; serves resolving and, by its prefix, the lists of a book.
    CONSTRAINT account_is_opened_once UNIQUE NULLS NOT DISTINCT (platform_id, book_id, code, party_id, currency),
    CONSTRAINT account_follows_the_chart FOREIGN KEY (platform_id, code, class, normal_side, is_summary)
    REFERENCES chart_account (platform_id, code, class, normal_side, is_summary),
    CONSTRAINT account_belongs_to_a_book FOREIGN KEY (platform_id, book_id) REFERENCES book (platform_id, book_id),
    CHECK ((party_id IS NULL) = (party_reference IS NULL))
);

-- Serves a party's accounts and the own balance in the tree.
CREATE INDEX account_by_party ON account (platform_id, party_id, code, book_id, currency) WHERE party_id IS NOT NULL;

-- ---------------------------------------------------------------------------------------------------------------------
-- The log: one gap-free sequence over entries and document events. Entries alone show gaps.

CREATE TABLE log_record (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL CHECK (sequence > 0),
    kind text NOT NULL,
    PRIMARY KEY (platform_id, sequence)
);

CREATE TABLE entry (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    book_id bigint NOT NULL,
    reversal_of bigint,
    posted_at timestamptz NOT NULL,
    business_date date NOT NULL,
    requested_date date NOT NULL,
    posting_day date NOT NULL,
    line_count smallint NOT NULL CHECK (line_count BETWEEN 2 AND 1000),
    idempotency_key text NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 600),
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    content_hash bytea NOT NULL CHECK (length(content_hash) = 32),
    source text NOT NULL CHECK (source IN ('API', 'IMPORT', 'RULE', 'MANUAL', 'REVERSAL')),
    actor text NOT NULL,
    template text NOT NULL DEFAULT '',
    description text NOT NULL DEFAULT '',
    document text NOT NULL DEFAULT '',
    document_line text NOT NULL DEFAULT '',
    cause text NOT NULL DEFAULT '',
    metadata text NOT NULL DEFAULT '',
    PRIMARY KEY (platform_id, sequence),
    CONSTRAINT key_posts_once UNIQUE (platform_id, idempotency_key)
);

-- An entry is reversed at most once; serves Entry.reversedBy.
CREATE UNIQUE INDEX entry_is_reversed_once ON entry (platform_id, reversal_of) WHERE reversal_of IS NOT NULL;
-- Serves the trace from a document or one line of it to its entries.
CREATE INDEX entry_by_document ON entry (platform_id, document, document_line, sequence) WHERE document <> '';
-- Serves the entries filter by business date; days follow the log nearly, so ranges of pages are enough. (A tree that
-- begins with platform_id would also offer itself for the look-up by key, and be taken while the table is young.)
CREATE INDEX entry_by_business_date ON entry USING brin (business_date);

CREATE TABLE line (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    account_id bigint NOT NULL,
    amount bigint NOT NULL CHECK (amount BETWEEN 1 AND 1000000000000000),
    version bigint NOT NULL CHECK (version > 0),
    debit_after bigint NOT NULL CHECK (debit_after BETWEEN 0 AND 9000000000000000000),
    credit_after bigint NOT NULL CHECK (credit_after BETWEEN 0 AND 9000000000000000000),
    business_date date NOT NULL,
    posting_day date NOT NULL,
    position smallint NOT NULL CHECK (position > 0),
    side text NOT NULL CHECK (side IN ('D', 'C')),
    currency text NOT NULL,
    PRIMARY KEY (platform_id, sequence, position)
);

-- The balance of an account now or at a sequence is the last line at or before it: one look-up here. Also serves
-- statements.
CREATE UNIQUE INDEX line_by_account ON line (platform_id, account_id, sequence, version);
-- Lines whose two dates differ; serves balances at a business date as known within a posting day.
CREATE INDEX line_late ON line (platform_id, account_id, sequence) WHERE business_date <> posting_day;

-- What happened to documents (order paid, party moved …), in the same log.
CREATE TABLE log_event (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    occurred_at timestamptz NOT NULL,
    posted_at timestamptz NOT NULL,
    actor text NOT NULL,
    parties bigint[] NOT NULL,
    payload text NOT NULL,
    content_hash bytea NOT NULL CHECK (length(content_hash) = 32),
    PRIMARY KEY (platform_id, sequence)
);

-- Serves the events of one document.
CREATE INDEX log_event_by_subject ON log_event (platform_id, subject, sequence);

-- ---------------------------------------------------------------------------------------------------------------------
-- Derived rows, written by the posting transaction's last statements and re-derived by `splitbook verify`

-- The cumulative total of a party and everyone below at the end of a posting day; the latest row is the total now.
CREATE TABLE subtree_day (
    platform_id bigint NOT NULL,
    party_id bigint NOT NULL,
    book_id bigint NOT NULL,
    posting_day date NOT NULL,
    code text NOT NULL,
    currency text NOT NULL,
    debit bigint NOT NULL CHECK (debit BETWEEN 0 AND 9000000000000000000),
    credit bigint NOT NULL CHECK (credit BETWEEN 0 AND 9000000000000000000),
    PRIMARY KEY (platform_id, party_id, code, book_id, currency, posting_day)
) WITH (fillfactor = 70);

-- Sums of only those lines whose business date is not their posting day.
CREATE TABLE account_late (
    platform_id bigint NOT NULL,
    account_id bigint NOT NULL,
    business_date date NOT NULL,
    posting_day date NOT NULL,
    debit bigint NOT NULL,
    credit bigint NOT NULL,
    PRIMARY KEY (platform_id, account_id, posting_day, business_date)
) WITH (fillfactor = 70);

CREATE TABLE subtree_late (
    platform_id bigint NOT NULL,
    party_id bigint NOT NULL,
    book_id bigint NOT NULL,
    business_date date NOT NULL,
    posting_day date NOT NULL,
    code text NOT NULL,
    currency text NOT NULL,
    debit bigint NOT NULL,
    credit bigint NOT NULL,
    PRIMARY KEY (platform_id, party_id, code, book_id, currency, posting_day, business_date)
) WITH (fillfactor = 70);

-- ---------------------------------------------------------------------------------------------------------------------
-- Law: what is written stays. Corrections are new entries.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'APPEND_ONLY: % of % is refused; post a reversal instead', lower(tg_op), tg_table_name
        USING ERRCODE = 'restrict_violation';
END;
$$;

CREATE TRIGGER log_record_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_record
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER line_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON line
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_event
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER account_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON account
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- ---------------------------------------------------------------------------------------------------------------------
-- Law: one gap-free sequence, and behind every number an entry or an event. Fresh records follow the last one without a
-- gap and end at the head, which the writer has locked and advanced in the same transaction. (The lock is taken here
-- too, for writers that forgot it.)

CREATE FUNCTION check_log_records() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fresh_range record;
    head bigint;
    before bigint;
BEGIN
    FOR fresh_range IN
        SELECT platform_id, min(sequence) AS first, max(sequence) AS last, count(*) AS size,
            count(*) FILTER (WHERE kind = 'ENTRY') AS entries
        FROM fresh GROUP BY platform_id
    LOOP
        SELECT h.sequence INTO head FROM log_head AS h WHERE h.platform_id = fresh_range.platform_id FOR UPDATE;
        SELECT r.sequence INTO before FROM log_record AS r
        WHERE r.platform_id = fresh_range.platform_id AND r.sequence < fresh_range.first
        ORDER BY r.sequence DESC LIMIT 1;
        IF fresh_range.first <> coalesce(before, 0) + 1
            OR fresh_range.last - fresh_range.first + 1 <> fresh_range.size
            OR head IS DISTINCT FROM fresh_range.last
        THEN
            RAISE EXCEPTION 'SEQUENCE_GAP: records % to % do not follow % up to the head %',
                fresh_range.first, fresh_range.last, coalesce(before, 0), head USING ERRCODE = 'check_violation';
        END IF;
        IF fresh_range.entries <> (
            SELECT count(*) FROM entry AS e
            WHERE e.platform_id = fresh_range.platform_id AND e.sequence BETWEEN fresh_range.first AND fresh_range.last
        ) OR fresh_range.size - fresh_range.entries <> (
            SELECT count(*) FROM log_event AS v
            WHERE v.platform_id = fresh_range.platform_id AND v.sequence BETWEEN fresh_range.first AND fresh_range.last
        ) THEN
            RAISE EXCEPTION 'RECORD_EMPTY: a record between % and % has no entry or event', fresh_range.first,
                fresh_range.last USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END;
$$;

CREATE TRIGGER log_record_sequence_is_gap_free AFTER INSERT ON log_record
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_log_records();

-- Law: every entry has its record in the log, its lines, and a day that is still open in its book.
CREATE FUNCTION check_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fresh_range record;
    broken record;
BEGIN
    FOR fresh_range IN
        SELECT platform_id, min(sequence) AS first, max(sequence) AS last, count(*) AS size FROM fresh GROUP BY platform_id
    LOOP
        IF fresh_range.size <> (
            SELECT count(*) FROM fresh AS e
            CROSS JOIN LATERAL (
                SELECT o.kind FROM log_record AS o
                WHERE o.platform_id = e.platform_id AND o.sequence = e.sequence LIMIT 1
            ) AS r
            WHERE e.platform_id = fresh_range.platform_id AND r.kind = 'ENTRY'
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

CREATE TRIGGER entry_is_whole AFTER INSERT ON entry
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_entries();

-- Laws of the lines, in one pass over those that a statement brought:
--   they come with their entry, complete and balanced per currency (positions end at line_count, so nothing can be
--   appended to an old entry), on accounts of the entry's book and of the line's currency that may take lines;
--   an account's versions are contiguous, its running balance is the one before plus the line, and a floor holds after
--   every entry (not between its lines).
CREATE FUNCTION check_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT l.sequence, l.currency INTO broken FROM fresh AS l
    GROUP BY l.platform_id, l.sequence, l.currency
    HAVING sum(CASE l.side WHEN 'D' THEN l.amount ELSE -l.amount END) <> 0
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'UNBALANCED: entry % does not balance in %', broken.sequence, broken.currency
            USING ERRCODE = 'check_violation';
    END IF;

    WITH stepped AS (
        SELECT l.*,
            CASE l.side WHEN 'D' THEN l.amount ELSE 0 END AS debit,
            CASE l.side WHEN 'C' THEN l.amount ELSE 0 END AS credit,
            lag(l.version) OVER of_account AS version_before,
            lag(l.debit_after) OVER of_account AS debit_before,
            lag(l.credit_after) OVER of_account AS credit_before,
            lead(l.sequence) OVER of_account AS next_sequence
        FROM fresh AS l
        WINDOW of_account AS (PARTITION BY l.platform_id, l.account_id ORDER BY l.sequence, l.version)
    ), judged AS MATERIALIZED (
        SELECT s.platform_id, s.sequence, s.position, s.business_date, s.posting_day, a.book_id,
            CASE
                WHEN a.account_id IS NULL THEN 'ACCOUNT_MISSING'
                WHEN a.is_summary THEN 'ACCOUNT_IS_SUMMARY'
                WHEN a.currency <> s.currency THEN 'CURRENCY_MISMATCH'
                WHEN s.version <> coalesce(s.version_before, p.version, 0) + 1 THEN 'VERSION_GAP'
                WHEN s.debit_after <> coalesce(s.debit_before, p.debit_after, 0) + s.debit
                    OR s.credit_after <> coalesce(s.credit_before, p.credit_after, 0) + s.credit
                    THEN 'RUNNING_BALANCE_WRONG'
                WHEN s.next_sequence IS DISTINCT FROM s.sequence
                    AND CASE a.normal_side
                        WHEN 'D' THEN s.debit_after - s.credit_after ELSE s.credit_after - s.debit_after
                    END < a.floor_minor THEN 'BALANCE_FLOOR'
            END AS law
        FROM stepped AS s
        LEFT JOIN LATERAL (
            SELECT o.account_id, o.is_summary, o.currency, o.book_id, o.normal_side, o.floor_minor FROM account AS o
            WHERE o.platform_id = s.platform_id AND o.account_id = s.account_id LIMIT 1
        ) AS a ON true
        LEFT JOIN LATERAL (
            SELECT o.version, o.debit_after, o.credit_after FROM line AS o
            WHERE s.version_before IS NULL
                AND o.platform_id = s.platform_id AND o.account_id = s.account_id AND o.sequence < s.sequence
            ORDER BY o.sequence DESC, o.version DESC LIMIT 1
        ) AS p ON true
    ), gathered AS (
        SELECT j.platform_id, j.sequence, count(*) AS size, max(j.position) AS position,
            min(j.book_id) AS low_book, max(j.book_id) AS high_book,
            min(j.business_date) AS low_date, max(j.business_date) AS high_date,
            min(j.posting_day) AS low_day, max(j.posting_day) AS high_day
        FROM judged AS j GROUP BY j.platform_id, j.sequence
    )
    SELECT
        CASE
            WHEN e.line_count IS DISTINCT FROM g.size OR g.position <> g.size THEN 'ENTRY_INCOMPLETE'
            WHEN g.low_book <> e.book_id OR g.high_book <> e.book_id THEN 'ACCOUNT_OF_ANOTHER_BOOK'
            ELSE 'LINE_DATES_DIFFER'
        END AS law, g.sequence, g.position
    INTO broken
    FROM gathered AS g
    LEFT JOIN LATERAL (
        SELECT o.line_count, o.book_id, o.business_date, o.posting_day FROM entry AS o
        WHERE o.platform_id = g.platform_id AND o.sequence = g.sequence LIMIT 1
    ) AS e ON true
    WHERE e.line_count IS DISTINCT FROM g.size OR g.position <> g.size
        OR g.low_book <> e.book_id OR g.high_book <> e.book_id
        OR g.low_date <> e.business_date OR g.high_date <> e.business_date
        OR g.low_day <> e.posting_day OR g.high_day <> e.posting_day
    UNION ALL
    SELECT j.law, j.sequence, j.position FROM judged AS j WHERE j.law IS NOT NULL
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: line % of entry %', broken.law, broken.position, broken.sequence
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER line_is_lawful AFTER INSERT ON line
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_lines();

-- Law: every event has its record in the log.
CREATE FUNCTION check_log_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM fresh AS f
        LEFT JOIN log_record AS r ON r.platform_id = f.platform_id AND r.sequence = f.sequence
        WHERE r.kind IS DISTINCT FROM f.kind
    ) THEN
        RAISE EXCEPTION 'EVENT_WITHOUT_RECORD: an event is not in the log under its kind' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER log_event_has_a_record AFTER INSERT ON log_event
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_log_events();

-- Law: closing moves forward only.
CREATE FUNCTION refuse_reopening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'PERIOD_CLOSED: book % is closed through %', old.reference, old.closed_through
        USING ERRCODE = 'check_violation';
END;
$$;

CREATE TRIGGER book_closes_forward BEFORE UPDATE ON book
FOR EACH ROW WHEN (new.closed_through < old.closed_through) EXECUTE FUNCTION refuse_reopening();

-- ---------------------------------------------------------------------------------------------------------------------
-- The wall between platforms. Without app.platform there are no rows, except in the directory of platforms.

CREATE FUNCTION current_platform() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.platform', true), '')::bigint $$;

ALTER TABLE platform ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform FORCE ROW LEVEL SECURITY;
CREATE POLICY platform_wall ON platform
USING (platform_id = current_platform() OR current_platform() IS NULL)
WITH CHECK (platform_id = current_platform() OR current_platform() IS NULL);

-- Every table of a platform's stands behind the wall; later migrations call this too. The setting is read in a
-- sub-select: once a statement, not once a row.
CREATE PROCEDURE raise_wall(VARIADIC tables text[]) LANGUAGE plpgsql AS $$
DECLARE
    walled text;
BEGIN
    FOREACH walled IN ARRAY tables LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
        EXECUTE format(
            'CREATE POLICY platform_wall ON %I USING (platform_id = (SELECT current_platform()))'
            ' WITH CHECK (platform_id = (SELECT current_platform()))', walled
        );
    END LOOP;
END;
$$;

CALL raise_wall(
    'log_head', 'posting_day', 'chart_account', 'book', 'account', 'log_record', 'entry', 'line', 'log_event',
    'subtree_day', 'account_late', 'subtree_late'
);

GRANT SELECT, INSERT ON platform, chart_account, account, log_record, entry, line, log_event TO splitbook_app;
GRANT SELECT, INSERT, UPDATE ON log_head, posting_day, book, subtree_day, account_late, subtree_late TO splitbook_app;
