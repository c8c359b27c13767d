"""
The one predicate that keeps a party's key inside its subtree, as text to be part of statements.

Where a row is visible through others (an entry through its lines), say `EXISTS (… OFFSET 0)`: without it the planner
turns the question round, finds everything that anybody may see, and joins (measured: 8 s instead of 60 ms for a page).
"""


def within(party: str, *, scope: str) -> str:
    """
    SQL that holds where the party in this column stands in the subtree of the scope's root, or there is no scope.

    It climbs from the party, so it costs the party's depth, not the size of any subtree. The platform's own accounts
    (no party) are in no party's scope. `party` and `scope` are written here in the house: a column and a parameter.
    """
    return f"""({scope}::bigint IS NULL OR EXISTS (
        WITH RECURSIVE climb AS (
            SELECT {party}::bigint AS party_id
            UNION ALL
            SELECT above.parent_id FROM climb
            CROSS JOIN LATERAL (
                SELECT o.parent_id FROM party AS o
                WHERE o.platform_id = $1 AND o.party_id = climb.party_id LIMIT 1
            ) AS above
            WHERE climb.party_id <> {scope}
        )
        SELECT 1 FROM climb WHERE climb.party_id = {scope}
    ))"""


def directed(statement: str) -> tuple[str, str]:
    """
    A statement for walking a list forward and one for walking it backward: `ASC_` and `DESC_` stand for the directions
    of the walk, `AFTER_` and `BEFORE_` for the comparisons that go with them.
    """
    return (
        statement.replace("ASC_", "ASC").replace("DESC_", "DESC"),
        statement.replace("ASC_", "DESC").replace("DESC_", "ASC"),
    )
