"""The one form of the statements that set what stands in rows beside what the log told of them."""

from collections.abc import AsyncIterator, Mapping

from ledger.verify.snapshot import Row, Snapshot

# Of `c`, each row's `key` with `found` and `told`: those that stand on one side only, or say anything otherwise than
# they were told. What was not told is null, and is not compared. Each side is named once: it is made as often as that.
DIFFERING = """
WHERE (c.found @> jsonb_strip_nulls(c.told)) IS NOT TRUE ORDER BY c.key COLLATE "C"
"""


def compare(
    snapshot: Snapshot,
    *,
    key: str,
    facts: Mapping[str, tuple[str, str]],
    rows: str,
    first: str = "",
    found: str = "",
    told: str = "",
) -> AsyncIterator[Row]:
    """
    Stream the rows that are not as they were told, by `key` (names and values).

    `facts` are by name what stands in a row and what it ought to be, NULL where nobody told; `rows` joins both sides,
    with `first` (WITH …) before it. Where a side may lack a row, `found` and `told` say when it has one. `$1` is the
    platform.
    """
    stands = ", ".join(f"'{name}', {each}" for name, (each, _) in facts.items())
    ought = ", ".join(f"'{name}', {each}" for name, (_, each) in facts.items())
    statement = f"""
        {first}
        SELECT c.* FROM (
            SELECT json_build_object({key})::text AS key, {_side(stands, found)} AS found, {_side(ought, told)} AS told
            FROM {rows}
        ) AS c
        {DIFFERING}
    """
    return snapshot.stream(statement, snapshot.conn.platform_id)


def told_of(kind: str) -> str:
    """The events of a kind: `sequence`, `subject`, `occurred_at`, `actor`, and `said`, their payload."""
    return f"""(
        SELECT o.sequence, o.subject, o.occurred_at, o.actor, o.payload::jsonb AS said FROM log_event AS o
        WHERE o.platform_id = $1 AND o.kind = '{kind}'
    )"""


def minor(fact: str) -> str:
    """An amount that `v` said, in minor units: it was written with all decimals of its currency."""
    return f"replace(v.said ->> '{fact}', '.', '')::bigint"


def or_none(value: str) -> str:
    """A value, or that there is none: a null would not be compared, and a blank one is something else."""
    return f"coalesce(to_jsonb({value}), 'false')"


def tells(number: int) -> str:
    """
    Whether the log began with a program that tells of all that programs tell of since this number (`TELLS` of
    registering): then a row that was not told of is nobody's.
    """
    return f"""
    EXISTS (
        SELECT 1 FROM log_event AS o
        WHERE o.platform_id = $1 AND o.kind = 'party.registered' AND (o.payload::jsonb ->> 'tells')::int >= {number}
    )
    """


def _side(facts: str, condition: str) -> str:
    side = f"jsonb_build_object({facts})"
    return f"CASE WHEN {condition} THEN {side} END" if condition else side
