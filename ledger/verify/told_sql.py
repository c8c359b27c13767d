"""How statements end that set what stands in rows beside what the log told of them."""

# Of `c`, each row's `key` with `found` and `told`: those that stand on one side only, or say anything otherwise than
# they were told. What was not told is null, and is not compared.
DIFFERING = """
WHERE c.found IS NULL OR c.told IS NULL OR NOT c.found @> jsonb_strip_nulls(c.told) ORDER BY c.key COLLATE "C"
"""
