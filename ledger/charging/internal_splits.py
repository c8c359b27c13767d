"""Orders that were split here because their channel could not any more: somebody brings the money in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ledger.actor import Actor
from ledger.charging import dispute_sql
from ledger.charging.errors import InternalSplitMissing
from ledger.charging.order import Order
from ledger.compact_json import write_json
from ledger.db.columns import instants, numbers, texts
from ledger.db.transacting import Connection
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft
from ledger.journal.telling import log_events


@dataclass(frozen=True, slots=True)
class InternalSplitDone:
    """`replayed` when the task was done before."""

    order: str
    replayed: bool


async def write_internal_splits(conn: Connection, *, orders: Iterable[Order]) -> None:
    """Write the tasks that a batch has opened, after their orders; no statement where it opened none."""
    opened = [(order.reference, order.internal_split) for order in orders if order.internal_split is not None]
    if opened:
        await dispute_sql.open_internal_splits(
            conn,
            tasks=[
                texts([reference for reference, _ in opened]),
                numbers([task.amount for _, task in opened]),
                instants([task.opened_at for _, task in opened]),
                instants([task.frozen_until for _, task in opened]),
                texts([task.reason for _, task in opened]),
            ],
        )


async def complete_internal_split(conn: Connection, *, order: str, actor: Actor, now: datetime) -> InternalSplitDone:
    """
    Say that the money of an internal split is there: it came from the merchant's balance, or was collected.

    Refusals: InternalSplitMissing.
    """
    await lock_log(conn)
    known = await dispute_sql.find_internal_split(conn, order=order)
    if known is None:
        raise InternalSplitMissing(field=("order",), order=order)
    if known["done_at"] is not None:
        return InternalSplitDone(order, replayed=True)
    await dispute_sql.close_internal_split(conn, order=order, now=now)
    event = EventDraft("internal_split.done", f"order/{order}", now, (), write_json({"order": order}))
    await log_events(conn, events=[event], actor=actor)
    return InternalSplitDone(order, replayed=False)
