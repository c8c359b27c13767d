-- A claim says for which order it is, and so does what pays it to the buyers: "" for none. Only the events behind them
-- said it before, by which nobody finds the claims of an order.
ALTER TABLE deposit_movement ADD COLUMN order_reference text NOT NULL DEFAULT '';

-- Those that are there say what their events do; a payment says what its claim does. (The owner sees all platforms
-- while the wall does not hold for him. Steps never change; what they say is added once, before anything reads it.)
ALTER TABLE deposit_movement NO FORCE ROW LEVEL SECURITY;
ALTER TABLE log_event NO FORCE ROW LEVEL SECURITY;
ALTER TABLE deposit_movement DISABLE TRIGGER USER;
UPDATE deposit_movement AS m SET order_reference = v.payload::json ->> 'order'
FROM log_event AS v
WHERE
    m.kind = 'CLAIMED' AND v.platform_id = m.platform_id AND v.subject = 'deposit/' || m.slice_id
    AND v.kind = 'deposit.claimed' AND (v.payload::json -> 'entries' ->> 0)::bigint = m.sequence
    AND v.payload::json ->> 'order' <> '';
UPDATE deposit_movement AS m SET order_reference = c.order_reference
FROM deposit_movement AS c
WHERE
    m.kind = 'CLAIM_PAID' AND c.platform_id = m.platform_id AND c.slice_id = m.slice_id AND c.kind = 'CLAIMED'
    AND c.reference = m.reference;
ALTER TABLE deposit_movement ENABLE TRIGGER USER;
ALTER TABLE deposit_movement FORCE ROW LEVEL SECURITY;
ALTER TABLE log_event FORCE ROW LEVEL SECURITY;

ALTER TABLE deposit_movement
ADD CONSTRAINT only_claims_name_an_order CHECK (order_reference = '' OR kind IN ('CLAIMED', 'CLAIM_PAID'));

-- Serves the claims that name an order.
CREATE INDEX deposit_movement_by_order ON deposit_movement (platform_id, order_reference, sequence)
WHERE order_reference <> '';

-- Law: the order that a claim names is one that is known. (As before; the claim itself says which it is.)
CREATE OR REPLACE FUNCTION check_claimed_orders() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT m.slice_id, m.reference, m.order_reference INTO broken
    FROM fresh AS m
    WHERE m.kind = 'CLAIMED' AND m.order_reference <> '' AND NOT knows_order(m.platform_id, m.order_reference, '')
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'NAMED_ORDER_MISSING: claim % of slice % names order %, which is not known',
            broken.reference, broken.slice_id, broken.order_reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;
