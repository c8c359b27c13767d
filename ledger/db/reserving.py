"""Numbers of rows that are taken before the rows are written, since entries and events name them."""

from ledger.db.transacting import Connection


async def reserve_numbers(conn: Connection, *, sequence: str, count: int) -> list[int]:
    """Take so many numbers of a sequence of the database ahead, ascending; one statement."""
    rows = await conn.fetch(
        "SELECT nextval($1::text::regclass) AS number FROM generate_series(1, $2::int)", sequence, count
    )
    return sorted(row["number"] for row in rows)
