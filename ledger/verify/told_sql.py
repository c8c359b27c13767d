"""What statements share that set what stands in rows beside what the log told of them."""

# Of `c`, each row's `key` with `found` and `told`: those that stand on one side only, or say anything otherwise than
# they were told. What was not told is null, and is not compared.
DIFFERING = """
WHERE c.found IS NULL OR c.told IS NULL OR NOT c.found @> jsonb_strip_nulls(c.told) ORDER BY c.key COLLATE "C"
"""


def tells(number: int) -> str:
    """
    Whether the log began with a program that tells of all that programs tell of since this number (`TELLS` of
    registering): then a row that was not told of is nobody's. `$1` is the platform.
    """
    return f"""
    EXISTS (
        SELECT 1 FROM log_event AS o
        WHERE o.platform_id = $1 AND o.kind = 'party.registered' AND (o.payload::jsonb ->> 'tells')::int >= {number}
    )
    """
