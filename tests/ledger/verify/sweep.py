"""
A sweep over the tables of a store: one column of one row at a time is changed past every law, or exchanged with another
row's, or one row deleted or written twice, and verify is asked. `raw` is everywhere a connection whose triggers sleep.

What CHECK constraints and unique indexes refuse counts as found: they stand, whoever writes, until somebody drops them.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import product
from typing import cast

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from ledger.db.transacting import Connection
from ledger.verify.verifying import verify

# How a value of each type becomes another one that may pass for it; {c} is the column. The first that fits is taken.
CHANGES: dict[str, tuple[str, ...]] = {
    "bigint": ("coalesce({c} + 1, 1)", "{c} - 1"),
    "integer": ("coalesce({c} + 1, 1)", "{c} - 1"),
    "smallint": ("coalesce({c} + 1, 1)", "{c} - 1"),
    "xid8": ("'1'::xid8",),
    "numeric": ("coalesce({c} + 1, 1)",),
    "boolean": ("{c} IS NOT TRUE",),
    "date": ("coalesce({c}, '2025-01-01') + 1", "{c} - 1"),
    "timestamp with time zone": ("coalesce({c}, '2025-01-01') + interval '1 day'", "{c} - interval '1 day'"),
    "time without time zone": ("{c} + interval '1 hour'",),
    "bytea": ("sha256(coalesce({c}, 'x'))",),
    "jsonb": ("coalesce({c}, '{{}}') || '{{\"x\": 1}}'",),
    "bigint[]": ("coalesce({c}, '{{}}') || 1::bigint",),
    "smallint[]": ("coalesce({c}, '{{}}') || 1::smallint",),
    "text[]": ("coalesce({c}, '{{}}') || 'x'::text",),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column, its type, and the words that the laws of its table know for it."""

    table: str
    name: str
    type: str
    words: tuple[str, ...]

    @property
    def changes(self) -> Iterator[str]:
        """Expressions of another value, the most likely ones first."""
        if self.type != "text":
            yield from CHANGES[self.type]
            return
        # Another value that some row has, or that a law names, passes for what the program wrote.
        yield f"(SELECT min(o.{self.name}) FROM {self.table} AS o WHERE o.{self.name} <> {self.table}.{self.name})"
        yield from (f"'{word}'" for word in self.words)
        yield f"coalesce({self.name}, '') || 'x'"
        yield "'2'"


async def find_columns(raw: asyncpg.Connection) -> list[Column]:
    """Every column of every table that a platform's rows have, the generated ones left out."""
    rows = await raw.fetch(
        """
        SELECT c.relname, a.attname, format_type(a.atttypid, null) AS type, coalesce((
            SELECT string_agg(pg_get_constraintdef(o.oid), ' ') FROM pg_constraint AS o
            WHERE o.conrelid = c.oid AND o.contype = 'c' AND a.attnum = ANY (o.conkey)
        ), '') AS laws
        FROM pg_class AS c INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attgenerated = ''
            AND c.relname <> 'alembic_version'
        ORDER BY c.relname, a.attnum
        """
    )
    return [
        Column(
            row["relname"], row["attname"], row["type"], tuple(sorted(set(re.findall(r"'(\w+)'::text", row["laws"]))))
        )
        for row in rows
    ]


# Rows that say nothing yet: an account is opened with its first line, and stays where that was refused.
BARE = {"account": "NOT EXISTS (SELECT FROM line AS l WHERE l.platform_id = $1 AND l.account_id = account.account_id)"}


async def find_rows(raw: asyncpg.Connection, table: str, platform_id: int, *, at_most: int) -> list[str]:
    """Where some rows of a platform are that say something: the first, the last, and others between them."""
    places = await raw.fetch(
        f"SELECT ctid::text FROM {table} WHERE platform_id = $1 AND NOT {BARE.get(table, 'FALSE')} ORDER BY ctid",
        platform_id,
    )
    if len(places) <= at_most:
        return [place["ctid"] for place in places]
    step = (len(places) - 1) / max(at_most - 1, 1)
    return [places[round(step * number)]["ctid"] for number in range(at_most)]


@asynccontextmanager
async def change(raw: asyncpg.Connection, column: Column, *, row: str) -> AsyncIterator[bool]:
    """
    Whether a column of a row could be changed, in the first way that the database takes; inside it stands, and after it
    is taken back.
    """
    changing = raw.transaction()
    await changing.start()
    try:
        yield any([await _try(raw, column, expression, row=row) for expression in column.changes])
    finally:
        await changing.rollback()


async def _try(raw: asyncpg.Connection, column: Column, expression: str, *, row: str) -> bool:
    """Whether this changed it. What was changed stands elsewhere than it stood, so a second change finds nothing."""
    setting = f"{column.name} = {expression.format(c=f'{column.table}.{column.name}')}"
    try:
        async with raw.transaction():
            changed = await raw.fetchval(
                f"WITH before AS (SELECT {column.name} AS value FROM {column.table} WHERE ctid = '{row}')"
                f" UPDATE {column.table} SET {setting} FROM before WHERE ctid = '{row}'"
                f" RETURNING {column.table}.{column.name} IS DISTINCT FROM before.value"
            )
            if not changed:
                raise _Same
    except (asyncpg.PostgresError, _Same):
        return False
    return True


class _Same(Exception):
    """The new value is the old one."""


async def find_pairs(raw: asyncpg.Connection, column: Column, *, at_most: int = 1) -> list[tuple[int, str, str]]:
    """
    Some rows and the next one of their platform each, that say different things in this column and in others: rows that
    are alike but for it would be the same rows after they exchanged it.
    """
    table = column.table
    rows = await raw.fetch(
        f"""
        SELECT p.platform_id, p.one::text, p.other::text
        FROM (
            SELECT platform_id, ctid AS one, lead(ctid) OVER following AS other, {column.name} AS says,
                lead({column.name}) OVER following AS other_says, to_jsonb({table}) - $1::text AS rest,
                lead(to_jsonb({table}) - $1::text) OVER following AS other_rest
            FROM {table} WHERE NOT {BARE.get(table, "FALSE").replace("$1", f"{table}.platform_id")}
            WINDOW following AS (PARTITION BY platform_id ORDER BY ctid)
        ) AS p
        WHERE p.says IS DISTINCT FROM p.other_says AND p.rest <> p.other_rest
        ORDER BY count(*) OVER (PARTITION BY p.platform_id) DESC, p.platform_id, p.one
        """,
        column.name,
    )
    step = max((len(rows) - 1) / max(at_most - 1, 1), 1)
    return [tuple(rows[round(step * number)]) for number in range(min(at_most, len(rows)))]


@asynccontextmanager
async def swap(
    raw: asyncpg.Connection, columns: list[Column], column: Column, *, rows: tuple[str, str]
) -> AsyncIterator[bool]:
    """Whether two rows could exchange what they say in a column; inside they have, and after it is taken back."""
    one, other = rows
    names = ", ".join(each.name for each in columns)
    values = ", ".join(
        f"CASE row_number() OVER pair WHEN 1 THEN last_value({each.name}) OVER pair ELSE first_value({each.name})"
        " OVER pair END"
        if each == column
        else each.name
        for each in columns
    )
    changing = raw.transaction()
    await changing.start()
    try:
        try:
            async with raw.transaction():
                # Written anew, so that a law of unique values sees both as they will be.
                await raw.execute(
                    f"WITH gone AS (DELETE FROM {column.table} WHERE ctid IN ('{one}', '{other}') RETURNING *)"
                    f" INSERT INTO {column.table} ({names}) OVERRIDING SYSTEM VALUE SELECT {values} FROM gone"
                    " WINDOW pair AS (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)"
                )
        except asyncpg.IntegrityConstraintViolationError:
            yield False
        else:
            yield True
    finally:
        await changing.rollback()


# What stands for nothing, by type, and is not the same as nothing.
BLANKS = {
    "bigint": "0",
    "integer": "0",
    "smallint": "0",
    "date": "'-infinity'",
    "timestamp with time zone": "'-infinity'",
    "text": "''",
    "jsonb": "'{}'",
}


async def misses_a_blank(raw: asyncpg.Connection, column: Column) -> bool:
    """Whether a row that says nothing in a column can be given what stands for nothing and verify says all is well."""
    found = await raw.fetchrow(
        f"SELECT platform_id, ctid::text AS place FROM {column.table} WHERE {column.name} IS NULL"
        " ORDER BY platform_id DESC, ctid LIMIT 1"
    )
    if found is None or column.type not in BLANKS:
        return False
    changing = raw.transaction()
    await changing.start()
    try:
        async with raw.transaction():
            blank = BLANKS[column.type]
            await raw.execute(f"UPDATE {column.table} SET {column.name} = {blank} WHERE ctid = '{found['place']}'")
        return await find_wrong(raw, found["platform_id"]) is None
    except asyncpg.IntegrityConstraintViolationError:
        return False
    finally:
        await changing.rollback()


async def find_wrong(raw: asyncpg.Connection, platform_id: int) -> str | None:
    """What verify says of a platform in this very transaction; None where everything agrees."""
    conn = Connection(cast(PoolConnectionProxy, raw), platform_id, {})
    disagreement = (await verify(conn)).disagreement
    return None if disagreement is None else disagreement.sentence


async def find_platform_of(raw: asyncpg.Connection, table: str) -> int | None:
    """The platform that has most rows of a table; None where none has one."""
    found: int | None = await raw.fetchval(
        f"SELECT platform_id FROM {table} GROUP BY platform_id ORDER BY count(*) DESC, platform_id LIMIT 1"
    )
    return found


async def is_unwatched(raw: asyncpg.Connection, column: Column, *, rows: int) -> bool:
    """Whether one of so many rows of a table can be changed in this column and verify says that all is well."""
    platform_id = await find_platform_of(raw, column.table)
    if platform_id is None:
        return False
    for row in await find_rows(raw, column.table, platform_id, at_most=rows):
        async with change(raw, column, row=row) as changed:
            if changed and await find_wrong(raw, platform_id) is None:
                return True
    return False


async def find_unique(raw: asyncpg.Connection, table: str) -> list[tuple[str, ...]]:
    """The columns that no two rows of a platform may have alike, one tuple a law."""
    rows = await raw.fetch(
        """
        SELECT array(
            SELECT a.attname FROM unnest(i.indkey) AS k (number)
            INNER JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number
            WHERE a.attname <> 'platform_id' AND a.attgenerated = '' ORDER BY a.attname
        )::text[] AS columns
        FROM pg_index AS i WHERE i.indrelid = $1::text::regclass AND i.indisunique
        """,
        table,
    )
    return sorted({tuple(row["columns"]) for row in rows if row["columns"]})


@asynccontextmanager
async def delete(raw: asyncpg.Connection, table: str, *, row: str) -> AsyncIterator[None]:
    """Inside it a row is gone, past every law, and after it is there again."""
    changing = raw.transaction()
    await changing.start()
    try:
        await raw.execute(f"DELETE FROM {table} WHERE ctid = '{row}'")
        yield
    finally:
        await changing.rollback()


@asynccontextmanager
async def double(
    raw: asyncpg.Connection, columns: list[Column], other: Mapping[str, str], *, row: str
) -> AsyncIterator[bool]:
    """Whether a row of a table could be there a second time, `other` columns being these expressions; it is inside."""
    table = columns[0].table
    names = ", ".join(column.name for column in columns)
    values = ", ".join(
        other[column.name].format(c=f"{table}.{column.name}") if column.name in other else column.name
        for column in columns
    )
    changing = raw.transaction()
    await changing.start()
    try:
        try:
            async with raw.transaction():
                await raw.execute(
                    f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE SELECT {values} FROM {table}"
                    f" WHERE ctid = '{row}'"
                )
        except asyncpg.PostgresError:
            yield False
        else:
            yield True
    finally:
        await changing.rollback()


def list_others(columns: list[Column], unique: list[tuple[str, ...]]) -> Iterator[dict[str, str]]:
    """Ways to make another row of one: of each law one column gets its first, or its second other value."""
    by_name = {column.name: column for column in columns}
    seen: set[tuple[tuple[str, str], ...]] = set()
    for chosen in product(*unique):
        for place in (0, 1):
            other = {name: list(by_name[name].changes)[: place + 1][-1] for name in sorted(set(chosen))}
            if tuple(other.items()) not in seen:
                seen.add(tuple(other.items()))
                yield other


async def misses_a_swap(raw: asyncpg.Connection, column: Column, *, pairs: int) -> bool:
    """Whether one of so many pairs of rows can exchange what they say in a column and verify says that all is well."""
    columns = [each for each in await find_columns(raw) if each.table == column.table]
    for platform_id, *rows in await find_pairs(raw, column, at_most=pairs):
        async with swap(raw, columns, column, rows=(rows[0], rows[1])) as swapped:
            if swapped and await find_wrong(raw, platform_id) is None:
                return True
    return False


async def misses_a_loss(raw: asyncpg.Connection, table: str, *, rows: int) -> bool:
    """Whether one of so many rows of a table can be deleted and verify says that all is well."""
    platform_id = await find_platform_of(raw, table)
    if platform_id is None:
        return False
    for row in await find_rows(raw, table, platform_id, at_most=rows):
        async with delete(raw, table, row=row):
            if await find_wrong(raw, platform_id) is None:
                return True
    return False


async def misses_a_surplus(raw: asyncpg.Connection, columns: list[Column], *, rows: int) -> bool:
    """Whether one of so many rows of a table can be there twice, under other keys, and verify says that all is well."""
    table = columns[0].table
    platform_id = await find_platform_of(raw, table)
    if platform_id is None:
        return False
    unique = await find_unique(raw, table)
    for row in await find_rows(raw, table, platform_id, at_most=rows):
        for other in list_others(columns, unique):
            async with double(raw, columns, other, row=row) as doubled:
                if doubled and await find_wrong(raw, platform_id) is None:
                    return True
    return False
