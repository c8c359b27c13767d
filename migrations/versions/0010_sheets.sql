-- Settlement sheets, the lines they claim, and what becomes of their totals.
-- A sheet is the document of what one party earned in one role from one legal entity in one mode and currency in one
-- period. While it is OPEN it is a question: the unclaimed lines of its accounts before its end. Closing fixes the
-- place in the log through which it looks, posts its entry, and claims its lines; then nothing enters it any more.
-- Amounts are minor units of the sheet's currency; what the party is owed counts up.

CREATE TABLE sheet (
    platform_id bigint NOT NULL REFERENCES platform,
    sheet_id bigint GENERATED ALWAYS AS IDENTITY,
    party_id bigint NOT NULL,
    book_id bigint NOT NULL,
    period_start timestamptz NOT NULL,
    period_end timestamptz NOT NULL CHECK (period_start < period_end),
    -- The last place in the log that the sheet has seen, and the place of its closing entry; null while it is open, the
    -- entry also where nothing was left to post.
    through_sequence bigint,
    closing_sequence bigint,
    line_count bigint NOT NULL DEFAULT 0 CHECK (line_count >= 0),
    total_minor bigint NOT NULL DEFAULT 0,
    -- What became of the total: the sums of the sheet's movements by kind. paid_minor is the part of payout_minor that
    -- has reached the party; collected and written off are of negative sheets.
    netted_minor bigint NOT NULL DEFAULT 0 CHECK (netted_minor >= 0),
    retained_minor bigint NOT NULL DEFAULT 0 CHECK (retained_minor >= 0),
    held_minor bigint NOT NULL DEFAULT 0 CHECK (held_minor >= 0),
    withheld_minor bigint NOT NULL DEFAULT 0 CHECK (withheld_minor >= 0),
    payout_minor bigint NOT NULL DEFAULT 0 CHECK (payout_minor >= 0),
    paid_minor bigint NOT NULL DEFAULT 0 CHECK (paid_minor >= 0),
    collected_minor bigint NOT NULL DEFAULT 0 CHECK (collected_minor >= 0),
    written_off_minor bigint NOT NULL DEFAULT 0 CHECK (written_off_minor >= 0),
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    -- When silence counts as confirmation; null where it never does or the sheet does not wait for it.
    confirm_by timestamptz,
    -- When the passing of the due date was told; null before, and again once the date has moved.
    overdue_at timestamptz,
    due_date date NOT NULL,
    deemed_days smallint CHECK (deemed_days > 0),
    -- How many closings of the party a negative sheet has been carried through.
    carried_cycles smallint NOT NULL DEFAULT 0 CHECK (carried_cycles >= 0),
    calendar_version integer NOT NULL,
    role text NOT NULL CHECK (role IN ('MERCHANT', 'SUPPLIER', 'AGENT', 'DISTRIBUTOR')),
    mode text NOT NULL CHECK (mode IN ('AGENCY', 'PURCHASE')),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    zone text NOT NULL,
    calendar text NOT NULL,
    confirmation text NOT NULL CHECK (confirmation IN ('REQUIRED', 'DEEMED', 'NONE')),
    status text NOT NULL CHECK (
        status IN (
            'OPEN', 'CLOSING', 'CLOSED', 'CONFIRM_PENDING', 'DISPUTED', 'ADJUSTED', 'CONFIRMED', 'APPROVAL', 'APPROVED',
            'INVOICE_PENDING', 'INVOICE_MATCHED', 'PAYMENT_PENDING', 'PAYING', 'PAID', 'PAY_FAILED', 'COMPLETED',
            'RECEIVABLE', 'CARRIED_FORWARD', 'COLLECTING', 'COLLECTED', 'WRITTEN_OFF'
        )
    ),
    -- What an approval was asked for; null while none is.
    digest bytea CHECK (length(digest) = 32),
    PRIMARY KEY (platform_id, sheet_id),
    -- Also serves a party's sheets and the chain of periods of one key.
    CONSTRAINT sheet_is_opened_once_a_period UNIQUE (
        platform_id, party_id, book_id, role, mode, currency, period_start
    ),
    CONSTRAINT sheet_is_of_a_party FOREIGN KEY (platform_id, party_id) REFERENCES party (platform_id, party_id),
    CONSTRAINT sheet_belongs_to_a_book FOREIGN KEY (platform_id, book_id) REFERENCES book (platform_id, book_id),
    CONSTRAINT only_what_is_deemed_has_days CHECK ((confirmation = 'DEEMED') = (deemed_days IS NOT NULL)),
    CONSTRAINT open_sheet_has_no_figures CHECK (
        (status = 'OPEN') = (through_sequence IS NULL)
        AND (status <> 'OPEN' OR (closed_at IS NULL AND closing_sequence IS NULL AND total_minor = 0))
    ),
    CONSTRAINT nobody_takes_more_than_the_sheet_has CHECK (
        CASE
            WHEN total_minor >= 0
                THEN
                    netted_minor + retained_minor + held_minor + withheld_minor + payout_minor <= total_minor
                    AND paid_minor <= payout_minor AND collected_minor + written_off_minor = 0
            ELSE
                netted_minor + collected_minor + written_off_minor <= -total_minor
                AND retained_minor + held_minor + withheld_minor + payout_minor + paid_minor = 0
        END
    ),
    CONSTRAINT finished_sheet_owes_nothing CHECK (
        CASE
            WHEN status IN ('PAID', 'COMPLETED')
                THEN
                    total_minor >= 0 AND held_minor = 0 AND paid_minor = payout_minor
                    AND netted_minor + retained_minor + withheld_minor + payout_minor = total_minor
            WHEN status IN ('COLLECTED', 'WRITTEN_OFF')
                THEN
                    total_minor < 0 AND netted_minor + collected_minor + written_off_minor = -total_minor
            WHEN status IN ('RECEIVABLE', 'CARRIED_FORWARD', 'COLLECTING') THEN total_minor < 0
            WHEN status IN ('PAYMENT_PENDING', 'PAYING', 'PAY_FAILED', 'INVOICE_PENDING', 'INVOICE_MATCHED')
                THEN
                    total_minor > 0
            ELSE TRUE
        END
    )
) WITH (fillfactor = 70);

-- All indexes are partial, so that none offers itself by its prefix for a look-up by the whole key.
-- Serves the sheets whose boundary has passed, the oldest first.
CREATE INDEX sheet_to_close ON sheet (platform_id, period_end, sheet_id) WHERE status = 'OPEN';
-- Serves what of a party is not closed yet: periods of a key close in order, debts are netted once all have.
CREATE INDEX sheet_unclosed ON sheet (platform_id, party_id, book_id, currency, period_end, sheet_id)
WHERE status IN ('OPEN', 'CLOSING');
-- Serves what a closing that was killed left behind, and what has closed and waits for its next step.
CREATE INDEX sheet_in_closing ON sheet (platform_id, status, sheet_id) WHERE status IN ('CLOSING', 'CLOSED');
-- Serves what silence confirms.
CREATE INDEX sheet_to_deem ON sheet (platform_id, confirm_by, sheet_id)
WHERE status = 'CONFIRM_PENDING' AND confirm_by IS NOT NULL;
-- Serves due and overdue payables, by date.
CREATE INDEX sheet_unpaid ON sheet (platform_id, due_date, sheet_id)
WHERE total_minor > 0 AND status NOT IN ('PAID', 'COMPLETED');
-- Serves the sheets that a new version of a calendar re-dates.
CREATE INDEX sheet_by_calendar ON sheet (platform_id, calendar, sheet_id)
WHERE status NOT IN ('PAID', 'COMPLETED', 'COLLECTED', 'WRITTEN_OFF');
-- Serves what a party still owes, the oldest first.
CREATE INDEX sheet_owed ON sheet (platform_id, party_id, book_id, currency, period_start, sheet_id)
WHERE total_minor < 0 AND status NOT IN ('COLLECTED', 'WRITTEN_OFF');
-- Serves the lists by status.
CREATE INDEX sheet_by_status ON sheet (platform_id, status, sheet_id) WHERE sheet_id > 0;

-- How far the accounts of a platform, in the order in which they were opened, have their sheets. From its first sheet
-- on a key always has an open one: closing opens the next.
CREATE TABLE sheet_opening (
    platform_id bigint PRIMARY KEY REFERENCES platform,
    through_account_id bigint NOT NULL
) WITH (fillfactor = 50);

-- What a closing saw on each account of the sheet: lines from from_sequence on to the sheet's through_sequence.
-- Every line of the account before open_from_sequence is claimed, so that the next sheet begins there. Claiming goes
-- along the log; claimed_through says how far it has come.
CREATE TABLE sheet_account (
    platform_id bigint NOT NULL,
    sheet_id bigint NOT NULL,
    account_id bigint NOT NULL,
    from_sequence bigint NOT NULL,
    open_from_sequence bigint NOT NULL,
    claimed_through bigint NOT NULL,
    debit_minor bigint NOT NULL CHECK (debit_minor >= 0),
    credit_minor bigint NOT NULL CHECK (credit_minor >= 0),
    line_count bigint NOT NULL CHECK (line_count >= 0),
    code text NOT NULL,
    PRIMARY KEY (platform_id, sheet_id, account_id),
    CONSTRAINT sheet_account_is_of_a_sheet FOREIGN KEY (platform_id, sheet_id) REFERENCES sheet (platform_id, sheet_id),
    CONSTRAINT sheet_account_is_an_account FOREIGN KEY (platform_id, account_id)
    REFERENCES account (platform_id, account_id)
) WITH (fillfactor = 80);

-- Serves where the open business of an account begins.
CREATE INDEX sheet_account_by_account ON sheet_account (platform_id, account_id, open_from_sequence)
WHERE account_id > 0;

-- Law: a line is claimed once. amount_minor is signed: what a party is owed counts up. original_period_start is of the
-- period that the fact belongs to, where it came after that period's sheet had closed. The lines of the sheet's own
-- closing entry are marked: they are no business, they take it off the account.
CREATE TABLE sheet_line (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    sheet_id bigint NOT NULL,
    account_id bigint NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
    original_period_start timestamptz,
    position smallint NOT NULL,
    is_closing boolean NOT NULL,
    CONSTRAINT line_is_claimed_once PRIMARY KEY (platform_id, sequence, position)
);

-- Serves the lines of a sheet, in the order of the log.
CREATE INDEX sheet_line_by_sheet ON sheet_line (platform_id, sheet_id, sequence, position) WHERE sheet_id > 0;

-- Serves claiming: the few entries that were moved off a closed day, whose day does not say when they happened.
CREATE INDEX entry_moved ON entry (platform_id, sequence) WHERE requested_date <> business_date;

-- Everything that took from a sheet's total or gave back to it. `reference` is the document that did: its entry says so
-- in `document`, and the sheet's number in `document_line`.
CREATE TABLE sheet_movement (
    platform_id bigint NOT NULL,
    movement_id bigint GENERATED ALWAYS AS IDENTITY,
    sheet_id bigint NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
    moved_at timestamptz NOT NULL,
    kind text NOT NULL CHECK (
        kind IN ('NETTED', 'RETAINED', 'HELD', 'WITHHELD', 'PAYOUT', 'PAID', 'COLLECTED', 'WRITTEN_OFF')
    ),
    reference text NOT NULL CHECK (reference <> ''),
    actor text NOT NULL,
    PRIMARY KEY (platform_id, movement_id),
    CONSTRAINT sheet_movement_is_of_a_sheet FOREIGN KEY (platform_id, sheet_id)
    REFERENCES sheet (platform_id, sheet_id)
);

CREATE INDEX sheet_movement_by_sheet ON sheet_movement (platform_id, sheet_id, movement_id) WHERE sheet_id > 0;
-- Serves the way from a payout, hold or deposit back to its sheets.
CREATE INDEX sheet_movement_by_reference ON sheet_movement (platform_id, reference, movement_id) WHERE reference <> '';
-- Law: a payout claims a sheet once and gives it back at most once.
CREATE UNIQUE INDEX payout_claims_a_sheet_once ON sheet_movement (platform_id, sheet_id, reference)
WHERE kind = 'PAYOUT' AND amount_minor > 0;
CREATE UNIQUE INDEX payout_gives_a_sheet_back_once ON sheet_movement (platform_id, sheet_id, reference)
WHERE kind = 'PAYOUT' AND amount_minor < 0;

-- Every step of a sheet, with who took it, when and why. A change of the due date keeps the old one.
CREATE TABLE sheet_history (
    platform_id bigint NOT NULL,
    step_id bigint GENERATED ALWAYS AS IDENTITY,
    sheet_id bigint NOT NULL,
    at timestamptz NOT NULL,
    due_date_before date,
    due_date_after date,
    status text NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (platform_id, step_id),
    CONSTRAINT sheet_history_is_of_a_sheet FOREIGN KEY (platform_id, sheet_id)
    REFERENCES sheet (platform_id, sheet_id)
);

CREATE INDEX sheet_history_by_sheet ON sheet_history (platform_id, sheet_id, step_id) WHERE sheet_id > 0;

-- A party's objection: which lines, why, and the digest of its evidence; then the answer. Lines are pairs of places in
-- the log and positions in their entry.
CREATE TABLE sheet_dispute (
    platform_id bigint NOT NULL,
    dispute_id bigint GENERATED ALWAYS AS IDENTITY,
    sheet_id bigint NOT NULL,
    opened_at timestamptz NOT NULL,
    answered_at timestamptz,
    actor text NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    evidence bytea CHECK (length(evidence) = 32),
    line_sequences bigint[] NOT NULL,
    line_positions smallint[] NOT NULL CHECK (cardinality(line_sequences) = cardinality(line_positions)),
    answered_by text,
    answer text CHECK (answer <> ''),
    adjustments text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (platform_id, dispute_id),
    CONSTRAINT sheet_dispute_is_of_a_sheet FOREIGN KEY (platform_id, sheet_id)
    REFERENCES sheet (platform_id, sheet_id),
    CONSTRAINT answer_is_whole CHECK (
        (answered_at IS NULL) = (answer IS NULL) AND (answered_at IS NULL) = (answered_by IS NULL)
    )
);

-- Law: a sheet has one open dispute at a time.
CREATE UNIQUE INDEX sheet_has_one_open_dispute ON sheet_dispute (platform_id, sheet_id) WHERE answered_at IS NULL;
CREATE INDEX sheet_dispute_by_sheet ON sheet_dispute (platform_id, sheet_id, dispute_id) WHERE sheet_id > 0;

-- ---------------------------------------------------------------------------------------------------------------------
-- Law: who a sheet is for is fixed, its period and its figures once it is not open any more; and it never opens again.
CREATE FUNCTION refuse_fixed_sheet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'SHEET_IS_FIXED: sheet % begins open and keeps what it was closed with',
        new.sheet_id
        USING ERRCODE = 'check_violation';
END;
$$;

CREATE TRIGGER sheet_identity_is_fixed BEFORE UPDATE ON sheet
FOR EACH ROW WHEN (
    (new.party_id, new.book_id, new.role, new.mode, new.currency, new.zone, new.opened_at)
    IS DISTINCT FROM (old.party_id, old.book_id, old.role, old.mode, old.currency, old.zone, old.opened_at)
    OR (
        old.status <> 'OPEN' AND (
            new.status = 'OPEN' OR (old.status <> 'CLOSING' AND new.status = 'CLOSING')
            OR (
                new.period_start, new.period_end, new.through_sequence, new.closing_sequence, new.line_count,
                new.total_minor
            )
            IS DISTINCT FROM (
                old.period_start, old.period_end, old.through_sequence, old.closing_sequence,
                old.line_count, old.total_minor
            )
        )
    )
) EXECUTE FUNCTION refuse_fixed_sheet();

-- Law: the periods of one key do not overlap, so that at any instant one sheet is open for its lines. The sheet with
-- the latest start before a period's end is the only one that could reach into it.
CREATE FUNCTION check_sheet_period() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    reaching bigint;
BEGIN
    SELECT CASE WHEN o.period_end > new.period_start THEN o.sheet_id END INTO reaching
    FROM sheet AS o
    WHERE o.platform_id = new.platform_id AND o.party_id = new.party_id AND o.book_id = new.book_id
        AND o.role = new.role AND o.mode = new.mode AND o.currency = new.currency
        AND o.period_start < new.period_end AND o.sheet_id <> new.sheet_id
    ORDER BY o.period_start DESC LIMIT 1;
    IF reaching IS NOT NULL THEN
        RAISE EXCEPTION 'SHEET_PERIODS_OVERLAP: sheets % and % are of one key and time', reaching, new.sheet_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER sheet_is_alone_in_its_period AFTER INSERT OR UPDATE OF period_start, period_end ON sheet
FOR EACH ROW EXECUTE FUNCTION check_sheet_period();

-- Law: what a sheet claims are lines of its accounts that it has seen, with what they say. A sheet looks at its
-- accounts when it closes, and a closed one claims nothing.
CREATE FUNCTION check_sheet_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT f.sheet_id, f.account_id INTO broken
    FROM (SELECT DISTINCT s.platform_id, s.sheet_id, s.account_id FROM fresh AS s) AS f
    LEFT JOIN LATERAL (
        SELECT s.status FROM sheet AS s
        INNER JOIN sheet_account AS a ON a.platform_id = s.platform_id AND a.sheet_id = s.sheet_id
        WHERE s.platform_id = f.platform_id AND s.sheet_id = f.sheet_id AND a.account_id = f.account_id LIMIT 1
    ) AS s ON true
    WHERE coalesce(s.status NOT IN ('OPEN', 'CLOSING'), TRUE)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'SHEET_CLOSED: sheet % takes no lines of account %', broken.sheet_id, broken.account_id
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT f.sequence, f.position, f.sheet_id INTO broken
    FROM fresh AS f
    LEFT JOIN LATERAL (
        SELECT o.account_id, CASE o.side WHEN 'C' THEN o.amount ELSE -o.amount END AS amount_minor FROM line AS o
        WHERE o.platform_id = f.platform_id AND o.sequence = f.sequence AND o.position = f.position LIMIT 1
    ) AS l ON true
    WHERE l.account_id IS DISTINCT FROM f.account_id OR l.amount_minor IS DISTINCT FROM f.amount_minor
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'SHEET_LINE_WRONG: line % of entry % is not what sheet % says', broken.position,
            broken.sequence, broken.sheet_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER sheet_lines_are_lines AFTER INSERT ON sheet_line
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_sheet_lines();

-- Law: a sheet begins open, and is closed when its lines are its total, counted and summed, and its closing entry takes
-- all of it off its accounts.
CREATE TRIGGER sheet_begins_open BEFORE INSERT ON sheet
FOR EACH ROW WHEN (new.status <> 'OPEN') EXECUTE FUNCTION refuse_fixed_sheet();

CREATE FUNCTION check_closed_sheet() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    size bigint;
    total numeric;
    remainder numeric;
BEGIN
    SELECT count(*) FILTER (WHERE NOT l.is_closing),
        coalesce(sum(l.amount_minor) FILTER (WHERE NOT l.is_closing), 0), coalesce(sum(l.amount_minor), 0)
    INTO size, total, remainder
    FROM sheet_line AS l
    WHERE l.platform_id = new.platform_id AND l.sheet_id = new.sheet_id AND l.sheet_id > 0;
    IF size <> new.line_count OR total <> new.total_minor OR remainder <> 0 THEN
        RAISE EXCEPTION 'SHEET_UNEVEN: the lines of sheet % are not its total', new.sheet_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER sheet_is_its_lines AFTER UPDATE ON sheet
FOR EACH ROW WHEN (old.status IN ('OPEN', 'CLOSING') AND new.status NOT IN ('OPEN', 'CLOSING'))
EXECUTE FUNCTION check_closed_sheet();

-- Law: the figures of what became of a total are the sums of its movements. Both are written by one statement.
CREATE FUNCTION refuse_uneven_movements(platform bigint, sheet_number bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    figures bigint[];
    sums numeric[];
BEGIN
    SELECT ARRAY[s.netted_minor, s.retained_minor, s.held_minor, s.withheld_minor, s.payout_minor, s.paid_minor,
        s.collected_minor, s.written_off_minor] INTO figures
    FROM sheet AS s WHERE s.platform_id = platform AND s.sheet_id = sheet_number;
    SELECT ARRAY(
        SELECT coalesce(sum(m.amount_minor), 0)
        FROM unnest(
            ARRAY['NETTED', 'RETAINED', 'HELD', 'WITHHELD', 'PAYOUT', 'PAID', 'COLLECTED', 'WRITTEN_OFF']
        ) WITH ORDINALITY AS k (kind, place)
        LEFT JOIN LATERAL (
            SELECT o.amount_minor FROM sheet_movement AS o
            WHERE o.platform_id = platform AND o.sheet_id = sheet_number AND o.sheet_id > 0 AND o.kind = k.kind
        ) AS m ON true
        GROUP BY k.place ORDER BY k.place
    ) INTO sums;
    IF figures::numeric[] IS DISTINCT FROM sums THEN
        RAISE EXCEPTION 'MOVEMENTS_UNEVEN: the figures of sheet % are not the sums of its movements', sheet_number
            USING ERRCODE = 'check_violation';
    END IF;
END;
$$;

CREATE FUNCTION check_sheet_movements() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_uneven_movements(f.platform_id, f.sheet_id)
    FROM (SELECT DISTINCT m.platform_id, m.sheet_id FROM fresh AS m) AS f;
    RETURN NULL;
END;
$$;

CREATE FUNCTION check_sheet_figures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_uneven_movements(new.platform_id, new.sheet_id);
    RETURN NULL;
END;
$$;

CREATE TRIGGER sheet_movements_are_its_figures AFTER INSERT ON sheet_movement
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_sheet_movements();
CREATE TRIGGER sheet_is_its_movements AFTER UPDATE ON sheet
FOR EACH ROW WHEN (
    (
        new.netted_minor, new.retained_minor, new.held_minor, new.withheld_minor, new.payout_minor, new.paid_minor,
        new.collected_minor, new.written_off_minor
    )
    IS DISTINCT FROM (
        old.netted_minor, old.retained_minor, old.held_minor, old.withheld_minor, old.payout_minor,
        old.paid_minor, old.collected_minor, old.written_off_minor
    )
) EXECUTE FUNCTION check_sheet_figures();

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['sheet_line', 'sheet_movement', 'sheet_history'] LOOP
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE UPDATE OR DELETE OR TRUNCATE ON %I FOR EACH STATEMENT'
            ' EXECUTE FUNCTION refuse_change()', kept || '_is_append_only', kept
        );
    END LOOP;
    FOREACH kept IN ARRAY ARRAY['sheet', 'sheet_account', 'sheet_dispute'] LOOP
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
            kept || '_stays', kept
        );
    END LOOP;
END;
$$;

CALL raise_wall(
    'sheet', 'sheet_opening', 'sheet_account', 'sheet_line', 'sheet_movement', 'sheet_history', 'sheet_dispute'
);

GRANT SELECT, INSERT, UPDATE ON sheet, sheet_opening, sheet_dispute TO splitbook_app;
GRANT SELECT, INSERT, UPDATE (claimed_through) ON sheet_account TO splitbook_app;
GRANT SELECT, INSERT ON sheet_line, sheet_movement, sheet_history TO splitbook_app;

-- A receivable from a party is of a sheet now, so it moves with its document only. (The owner sees all platforms while
-- the wall does not hold for him.)
ALTER TABLE chart_account NO FORCE ROW LEVEL SECURITY;
UPDATE chart_account SET owned_by_document = TRUE
WHERE code = '1200';
ALTER TABLE chart_account FORCE ROW LEVEL SECURITY;

CALL describe_young_tables();
