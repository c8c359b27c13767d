"""
How channels' days differ from what is booked here, kept: never stale, because whatever changes either side of an order
writes its differences anew in the same transaction.
"""

from collections.abc import Collection, Sequence

from ledger.charging.channel_days import sql
from ledger.charging.channel_days.comparing import compare_days
from ledger.charging.channel_days.model import Booked, DayKey, Difference, RecordKind, Told
from ledger.charging.channel_days.rows import read_record
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.journal.log import lock_log

# So much of a long file is compared between two statements: the server ends a session that says nothing for long.
ORDERS_AT_ONCE = 5_000


async def keep_differences_of_days(conn: Connection, *, channel_day_ids: Sequence[int]) -> None:
    """
    Keep how days that were just recorded differ, and lock the log. They are compared before that, some orders at a
    time, and once more only where an order's event, or another day, was told of meanwhile: nobody waits for a long file
    to be compared.
    """
    end = await sql.find_end(conn)
    orders = await sql.find_orders_of_days(conn, numbers=channel_day_ids)
    found: list[Difference] = []
    for start in range(0, len(orders), ORDERS_AT_ONCE):
        found += await find_differences(conn, orders=orders[start : start + ORDERS_AT_ONCE])
    kept = await sql.find_kept_orders(conn, orders=orders)
    head = await lock_log(conn)
    changed: set[str] = set()
    if head.sequence > end:
        days = await sql.find_days_since(conn, sequence=end)
        changed.update(await sql.find_orders_since(conn, sequence=end))
        changed.update(await sql.find_orders_of_days(conn, numbers=days) if days else ())
    await _replace(conn, [each for each in kept if each not in changed], [d for d in found if d.order not in changed])
    if changed:
        await keep_differences_of_orders(conn, orders=changed)


async def keep_differences_of_orders(conn: Connection, *, orders: Collection[str]) -> None:
    """
    Keep how orders of which something was just booked differ; the caller holds the log's lock. One statement where no
    channel has told of them or of their days, else five.
    """
    told = await sql.find_told_orders(conn, orders=sorted(orders))
    if told:
        await _replace(conn, told, await find_differences(conn, orders=told))


async def find_differences(conn: Connection, *, orders: Sequence[str]) -> list[Difference]:
    """How these orders differ, worked out from what was told of them and what is booked; two statements."""
    told = [_read_told(row) for row in await sql.find_told(conn, orders=orders)]
    booked = [_read_booked(row) for row in await sql.find_booked(conn, orders=orders)]
    return compare_days(told, booked)


async def _replace(conn: Connection, orders: Sequence[str], found: Sequence[Difference]) -> None:
    if orders:
        await sql.delete_differences(conn, orders=orders)
    if found:
        await sql.insert_differences(conn, rows=transpose(found))


def _read_told(row: sql.Row) -> Told:
    return Told(DayKey(row["channel_day_id"], row["channel"], row["book_id"], row["currency"]), read_record(row))


def _read_booked(row: sql.Row) -> Booked:
    return Booked(
        row["channel_day_id"],
        row["channel"],
        row["book_id"],
        row["currency"],
        RecordKind(row["kind"]),
        row["order_reference"],
        row["name"],
        row["amount_minor"],
        row["fee_minor"],
    )
