-- What a party gets of its own deposit is released: a claim would go around its day and who has to agree to it.
CREATE FUNCTION check_deposit_claims() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT m.slice_id, m.reference INTO broken
    FROM fresh AS m
    CROSS JOIN LATERAL (
        SELECT o.party_id FROM deposit_slice AS o
        WHERE o.platform_id = m.platform_id AND o.slice_id = m.slice_id LIMIT 1
    ) AS s
    WHERE m.kind = 'CLAIMED' AND m.counterparty_id = s.party_id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'DEPOSIT_CLAIM_OF_ITSELF: claim % of slice % goes to whose deposit it is',
            broken.reference, broken.slice_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER deposit_claim_goes_to_another AFTER INSERT ON deposit_movement
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_deposit_claims();
