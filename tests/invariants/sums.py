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
# What people and banks do is in all but these: work that is asked for again, and the days of the world.
_PASSING = {"job", "posting_day"}
# Cut by the day of the world on which it was posted, which may end between two tellings: what is in them is summed, and
# their rows are not counted.
_BY_POSTING_DAY = {"account_late", "subtree_day", "subtree_late", "subtree_moved"}
_KINDS = ("status", "kind", "template", "stands", "step")


async def sum_tables(database: Database, platform_id: int) -> dict[str, Any]:
    """By table and kind of row: how many (None where days decide that), and the sum of each column of money."""
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
    if table in _BY_POSTING_DAY and "debit" in columns:
        money.append("coalesce(sum(debit - credit), 0)::text")
    kind = f"concat_ws(' ', {', '.join(kinds)})" if kinds else "''::text"
    sums = f"ARRAY[{', '.join(money)}]::text[]"
    size = "NULL::bigint" if table in _BY_POSTING_DAY else "count(*)"
    return f"SELECT '{table}' AS name, {kind} AS kind, {size} AS size, {sums} AS sums FROM {table} GROUP BY 2"
