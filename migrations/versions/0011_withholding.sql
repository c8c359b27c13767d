-- Holds, deposits and retentions, adjustments: money that is owed and may not be paid yet, with reason and date, and
-- the corrections that people decide. Amounts are minor units. Documents are written after their entries, in the same
-- transaction, under the log's lock; each statement writes a document together with its movements, and the laws over
-- both are checked at its end.

-- ---------------------------------------------------------------------------------------------------------------------
-- 2060 and 1220 are moved by deposits alone from now on; what was posted there before stays.

ALTER TABLE chart_account NO FORCE ROW LEVEL SECURITY;
UPDATE chart_account SET owned_by_document = TRUE
WHERE code IN ('1220', '2060');
ALTER TABLE chart_account FORCE ROW LEVEL SECURITY;

-- ---------------------------------------------------------------------------------------------------------------------
-- How far a follower of the log has read; it never goes back.
CREATE TABLE log_follower (
    platform_id bigint NOT NULL REFERENCES platform,
    sequence bigint NOT NULL CHECK (sequence >= 0),
    name text NOT NULL CHECK (name <> ''),
    PRIMARY KEY (platform_id, name)
);

CREATE FUNCTION refuse_reading_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'FOLLOWER_GOES_FORWARD: % has read the log up to %', old.name, old.sequence
        USING ERRCODE = 'check_violation';
END;
$$;

CREATE TRIGGER follower_goes_forward BEFORE UPDATE ON log_follower
FOR EACH ROW WHEN (new.sequence < old.sequence) EXECUTE FUNCTION refuse_reading_again();

-- ---------------------------------------------------------------------------------------------------------------------
-- Holds. Indexes are partial, so that none offers itself by its prefix for a look-up by a whole key.

-- What of a party's money may not be paid yet: out of accrued money (by line, account_code) or out of a closed sheet
-- (2015, sheet_id). It goes to 2050 and comes back where it came from.
CREATE TABLE hold (
    platform_id bigint NOT NULL REFERENCES platform,
    hold_id bigint GENERATED ALWAYS AS IDENTITY,
    party_id bigint NOT NULL,
    book_id bigint NOT NULL,
    sheet_id bigint,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    lifted_minor bigint NOT NULL,
    placed_at timestamptz NOT NULL,
    expected_release_date date NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    account_code text NOT NULL,
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
    reason text NOT NULL CHECK (
        reason IN (
            'DISPUTE', 'RISK_REVIEW', 'LEGAL_ORDER', 'RETURNS_RESERVE', 'IDENTITY_CHECK', 'CONTRACT_BREACH', 'OTHER'
        )
    ),
    legal_ground text NOT NULL CHECK (length(legal_ground) BETWEEN 1 AND 1000),
    release_condition text NOT NULL CHECK (length(release_condition) BETWEEN 1 AND 1000),
    release_rule text NOT NULL CHECK (release_rule IN ('ON_DATE', 'BY_DISPUTE', 'BY_HAND')),
    order_reference text NOT NULL,
    line_reference text NOT NULL,
    dispute_reference text NOT NULL,
    placed_by text NOT NULL,
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    PRIMARY KEY (platform_id, hold_id),
    -- Serves the replay of a placing.
    CONSTRAINT hold_is_placed_once UNIQUE (platform_id, reference),
    CONSTRAINT hold_is_of_a_party FOREIGN KEY (platform_id, party_id) REFERENCES party (platform_id, party_id),
    CONSTRAINT hold_is_of_a_book FOREIGN KEY (platform_id, book_id) REFERENCES book (platform_id, book_id),
    CONSTRAINT hold_is_of_a_sheet FOREIGN KEY (platform_id, sheet_id) REFERENCES sheet (platform_id, sheet_id),
    CONSTRAINT hold_is_on_accrued_money_or_on_a_sheet CHECK (
        account_code IN ('2010', '2015', '2020', '2030', '2041', '2042', '2043')
        AND (account_code = '2015') = (sheet_id IS NOT NULL)
    ),
    CONSTRAINT hold_lifts_at_most_what_it_holds CHECK (lifted_minor BETWEEN 0 AND amount_minor),
    CONSTRAINT dispute_hold_names_its_dispute CHECK ((release_rule = 'BY_DISPUTE') = (dispute_reference <> '')),
    CONSTRAINT held_line_names_its_order CHECK (line_reference = '' OR order_reference <> '')
) WITH (fillfactor = 80);

-- Serves a party's open holds, and with them what stands on 2050.
CREATE INDEX hold_by_party ON hold (platform_id, party_id, hold_id) WHERE lifted_minor < amount_minor;
-- Serves the automatic release, and the list of holds that ought to have ended.
CREATE INDEX hold_by_date ON hold (platform_id, expected_release_date, hold_id) WHERE lifted_minor < amount_minor;
-- Serves the release when a dispute ends.
CREATE INDEX hold_by_dispute ON hold (platform_id, dispute_reference, hold_id) WHERE dispute_reference <> '';
-- Serves "why is this order not paid".
CREATE INDEX hold_by_order ON hold (platform_id, order_reference, hold_id) WHERE order_reference <> '';
-- Serves the holds of a sheet.
CREATE INDEX hold_by_sheet ON hold (platform_id, sheet_id, hold_id) WHERE sheet_id IS NOT NULL;

-- Each step of a hold with the entry that moved its money.
CREATE TABLE hold_movement (
    platform_id bigint NOT NULL,
    hold_id bigint NOT NULL,
    sequence bigint NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    moved_at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('PLACED', 'LIFTED')),
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 300),
    reason text NOT NULL CHECK (reason <> ''),
    actor text NOT NULL,
    PRIMARY KEY (platform_id, hold_id, sequence),
    -- Serves the replay of a lifting.
    CONSTRAINT hold_moves_once UNIQUE (platform_id, hold_id, reference),
    CONSTRAINT movement_is_of_a_hold FOREIGN KEY (platform_id, hold_id) REFERENCES hold (platform_id, hold_id)
);

-- Law: a line of the entry is what a movement says: this amount of this party on this account and side.
CREATE FUNCTION is_posted(
    platform bigint, entry_sequence bigint, moved_code text, moved_party bigint, moved_side text, moved bigint
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM line AS l
        CROSS JOIN LATERAL (
            SELECT o.code, o.party_id FROM account AS o
            WHERE o.platform_id = l.platform_id AND o.account_id = l.account_id LIMIT 1
        ) AS a
        WHERE l.platform_id = platform AND l.sequence = entry_sequence AND l.side = moved_side AND l.amount = moved
            AND a.code = moved_code AND a.party_id IS NOT DISTINCT FROM moved_party
    )
$$;

-- Law: a hold never takes more accrued money than there is: after its line the account is not below zero. (2015 has a
-- floor of its own, and a sheet has its law.)
CREATE FUNCTION is_left_covered(platform bigint, entry_sequence bigint, held_code text, held_party bigint)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(bool_and(l.credit_after >= l.debit_after), false) FROM line AS l
    CROSS JOIN LATERAL (
        SELECT o.code, o.party_id FROM account AS o
        WHERE o.platform_id = l.platform_id AND o.account_id = l.account_id LIMIT 1
    ) AS a
    WHERE l.platform_id = platform AND l.sequence = entry_sequence AND a.code = held_code AND a.party_id = held_party
$$;

CREATE FUNCTION check_hold_movements() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT m.hold_id, h.account_code,
        CASE
            WHEN NOT is_posted(
                m.platform_id, m.sequence, '2050', h.party_id, CASE m.kind WHEN 'PLACED' THEN 'C' ELSE 'D' END,
                m.amount_minor
            ) OR NOT is_posted(
                m.platform_id, m.sequence, h.account_code, h.party_id, CASE m.kind WHEN 'PLACED' THEN 'D' ELSE 'C' END,
                m.amount_minor
            ) THEN 'HOLD_NOT_POSTED'
            ELSE 'HOLD_EXCEEDS_PAYABLE'
        END AS law
    INTO broken
    FROM fresh AS m
    CROSS JOIN LATERAL (
        SELECT o.party_id, o.account_code FROM hold AS o
        WHERE o.platform_id = m.platform_id AND o.hold_id = m.hold_id LIMIT 1
    ) AS h
    WHERE NOT is_posted(
        m.platform_id, m.sequence, '2050', h.party_id, CASE m.kind WHEN 'PLACED' THEN 'C' ELSE 'D' END, m.amount_minor
    ) OR NOT is_posted(
        m.platform_id, m.sequence, h.account_code, h.party_id, CASE m.kind WHEN 'PLACED' THEN 'D' ELSE 'C' END,
        m.amount_minor
    ) OR (
        m.kind = 'PLACED' AND h.account_code <> '2015'
        AND NOT is_left_covered(m.platform_id, m.sequence, h.account_code, h.party_id)
    )
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: hold % on %', broken.law, broken.hold_id, broken.account_code
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER hold_movement_is_posted AFTER INSERT ON hold_movement
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_hold_movements();

-- Law: a hold is the sum of its movements. Checked wherever either changes.
CREATE FUNCTION check_hold_sums() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken bigint;
BEGIN
    SELECT h.hold_id INTO broken
    FROM (SELECT DISTINCT f.platform_id, f.hold_id FROM fresh AS f) AS k
    CROSS JOIN LATERAL (
        SELECT o.hold_id, o.amount_minor, o.lifted_minor FROM hold AS o
        WHERE o.platform_id = k.platform_id AND o.hold_id = k.hold_id LIMIT 1
    ) AS h
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'PLACED'), 0) AS placed,
            coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'LIFTED'), 0) AS lifted
        FROM hold_movement AS m WHERE m.platform_id = k.platform_id AND m.hold_id = k.hold_id
    ) AS s ON true
    WHERE h.amount_minor <> s.placed OR h.lifted_minor <> s.lifted
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'HOLD_UNEVEN: hold % is not the sum of its movements', broken USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER hold_is_the_sum_of_its_movements AFTER INSERT ON hold
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_hold_sums();
CREATE TRIGGER hold_stays_the_sum_of_its_movements AFTER UPDATE ON hold
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_hold_sums();
CREATE TRIGGER movements_add_up_to_their_hold AFTER INSERT ON hold_movement
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_hold_sums();

-- ---------------------------------------------------------------------------------------------------------------------
-- Deposits and warranty retentions

-- What a party agreed to leave with us. PERIOD_NET: `rate` of every positive sheet, up to cap_minor in all. TARGET:
-- until target_minor is reached (a fixed amount, or `rate` of a stated base_minor); what sheets do not cover waits for
-- the next one or is billed (1220). Each part of it is a slice that ends `months` after it began.
CREATE TABLE deposit_agreement (
    platform_id bigint NOT NULL REFERENCES platform,
    agreement_id bigint GENERATED ALWAYS AS IDENTITY,
    party_id bigint NOT NULL,
    book_id bigint NOT NULL,
    base_minor bigint CHECK (base_minor > 0),
    target_minor bigint CHECK (target_minor > 0),
    cap_minor bigint CHECK (cap_minor > 0),
    agreed_at timestamptz NOT NULL,
    ended_at timestamptz,
    months smallint NOT NULL CHECK (months BETWEEN 1 AND 600),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
    kind text NOT NULL CHECK (kind IN ('SEC', 'WAR')),
    role text NOT NULL CHECK (role IN ('MERCHANT', 'AGENT', 'DISTRIBUTOR', 'SUPPLIER')),
    basis text NOT NULL CHECK (basis IN ('PERIOD_NET', 'TARGET')),
    rate text NOT NULL CHECK (rate = '' OR rate ~ '^(1|0\.[0-9]{0,9}[1-9])$'),
    shortfall text NOT NULL CHECK (shortfall IN ('WAIT', 'BILL')),
    release text NOT NULL CHECK (release IN ('ON_DATE', 'BY_HAND')),
    legal_ground text NOT NULL CHECK (length(legal_ground) BETWEEN 1 AND 1000),
    agreed_by text NOT NULL,
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    PRIMARY KEY (platform_id, agreement_id),
    CONSTRAINT deposit_is_agreed_once UNIQUE (platform_id, reference),
    CONSTRAINT agreement_is_of_a_party FOREIGN KEY (platform_id, party_id) REFERENCES party (platform_id, party_id),
    CONSTRAINT agreement_is_of_a_book FOREIGN KEY (platform_id, book_id) REFERENCES book (platform_id, book_id),
    CONSTRAINT agreement_says_how_much CHECK (
        CASE basis
            WHEN 'PERIOD_NET' THEN rate <> '' AND target_minor IS NULL AND base_minor IS NULL AND shortfall = 'WAIT'
            ELSE target_minor IS NOT NULL AND cap_minor IS NULL AND (rate <> '') = (base_minor IS NOT NULL)
        END
    )
);

-- Serves the agreements that a closed sheet falls under.
CREATE INDEX deposit_agreement_by_party ON deposit_agreement (platform_id, party_id, agreement_id)
WHERE agreement_id > 0;

-- A part of a deposit with its own dates. `principal_minor` is what ever went to 2060 for it, `due_minor` what of that
-- is billed on 1220 and not received; what is left is principal less claimed, released and forfeited.
CREATE TABLE deposit_slice (
    platform_id bigint NOT NULL,
    slice_id bigint GENERATED ALWAYS AS IDENTITY,
    agreement_id bigint NOT NULL,
    party_id bigint NOT NULL,
    book_id bigint NOT NULL,
    sheet_id bigint,
    principal_minor bigint NOT NULL CHECK (principal_minor > 0),
    due_minor bigint NOT NULL CHECK (due_minor >= 0),
    claimed_minor bigint NOT NULL CHECK (claimed_minor >= 0),
    released_minor bigint NOT NULL CHECK (released_minor >= 0),
    forfeited_minor bigint NOT NULL CHECK (forfeited_minor >= 0),
    opened_at timestamptz NOT NULL,
    start_date date NOT NULL,
    end_date date NOT NULL,
    -- The day after its end: then it may go back.
    releasable_date date NOT NULL,
    currency text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('SEC', 'WAR')),
    release text NOT NULL CHECK (release IN ('ON_DATE', 'BY_HAND')),
    status text NOT NULL,
    PRIMARY KEY (platform_id, slice_id),
    CONSTRAINT slice_is_of_an_agreement FOREIGN KEY (platform_id, agreement_id)
    REFERENCES deposit_agreement (platform_id, agreement_id),
    CONSTRAINT slice_is_of_a_sheet FOREIGN KEY (platform_id, sheet_id) REFERENCES sheet (platform_id, sheet_id),
    CONSTRAINT slice_is_releasable_the_day_after_its_end CHECK (
        releasable_date = end_date + 1 AND end_date >= start_date
    ),
    -- Nothing that was never received can be claimed, released or forfeited.
    CONSTRAINT slice_gives_at_most_what_it_holds CHECK (
        principal_minor - claimed_minor - released_minor - forfeited_minor >= due_minor
    ),
    CONSTRAINT slice_stands_where_its_money_stands CHECK (
        CASE
            WHEN principal_minor = claimed_minor + released_minor + forfeited_minor
                THEN status = CASE
                    WHEN forfeited_minor > 0 THEN 'FORFEITED' WHEN released_minor > 0 THEN 'RELEASED' ELSE 'CLAIMED'
                END
            WHEN due_minor > 0 THEN status = 'DUE'
            ELSE status IN ('HELD', 'RELEASABLE')
        END
    )
) WITH (fillfactor = 80);

-- A sheet is retained from once per agreement.
CREATE UNIQUE INDEX sheet_is_retained_from_once ON deposit_slice (platform_id, agreement_id, sheet_id)
WHERE sheet_id IS NOT NULL;
-- Serves the slices of an agreement, and how much of it is reached.
CREATE INDEX deposit_slice_by_agreement ON deposit_slice (platform_id, agreement_id, slice_id)
WHERE slice_id > 0;
-- Serves a party's open slices, and with them what stands on 2060.
CREATE INDEX deposit_slice_by_party ON deposit_slice (platform_id, party_id, slice_id)
WHERE status IN ('DUE', 'HELD', 'RELEASABLE');
-- Serves the release by date.
CREATE INDEX deposit_slice_by_date ON deposit_slice (platform_id, releasable_date, slice_id)
WHERE status IN ('HELD', 'RELEASABLE');

-- Each step of a slice with the entry that moved its money. BILLED 1220 to 2060; PAID and OFFSET bring a billed amount
-- in, in cash or out of a sheet; RECEIVED cash and RETAINED from a sheet come in without a bill. A sheet is named where
-- its 2015 moved.
CREATE TABLE deposit_movement (
    platform_id bigint NOT NULL,
    slice_id bigint NOT NULL,
    sequence bigint NOT NULL,
    sheet_id bigint,
    counterparty_id bigint,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    moved_at timestamptz NOT NULL,
    kind text NOT NULL CHECK (
        kind IN ('BILLED', 'RECEIVED', 'RETAINED', 'PAID', 'OFFSET', 'CLAIMED', 'RELEASED', 'FORFEITED')
    ),
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 300),
    reason text NOT NULL,
    actor text NOT NULL,
    PRIMARY KEY (platform_id, slice_id, sequence),
    -- Serves the replay of a step; a release that goes back to several sheets has a row for each.
    CONSTRAINT slice_moves_once UNIQUE NULLS NOT DISTINCT (platform_id, slice_id, kind, reference, sheet_id),
    CONSTRAINT movement_is_of_a_slice FOREIGN KEY (platform_id, slice_id)
    REFERENCES deposit_slice (platform_id, slice_id),
    CONSTRAINT retained_money_has_its_sheet CHECK (kind NOT IN ('RETAINED', 'OFFSET') OR sheet_id IS NOT NULL)
);

-- Serves the replay of a receipt or a bill, which may have touched several slices.
CREATE INDEX deposit_movement_by_cash ON deposit_movement (platform_id, reference, sequence)
WHERE kind IN ('BILLED', 'RECEIVED', 'PAID');

CREATE FUNCTION check_deposit_movements() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT m.slice_id, m.kind, m.sequence INTO broken
    FROM fresh AS m
    CROSS JOIN LATERAL (
        SELECT o.party_id FROM deposit_slice AS o
        WHERE o.platform_id = m.platform_id AND o.slice_id = m.slice_id LIMIT 1
    ) AS s
    WHERE NOT is_posted(
        m.platform_id, m.sequence, CASE WHEN m.kind IN ('PAID', 'OFFSET') THEN '1220' ELSE '2060' END, s.party_id,
        CASE WHEN m.kind IN ('BILLED', 'RECEIVED', 'RETAINED', 'PAID', 'OFFSET') THEN 'C' ELSE 'D' END, m.amount_minor
    ) OR (m.kind = 'BILLED' AND NOT is_posted(m.platform_id, m.sequence, '1220', s.party_id, 'D', m.amount_minor))
        OR (
            m.kind IN ('RETAINED', 'OFFSET')
            AND NOT is_posted(m.platform_id, m.sequence, '2015', s.party_id, 'D', m.amount_minor)
        )
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'DEPOSIT_NOT_POSTED: entry % is not what slice % says (%)',
            broken.sequence, broken.slice_id, broken.kind USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER deposit_movement_is_posted AFTER INSERT ON deposit_movement
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_deposit_movements();

-- Law: a slice is the sum of its movements.
CREATE FUNCTION check_slice_sums() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken bigint;
BEGIN
    SELECT d.slice_id INTO broken
    FROM (SELECT DISTINCT f.platform_id, f.slice_id FROM fresh AS f) AS k
    CROSS JOIN LATERAL (
        SELECT o.slice_id, o.principal_minor, o.due_minor, o.claimed_minor, o.released_minor, o.forfeited_minor
        FROM deposit_slice AS o WHERE o.platform_id = k.platform_id AND o.slice_id = k.slice_id LIMIT 1
    ) AS d
    LEFT JOIN LATERAL (
        SELECT
            coalesce(sum(m.amount_minor) FILTER (WHERE m.kind IN ('BILLED', 'RECEIVED', 'RETAINED')), 0) AS principal,
            coalesce(sum(CASE m.kind WHEN 'BILLED' THEN m.amount_minor ELSE -m.amount_minor END)
            FILTER (WHERE m.kind IN ('BILLED', 'PAID', 'OFFSET')), 0) AS due,
            coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'CLAIMED'), 0) AS claimed,
            coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'RELEASED'), 0) AS released,
            coalesce(sum(m.amount_minor) FILTER (WHERE m.kind = 'FORFEITED'), 0) AS forfeited
        FROM deposit_movement AS m WHERE m.platform_id = k.platform_id AND m.slice_id = k.slice_id
    ) AS s ON true
    WHERE (d.principal_minor, d.due_minor, d.claimed_minor, d.released_minor, d.forfeited_minor)
        IS DISTINCT FROM (s.principal, s.due, s.claimed, s.released, s.forfeited)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'SLICE_UNEVEN: slice % is not the sum of its movements', broken
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER slice_is_the_sum_of_its_movements AFTER INSERT ON deposit_slice
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_slice_sums();
CREATE TRIGGER slice_stays_the_sum_of_its_movements AFTER UPDATE ON deposit_slice
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_slice_sums();
CREATE TRIGGER movements_add_up_to_their_slice AFTER INSERT ON deposit_movement
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_slice_sums();

-- ---------------------------------------------------------------------------------------------------------------------
-- Adjustments

-- A person's correction of what a party is owed, as a document: for the party (5060), against it (4040), or from one
-- party's share to another's. Posted when approved, or at once where no approval is asked for.
CREATE TABLE adjustment (
    platform_id bigint NOT NULL REFERENCES platform,
    party_id bigint NOT NULL,
    counterparty_id bigint,
    book_id bigint NOT NULL,
    approval_id bigint,
    -- Its entry in the log.
    sequence bigint,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    proposed_at timestamptz NOT NULL,
    decided_at timestamptz,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
    kind text NOT NULL CHECK (kind IN ('PENALTY', 'COMPENSATION', 'CORRECTION', 'TRANSFER')),
    debit_code text NOT NULL,
    credit_code text NOT NULL,
    status text NOT NULL CHECK (status IN ('PROPOSED', 'POSTED', 'REJECTED')),
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
    order_reference text NOT NULL,
    line_reference text NOT NULL,
    rejection text NOT NULL DEFAULT '',
    proposed_by text NOT NULL,
    decided_by text NOT NULL DEFAULT '',
    attachment_sha256 bytea CHECK (length(attachment_sha256) = 32),
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    CONSTRAINT adjustment_is_proposed_once PRIMARY KEY (platform_id, reference),
    CONSTRAINT adjustment_is_of_a_party FOREIGN KEY (platform_id, party_id) REFERENCES party (platform_id, party_id),
    CONSTRAINT adjustment_is_against_a_party FOREIGN KEY (platform_id, counterparty_id)
    REFERENCES party (platform_id, party_id),
    CONSTRAINT adjustment_is_of_a_book FOREIGN KEY (platform_id, book_id) REFERENCES book (platform_id, book_id),
    CONSTRAINT adjusted_line_names_its_order CHECK (line_reference = '' OR order_reference <> ''),
    CONSTRAINT adjustment_moves_what_its_kind_says CHECK (
        CASE kind
            WHEN 'PENALTY' THEN credit_code = '4040' AND counterparty_id IS NULL
            WHEN 'COMPENSATION' THEN debit_code = '5060' AND counterparty_id IS NULL
            WHEN 'CORRECTION' THEN debit_code = credit_code AND counterparty_id <> party_id
            ELSE counterparty_id IS NOT NULL AND (debit_code <> credit_code OR counterparty_id <> party_id)
        END
        AND (kind = 'COMPENSATION' OR debit_code IN ('2010', '2020', '2030', '2041', '2042', '2043'))
        AND (kind = 'PENALTY' OR credit_code IN ('2010', '2020', '2030', '2041', '2042', '2043'))
    ),
    CONSTRAINT posted_adjustment_has_its_entry CHECK ((status = 'POSTED') = (sequence IS NOT NULL)),
    CONSTRAINT decided_adjustment_has_its_time CHECK ((status = 'PROPOSED') = (decided_at IS NULL))
);

-- Serves a party's adjustments, in the order in which they were proposed.
CREATE INDEX adjustment_by_party ON adjustment (platform_id, party_id, proposed_at, reference)
WHERE party_id > 0;
CREATE INDEX adjustment_by_counterparty ON adjustment (platform_id, counterparty_id, proposed_at, reference)
WHERE counterparty_id IS NOT NULL;
-- Serves what waits for a decision.
CREATE INDEX adjustment_waiting ON adjustment (platform_id, proposed_at, reference) WHERE status = 'PROPOSED';
-- Serves the adjustments of an order.
CREATE INDEX adjustment_by_order ON adjustment (platform_id, order_reference, reference) WHERE order_reference <> '';

-- Law: what was proposed is what is decided, and what is posted stays so. What was rejected may be asked for again.
CREATE FUNCTION refuse_new_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'DOCUMENT_FIXED: % keeps what it was made with', tg_table_name USING ERRCODE = 'check_violation';
END;
$$;

CREATE TRIGGER adjustment_keeps_what_was_proposed BEFORE UPDATE ON adjustment
FOR EACH ROW WHEN (
    old.status = 'POSTED'
    OR (
        new.reference, new.party_id, new.counterparty_id, new.book_id, new.amount_minor, new.currency, new.kind,
        new.debit_code, new.credit_code, new.reason, new.order_reference, new.line_reference, new.attachment_sha256,
        new.fingerprint, new.proposed_by, new.proposed_at
    ) IS DISTINCT FROM (
        old.reference, old.party_id, old.counterparty_id, old.book_id, old.amount_minor, old.currency, old.kind,
        old.debit_code, old.credit_code, old.reason, old.order_reference, old.line_reference, old.attachment_sha256,
        old.fingerprint, old.proposed_by, old.proposed_at
    )
) EXECUTE FUNCTION refuse_new_proposal();
CREATE TRIGGER hold_keeps_its_ground BEFORE UPDATE ON hold
FOR EACH ROW WHEN (
    new.lifted_minor < old.lifted_minor
    OR (
        new.reference, new.party_id, new.book_id, new.sheet_id, new.account_code, new.currency, new.amount_minor,
        new.reason, new.legal_ground, new.release_condition, new.release_rule, new.expected_release_date,
        new.order_reference, new.line_reference, new.dispute_reference, new.placed_by, new.placed_at, new.fingerprint
    ) IS DISTINCT FROM (
        old.reference, old.party_id, old.book_id, old.sheet_id, old.account_code, old.currency, old.amount_minor,
        old.reason, old.legal_ground, old.release_condition, old.release_rule, old.expected_release_date,
        old.order_reference, old.line_reference, old.dispute_reference, old.placed_by, old.placed_at, old.fingerprint
    )
) EXECUTE FUNCTION refuse_new_proposal();
CREATE TRIGGER slice_keeps_its_dates BEFORE UPDATE ON deposit_slice
FOR EACH ROW WHEN (
    (
        new.agreement_id, new.party_id, new.book_id, new.sheet_id, new.currency, new.kind, new.start_date,
        new.end_date, new.releasable_date, new.principal_minor, new.opened_at
    ) IS DISTINCT FROM (
        old.agreement_id, old.party_id, old.book_id, old.sheet_id, old.currency, old.kind, old.start_date,
        old.end_date, old.releasable_date, old.principal_minor, old.opened_at
    )
) EXECUTE FUNCTION refuse_new_proposal();
-- Law: a posted adjustment's entry is what it says.
CREATE FUNCTION check_adjustments() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken text;
BEGIN
    SELECT a.reference INTO broken FROM fresh AS a
    WHERE a.status = 'POSTED' AND NOT (
        is_posted(
            a.platform_id, a.sequence, a.debit_code, CASE WHEN a.kind <> 'COMPENSATION' THEN a.party_id END, 'D',
            a.amount_minor
        )
        AND is_posted(
            a.platform_id, a.sequence, a.credit_code,
            CASE a.kind WHEN 'PENALTY' THEN NULL WHEN 'COMPENSATION' THEN a.party_id ELSE a.counterparty_id END, 'C',
            a.amount_minor
        )
    )
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ADJUSTMENT_NOT_POSTED: the entry of % is not what it says', broken
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER adjustment_is_posted AFTER INSERT ON adjustment
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_adjustments();
CREATE TRIGGER adjustment_stays_posted AFTER UPDATE ON adjustment
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_adjustments();

-- ---------------------------------------------------------------------------------------------------------------------
-- Documents stay; movements never change.

CREATE TRIGGER hold_movement_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON hold_movement
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER deposit_movement_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON deposit_movement
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DO $$
DECLARE
    document text;
BEGIN
    FOREACH document IN ARRAY ARRAY['hold', 'deposit_agreement', 'deposit_slice', 'adjustment'] LOOP
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
            document || '_stays', document
        );
    END LOOP;
END;
$$;

CALL raise_wall(
    'log_follower', 'hold', 'hold_movement', 'deposit_agreement', 'deposit_slice', 'deposit_movement', 'adjustment'
);

GRANT SELECT, INSERT ON hold_movement, deposit_movement TO splitbook_app;
GRANT SELECT, INSERT, UPDATE (ended_at) ON deposit_agreement TO splitbook_app;
GRANT SELECT, INSERT, UPDATE ON log_follower, hold, deposit_slice, adjustment TO splitbook_app;
GRANT USAGE ON SEQUENCE hold_hold_id_seq, deposit_agreement_agreement_id_seq, deposit_slice_slice_id_seq
TO splitbook_app;

CALL describe_young_tables();
