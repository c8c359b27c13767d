-- Whether a payout stands for money that left before a bank told of it: in the place of one that failed, between the
-- same accounts and of the same amount, as a second person agreed to by the word of the bank that a person has seen to,
-- and in a submission that nobody hands over.
CREATE FUNCTION is_agreed_late_payment(
    platform bigint, agreed bigint, replaced bigint, paying bigint, payee bigint, net bigint, submission bigint
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM approval AS a
        INNER JOIN bank_answer AS w
            ON w.platform_id = a.platform_id AND a.subject = 'bank-answer/' || w.bank_answer_id
            AND w.bank_answer_id = substring(a.subject FROM '^bank-answer/([0-9]{1,18})$')::bigint
        INNER JOIN payout AS f ON f.platform_id = w.platform_id AND f.payout_id = w.payout_id
        INNER JOIN payout_submission AS s ON s.platform_id = f.platform_id AND s.submission_id = submission
        WHERE a.platform_id = platform AND a.approval_id = agreed AND a.kind = 'LATE_PAYMENT'
            AND a.status = 'GRANTED' AND w.kind = 'PAID' AND w.status = 'DISMISSED' AND f.status = 'FAILED'
            AND (f.paying_account_id, f.payee_account_id, f.net_minor) = (paying, payee, net)
            AND replaced = CASE f.takes_from WHEN '2016' THEN f.replaces ELSE f.payout_id END
            AND s.answered_at IS NOT NULL
    )
$$;

-- Law: a payout is sent to the account that its party has now, from the one that its legal entity has now, and in the
-- month that its tax was counted in. What left already, as two persons say, is between the accounts of then.
CREATE OR REPLACE FUNCTION refuse_outdated_payout() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    retired text;
BEGIN
    IF EXISTS (
        SELECT 1 FROM payee_account AS a
        WHERE a.platform_id = new.platform_id AND a.payee_account_id = new.payee_account_id AND a.retired_at IS NOT NULL
    ) THEN
        retired := format('PAYEE_ACCOUNT_RETIRED: payout %s goes to an account that was replaced', new.payout_id);
    ELSIF EXISTS (
        SELECT 1 FROM paying_account AS a
        WHERE a.platform_id = new.platform_id AND a.paying_account_id = new.paying_account_id
            AND a.retired_at IS NOT NULL
    ) THEN
        retired := format('PAYING_ACCOUNT_RETIRED: payout %s leaves an account that was replaced', new.payout_id);
    END IF;
    IF retired IS NOT NULL AND NOT is_agreed_late_payment(
        new.platform_id, new.approval_id, new.replaces, new.paying_account_id, new.payee_account_id, new.net_minor,
        new.submission_id
    ) THEN
        RAISE EXCEPTION '%', retired USING ERRCODE = 'check_violation';
    END IF;
    IF new.tax_month <> date_trunc('month', find_posting_day(new.platform_id, new.book_id, new.submitted_at))::date THEN
        RAISE EXCEPTION 'TAX_MONTH_PASSED: the tax of payout % was counted in the month of %', new.payout_id,
            new.tax_month USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

-- Law: what has its outcome is not handed over again.
CREATE FUNCTION refuse_reopened_submission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'SUBMISSION_ANSWERED: submission % has its outcome', old.submission_id
        USING ERRCODE = 'check_violation';
END;
$$;

CREATE TRIGGER submission_is_answered_once BEFORE UPDATE ON payout_submission
FOR EACH ROW WHEN (old.answered_at IS NOT NULL AND new.answered_at IS DISTINCT FROM old.answered_at)
EXECUTE FUNCTION refuse_reopened_submission();
