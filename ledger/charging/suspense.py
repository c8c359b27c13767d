"""Out of suspense: to its owner, or back to the merchant whose money was split."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from ledger import money
from ledger.actor import Actor
from ledger.charging import sql
from ledger.charging.documents import write_orders
from ledger.charging.drafting import draft_entries
from ledger.charging.errors import SuspenseAlreadyReleased, UnknownSuspenseItem
from ledger.charging.frozen import RatesMemory
from ledger.charging.loading import load_orders
from ledger.charging.moves import Move, make_move
from ledger.charging.notes import write_released
from ledger.charging.order import MERCHANT, Order, OrderLine, Suspended
from ledger.db.transacting import Connection
from ledger.errors import InvariantBroken
from ledger.journal.books import resolve_books
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft, Recorded, Refused
from ledger.journal.posting import write_entries
from ledger.parties.errors import PartyNotActive
from ledger.parties.finding import find_parties_by_id


class Destination(StrEnum):
    """Where a suspense item goes."""

    OWNER = "OWNER"
    SPLITTER = "SPLITTER"


@dataclass(frozen=True, slots=True)
class Released:
    """`amount` in minor units is what moved; nothing moves for a replay, whose `sequence` is 0."""

    item: int
    order: str
    line: str
    to: Destination
    amount: int
    currency: str
    sequence: int
    replayed: bool


@dataclass(frozen=True, slots=True)
class _Found:
    order: Order
    line: OrderLine
    rank: int
    item: Suspended


async def release_suspense(conn: Connection, *, item: int, to: Destination, actor: Actor, now: datetime) -> Released:
    """
    Release a suspense item. What later refunds take back of its share then comes from where it went.

    A blocked party is credited with nothing; a closed one with what is his, so that it can be paid out.

    Refusals, first match wins: UnknownSuspenseItem, SuspenseAlreadyReleased, PartyNotActive, and those of the journal,
        after which the transaction must be rolled back.
    """
    await lock_log(conn)
    rates = RatesMemory.of(conn)
    found = await _find_item(conn, item, rates)
    order, held = found.order, found.item
    if held.status != "OPEN":
        if held.status != to:
            raise SuspenseAlreadyReleased(field=("item",), item=item, to=held.status)
        return Released(item, order.reference, found.line.state.line, to, 0, order.currency, 0, replayed=True)
    party_id = held.owner_id if to is Destination.OWNER else found.line.merchant_id
    party = (await find_parties_by_id(conn, party_ids=[party_id]))[party_id]
    if party.status == "BLOCKED":
        raise PartyNotActive(field=("to",), reference=party.reference, status=party.status)
    # What went to its owner, and the merchant's own, is in one place with the rest of its share again.
    is_whole = to is Destination.OWNER or found.rank == MERCHANT
    freed = held._replace(status=to.value, amount=0, outside=0 if is_whole else held.outside)
    line = found.line._replace(suspended={**(found.line.suspended or {}), found.rank: freed})
    moves = make_move(
        "RELEASE",
        line.state.line,
        place=order.owing_place,
        debits=[("2200", None, held.amount)],
        credits=[(*line.seat(found.rank, held.owner_id), held.amount)],
        metadata=write_released(line, {found.rank: held.amount}),
    )
    recorded = await _post(conn, found, moves, item=item, to=to, actor=actor, now=now)
    after = order._replace(lines={**order.lines, line.state.line: line})
    reference = order.reference
    await write_orders(conn, before={reference: order}, after={reference: after}, accepted=(), rates=rates)
    return Released(
        item, reference, line.state.line, to, held.amount, order.currency, recorded.sequence, replayed=False
    )


async def _find_item(conn: Connection, item: int, rates: RatesMemory) -> _Found:
    row = await sql.find_suspense_item(conn, item=item)
    if row is None:
        raise UnknownSuspenseItem(field=("item",), item=item)
    reference = row["order_reference"]
    order = (await load_orders(conn, references=[reference], refunds={}, rates=rates))[reference]
    line = order.lines[row["line_reference"]]
    suspended: Mapping[int, Suspended] = line.suspended or {}
    return _Found(order, line, row["rank"], suspended[row["rank"]])


async def _post(
    conn: Connection, found: _Found, moves: list[Move], *, item: int, to: Destination, actor: Actor, now: datetime
) -> Recorded:
    order, line = found.order, found.line
    book_id = order.owing_place.book_id
    book = (await resolve_books(conn, book_ids={book_id}))[book_id]
    subject = f"suspense/{item}"
    # An event's entry of this template always has a line, so this key is nobody else's.
    key = f"{subject}//RELEASE" if found.item.times == 1 else f"{subject}//RELEASE/{found.item.times}"
    drafts = [
        replace(draft, key=key)
        for draft in draft_entries(
            moves,
            cause=subject,
            order=order,
            days={book_id: now.astimezone(ZoneInfo(book.time_zone)).date()},
            source="API",
        )
    ]
    said = {
        "item": item,
        "order": order.reference,
        "line": line.state.line,
        "to": to.value,
        "legalEntity": book.reference,
        "currency": order.currency,
        "amount": money.format_amount(found.item.amount, currency=order.currency),
    }
    event = EventDraft(
        kind="suspense.released",
        subject=subject,
        occurred_at=now,
        parties=tuple(dict.fromkeys((book_id, found.item.owner_id, line.merchant_id))),
        payload=json.dumps(said, ensure_ascii=False),
        entries=tuple(range(len(drafts))),
    )
    written = await write_entries(conn, drafts=drafts, events=[event], actor=actor)
    for outcome in written.outcomes:
        if isinstance(outcome, Refused):
            raise outcome.error
    recorded = written.events[0]
    if recorded is None:
        raise InvariantBroken("a release whose entry was posted is in the log")
    return recorded
