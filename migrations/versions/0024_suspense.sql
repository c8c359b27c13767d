-- What was released to the merchant is his, but once he is blocked or closed what would follow waits in suspense: the
-- item is opened again, and `given_minor` is what of the share stays with him.
ALTER TABLE suspense_item
ADD COLUMN given_minor bigint NOT NULL DEFAULT 0 CONSTRAINT merchant_was_given_no_debt CHECK (given_minor >= 0),
ADD CONSTRAINT released_part_is_in_one_place CHECK (given_minor = 0 OR (status <> 'SPLITTER' AND rank > 0));

-- Where what each opening of an item gathered went. A request that comes late names its opening, and is answered with
-- this, whatever waits there by then.
CREATE TABLE suspense_release (
    platform_id bigint NOT NULL,
    item bigint NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    sequence bigint NOT NULL,
    opening integer NOT NULL CHECK (opening > 0),
    released_to text NOT NULL CHECK (released_to IN ('OWNER', 'SPLITTER')),
    CONSTRAINT opening_is_released_once PRIMARY KEY (platform_id, item, opening),
    CONSTRAINT release_is_of_an_item FOREIGN KEY (platform_id, item) REFERENCES suspense_item (platform_id, item)
);

CREATE TRIGGER suspense_release_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON suspense_release
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CALL raise_wall('suspense_release');
GRANT SELECT, INSERT ON suspense_release TO splitbook_app;

-- What was released already, platform by platform, inside its wall. An item is opened again only after its release, so
-- its releases are of its openings in their order.
DO $$
DECLARE
    walled bigint;
BEGIN
    FOR walled IN SELECT p.platform_id FROM platform AS p ORDER BY p.platform_id LOOP
        PERFORM set_config('app.platform', walled::text, true);
        INSERT INTO suspense_release (platform_id, item, amount_minor, sequence, opening, released_to)
        SELECT v.platform_id, substr(v.subject, 10)::bigint,
            replace(v.payload::jsonb ->> 'amount', '.', '')::bigint, v.sequence,
            row_number() OVER (PARTITION BY v.subject ORDER BY v.sequence), v.payload::jsonb ->> 'to'
        FROM log_event AS v
        WHERE v.platform_id = walled AND v.kind = 'suspense.released';
    END LOOP;
    PERFORM set_config('app.platform', '', true);
END;
$$;

-- Who cannot be credited is not: a blocked party with nothing, a closed one with nobody else's share.
CREATE FUNCTION check_suspense_receiver() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    standing text;
BEGIN
    SELECT p.status INTO standing FROM party AS p
    WHERE p.platform_id = new.platform_id AND p.party_id = CASE
        WHEN new.status = 'OWNER' OR new.rank = 0 THEN new.owner_id
        ELSE (
            SELECT l.merchant_id FROM order_line AS l
            WHERE l.platform_id = new.platform_id AND l.order_reference = new.order_reference
                AND l.line_reference = new.line_reference
        )
    END;
    IF standing = 'BLOCKED' OR (standing = 'CLOSED' AND new.status = 'SPLITTER' AND new.rank > 0) THEN
        RAISE EXCEPTION 'PARTY_NOT_ACTIVE: suspense item % is released to a party that is %', new.item, standing
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER suspense_goes_to_who_can_be_credited AFTER UPDATE OF status ON suspense_item
FOR EACH ROW WHEN (old.status = 'OPEN' AND new.status <> 'OPEN') EXECUTE FUNCTION check_suspense_receiver();

-- A release is of the opening that the item is at, and went where the item says.
CREATE FUNCTION check_suspense_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM suspense_item AS i
        WHERE i.platform_id = new.platform_id AND i.item = new.item AND i.times = new.opening
            AND i.status = new.released_to
    ) THEN
        RAISE EXCEPTION 'RELEASE_ASTRAY: suspense item % is not released to % by its opening %', new.item,
            new.released_to, new.opening USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER suspense_release_is_its_items AFTER INSERT ON suspense_release
FOR EACH ROW EXECUTE FUNCTION check_suspense_release();

CALL describe_young_tables();
