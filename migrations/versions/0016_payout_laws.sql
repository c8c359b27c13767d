-- Laws of payouts that stood in code alone, and the way back from an acceptance that a bank takes back; what a rejected
-- refund brings back for a receiver who cannot be credited any more.

-- The day that an entry of an instant is dated: that of the book's zone, or the first that is not closed.
CREATE FUNCTION find_posting_day(platform bigint, book bigint, at timestamptz) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT greatest((at AT TIME ZONE b.time_zone)::date, b.closed_through + 1) FROM book AS b
    WHERE b.platform_id = platform AND b.book_id = book
$$;

-- Law: a payout goes its way and no other; what it was created with stays. A bank may refuse what it had accepted: it
-- is the statement that says what has left, not the acceptance.
CREATE OR REPLACE FUNCTION refuse_stray_payout() RETURNS trigger LANGUAGE plpgsql AS $$
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
        'SUBMITTED FAILED', 'UNKNOWN ACCEPTED', 'UNKNOWN FAILED', 'ACCEPTED PAID', 'ACCEPTED FAILED', 'PAID RETURNED'
    ) THEN
        RAISE EXCEPTION 'PAYOUT_STATE: payout % cannot go from % to %', old.payout_id, old.status, new.status
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;

-- Serves the acceptances that say that the money has left.
CREATE INDEX bank_answer_settled ON bank_answer (platform_id, channel_key)
WHERE kind = 'ACCEPTED' AND reason IN ('ACSC', 'ACCC');

-- Whether a bank says of a transfer that it was paid: in an answer that fits nothing and waits, or in an acceptance
-- that says that the money has left, unless a person has dismissed that.
CREATE FUNCTION is_said_paid(platform bigint, payout_key text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM bank_answer AS a
        WHERE a.platform_id = platform AND a.channel_key = payout_key AND a.status = 'UNMATCHED' AND a.kind = 'PAID'
    ) OR EXISTS (
        SELECT 1 FROM bank_answer AS a
        WHERE a.platform_id = platform AND a.channel_key = payout_key AND a.kind = 'ACCEPTED'
            AND a.reason IN ('ACSC', 'ACCC') AND (a.status <> 'DISMISSED' OR a.refusal = 'ANSWER_REPEATED')
    )
$$;

-- Law: what a bank says was paid is not released, and money of a sheet that it says was paid is not sent, before
-- somebody has seen to that answer. The answers are few: those that fit no payout and wait.
CREATE FUNCTION refuse_payout_said_paid() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said bigint;
BEGIN
    IF is_said_paid(new.platform_id, new.channel_key) THEN
        said := new.payout_id;
    ELSIF new.status = 'SUBMITTED' THEN
        SELECT o.payout_id INTO said
        FROM payout_sheet AS s
        INNER JOIN payout_sheet AS o ON o.platform_id = s.platform_id AND o.sheet_id = s.sheet_id AND o.sheet_id > 0
        INNER JOIN payout AS p ON p.platform_id = o.platform_id AND p.payout_id = o.payout_id
        INNER JOIN bank_answer AS a ON a.platform_id = p.platform_id AND a.channel_key = p.channel_key
        WHERE s.platform_id = new.platform_id AND s.payout_id = new.payout_id AND a.status = 'UNMATCHED'
            AND (a.kind = 'PAID' OR (a.kind = 'ACCEPTED' AND a.reason IN ('ACSC', 'ACCC')))
        LIMIT 1;
    END IF;
    IF said IS NOT NULL THEN
        RAISE EXCEPTION 'BANK_SAYS_PAID: payout % cannot be %, a bank says that payout % was paid', new.payout_id,
            new.status, said USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER payout_said_paid_stays AFTER UPDATE OF status ON payout
FOR EACH ROW WHEN (new.status <> old.status AND new.status IN ('SUBMITTED', 'FAILED', 'CANCELLED'))
EXECUTE FUNCTION refuse_payout_said_paid();

-- Law: a payout is sent to the account that its party has now, and in the month that its tax was counted in.
CREATE FUNCTION refuse_outdated_payout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM payee_account AS a
        WHERE a.platform_id = new.platform_id AND a.payee_account_id = new.payee_account_id AND a.retired_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'PAYEE_ACCOUNT_RETIRED: payout % goes to an account that was replaced', new.payout_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF new.tax_month <> date_trunc('month', find_posting_day(new.platform_id, new.book_id, new.submitted_at))::date THEN
        RAISE EXCEPTION 'TAX_MONTH_PASSED: the tax of payout % was counted in the month of %', new.payout_id,
            new.tax_month USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER payout_is_sent_as_things_are AFTER UPDATE OF status ON payout
FOR EACH ROW WHEN (old.status = 'CREATED' AND new.status = 'SUBMITTED') EXECUTE FUNCTION refuse_outdated_payout();

-- A refund from before the split that is rejected after it brings back a part of shares that were posted whole. Where a
-- receiver cannot be credited by then, that part waits: `outside_minor` is what of the share he has beside it. An item
-- that went to its owner is opened again; `times` counts how often it was.
ALTER TABLE suspense_item
ADD COLUMN outside_minor bigint NOT NULL DEFAULT 0 CONSTRAINT suspense_leaves_no_debt CHECK (outside_minor >= 0),
ADD COLUMN times integer NOT NULL DEFAULT 1 CHECK (times > 0),
ADD CONSTRAINT released_share_is_whole_again CHECK (status <> 'OWNER' OR outside_minor = 0);

-- Whether what a sheet still has to be paid is less than its legal entity's bank account can pay by itself (a step of
-- the channel, after the party's fee): it is carried into the next payout that is large enough, and is not overdue.
CREATE FUNCTION is_carried(
    platform bigint, book bigint, wanted text, status text, under_way bigint, payable bigint
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT status = 'PAYMENT_PENDING' AND under_way = 0 AND payable > 0 AND payable < coalesce((
        SELECT a.step_minor + a.fee_minor FROM paying_account AS a
        WHERE a.platform_id = platform AND a.book_id = book AND a.currency = wanted
    ), 1)
$$;
