-- Netting is done by us, before the party of a debt may have said anything. What it pays itself (collected) it has
-- agreed to.
CREATE FUNCTION check_debt_is_confirmed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM sheet_history AS h
        WHERE h.platform_id = new.platform_id AND h.sheet_id = new.sheet_id AND h.sheet_id > 0
            AND h.status = 'CONFIRMED'
    ) THEN
        RAISE EXCEPTION 'DEBT_NOT_CONFIRMED: nobody confirmed sheet %, of which all was netted', new.sheet_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE CONSTRAINT TRIGGER debts_end_once_confirmed AFTER UPDATE ON sheet DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (
    old.status IN ('CLOSED', 'CONFIRM_PENDING') AND new.status = 'COLLECTED' AND new.collected_minor = 0
)
EXECUTE FUNCTION check_debt_is_confirmed();
