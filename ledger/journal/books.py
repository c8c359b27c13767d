"""Books: the accounts of one legal entity. Reference and zone are fixed; the closing day is read under the lock."""

from collections.abc import Mapping
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.journal import platform_sql


class Book(NamedTuple):
    """A legal entity as the journal knows it."""

    book_id: int
    reference: str
    time_zone: str


async def resolve_books(conn: Connection, *, book_ids: set[int]) -> Mapping[int, Book]:
    """Books by id, remembered by the process once committed; unknown ones are left out."""
    remembered: dict[int, Book] = conn.memory.setdefault("books", {})
    missing = [book_id for book_id in book_ids if book_id not in remembered]
    if not missing:
        return remembered
    rows = await platform_sql.find_books(conn, book_ids=missing)
    found = {row["book_id"]: Book(row["book_id"], row["reference"], row["time_zone"]) for row in rows}
    conn.after_commit(lambda: remembered.update(found))
    return {**remembered, **found}
