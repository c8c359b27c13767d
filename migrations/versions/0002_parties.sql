-- Parties: who, and who stands under whom. Only direct edges are stored, so that a move is one row however large the
-- subtree.

CREATE TABLE party (
    platform_id bigint NOT NULL REFERENCES platform,
    party_id bigint GENERATED ALWAYS AS IDENTITY,
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
    kind text NOT NULL,
    parent_id bigint,
    parent_kind text,
    name text NOT NULL,
    currency text,
    time_zone text,
    settlement jsonb,
    metadata jsonb,
    status text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'BLOCKED', 'CLOSED')),
    status_reason text NOT NULL DEFAULT '',
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    registered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (platform_id, party_id),
    CONSTRAINT party_reference_is_unique UNIQUE (platform_id, reference),
    UNIQUE (platform_id, party_id, kind),
    UNIQUE (platform_id, party_id, reference),
    CONSTRAINT party_parent_exists FOREIGN KEY (platform_id, parent_id, parent_kind)
    REFERENCES party (platform_id, party_id, kind),
    CONSTRAINT party_parent_kind_is_allowed CHECK (
        (kind = 'OPERATOR' AND parent_id IS NULL AND parent_kind IS NULL)
        OR (kind = 'LEGAL_ENTITY' AND parent_kind = 'OPERATOR')
        OR (kind IN ('AGENT', 'MERCHANT', 'SUPPLIER') AND parent_kind IN ('OPERATOR', 'AGENT'))
        OR (kind = 'DISTRIBUTOR' AND parent_kind IN ('OPERATOR', 'DISTRIBUTOR'))
    ),
    CONSTRAINT party_has_its_parent CHECK ((parent_id IS NULL) = (parent_kind IS NULL))
);

-- One root per platform.
CREATE UNIQUE INDEX platform_has_one_root ON party (platform_id) WHERE parent_id IS NULL;
-- Serves children in order, the walk down, and the keyset of descendants. Partial, so that it does not offer itself for
-- look-ups by reference or number while the table is young.
CREATE INDEX party_by_parent ON party (platform_id, parent_id, party_id) WHERE parent_id IS NOT NULL;

ALTER TABLE account ADD CONSTRAINT account_belongs_to_a_party
FOREIGN KEY (platform_id, party_id, party_reference) REFERENCES party (platform_id, party_id, reference);

-- One row per move; what the tree looked like on a past day is the tree of today with later moves undone.
CREATE TABLE party_move (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    party_id bigint NOT NULL,
    from_parent_id bigint NOT NULL,
    to_parent_id bigint NOT NULL,
    posting_day date NOT NULL,
    PRIMARY KEY (platform_id, sequence)
);

-- Serves the parent of a party on a past day.
CREATE INDEX party_move_by_party ON party_move (platform_id, party_id, posting_day, sequence);

-- LATERAL with LIMIT 1 makes each step an index look-up, whatever the planner believes about the size of the table.
-- What the journal needs to know of the parties that hold accounts: their reference, and themselves with all ancestors
-- (self first, root last). The journal calls these two and names no table of the parties.
CREATE FUNCTION find_holders(platform bigint, party_ids bigint[])
RETURNS TABLE (party_id bigint, reference text, path bigint[]) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE climb AS (
        SELECT p.party_id AS start, p.reference, p.parent_id, ARRAY[p.party_id] AS path
        FROM unnest(party_ids) AS k (party_id)
        CROSS JOIN LATERAL (
            SELECT o.party_id, o.reference, o.parent_id FROM party AS o
            WHERE o.platform_id = platform AND o.party_id = k.party_id LIMIT 1
        ) AS p
        UNION ALL
        SELECT c.start, c.reference, p.parent_id, c.path || p.party_id
        FROM climb AS c
        CROSS JOIN LATERAL (
            SELECT o.party_id, o.parent_id FROM party AS o
            WHERE o.platform_id = platform AND o.party_id = c.parent_id LIMIT 1
        ) AS p
    )
    SELECT c.start, c.reference, c.path FROM climb AS c WHERE c.parent_id IS NULL
$$;

CREATE FUNCTION find_holder_reference(platform bigint, holder bigint) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT p.reference FROM party AS p WHERE p.platform_id = platform AND p.party_id = holder $$;

-- Law: no loops. Two concurrent moves are serialised by the log's lock, taken here too for writers that forgot it.
CREATE FUNCTION refuse_loop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM log_head AS h WHERE h.platform_id = new.platform_id FOR UPDATE;
    IF EXISTS (
        WITH RECURSIVE climb AS (
            SELECT new.parent_id AS party_id, 1 AS depth
            UNION ALL
            SELECT p.parent_id, c.depth + 1 FROM climb AS c
            INNER JOIN party AS p ON p.platform_id = new.platform_id AND p.party_id = c.party_id
            WHERE c.party_id <> new.party_id AND c.depth < 100000
        )
        SELECT 1 FROM climb AS c WHERE c.party_id = new.party_id
    ) THEN
        RAISE EXCEPTION 'PARTY_LOOP: % would stand under itself', new.reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END;
$$;

CREATE TRIGGER party_tree_has_no_loop BEFORE UPDATE OF parent_id ON party
FOR EACH ROW WHEN (new.parent_id IS DISTINCT FROM old.parent_id) EXECUTE FUNCTION refuse_loop();

-- Law: who a party is never changes; where it stands, its status and its details may.
CREATE FUNCTION refuse_new_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'PARTY_IDENTITY: reference and kind of % are fixed', old.reference USING ERRCODE = 'check_violation';
END;
$$;

CREATE TRIGGER party_identity_is_fixed BEFORE UPDATE ON party
FOR EACH ROW WHEN (
    (new.platform_id, new.party_id, new.reference, new.kind)
    IS DISTINCT FROM (old.platform_id, old.party_id, old.reference, old.kind)
) EXECUTE FUNCTION refuse_new_identity();

CREATE TRIGGER party_stays BEFORE DELETE OR TRUNCATE ON party
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER party_move_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON party_move
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CALL raise_wall('party', 'party_move');

GRANT SELECT, INSERT, UPDATE ON party TO splitbook_app;
GRANT SELECT, INSERT ON party_move TO splitbook_app;
GRANT USAGE ON SEQUENCE party_party_id_seq TO splitbook_app;
