-- Offline receipts: money that came to the bank and is nobody's yet (2210), matched against what parties owe from their
-- negative sheets (1200), and unmatched again. Amounts are minor units. Documents are written after their entries, in
-- the same transaction, under the log's lock; each statement writes matches together with the figure of their receipt,
-- and the laws over both are checked at its end.

-- One line of a bank statement. What it says never changes; `matched_minor` is the sum of its matches that stand, and
-- what is left of the amount is unidentified.
CREATE TABLE receipt (
    platform_id bigint NOT NULL REFERENCES platform,
    receipt_id bigint GENERATED ALWAYS AS IDENTITY,
    book_id bigint NOT NULL,
    -- Its entry in the log.
    sequence bigint NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    matched_minor bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    value_date date NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
    bank_account text NOT NULL CHECK (length(bank_account) BETWEEN 1 AND 200),
    payer text NOT NULL CHECK (length(payer) <= 200),
    recorded_by text NOT NULL,
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    PRIMARY KEY (platform_id, receipt_id),
    -- Serves the replay of a recording.
    CONSTRAINT receipt_is_recorded_once UNIQUE (platform_id, reference),
    CONSTRAINT receipt_has_an_entry_of_its_own UNIQUE (platform_id, sequence),
    CONSTRAINT receipt_is_of_a_book FOREIGN KEY (platform_id, book_id) REFERENCES book (platform_id, book_id),
    CONSTRAINT receipt_is_matched_at_most_as_a_whole CHECK (matched_minor BETWEEN 0 AND amount_minor)
) WITH (fillfactor = 80);

-- Serves what nobody has identified: the list, and the work queue.
CREATE INDEX receipt_unidentified ON receipt (platform_id, receipt_id) WHERE matched_minor < amount_minor;
-- Serves the list of a legal entity.
CREATE INDEX receipt_by_book ON receipt (platform_id, book_id, receipt_id) WHERE receipt_id > 0;

-- A part of a receipt that clears what a party owes from a sheet. It stands until it is undone, and stays as a row.
CREATE TABLE receipt_match (
    platform_id bigint NOT NULL,
    match_id bigint GENERATED ALWAYS AS IDENTITY,
    receipt_id bigint NOT NULL,
    sheet_id bigint NOT NULL,
    sequence bigint NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    matched_at timestamptz NOT NULL,
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
    matched_by text NOT NULL,
    PRIMARY KEY (platform_id, match_id),
    -- Serves the replay of a matching.
    CONSTRAINT receipt_is_matched_once UNIQUE (platform_id, reference),
    CONSTRAINT match_has_an_entry_of_its_own UNIQUE (platform_id, sequence),
    CONSTRAINT match_is_of_a_receipt FOREIGN KEY (platform_id, receipt_id) REFERENCES receipt (platform_id, receipt_id),
    CONSTRAINT match_is_of_a_sheet FOREIGN KEY (platform_id, sheet_id) REFERENCES sheet (platform_id, sheet_id)
);

-- Serves the matches of a receipt, and their sum.
CREATE INDEX receipt_match_by_receipt ON receipt_match (platform_id, receipt_id, match_id) WHERE receipt_id > 0;
-- Serves the matches of a sheet.
CREATE INDEX receipt_match_by_sheet ON receipt_match (platform_id, sheet_id, match_id) WHERE sheet_id > 0;

-- A match that was undone: by whom, when and why.
CREATE TABLE receipt_unmatch (
    platform_id bigint NOT NULL,
    match_id bigint NOT NULL,
    sequence bigint NOT NULL,
    unmatched_at timestamptz NOT NULL,
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
    unmatched_by text NOT NULL,
    CONSTRAINT match_is_undone_once PRIMARY KEY (platform_id, match_id),
    CONSTRAINT unmatch_has_an_entry_of_its_own UNIQUE (platform_id, sequence),
    CONSTRAINT unmatch_is_of_a_match FOREIGN KEY (platform_id, match_id)
    REFERENCES receipt_match (platform_id, match_id)
);

-- Law: the entry of a receipt, a match or an unmatch is that document's own, and moves exactly this from one account to
-- the other in one legal entity and currency. 1010 and 2210 are the platform's; 1200 is the party's.
CREATE FUNCTION is_receipt_moved(
    platform bigint, entry_sequence bigint, receipt_number bigint, sheet_number bigint, debited text, credited text,
    moved bigint
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT count(*) = 2 FROM receipt AS r
    CROSS JOIN LATERAL (
        SELECT o.book_id, o.line_count, o.document, o.document_line FROM entry AS o
        WHERE o.platform_id = platform AND o.sequence = entry_sequence LIMIT 1
    ) AS e
    CROSS JOIN LATERAL (
        SELECT o.side, o.amount, o.account_id FROM line AS o
        WHERE o.platform_id = platform AND o.sequence = entry_sequence LIMIT 3
    ) AS l
    CROSS JOIN LATERAL (
        SELECT o.book_id, o.currency, o.code, o.party_id FROM account AS o
        WHERE o.platform_id = platform AND o.account_id = l.account_id LIMIT 1
    ) AS a
    LEFT JOIN LATERAL (
        SELECT o.party_id FROM sheet AS o WHERE o.platform_id = platform AND o.sheet_id = sheet_number LIMIT 1
    ) AS s ON true
    WHERE r.platform_id = platform AND r.receipt_id = receipt_number
        AND e.book_id = r.book_id AND e.line_count = 2 AND e.document = 'receipt/' || r.receipt_id
        AND e.document_line = coalesce(sheet_number::text, '')
        AND l.amount = moved AND a.book_id = r.book_id AND a.currency = r.currency
        AND a.code = CASE l.side WHEN 'D' THEN debited ELSE credited END
        AND a.party_id IS NOT DISTINCT FROM CASE a.code WHEN '1200' THEN s.party_id END
$$;

CREATE FUNCTION check_receipts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken bigint;
BEGIN
    SELECT r.receipt_id INTO broken FROM fresh AS r
    WHERE NOT is_receipt_moved(r.platform_id, r.sequence, r.receipt_id, NULL, '1010', '2210', r.amount_minor)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'RECEIPT_NOT_POSTED: the entry of receipt % is not what it says', broken
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER receipt_is_posted AFTER INSERT ON receipt
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_receipts();

-- Law: a match is of a debt, in the legal entity and currency of its receipt, and posted.
CREATE FUNCTION check_receipt_matches() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT m.match_id,
        CASE
            WHEN s.total_minor >= 0 OR (s.book_id, s.currency) IS DISTINCT FROM (r.book_id, r.currency)
                THEN 'RECEIPT_MATCH_FOREIGN'
            ELSE 'RECEIPT_MATCH_NOT_POSTED'
        END AS law
    INTO broken
    FROM fresh AS m
    CROSS JOIN LATERAL (
        SELECT o.book_id, o.currency FROM receipt AS o
        WHERE o.platform_id = m.platform_id AND o.receipt_id = m.receipt_id LIMIT 1
    ) AS r
    CROSS JOIN LATERAL (
        SELECT o.book_id, o.currency, o.total_minor FROM sheet AS o
        WHERE o.platform_id = m.platform_id AND o.sheet_id = m.sheet_id LIMIT 1
    ) AS s
    WHERE s.total_minor >= 0 OR (s.book_id, s.currency) IS DISTINCT FROM (r.book_id, r.currency)
        OR NOT is_receipt_moved(
            m.platform_id, m.sequence, m.receipt_id, m.sheet_id, '2210', '1200', m.amount_minor
        )
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: match %', broken.law, broken.match_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER receipt_match_is_posted AFTER INSERT ON receipt_match
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_receipt_matches();

-- Law: what is undone is posted the other way round.
CREATE FUNCTION check_receipt_unmatches() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken bigint;
BEGIN
    SELECT u.match_id INTO broken FROM fresh AS u
    CROSS JOIN LATERAL (
        SELECT o.receipt_id, o.sheet_id, o.amount_minor FROM receipt_match AS o
        WHERE o.platform_id = u.platform_id AND o.match_id = u.match_id LIMIT 1
    ) AS m
    WHERE NOT is_receipt_moved(u.platform_id, u.sequence, m.receipt_id, m.sheet_id, '1200', '2210', m.amount_minor)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'RECEIPT_UNMATCH_NOT_POSTED: match %', broken USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER receipt_unmatch_is_posted AFTER INSERT ON receipt_unmatch
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_receipt_unmatches();

-- Law: a receipt's figure is the sum of its matches that stand.
CREATE FUNCTION refuse_uneven_receipt(platform bigint, receipt_number bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF (
        SELECT r.matched_minor FROM receipt AS r WHERE r.platform_id = platform AND r.receipt_id = receipt_number
    ) IS DISTINCT FROM (
        SELECT coalesce(sum(m.amount_minor), 0) FROM receipt_match AS m
        WHERE m.platform_id = platform AND m.receipt_id = receipt_number AND m.receipt_id > 0 AND NOT EXISTS (
            SELECT 1 FROM receipt_unmatch AS u WHERE u.platform_id = platform AND u.match_id = m.match_id
        )
    ) THEN
        RAISE EXCEPTION 'RECEIPT_UNEVEN: receipt % is not the sum of its matches', receipt_number
            USING ERRCODE = 'check_violation';
    END IF;
END;
$$;

-- Law: what matches of a receipt clear of a sheet is what the sheet says that the receipt has collected of it.
CREATE FUNCTION refuse_uneven_match(platform bigint, receipt_number bigint, sheet_number bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF (
        SELECT coalesce(sum(m.amount_minor), 0) FROM receipt_match AS m
        WHERE m.platform_id = platform AND m.receipt_id = receipt_number AND m.receipt_id > 0
            AND m.sheet_id = sheet_number AND NOT EXISTS (
                SELECT 1 FROM receipt_unmatch AS u WHERE u.platform_id = platform AND u.match_id = m.match_id
            )
    ) IS DISTINCT FROM (
        SELECT coalesce(sum(v.amount_minor), 0) FROM sheet_movement AS v
        WHERE v.platform_id = platform AND v.sheet_id = sheet_number AND v.kind = 'COLLECTED' AND v.reference <> ''
            AND v.reference = 'receipt/' || receipt_number
    ) THEN
        RAISE EXCEPTION 'RECEIPT_MATCH_NOT_ON_SHEET: sheet % and the matches of receipt % do not agree',
            sheet_number, receipt_number USING ERRCODE = 'check_violation';
    END IF;
END;
$$;

CREATE FUNCTION check_receipt_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_uneven_receipt(new.platform_id, new.receipt_id);
    RETURN NULL;
END;
$$;

CREATE FUNCTION check_match_sums() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_uneven_receipt(m.platform_id, m.receipt_id),
        refuse_uneven_match(m.platform_id, m.receipt_id, m.sheet_id)
    FROM fresh AS m;
    RETURN NULL;
END;
$$;

CREATE FUNCTION check_unmatch_sums() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_uneven_receipt(m.platform_id, m.receipt_id),
        refuse_uneven_match(m.platform_id, m.receipt_id, m.sheet_id)
    FROM fresh AS u
    CROSS JOIN LATERAL (
        SELECT o.platform_id, o.receipt_id, o.sheet_id FROM receipt_match AS o
        WHERE o.platform_id = u.platform_id AND o.match_id = u.match_id LIMIT 1
    ) AS m;
    RETURN NULL;
END;
$$;

CREATE TRIGGER receipt_begins_unmatched AFTER INSERT ON receipt
FOR EACH ROW WHEN (new.matched_minor <> 0) EXECUTE FUNCTION check_receipt_sum();
CREATE TRIGGER receipt_is_the_sum_of_its_matches AFTER UPDATE ON receipt
FOR EACH ROW WHEN (new.matched_minor <> old.matched_minor) EXECUTE FUNCTION check_receipt_sum();
CREATE TRIGGER receipt_matches_add_up AFTER INSERT ON receipt_match
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_match_sums();
CREATE TRIGGER receipt_unmatches_add_up AFTER INSERT ON receipt_unmatch
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_unmatch_sums();

-- ---------------------------------------------------------------------------------------------------------------------
-- What a receipt says stays as it was recorded; matches and their undoing never change.

CREATE TRIGGER receipt_keeps_what_was_recorded BEFORE UPDATE ON receipt
FOR EACH ROW WHEN (
    (
        new.platform_id, new.receipt_id, new.book_id, new.sequence, new.amount_minor, new.recorded_at, new.value_date,
        new.currency, new.reference, new.bank_account, new.payer, new.recorded_by, new.fingerprint
    ) IS DISTINCT FROM (
        old.platform_id, old.receipt_id, old.book_id, old.sequence, old.amount_minor, old.recorded_at, old.value_date,
        old.currency, old.reference, old.bank_account, old.payer, old.recorded_by, old.fingerprint
    )
) EXECUTE FUNCTION refuse_new_proposal();
CREATE TRIGGER receipt_stays BEFORE DELETE OR TRUNCATE ON receipt
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER receipt_match_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON receipt_match
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER receipt_unmatch_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON receipt_unmatch
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CALL raise_wall('receipt', 'receipt_match', 'receipt_unmatch');

GRANT SELECT, INSERT, UPDATE (matched_minor) ON receipt TO splitbook_app;
GRANT SELECT, INSERT ON receipt_match, receipt_unmatch TO splitbook_app;
GRANT USAGE ON SEQUENCE receipt_receipt_id_seq, receipt_match_match_id_seq TO splitbook_app;

CALL describe_young_tables();
