-- What is claimed of a deposit for the buyers of an order stands on 2070 until it is paid to them, whole: CLAIM_PAID,
-- with the reference of its claim. `slice_moves_once` lets that happen once; what the slice holds does not change.
ALTER TABLE deposit_movement
DROP CONSTRAINT deposit_movement_kind_check,
ADD CONSTRAINT deposit_movement_kind_check CHECK (
    kind IN (
        'BILLED', 'RECEIVED', 'RETAINED', 'PAID', 'OFFSET', 'CLAIMED', 'CLAIM_PAID', 'RELEASED', 'FORFEITED', 'LAPSED'
    )
),
ADD CONSTRAINT buyers_are_no_party CHECK (kind <> 'CLAIM_PAID' OR (counterparty_id IS NULL AND sheet_id IS NULL));

-- Serves the claims that are still to be paid to buyers.
CREATE INDEX deposit_movement_of_buyers ON deposit_movement (platform_id, slice_id, reference)
WHERE kind = 'CLAIMED' AND counterparty_id IS NULL;

-- Whether an entry moves money of one legal entity and one currency only.
CREATE FUNCTION is_posted_within(
    platform bigint, entry_sequence bigint, moved_book bigint, moved_currency text
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(bool_and(a.book_id = moved_book AND a.currency = moved_currency), FALSE) FROM line AS l
    CROSS JOIN LATERAL (
        SELECT o.book_id, o.currency FROM account AS o
        WHERE o.platform_id = l.platform_id AND o.account_id = l.account_id LIMIT 1
    ) AS a
    WHERE l.platform_id = platform AND l.sequence = entry_sequence
$$;

CREATE OR REPLACE FUNCTION check_deposit_movements() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT m.slice_id, m.kind, m.sequence INTO broken
    FROM fresh AS m
    CROSS JOIN LATERAL (
        SELECT o.party_id, o.book_id, o.currency FROM deposit_slice AS o
        WHERE o.platform_id = m.platform_id AND o.slice_id = m.slice_id LIMIT 1
    ) AS s
    WHERE (m.kind <> 'CLAIM_PAID' AND NOT is_posted(
        m.platform_id, m.sequence, CASE WHEN m.kind IN ('PAID', 'OFFSET') THEN '1220' ELSE '2060' END, s.party_id,
        CASE WHEN m.kind IN ('BILLED', 'RECEIVED', 'RETAINED', 'PAID', 'OFFSET') THEN 'C' ELSE 'D' END, m.amount_minor
    )) OR (m.kind = 'BILLED' AND NOT is_posted(m.platform_id, m.sequence, '1220', s.party_id, 'D', m.amount_minor))
        OR (m.kind = 'LAPSED' AND NOT is_posted(m.platform_id, m.sequence, '1220', s.party_id, 'C', m.amount_minor))
        OR (
            m.kind IN ('RETAINED', 'OFFSET')
            AND NOT is_posted(m.platform_id, m.sequence, '2015', s.party_id, 'D', m.amount_minor)
        )
        OR (
            m.kind = 'CLAIMED' AND m.counterparty_id IS NULL
            AND NOT is_posted(m.platform_id, m.sequence, '2070', NULL, 'C', m.amount_minor)
        )
        OR (
            m.kind = 'CLAIM_PAID' AND NOT (
                is_posted(m.platform_id, m.sequence, '2070', NULL, 'D', m.amount_minor)
                AND is_posted(m.platform_id, m.sequence, '1010', NULL, 'C', m.amount_minor)
                AND is_posted_within(m.platform_id, m.sequence, s.book_id, s.currency)
            )
        )
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'DEPOSIT_NOT_POSTED: entry % is not what slice % says (%)',
            broken.sequence, broken.slice_id, broken.kind USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

-- Law: what is paid to buyers is a claim for them, all of it.
CREATE FUNCTION check_claim_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM deposit_movement AS c
        WHERE c.platform_id = new.platform_id AND c.slice_id = new.slice_id AND c.kind = 'CLAIMED'
            AND c.counterparty_id IS NULL AND c.reference = new.reference AND c.amount_minor = new.amount_minor
    ) THEN
        RAISE EXCEPTION 'CLAIM_NOT_OWED: slice % owes buyers no % under %', new.slice_id, new.amount_minor,
            new.reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;

CREATE TRIGGER payment_is_of_a_claim BEFORE INSERT ON deposit_movement
FOR EACH ROW WHEN (new.kind = 'CLAIM_PAID') EXECUTE FUNCTION check_claim_payment();
