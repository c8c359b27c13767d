"""What is in every table of a platform, as sums that do not tell of the numbers that rows were given."""

from typing import Any

from ledger.db.connecting import Database

_COLUMNS = """
    SELECT c.relname AS name, a.attname AS column FROM pg_class AS c
    INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    INNER JOIN pg_type AS t ON t.oid = a.atttypid AND t.typcategory <> 'A'
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
        AND EXISTS (SELECT 1 FROM pg_attribute AS p WHERE p.attrelid = c.oid AND p.attname = 'platform_id')
    ORDER BY c.relname, a.attname
"""
# What people and banks do is in all but these: work that is asked for again, and what is only about a moment.
_PASSING = {"job"}
_KINDS = ("status", "kind", "template", "stands", "step")


async def sum_tables(database: Database, platform_id: int) -> dict[str, Any]:
    """By table and kind of row: how many there are, and the sum of each column of money."""
    async with database.read(platform_id) as conn:
        tables: dict[str, list[str]] = {}
        for row in await conn.fetch(_COLUMNS):
            tables.setdefault(row["name"], []).append(row["column"])
        parts = [_sum(name, columns) for name, columns in tables.items() if name not in _PASSING]
        rows = await conn.fetch(" UNION ALL ".join(parts))
    return {f"{row['name']} {row['kind']}".strip(): (row["size"], row["sums"]) for row in rows}


def _sum(table: str, columns: list[str]) -> str:
    kinds = [f"{column}::text" for column in columns if column in _KINDS]
    money = [f"coalesce(sum({column}), 0)::text" for column in columns if column.endswith("_minor")]
    kind = f"concat_ws(' ', {', '.join(kinds)})" if kinds else "''::text"
    sums = f"ARRAY[{', '.join(money)}]::text[]"
    return f"SELECT '{table}' AS name, {kind} AS kind, count(*) AS size, {sums} AS sums FROM {table} GROUP BY 2"
