-- Payouts, bank accounts, channel files.
-- Amounts are minor units of the payout's currency. Documents change in the transaction that posts their entries, under
-- the log's lock. The number of a bank account stands in `identifier` alone; whoever shows an account reads `masked`.

-- ---------------------------------------------------------------------------------------------------------------------
-- Bank accounts

-- Where a party is paid. An account never changes; a new one retires the one before it.
CREATE TABLE payee_account (
    platform_id bigint NOT NULL,
    payee_account_id bigint GENERATED ALWAYS AS IDENTITY,
    party_id bigint NOT NULL,
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    holder text NOT NULL CHECK (length(holder) BETWEEN 1 AND 140),
    scheme text NOT NULL CHECK (scheme IN ('IBAN', 'OTHER')),
    identifier text NOT NULL CHECK (length(identifier) BETWEEN 1 AND 34),
    masked text NOT NULL CHECK (length(masked) BETWEEN 1 AND 34),
    bank_code text NOT NULL,
    withholding_rule text NOT NULL,
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    registered_at timestamptz NOT NULL,
    retired_at timestamptz,
    PRIMARY KEY (platform_id, payee_account_id),
    CONSTRAINT payee_account_is_of_a_party FOREIGN KEY (platform_id, party_id) REFERENCES party (platform_id, party_id),
    -- Serves the replay of a registration.
    CONSTRAINT payee_account_reference_is_unique UNIQUE (platform_id, party_id, reference)
);

-- Serves the choice of the account that a payout goes to.
CREATE UNIQUE INDEX party_has_one_payee_account ON payee_account (platform_id, party_id, currency)
WHERE retired_at IS NULL;

-- Where a legal entity pays from: one per book and currency. `step_minor` is the smallest unit that the channel moves;
-- `fee_minor` is what the party bears of a transfer, 0 where the platform bears it.
CREATE TABLE paying_account (
    platform_id bigint NOT NULL,
    paying_account_id bigint GENERATED ALWAYS AS IDENTITY,
    book_id bigint NOT NULL,
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    holder text NOT NULL CHECK (length(holder) BETWEEN 1 AND 140),
    scheme text NOT NULL CHECK (scheme IN ('IBAN', 'OTHER')),
    identifier text NOT NULL CHECK (length(identifier) BETWEEN 1 AND 34),
    masked text NOT NULL CHECK (length(masked) BETWEEN 1 AND 34),
    bank_code text NOT NULL,
    channel text NOT NULL CHECK (length(channel) BETWEEN 1 AND 50),
    calendar text NOT NULL CHECK (length(calendar) BETWEEN 1 AND 100),
    cut_off time NOT NULL,
    step_minor bigint NOT NULL CHECK (step_minor BETWEEN 1 AND 1000000),
    fee_minor bigint NOT NULL CHECK (fee_minor BETWEEN 0 AND 1000000000),
    registered_at timestamptz NOT NULL,
    PRIMARY KEY (platform_id, paying_account_id),
    CONSTRAINT paying_account_is_of_a_book FOREIGN KEY (platform_id, book_id) REFERENCES book (platform_id, book_id),
    CONSTRAINT book_pays_from_one_account UNIQUE (platform_id, book_id, currency)
);

-- ---------------------------------------------------------------------------------------------------------------------
-- Payouts

-- What is handed to a channel in one piece. `message_id` is made of the number, so that the same submission is the same
-- file however often it is written. `claimed_at` is set before the call, `answered_at` once its outcome is recorded.
CREATE TABLE payout_submission (
    platform_id bigint NOT NULL,
    submission_id bigint GENERATED ALWAYS AS IDENTITY,
    paying_account_id bigint NOT NULL,
    channel text NOT NULL,
    message_id text GENERATED ALWAYS AS ('SB' || platform_id || '-' || submission_id) STORED,
    execution_date date NOT NULL,
    submitted_at timestamptz NOT NULL,
    claimed_at timestamptz,
    answered_at timestamptz,
    PRIMARY KEY (platform_id, submission_id),
    CONSTRAINT submission_is_of_an_account FOREIGN KEY (platform_id, paying_account_id)
    REFERENCES paying_account (platform_id, paying_account_id),
    CONSTRAINT submission_is_answered_after_the_call CHECK (answered_at IS NULL OR claimed_at IS NOT NULL)
);

-- Serves the submissions that still have to be handed over, oldest first.
CREATE INDEX payout_submission_open ON payout_submission (platform_id, submission_id) WHERE answered_at IS NULL;

-- One transfer to a party. gross = net + withheld + fee; `net_minor` is what the channel moves, `transit_minor` what of
-- it stands in 2190. `channel_key` is the transfer's name for the channel and never changes. `replaces` is the payout
-- that failed or came back before; `takes_from` says whether sheets (2015) or a returned payout (2016) are paid.
CREATE TABLE payout (
    platform_id bigint NOT NULL,
    payout_id bigint GENERATED ALWAYS AS IDENTITY,
    book_id bigint NOT NULL,
    party_id bigint NOT NULL,
    paying_account_id bigint NOT NULL,
    payee_account_id bigint NOT NULL,
    submission_id bigint,
    approval_id bigint,
    replaces bigint,
    gross_minor bigint NOT NULL,
    withheld_minor bigint NOT NULL CHECK (withheld_minor >= 0),
    fee_minor bigint NOT NULL CHECK (fee_minor >= 0),
    net_minor bigint NOT NULL CONSTRAINT payout_moves_money CHECK (net_minor BETWEEN 1 AND 1000000000000000),
    transit_minor bigint NOT NULL,
    bank_fee_minor bigint NOT NULL CHECK (bank_fee_minor >= 0),
    taxed_minor bigint NOT NULL CHECK (taxed_minor >= 0),
    tax_month date,
    due_date date NOT NULL,
    created_at timestamptz NOT NULL,
    submitted_at timestamptz,
    ended_at timestamptz,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    takes_from text NOT NULL CHECK (takes_from IN ('2015', '2016')),
    status text NOT NULL CHECK (
        status IN ('CREATED', 'SUBMITTED', 'UNKNOWN', 'ACCEPTED', 'PAID', 'RETURNED', 'FAILED', 'CANCELLED')
    ),
    approval text NOT NULL CHECK (approval IN ('NOT_REQUIRED', 'PENDING', 'GRANTED', 'REJECTED')),
    channel_key text GENERATED ALWAYS AS ('SB' || platform_id || '-P' || payout_id) STORED,
    tax_rule text NOT NULL,
    bank_reference text NOT NULL,
    reason text NOT NULL,
    created_by text NOT NULL,
    digest bytea NOT NULL CHECK (length(digest) = 32),
    PRIMARY KEY (platform_id, payout_id),
    -- Serves the answers of banks.
    CONSTRAINT channel_key_is_unique UNIQUE (platform_id, channel_key),
    CONSTRAINT payout_is_of_a_book FOREIGN KEY (platform_id, book_id) REFERENCES book (platform_id, book_id),
    CONSTRAINT payout_is_of_a_party FOREIGN KEY (platform_id, party_id) REFERENCES party (platform_id, party_id),
    CONSTRAINT payout_leaves_an_account FOREIGN KEY (platform_id, paying_account_id)
    REFERENCES paying_account (platform_id, paying_account_id),
    CONSTRAINT payout_reaches_an_account FOREIGN KEY (platform_id, payee_account_id)
    REFERENCES payee_account (platform_id, payee_account_id),
    CONSTRAINT payout_is_of_a_submission FOREIGN KEY (platform_id, submission_id)
    REFERENCES payout_submission (platform_id, submission_id),
    CONSTRAINT payout_replaces_another FOREIGN KEY (platform_id, replaces) REFERENCES payout (platform_id, payout_id),
    CONSTRAINT payout_adds_up CHECK (gross_minor = net_minor + withheld_minor + fee_minor),
    CONSTRAINT transit_follows_the_status CHECK (
        transit_minor = CASE WHEN status IN ('SUBMITTED', 'UNKNOWN', 'ACCEPTED') THEN net_minor ELSE 0 END
    ),
    CONSTRAINT payout_is_submitted_with_others CHECK (
        (submission_id IS NULL) = (submitted_at IS NULL)
        AND (submission_id IS NOT NULL OR status IN ('CREATED', 'FAILED', 'CANCELLED'))
        AND (submission_id IS NULL OR status NOT IN ('CREATED', 'CANCELLED'))
    ),
    CONSTRAINT payout_is_sent_once_approved CHECK (
        approval IN ('NOT_REQUIRED', 'GRANTED') OR status IN ('CREATED', 'FAILED', 'CANCELLED')
    )
) WITH (fillfactor = 80);

-- Serves the worker: what waits to be sent, by due date.
CREATE INDEX payout_waiting ON payout (platform_id, due_date, payout_id) WHERE status = 'CREATED';
-- Serves the ageing list: what is on its way, and what the bank said nothing about.
CREATE INDEX payout_in_transit ON payout (platform_id, submitted_at, payout_id)
WHERE status IN ('SUBMITTED', 'UNKNOWN', 'ACCEPTED');
-- Serves a party's payouts and what was paid to him in a month. The condition keeps it from offering itself by its
-- prefix for a look-up by the whole key.
CREATE INDEX payout_by_party ON payout (platform_id, party_id, payout_id) WHERE payout_id > 0;
-- Serves the payouts of a submission.
CREATE INDEX payout_by_submission ON payout (platform_id, submission_id, payout_id) WHERE submission_id IS NOT NULL;
-- A payout that failed or came back is replaced at most once at a time.
CREATE UNIQUE INDEX payout_is_replaced_once ON payout (platform_id, replaces)
WHERE replaces IS NOT NULL AND status NOT IN ('FAILED', 'CANCELLED');

-- What a payout takes of each sheet: `taken_minor` is moved (or kept for the bank's fee), `withheld_minor` is tax.
-- CLAIMED while it is under way, then PAID, RETURNED (the bank sent it back) or RELEASED (the sheet has it again). A
-- payout that pays a returned one takes its rows over: REPLACED there.
CREATE TABLE payout_sheet (
    platform_id bigint NOT NULL,
    payout_id bigint NOT NULL,
    sheet_id bigint NOT NULL,
    taken_minor bigint NOT NULL CHECK (taken_minor >= 0),
    withheld_minor bigint NOT NULL CHECK (withheld_minor >= 0),
    stands text NOT NULL CHECK (stands IN ('CLAIMED', 'PAID', 'RETURNED', 'REPLACED', 'RELEASED')),
    PRIMARY KEY (platform_id, payout_id, sheet_id),
    CONSTRAINT payout_sheet_is_of_a_payout FOREIGN KEY (platform_id, payout_id)
    REFERENCES payout (platform_id, payout_id),
    CONSTRAINT payout_sheet_is_a_sheet FOREIGN KEY (platform_id, sheet_id) REFERENCES sheet (platform_id, sheet_id),
    CONSTRAINT payout_pays_something_of_each_sheet CHECK (taken_minor + withheld_minor > 0)
) WITH (fillfactor = 80);

-- Law: the money of a sheet is claimed once. Also serves the payouts of a sheet that are under way.
CREATE UNIQUE INDEX sheet_is_claimed_once ON payout_sheet (platform_id, sheet_id) WHERE stands = 'CLAIMED';
-- Serves the trace from a sheet to its payouts.
CREATE INDEX payout_sheet_by_sheet ON payout_sheet (platform_id, sheet_id, payout_id) WHERE sheet_id > 0;

-- ---------------------------------------------------------------------------------------------------------------------
-- What banks and channels say

-- A file that was written for a bank or read from one. `content_digest` finds a file that was read before.
CREATE TABLE bank_file (
    platform_id bigint NOT NULL,
    bank_file_id bigint GENERATED ALWAYS AS IDENTITY,
    direction text NOT NULL CHECK (direction IN ('OUT', 'IN')),
    kind text NOT NULL,
    channel text NOT NULL,
    message_id text NOT NULL,
    name text NOT NULL,
    content_digest bytea NOT NULL CHECK (length(content_digest) = 32),
    refusal text NOT NULL,
    answers integer NOT NULL CHECK (answers >= 0),
    recorded_at timestamptz NOT NULL,
    actor text NOT NULL,
    PRIMARY KEY (platform_id, bank_file_id),
    CONSTRAINT bank_file_is_recorded_once UNIQUE (platform_id, direction, content_digest)
);

-- Every answer that ever came, whatever became of it. What could not be applied says why and waits; `tries` counts.
CREATE TABLE bank_answer (
    platform_id bigint NOT NULL,
    bank_answer_id bigint GENERATED ALWAYS AS IDENTITY,
    payout_id bigint,
    amount_minor bigint CHECK (amount_minor >= 0),
    fee_minor bigint NOT NULL CHECK (fee_minor >= 0),
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    applied_at timestamptz,
    tries integer NOT NULL CHECK (tries > 0),
    source text NOT NULL CHECK (length(source) BETWEEN 1 AND 200),
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
    kind text NOT NULL CHECK (kind IN ('ACCEPTED', 'REFUSED', 'PAID', 'RETURNED')),
    channel_key text NOT NULL,
    currency text NOT NULL,
    bank_reference text NOT NULL,
    reason text NOT NULL,
    status text NOT NULL CHECK (status IN ('APPLIED', 'UNMATCHED', 'DISMISSED')),
    refusal text NOT NULL,
    refusal_text text NOT NULL,
    actor text NOT NULL,
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    PRIMARY KEY (platform_id, bank_answer_id),
    CONSTRAINT answer_counts_once UNIQUE (platform_id, source, reference, fingerprint),
    CONSTRAINT answer_is_of_a_payout FOREIGN KEY (platform_id, payout_id) REFERENCES payout (platform_id, payout_id),
    CONSTRAINT applied_answer_has_a_payout CHECK (status <> 'APPLIED' OR payout_id IS NOT NULL),
    CONSTRAINT unmatched_answer_says_why CHECK ((status = 'APPLIED') = (refusal = '')),
    CONSTRAINT applied_answer_has_its_instant CHECK ((status = 'UNMATCHED') = (applied_at IS NULL))
) WITH (fillfactor = 80);

-- Serves the work list, the oldest first.
CREATE INDEX bank_answer_unmatched ON bank_answer (platform_id, recorded_at, bank_answer_id)
WHERE status = 'UNMATCHED';
-- Serves the answers to a payout that came before it could take them.
CREATE INDEX bank_answer_by_key ON bank_answer (platform_id, channel_key, bank_answer_id)
WHERE status = 'UNMATCHED';

-- ---------------------------------------------------------------------------------------------------------------------
-- Law: a payout goes its way and no other; what it was created with stays.

CREATE FUNCTION refuse_stray_payout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (
        new.book_id, new.party_id, new.paying_account_id, new.payee_account_id, new.gross_minor, new.withheld_minor,
        new.fee_minor, new.net_minor, new.currency, new.takes_from, new.replaces, new.tax_rule, new.tax_month,
        new.taxed_minor, new.due_date, new.digest, new.created_by
    ) IS DISTINCT FROM (
        old.book_id, old.party_id, old.paying_account_id, old.payee_account_id, old.gross_minor, old.withheld_minor,
        old.fee_minor, old.net_minor, old.currency, old.takes_from, old.replaces, old.tax_rule, old.tax_month,
        old.taxed_minor, old.due_date, old.digest, old.created_by
    ) THEN
        RAISE EXCEPTION 'PAYOUT_FIXED: payout % keeps what it was created with', old.payout_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF new.status <> old.status AND old.status || ' ' || new.status NOT IN (
        'CREATED SUBMITTED', 'CREATED FAILED', 'CREATED CANCELLED', 'SUBMITTED ACCEPTED', 'SUBMITTED UNKNOWN',
        'SUBMITTED FAILED', 'UNKNOWN ACCEPTED', 'UNKNOWN FAILED', 'ACCEPTED PAID', 'PAID RETURNED'
    ) THEN
        RAISE EXCEPTION 'PAYOUT_STATE: payout % cannot go from % to %', old.payout_id, old.status, new.status
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;

CREATE TRIGGER payout_goes_its_way BEFORE UPDATE ON payout
FOR EACH ROW EXECUTE FUNCTION refuse_stray_payout();

-- Law: what a payout moves and withholds is what it takes from its sheets, and these stand as it does. A payout and
-- its rows of sheets are written by one statement: the law is checked at its end.
CREATE FUNCTION check_payout_sheets() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT k.payout_id INTO broken
    FROM (SELECT DISTINCT f.platform_id, f.payout_id FROM fresh AS f) AS k
    LEFT JOIN LATERAL (
        SELECT p.net_minor + p.fee_minor AS net, p.withheld_minor, p.status FROM payout AS p
        WHERE p.platform_id = k.platform_id AND p.payout_id = k.payout_id LIMIT 1
    ) AS p ON true
    LEFT JOIN LATERAL (
        SELECT sum(s.taken_minor) AS net, sum(s.withheld_minor) AS withheld,
            bool_and(s.stands = ANY(CASE p.status
                WHEN 'PAID' THEN ARRAY['PAID'] WHEN 'RETURNED' THEN ARRAY['RETURNED', 'REPLACED']
                WHEN 'FAILED' THEN ARRAY['RELEASED'] WHEN 'CANCELLED' THEN ARRAY['RELEASED'] ELSE ARRAY['CLAIMED']
            END)) AS fits
        FROM payout_sheet AS s WHERE s.platform_id = k.platform_id AND s.payout_id = k.payout_id
    ) AS h ON true
    WHERE p.net IS DISTINCT FROM h.net OR p.withheld_minor IS DISTINCT FROM h.withheld OR NOT coalesce(h.fits, false)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'PAYOUT_UNEVEN: payout % is not what its sheets say', broken.payout_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER payout_sheets_are_whole AFTER INSERT ON payout_sheet
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_payout_sheets();
CREATE TRIGGER payout_sheets_stay_whole AFTER UPDATE ON payout_sheet
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_payout_sheets();
CREATE TRIGGER payout_is_whole AFTER INSERT ON payout
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_payout_sheets();
CREATE TRIGGER payout_stays_whole AFTER UPDATE ON payout
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_payout_sheets();

-- Law: an answer keeps what was said; only what became of it changes.
CREATE FUNCTION refuse_other_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ANSWER_FIXED: answer % of % keeps what was said', old.reference, old.source
        USING ERRCODE = 'check_violation';
END;
$$;

CREATE TRIGGER answer_keeps_what_was_said BEFORE UPDATE ON bank_answer
FOR EACH ROW WHEN (
    (
        new.source, new.reference, new.kind, new.channel_key, new.amount_minor, new.currency, new.fee_minor,
        new.occurred_at, new.fingerprint
    ) IS DISTINCT FROM (
        old.source, old.reference, old.kind, old.channel_key, old.amount_minor, old.currency, old.fee_minor,
        old.occurred_at, old.fingerprint
    )
    OR old.status = 'APPLIED'
) EXECUTE FUNCTION refuse_other_answer();

-- Law: a bank account is what it was registered as; it can only be retired, or paid from in another way.
CREATE FUNCTION refuse_other_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'BANK_ACCOUNT_FIXED: account % is registered anew when it changes', old.reference
        USING ERRCODE = 'check_violation';
END;
$$;

CREATE TRIGGER payee_account_is_fixed BEFORE UPDATE ON payee_account
FOR EACH ROW WHEN (
    (new.party_id, new.reference, new.currency, new.identifier, new.holder, new.fingerprint)
    IS DISTINCT FROM (old.party_id, old.reference, old.currency, old.identifier, old.holder, old.fingerprint)
    OR old.retired_at IS NOT NULL
) EXECUTE FUNCTION refuse_other_account();
CREATE TRIGGER paying_account_is_fixed BEFORE UPDATE ON paying_account
FOR EACH ROW WHEN (
    (new.book_id, new.reference, new.currency, new.identifier, new.holder)
    IS DISTINCT FROM (old.book_id, old.reference, old.currency, old.identifier, old.holder)
) EXECUTE FUNCTION refuse_other_account();

CREATE TRIGGER bank_file_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_file
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DO $$
DECLARE
    document text;
BEGIN
    FOREACH document IN ARRAY ARRAY[
        'payee_account', 'paying_account', 'payout_submission', 'payout', 'payout_sheet', 'bank_answer'
    ] LOOP
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
            document || '_stays', document
        );
    END LOOP;
END;
$$;

CALL raise_wall(
    'payee_account', 'paying_account', 'payout_submission', 'payout', 'payout_sheet', 'bank_file', 'bank_answer'
);

GRANT SELECT, INSERT ON bank_file TO splitbook_app;
GRANT SELECT, INSERT, UPDATE (retired_at) ON payee_account TO splitbook_app;
GRANT SELECT, INSERT, UPDATE (channel, calendar, cut_off, step_minor, fee_minor) ON paying_account TO splitbook_app;
GRANT SELECT, INSERT, UPDATE ON payout_submission, payout, payout_sheet, bank_answer TO splitbook_app;
-- Numbers are taken ahead, so that what a payout takes of its sheets can name it.
GRANT USAGE ON SEQUENCE payout_payout_id_seq, payout_submission_submission_id_seq TO splitbook_app;

-- What is in transit is a payout's now, so it moves with its document only. (The owner sees all platforms while the
-- wall does not hold for him.)
ALTER TABLE chart_account NO FORCE ROW LEVEL SECURITY;
UPDATE chart_account SET owned_by_document = TRUE
WHERE code = '2190';
ALTER TABLE chart_account FORCE ROW LEVEL SECURITY;

CALL describe_young_tables();
