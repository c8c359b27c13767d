"""Out of suspense: to its owner, or back to the merchant whose money was split."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from ledger import money
from ledger.actor import Actor
from ledger.charging import sql
from ledger.charging.dispute_rows import load_open_disputes
from ledger.charging.disputed import count_given_disputes, count_released_disputes
from ledger.charging.documents import Documents
from ledger.charging.drafting import draft_entries
from ledger.charging.errors import SuspenseAlreadyReleased, SuspenseItemMissing, SuspenseOpeningMissing
from ledger.charging.frozen import RatesMemory
from ledger.charging.loading import load_orders
from ledger.charging.moves import Move, make_move
from ledger.charging.notes import write_released
from ledger.charging.order import MERCHANT, Order, OrderLine, Suspended
from ledger.compact_json import write_json
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
    """`amount` in minor units is what moved when this opening was released, and `sequence` says where in the log."""

    item: int
    opening: int
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


async def release_suspense(
    conn: Connection, *, item: int, to: Destination, actor: Actor, now: datetime, opening: int | None = None
) -> Released:
    """
    Release a suspense item. What later refunds take back of its share then comes from where it went.

    A blocked party is credited with nothing; a closed one with what is his, so that it can be paid out, and with nobody
    else's share.

    An item may be opened again after its release; `opening` counts from 1 and says which one is meant, None the last.
    One that was released to the same before is a replay, also when the item is open again.

    Refusals, first match wins: SuspenseItemMissing, SuspenseOpeningMissing, SuspenseAlreadyReleased, PartyNotActive,
        and those of the journal, after which the transaction must be rolled back.
    """
    await lock_log(conn)
    rates = RatesMemory.of(conn)
    found = await _find_item(conn, item, rates)
    order, held = found.order, found.item
    meant = held.times if opening is None else opening
    if not 0 < meant <= held.times:
        raise SuspenseOpeningMissing(field=("opening",), item=item, times=held.times, opening=meant)
    if meant < held.times or held.status != "OPEN":
        return await _replay(conn, found, item=item, opening=meant, to=to)
    await _check_receiver(conn, found, to)
    line = found.line._replace(suspended={**(found.line.suspended or {}), found.rank: _free(found, to)})
    moves = make_move(
        "RELEASE",
        line.state.line,
        place=order.owing_place,
        debits=[("2200", None, held.amount)],
        credits=[(*line.seat(found.rank, held.owner_id), held.amount)],
        metadata=write_released(line, {found.rank: held.amount}),
    )
    before, after, disputed = await _count_disputes(conn, found, line, to)
    recorded = await _post(conn, found, moves, item=item, to=to, disputed=disputed, actor=actor, now=now)
    after = after._replace(lines={**order.lines, line.state.line: line})
    reference = order.reference
    await Documents(before={reference: before}, after=[after], accepted=(), rates=rates).write(conn)
    sequence = recorded.sequence
    await sql.insert_release(conn, item=item, opening=meant, to=to.value, amount=held.amount, sequence=sequence)
    return Released(item, meant, reference, line.state.line, to, held.amount, order.currency, sequence, replayed=False)


async def _find_item(conn: Connection, item: int, rates: RatesMemory) -> _Found:
    row = await sql.find_suspense_item(conn, item=item)
    if row is None:
        raise SuspenseItemMissing(field=("item",), item=item)
    reference = row["order_reference"]
    order = (await load_orders(conn, references=[reference], refunds={}, rates=rates))[reference]
    line = order.lines[row["line_reference"]]
    suspended: Mapping[int, Suspended] = line.suspended or {}
    return _Found(order, line, row["rank"], suspended[row["rank"]])


async def _replay(conn: Connection, found: _Found, *, item: int, opening: int, to: Destination) -> Released:
    row = await sql.find_release(conn, item=item, opening=opening)
    if row is None:
        raise InvariantBroken(f"opening {opening} of suspense item {item} was never released")
    if row["released_to"] != to:
        raise SuspenseAlreadyReleased(field=("item",), item=item, to=row["released_to"])
    order, line = found.order, found.line.state.line
    amount, sequence = row["amount_minor"], row["sequence"]
    return Released(item, opening, order.reference, line, to, amount, order.currency, sequence, replayed=True)


async def _check_receiver(conn: Connection, found: _Found, to: Destination) -> None:
    """Refusals: PartyNotActive."""
    is_own = to is Destination.OWNER or found.rank == MERCHANT
    party_id = found.item.owner_id if is_own else found.line.merchant_id
    party = (await find_parties_by_id(conn, party_ids=[party_id]))[party_id]
    if party.status == "BLOCKED" or (party.status == "CLOSED" and not is_own):
        raise PartyNotActive(field=("to",), reference=party.reference, status=party.status)


def _free(found: _Found, to: Destination) -> Suspended:
    """The item once it is released: what went where the rest of its share is, is in one place with that again."""
    freed = found.item._replace(status=to.value, amount=0, disputed=0)
    if to is Destination.OWNER or found.rank == MERCHANT:
        return freed._replace(outside=0)
    return freed._replace(given=0)


async def _count_disputes(
    conn: Connection, found: _Found, released: OrderLine, to: Destination
) -> tuple[Order, Order, Mapping[str, object]]:
    """
    The order with its open disputes, before and after they count on nothing of this item, and what the log says of
    them: what of what becomes the merchant's is in dispute could be paid out from now on, so it is held. `released` is
    the line after that.
    """
    order, line = found.order, found.line
    is_given = found.rank != MERCHANT and to is Destination.SPLITTER
    if not line.disputed or (found.rank != MERCHANT and not is_given):
        return order, order, {}
    opened = await load_open_disputes(conn, orders=[order.reference])
    names = {
        line.merchant_id: (await find_parties_by_id(conn, party_ids=[line.merchant_id]))[line.merchant_id].reference
    }
    before = order._replace(disputes=opened.get(order.reference, {}))
    if is_given:
        after = before._replace(lines={**order.lines, line.state.line: released})
        return before, before, count_given_disputes(after, line, names=names)
    return before, *count_released_disputes(before, line, names=names)


async def _post(
    conn: Connection,
    found: _Found,
    moves: list[Move],
    *,
    item: int,
    to: Destination,
    disputed: Mapping[str, object],
    actor: Actor,
    now: datetime,
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
        "opening": found.item.times,
        "order": order.reference,
        "line": line.state.line,
        "to": to.value,
        "legalEntity": book.reference,
        "currency": order.currency,
        "amount": money.format_amount(found.item.amount, currency=order.currency),
        **disputed,
    }
    event = EventDraft(
        kind="suspense.released",
        subject=subject,
        occurred_at=now,
        parties=tuple(dict.fromkeys((book_id, found.item.owner_id, line.merchant_id))),
        payload=write_json(said),
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
