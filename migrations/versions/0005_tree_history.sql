-- Tree history: what is needed to answer for a past day after parties have moved.

-- The days on which a move took a subtree from this party or gave it one. The late rows of such a party are of the
-- tree at the time of posting, so a question about a day before (or about lines dated after) is answered from the
-- accounts of its members instead.
CREATE TABLE subtree_moved (
    platform_id bigint NOT NULL,
    party_id bigint NOT NULL,
    posting_day date NOT NULL,
    PRIMARY KEY (platform_id, party_id, posting_day)
);

ALTER TABLE subtree_moved ENABLE ROW LEVEL SECURITY;
ALTER TABLE subtree_moved FORCE ROW LEVEL SECURITY;
CREATE POLICY platform_wall ON subtree_moved
USING (platform_id = current_platform()) WITH CHECK (platform_id = current_platform());
CREATE TRIGGER subtree_moved_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON subtree_moved
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON subtree_moved TO splitbook_app;

-- Serves the children that a party had on a past day and has lost since.
CREATE INDEX party_move_by_origin ON party_move (platform_id, from_parent_id, posting_day, sequence);

-- Each of these parties with everyone below it at the end of that day, itself included. Where a party stood is said by
-- its first move after the day, else by where it stands now; a party registered later counts under its first parent.
-- The settings keep each step an index look-up, whatever the planner believes about the size of the tables.
CREATE FUNCTION find_members_on(platform bigint, party_ids bigint[], day date)
RETURNS TABLE (party_id bigint, member_id bigint) LANGUAGE sql STABLE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off AS $$
    WITH RECURSIVE walk AS (
        SELECT k.party_id AS start, k.party_id AS member FROM unnest(party_ids) AS k (party_id)
        UNION ALL
        SELECT w.start, c.member
        FROM walk AS w
        CROSS JOIN LATERAL (
            SELECT p.party_id AS member FROM party AS p
            WHERE p.platform_id = platform AND p.parent_id = w.member
                AND NOT EXISTS (
                    SELECT 1 FROM party_move AS m
                    WHERE m.platform_id = platform AND m.party_id = p.party_id AND m.posting_day > day
                )
            UNION ALL
            SELECT m.party_id FROM party_move AS m
            WHERE m.platform_id = platform AND m.from_parent_id = w.member AND m.posting_day > day
                AND NOT EXISTS (
                    SELECT 1 FROM party_move AS e
                    WHERE e.platform_id = platform AND e.party_id = m.party_id AND e.posting_day > day
                        AND e.sequence < m.sequence
                )
        ) AS c
    )
    SELECT w.start, w.member FROM walk AS w
$$;
