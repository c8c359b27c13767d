-- Where a legal entity pays from may be replaced, as where a party is paid: the new account retires the one before it.
-- What was sent from the old one keeps it, and is answered as before; what waits is not sent from it any more.
ALTER TABLE paying_account
ADD COLUMN retired_at timestamptz,
DROP CONSTRAINT book_pays_from_one_account,
-- Serves the judging of a registration.
ADD CONSTRAINT paying_account_reference_is_unique UNIQUE (platform_id, book_id, currency, reference);

-- Serves the choice of the account that a payout leaves.
CREATE UNIQUE INDEX book_pays_from_one_account ON paying_account (platform_id, book_id, currency)
WHERE retired_at IS NULL;

GRANT UPDATE (retired_at) ON paying_account TO splitbook_app;

-- Law: a bank account is what it was registered as; it can only be paid from in another way, or retired, once.
DROP TRIGGER paying_account_is_fixed ON paying_account;
CREATE TRIGGER paying_account_is_fixed BEFORE UPDATE ON paying_account
FOR EACH ROW WHEN (
    (new.book_id, new.reference, new.currency, new.identifier, new.holder)
    IS DISTINCT FROM (old.book_id, old.reference, old.currency, old.identifier, old.holder)
    OR old.retired_at IS NOT NULL
) EXECUTE FUNCTION refuse_other_account();

CREATE OR REPLACE FUNCTION is_carried(
    platform bigint, book bigint, wanted text, status text, under_way bigint, payable bigint
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT status = 'PAYMENT_PENDING' AND under_way = 0 AND payable > 0 AND payable < coalesce((
        SELECT a.step_minor + a.fee_minor FROM paying_account AS a
        WHERE a.platform_id = platform AND a.book_id = book AND a.currency = wanted AND a.retired_at IS NULL
    ), 1)
$$;

-- Law: a payout is sent to the account that its party has now, from the one that its legal entity has now, and in the
-- month that its tax was counted in.
CREATE OR REPLACE FUNCTION refuse_outdated_payout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM payee_account AS a
        WHERE a.platform_id = new.platform_id AND a.payee_account_id = new.payee_account_id AND a.retired_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'PAYEE_ACCOUNT_RETIRED: payout % goes to an account that was replaced', new.payout_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM paying_account AS a
        WHERE a.platform_id = new.platform_id AND a.paying_account_id = new.paying_account_id
            AND a.retired_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'PAYING_ACCOUNT_RETIRED: payout % leaves an account that was replaced', new.payout_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF new.tax_month <> date_trunc('month', find_posting_day(new.platform_id, new.book_id, new.submitted_at))::date THEN
        RAISE EXCEPTION 'TAX_MONTH_PASSED: the tax of payout % was counted in the month of %', new.payout_id,
            new.tax_month USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;
