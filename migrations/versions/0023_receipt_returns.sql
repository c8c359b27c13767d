-- The rest of what becomes of a receipt: what nobody is found for is given back, a small rest of a debt goes with the
-- match that all but clears it, and somebody sees to what is unidentified before its time has run out. Amounts are
-- minor units.

-- ---------------------------------------------------------------------------------------------------------------------
-- 2210 is moved by receipts alone from now on; what was posted there before stays. (The owner sees all platforms while
-- the wall does not hold for him.)

ALTER TABLE chart_account NO FORCE ROW LEVEL SECURITY;
UPDATE chart_account SET owned_by_document = TRUE
WHERE code = '2210';
ALTER TABLE chart_account FORCE ROW LEVEL SECURITY;

-- ---------------------------------------------------------------------------------------------------------------------
-- Why a receipt is unidentified, who sees to it, and until when; and what of it was given back. Its ageing begins when
-- it was recorded, and nothing makes it younger.

DROP TRIGGER receipt_keeps_what_was_recorded ON receipt;
DROP TRIGGER receipt_begins_unmatched ON receipt;
DROP TRIGGER receipt_is_the_sum_of_its_matches ON receipt;

ALTER TABLE receipt
ADD COLUMN returned_minor bigint NOT NULL DEFAULT 0,
ADD COLUMN deadline timestamptz,
ADD COLUMN reason text NOT NULL DEFAULT 'Nobody has matched it yet.',
ADD COLUMN owner text NOT NULL DEFAULT '';

ALTER TABLE receipt NO FORCE ROW LEVEL SECURITY;
UPDATE receipt SET deadline = recorded_at + interval '30 days', owner = recorded_by;
ALTER TABLE receipt FORCE ROW LEVEL SECURITY;

ALTER TABLE receipt
ALTER COLUMN deadline SET NOT NULL,
ALTER COLUMN reason DROP DEFAULT,
ALTER COLUMN owner DROP DEFAULT,
DROP CONSTRAINT receipt_is_matched_at_most_as_a_whole,
ADD CONSTRAINT receipt_is_matched_at_most_as_a_whole CHECK (
    matched_minor >= 0 AND returned_minor >= 0 AND matched_minor + returned_minor <= amount_minor
),
ADD CONSTRAINT receipt_says_why_it_waits CHECK (length(reason) BETWEEN 1 AND 200),
ADD CONSTRAINT receipt_has_an_owner CHECK (length(owner) BETWEEN 1 AND 200),
ADD CONSTRAINT receipt_has_a_deadline CHECK (deadline > recorded_at);

DROP INDEX receipt_unidentified;
-- Serves what nobody has identified: the list, and the work queue.
CREATE INDEX receipt_unidentified ON receipt (platform_id, receipt_id)
WHERE matched_minor + returned_minor < amount_minor;
-- Serves what has been unidentified for too long.
CREATE INDEX receipt_by_deadline ON receipt (platform_id, deadline, receipt_id)
WHERE matched_minor + returned_minor < amount_minor;

-- A part of a receipt that was given back to whoever sent it.
CREATE TABLE receipt_return (
    platform_id bigint NOT NULL,
    return_id bigint GENERATED ALWAYS AS IDENTITY,
    receipt_id bigint NOT NULL,
    -- Its entry in the log.
    sequence bigint NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    returned_at timestamptz NOT NULL,
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
    returned_by text NOT NULL,
    PRIMARY KEY (platform_id, return_id),
    -- Serves the replay of a return.
    CONSTRAINT receipt_is_returned_once UNIQUE (platform_id, reference),
    CONSTRAINT return_has_an_entry_of_its_own UNIQUE (platform_id, sequence),
    CONSTRAINT return_is_of_a_receipt FOREIGN KEY (platform_id, receipt_id) REFERENCES receipt (platform_id, receipt_id)
);

-- Serves the returns of a receipt, and their sum.
CREATE INDEX receipt_return_by_receipt ON receipt_return (platform_id, receipt_id, return_id) WHERE receipt_id > 0;

-- Law: what was given back has left the bank.
CREATE FUNCTION check_receipt_returns() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken bigint;
BEGIN
    SELECT r.return_id INTO broken FROM fresh AS r
    WHERE NOT is_receipt_moved(r.platform_id, r.sequence, r.receipt_id, NULL, '2210', '1010', r.amount_minor)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'RECEIPT_RETURN_NOT_POSTED: the entry of return % is not what it says', broken
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER receipt_return_is_posted AFTER INSERT ON receipt_return
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_receipt_returns();

-- ---------------------------------------------------------------------------------------------------------------------
-- How small a rest of a debt must be to be cleared with a match, by book and currency. A row is never changed: the last
-- one of a book and currency counts, and where there is none, no rest is.
CREATE TABLE receipt_tolerance (
    platform_id bigint NOT NULL REFERENCES platform,
    tolerance_id bigint GENERATED ALWAYS AS IDENTITY,
    book_id bigint NOT NULL,
    tolerance_minor bigint NOT NULL CHECK (tolerance_minor BETWEEN 0 AND 1000000000000000),
    set_at timestamptz NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    set_by text NOT NULL CHECK (set_by <> ''),
    -- Serves what counts now.
    PRIMARY KEY (platform_id, book_id, currency, tolerance_id),
    CONSTRAINT tolerance_is_of_a_book FOREIGN KEY (platform_id, book_id) REFERENCES book (platform_id, book_id)
);

-- What of a debt a match has cleared beside its amount, and the entries that did so and took it back.
ALTER TABLE receipt_match
ADD COLUMN rest_minor bigint NOT NULL DEFAULT 0 CHECK (rest_minor >= 0),
ADD COLUMN rest_sequence bigint,
-- Whether it was asked for that a small rest goes with it, also where there was none.
ADD COLUMN clears_rest boolean NOT NULL DEFAULT FALSE,
ADD CONSTRAINT rest_of_a_match_has_an_entry CHECK ((rest_minor = 0) = (rest_sequence IS NULL)),
ADD CONSTRAINT rest_of_a_match_was_asked_for CHECK (clears_rest OR rest_minor = 0),
ADD CONSTRAINT rest_has_an_entry_of_its_own UNIQUE (platform_id, rest_sequence);
ALTER TABLE receipt_unmatch
ADD COLUMN rest_sequence bigint,
ADD CONSTRAINT rest_is_taken_back_by_an_entry_of_its_own UNIQUE (platform_id, rest_sequence);

-- Law: a match is of a debt, in the legal entity and currency of its receipt, and posted. What it clears beside its
-- amount is posted, too, at most what is tolerated now, and leaves nothing of the debt.
CREATE OR REPLACE FUNCTION check_receipt_matches() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT j.match_id, j.law INTO broken
    FROM fresh AS m
    CROSS JOIN LATERAL (
        SELECT o.book_id, o.currency FROM receipt AS o
        WHERE o.platform_id = m.platform_id AND o.receipt_id = m.receipt_id LIMIT 1
    ) AS r
    CROSS JOIN LATERAL (
        SELECT o.book_id, o.currency, o.total_minor,
            -o.total_minor - o.netted_minor - o.collected_minor - o.written_off_minor AS owed
        FROM sheet AS o WHERE o.platform_id = m.platform_id AND o.sheet_id = m.sheet_id LIMIT 1
    ) AS s
    LEFT JOIN LATERAL (
        SELECT o.tolerance_minor FROM receipt_tolerance AS o
        WHERE o.platform_id = m.platform_id AND o.book_id = r.book_id AND o.currency = r.currency
        ORDER BY o.tolerance_id DESC LIMIT 1
    ) AS t ON true
    CROSS JOIN LATERAL (
        SELECT m.match_id,
            CASE
                WHEN s.total_minor >= 0 OR (s.book_id, s.currency) IS DISTINCT FROM (r.book_id, r.currency)
                    THEN 'RECEIPT_MATCH_FOREIGN'
                WHEN NOT is_receipt_moved(
                    m.platform_id, m.sequence, m.receipt_id, m.sheet_id, '2210', '1200', m.amount_minor
                ) THEN 'RECEIPT_MATCH_NOT_POSTED'
                WHEN m.rest_minor = 0 THEN NULL
                WHEN m.rest_minor > coalesce(t.tolerance_minor, 0) OR s.owed <> 0 THEN 'RECEIPT_REST_TOO_LARGE'
                WHEN NOT is_receipt_moved(
                    m.platform_id, m.rest_sequence, m.receipt_id, m.sheet_id, '5070', '1200', m.rest_minor
                ) THEN 'RECEIPT_REST_NOT_POSTED'
            END AS law
    ) AS j
    WHERE j.law IS NOT NULL
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: match %', broken.law, broken.match_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

-- Law: what is undone is posted the other way round, all of it.
CREATE OR REPLACE FUNCTION check_receipt_unmatches() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken bigint;
BEGIN
    SELECT u.match_id INTO broken FROM fresh AS u
    CROSS JOIN LATERAL (
        SELECT o.receipt_id, o.sheet_id, o.amount_minor, o.rest_minor FROM receipt_match AS o
        WHERE o.platform_id = u.platform_id AND o.match_id = u.match_id LIMIT 1
    ) AS m
    WHERE NOT is_receipt_moved(u.platform_id, u.sequence, m.receipt_id, m.sheet_id, '1200', '2210', m.amount_minor)
        OR CASE
            WHEN m.rest_minor = 0 THEN u.rest_sequence IS NOT NULL
            ELSE u.rest_sequence IS NULL OR NOT is_receipt_moved(
                u.platform_id, u.rest_sequence, m.receipt_id, m.sheet_id, '1200', '5070', m.rest_minor
            )
        END
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'RECEIPT_UNMATCH_NOT_POSTED: match %', broken USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Law: a receipt's figures are the sums of its matches that stand and of what was given back.
CREATE OR REPLACE FUNCTION refuse_uneven_receipt(platform bigint, receipt_number bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    figures bigint[];
    matched numeric;
    returned numeric;
BEGIN
    SELECT ARRAY[r.matched_minor, r.returned_minor] INTO figures
    FROM receipt AS r WHERE r.platform_id = platform AND r.receipt_id = receipt_number;
    SELECT coalesce(sum(m.amount_minor), 0) INTO matched
    FROM receipt_match AS m
    WHERE m.platform_id = platform AND m.receipt_id = receipt_number AND m.receipt_id > 0 AND NOT EXISTS (
        SELECT 1 FROM receipt_unmatch AS u WHERE u.platform_id = platform AND u.match_id = m.match_id
    );
    SELECT coalesce(sum(b.amount_minor), 0) INTO returned
    FROM receipt_return AS b
    WHERE b.platform_id = platform AND b.receipt_id = receipt_number AND b.receipt_id > 0;
    IF figures::numeric[] IS DISTINCT FROM ARRAY[matched, returned] THEN
        RAISE EXCEPTION 'RECEIPT_UNEVEN: receipt % is not the sum of its matches and returns', receipt_number
            USING ERRCODE = 'check_violation';
    END IF;
END;
$$;

-- Law: what matches of a receipt clear of a sheet is what the sheet says that the receipt has collected of it, and what
-- they clear beside that is what it says was given up with the receipt.
CREATE OR REPLACE FUNCTION refuse_uneven_match(platform bigint, receipt_number bigint, sheet_number bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF (
        SELECT ARRAY[coalesce(sum(m.amount_minor), 0), coalesce(sum(m.rest_minor), 0)] FROM receipt_match AS m
        WHERE m.platform_id = platform AND m.receipt_id = receipt_number AND m.receipt_id > 0
            AND m.sheet_id = sheet_number AND NOT EXISTS (
                SELECT 1 FROM receipt_unmatch AS u WHERE u.platform_id = platform AND u.match_id = m.match_id
            )
    ) IS DISTINCT FROM (
        SELECT ARRAY[
            coalesce(sum(v.amount_minor) FILTER (WHERE v.kind = 'COLLECTED'), 0),
            coalesce(sum(v.amount_minor) FILTER (WHERE v.kind = 'WRITTEN_OFF'), 0)
        ]
        FROM sheet_movement AS v
        WHERE v.platform_id = platform AND v.sheet_id = sheet_number AND v.reference <> ''
            AND v.reference = 'receipt/' || receipt_number
    ) THEN
        RAISE EXCEPTION 'RECEIPT_MATCH_NOT_ON_SHEET: sheet % and the matches of receipt % do not agree',
            sheet_number, receipt_number USING ERRCODE = 'check_violation';
    END IF;
END;
$$;

CREATE FUNCTION check_return_sums() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_uneven_receipt(r.platform_id, r.receipt_id) FROM fresh AS r;
    RETURN NULL;
END;
$$;

CREATE TRIGGER receipt_returns_add_up AFTER INSERT ON receipt_return
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_return_sums();
CREATE TRIGGER receipt_begins_unmatched AFTER INSERT ON receipt
FOR EACH ROW WHEN (new.matched_minor <> 0 OR new.returned_minor <> 0) EXECUTE FUNCTION check_receipt_sum();
CREATE TRIGGER receipt_is_the_sum_of_its_matches AFTER UPDATE ON receipt
FOR EACH ROW WHEN (
    (new.matched_minor, new.returned_minor) IS DISTINCT FROM (old.matched_minor, old.returned_minor)
) EXECUTE FUNCTION check_receipt_sum();

-- Law: only a match collects, and what is said to be given up with a receipt is the rest of a match. Movements are
-- written before their matches, so this is looked at when both are there.
CREATE FUNCTION check_collected() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF new.reference !~ '^receipt/[1-9][0-9]{0,17}$' THEN
        RAISE EXCEPTION 'COLLECTED_WITHOUT_MATCH: % of sheet % names %', new.kind, new.sheet_id, new.reference
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM refuse_uneven_match(new.platform_id, substr(new.reference, 9)::bigint, new.sheet_id);
    RETURN NULL;
END;
$$;

CREATE CONSTRAINT TRIGGER collected_money_has_its_match AFTER INSERT ON sheet_movement
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (new.kind = 'COLLECTED' OR new.reference LIKE 'receipt/%') EXECUTE FUNCTION check_collected();

-- ---------------------------------------------------------------------------------------------------------------------
-- What a receipt says stays as it was recorded, but for why it waits and who sees to it; returns and tolerances never
-- change.

CREATE TRIGGER receipt_keeps_what_was_recorded BEFORE UPDATE ON receipt
FOR EACH ROW WHEN (
    (
        new.platform_id, new.receipt_id, new.book_id, new.sequence, new.amount_minor, new.recorded_at, new.value_date,
        new.currency, new.reference, new.bank_account, new.payer, new.recorded_by, new.fingerprint, new.deadline
    ) IS DISTINCT FROM (
        old.platform_id, old.receipt_id, old.book_id, old.sequence, old.amount_minor, old.recorded_at, old.value_date,
        old.currency, old.reference, old.bank_account, old.payer, old.recorded_by, old.fingerprint, old.deadline
    )
) EXECUTE FUNCTION refuse_new_proposal();
CREATE TRIGGER receipt_return_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON receipt_return
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER receipt_tolerance_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON receipt_tolerance
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CALL raise_wall('receipt_return', 'receipt_tolerance');

GRANT UPDATE (returned_minor, reason, owner) ON receipt TO splitbook_app;
GRANT SELECT, INSERT ON receipt_return, receipt_tolerance TO splitbook_app;
GRANT USAGE ON SEQUENCE receipt_return_return_id_seq, receipt_tolerance_tolerance_id_seq TO splitbook_app;

CALL describe_young_tables();
