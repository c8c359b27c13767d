-- Where a sheet may stand after one writing, by where it stood before: a writing may take several steps of its life
-- (README "Life of a sheet"), such as from closed to what is to be paid where nobody has to agree. What was presented
-- does not go back behind that, what is disputed is presented again before it is paid, and what is finished comes back
-- only to be paid or collected. Nothing leads to INVOICE_MATCHED yet.
CREATE FUNCTION is_sheet_way(before text, after text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN before IN ('OPEN', 'CLOSING') THEN after IN (
            'CLOSING', 'CLOSED', 'CONFIRM_PENDING', 'CONFIRMED', 'APPROVAL', 'APPROVED', 'INVOICE_PENDING',
            'PAYMENT_PENDING', 'COMPLETED', 'RECEIVABLE', 'CARRIED_FORWARD', 'COLLECTING', 'COLLECTED'
        )
        WHEN before IN ('CLOSED', 'CONFIRM_PENDING', 'CONFIRMED', 'APPROVAL', 'APPROVED') THEN after IN (
            'CONFIRMED', 'APPROVAL', 'APPROVED', 'INVOICE_PENDING', 'PAYMENT_PENDING', 'COMPLETED', 'RECEIVABLE',
            'CARRIED_FORWARD', 'COLLECTING', 'COLLECTED'
        ) OR (before = 'CLOSED' AND after = 'CONFIRM_PENDING') OR (before = 'CONFIRM_PENDING' AND after = 'DISPUTED')
        WHEN before = 'DISPUTED' THEN after IN ('ADJUSTED', 'CONFIRM_PENDING')
        WHEN before = 'ADJUSTED' THEN after = 'CONFIRM_PENDING'
        WHEN before IN ('INVOICE_PENDING', 'INVOICE_MATCHED') THEN after IN ('PAYMENT_PENDING', 'COMPLETED')
        WHEN before IN ('PAYMENT_PENDING', 'PAYING', 'PAY_FAILED', 'PAID', 'COMPLETED') THEN after IN (
            'PAYMENT_PENDING', 'PAYING', 'PAY_FAILED', 'PAID', 'COMPLETED'
        )
        WHEN before IN ('RECEIVABLE', 'CARRIED_FORWARD') THEN after IN (
            'CARRIED_FORWARD', 'COLLECTING', 'COLLECTED', 'WRITTEN_OFF'
        )
        WHEN before = 'COLLECTING' THEN after IN ('COLLECTED', 'WRITTEN_OFF')
        WHEN before IN ('COLLECTED', 'WRITTEN_OFF') THEN after = 'COLLECTING'
        ELSE false
    END;
$$;

CREATE FUNCTION refuse_sheet_way() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'SHEET_WAY: sheet % does not go from % to %', new.sheet_id, old.status, new.status
        USING ERRCODE = 'check_violation';
END;
$$;

-- Asked of every row that closes, so without a call where the answer is yes.
CREATE TRIGGER sheet_ways_are_those_of_its_life BEFORE UPDATE ON sheet
FOR EACH ROW WHEN (old.status IS DISTINCT FROM new.status AND NOT is_sheet_way(old.status, new.status))
EXECUTE FUNCTION refuse_sheet_way();

-- What other people had to agree to is not done without their word: payment to exactly what they saw, payment without
-- an invoice, and giving up a debt. (A debt that is netted while it waits for approval has ended by itself.)
CREATE FUNCTION check_sheet_is_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    needed text := CASE WHEN new.status = 'WRITTEN_OFF' THEN 'WRITE_OFF' WHEN old.status = 'APPROVAL' THEN 'SHEET'
        ELSE 'INVOICE_OVERRIDE' END;
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM approval AS a
        WHERE a.platform_id = new.platform_id AND a.kind = needed AND a.subject = 'sheet/' || new.sheet_id
            AND a.status <> 'PENDING' AND a.status = 'GRANTED' AND (needed <> 'SHEET' OR a.digest = old.digest)
    ) THEN
        RAISE EXCEPTION 'SHEET_NOT_AGREED: nobody agreed to the step of sheet % from % to %', new.sheet_id, old.status,
            new.status USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;

CREATE TRIGGER sheet_ways_wait_for_who_must_agree BEFORE UPDATE ON sheet
FOR EACH ROW WHEN (
    old.status IS DISTINCT FROM new.status AND (
        new.status = 'WRITTEN_OFF' OR old.status = 'INVOICE_PENDING'
        OR (old.status = 'APPROVAL' AND new.status NOT IN ('CONFIRMED', 'COLLECTED'))
    )
)
EXECUTE FUNCTION check_sheet_is_agreed();

CALL describe_young_tables();
