-- Laws that the program kept alone so far. They are checked for what is written from now on; what is there stays.

-- ---------------------------------------------------------------------------------------------------------------------
-- Law: only who earns is owed something that can be held, kept or adjusted. Operators and legal entities do not.
CREATE FUNCTION earns(platform bigint, owed_party bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM party AS p
        WHERE p.platform_id = platform AND p.party_id = owed_party
            AND p.kind IN ('MERCHANT', 'SUPPLIER', 'AGENT', 'DISTRIBUTOR')
    )
$$;

CREATE FUNCTION is_closed(platform bigint, concerned_party bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM party AS p
        WHERE p.platform_id = platform AND p.party_id = concerned_party AND p.status = 'CLOSED'
    )
$$;

CREATE FUNCTION refuse_party_that_earns_nothing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'PARTY_EARNS_NOTHING: a % is of a party that earns', tg_table_name
        USING ERRCODE = 'check_violation';
END;
$$;

CREATE TRIGGER hold_is_of_a_party_that_earns BEFORE INSERT ON hold
FOR EACH ROW WHEN (NOT earns(new.platform_id, new.party_id)) EXECUTE FUNCTION refuse_party_that_earns_nothing();
CREATE TRIGGER agreement_is_of_a_party_that_earns BEFORE INSERT ON deposit_agreement
FOR EACH ROW WHEN (NOT earns(new.platform_id, new.party_id)) EXECUTE FUNCTION refuse_party_that_earns_nothing();
CREATE TRIGGER claim_is_for_a_party_that_earns BEFORE INSERT ON deposit_movement
FOR EACH ROW WHEN (new.counterparty_id IS NOT NULL AND NOT earns(new.platform_id, new.counterparty_id))
EXECUTE FUNCTION refuse_party_that_earns_nothing();
CREATE TRIGGER adjustment_is_of_parties_that_earn BEFORE INSERT ON adjustment
FOR EACH ROW WHEN (
    NOT earns(new.platform_id, new.party_id)
    OR (new.counterparty_id IS NOT NULL AND NOT earns(new.platform_id, new.counterparty_id))
) EXECUTE FUNCTION refuse_party_that_earns_nothing();

-- ---------------------------------------------------------------------------------------------------------------------
-- Law: a closed party takes no new business. What it has lives on, so it may be corrected: it may owe more, and what it
-- gets by an adjustment is of an order. What was proposed before it closed is still decided.
CREATE FUNCTION refuse_business_of_closed_party() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'PARTY_NOT_ACTIVE: a closed party takes no new %', tg_table_name USING ERRCODE = 'check_violation';
END;
$$;

CREATE TRIGGER closed_party_gets_what_is_of_an_order BEFORE INSERT ON adjustment
FOR EACH ROW WHEN (
    new.order_reference = '' AND (
        (new.kind = 'COMPENSATION' AND is_closed(new.platform_id, new.party_id))
        OR (new.counterparty_id <> new.party_id AND is_closed(new.platform_id, new.counterparty_id))
    )
) EXECUTE FUNCTION refuse_business_of_closed_party();
CREATE TRIGGER closed_party_agrees_to_nothing BEFORE INSERT ON deposit_agreement
FOR EACH ROW WHEN (is_closed(new.platform_id, new.party_id)) EXECUTE FUNCTION refuse_business_of_closed_party();
CREATE TRIGGER closed_party_does_no_service BEFORE INSERT ON deposit_movement
FOR EACH ROW WHEN (new.counterparty_id IS NOT NULL AND is_closed(new.platform_id, new.counterparty_id))
EXECUTE FUNCTION refuse_business_of_closed_party();

-- ---------------------------------------------------------------------------------------------------------------------
-- Law: what answers a dispute are adjustments of the sheet's party, on either side, by its legal entity, in its
-- currency, and none that was rejected.
CREATE FUNCTION check_dispute_answers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT d.sheet_id, n.reference INTO broken
    FROM fresh AS d
    CROSS JOIN LATERAL unnest(d.adjustments) AS n (reference)
    CROSS JOIN LATERAL (
        SELECT o.party_id, o.book_id, o.currency FROM sheet AS o
        WHERE o.platform_id = d.platform_id AND o.sheet_id = d.sheet_id LIMIT 1
    ) AS s
    WHERE NOT EXISTS (
        SELECT 1 FROM adjustment AS a
        WHERE a.platform_id = d.platform_id AND a.reference = n.reference AND a.status <> 'REJECTED'
            AND a.book_id = s.book_id AND a.currency = s.currency
            AND (a.party_id = s.party_id OR a.counterparty_id = s.party_id)
    )
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ANSWER_ELSEWHERE: adjustment % does not answer the dispute of sheet %',
            broken.reference, broken.sheet_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER dispute_begins_unanswered AFTER INSERT ON sheet_dispute
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_dispute_answers();
CREATE TRIGGER dispute_is_answered_by_what_was_done AFTER UPDATE ON sheet_dispute
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_dispute_answers();

-- ---------------------------------------------------------------------------------------------------------------------
-- Law: a slice that goes back by itself on its day goes back before it only if somebody else agreed to that.
CREATE FUNCTION check_early_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM deposit_slice AS s
        WHERE s.platform_id = new.platform_id AND s.slice_id = new.slice_id AND s.release = 'ON_DATE'
            AND (new.moved_at AT TIME ZONE 'UTC')::date < s.releasable_date
    ) AND NOT EXISTS (
        SELECT 1 FROM approval AS a
        WHERE a.platform_id = new.platform_id AND a.kind = 'DEPOSIT' AND a.status = 'GRANTED'
            AND a.subject = format('deposit/%s/RELEASED/%s', new.slice_id, new.reference)
    ) THEN
        RAISE EXCEPTION 'APPROVAL_MISSING: slice % goes back on its day', new.slice_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;

CREATE TRIGGER slice_goes_back_on_its_day BEFORE INSERT ON deposit_movement
FOR EACH ROW WHEN (new.kind = 'RELEASED') EXECUTE FUNCTION check_early_release();
