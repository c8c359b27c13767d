"""Disputes from and to their rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ledger.charging import dispute_sql
from ledger.charging.event import DisputeEvent, OrderChargedBack, OrderEvent, OrderSucceeded
from ledger.charging.order import Dispute, Order
from ledger.db.columns import Kinds, draw_columns, numbers, texts
from ledger.db.transacting import Connection
from ledger.parties.finding import find_parties_by_id
from ledger.parties.model import Party

# How each column of a table is written.
_HEADS: Kinds = (texts, numbers, texts, numbers, numbers, numbers, texts, texts, texts)
_LINES: Kinds = (texts, texts, texts, numbers, numbers, numbers)


class Disputes(NamedTuple):
    """
    The orders with the disputes that events name, those that are split or charged back also with all that are open; the
    order of each dispute that is named; and the references of the merchants and settling entities of orders with
    disputes.
    """

    whole: Mapping[str, Order]
    orders: dict[str, str]
    names: Mapping[int, str]


async def load_disputes(
    conn: Connection, *, events: Iterable[OrderEvent], orders: Mapping[str, Order], parties: Mapping[str, Party]
) -> Disputes:
    """
    Load the disputes that events name, and the open ones of orders that are split or charged back; no statement where
    there are none.
    `parties` are those that the events name, for an order that is paid and charged back in one batch.
    """
    listed = list(events)
    named = [event for event in listed if isinstance(event, DisputeEvent)]
    counting = {event.order for event in listed if isinstance(event, OrderSucceeded | OrderChargedBack)} & orders.keys()
    disputed = sorted(order for order in counting if any(line.disputed for line in orders[order].lines.values()))
    if not named and not disputed:
        return Disputes({}, {}, {})
    rows = await dispute_sql.find_disputes(conn, disputes=sorted({event.dispute for event in named})) if named else []
    found = _by_order(rows)
    for order, opened in (await load_open_disputes(conn, orders=disputed)).items() if disputed else ():
        found[order] = {**found.get(order, {}), **opened}
    told = [orders[order] for order in {event.order for event in named} | set(disputed) if order in orders]
    holders = {line.merchant_id for order in told for line in order.lines.values()}
    holders |= {order.settling_book_id for order in told if order.settling_book_id is not None}
    found_parties = await find_parties_by_id(conn, party_ids=holders)
    return Disputes(
        whole={order: orders[order]._replace(disputes=held) for order, held in found.items() if order in orders},
        orders={row["dispute_reference"]: row["order_reference"] for row in rows},
        names={party.party_id: party.reference for party in (*parties.values(), *found_parties.values())},
    )


async def load_open_disputes(conn: Connection, *, orders: Sequence[str]) -> dict[str, dict[str, Dispute]]:
    """The disputes of these orders that are not decided, by order and reference; one statement."""
    return _by_order(await dispute_sql.find_open_disputes(conn, orders=orders))


async def write_disputes(conn: Connection, *, before: Mapping[str, Order], changed: Iterable[Order]) -> None:
    """Write the disputes that a batch has changed, after their orders; no statement where it changed none."""
    rows = list(_changed(before, changed))
    if not rows:
        return
    listed: list[Sequence[Any]] = [
        (
            reference,
            dispute.sequence,
            order.reference,
            dispute.amount,
            dispute.fee,
            dispute.amount if dispute.is_open else 0,
            dispute.status,
            dispute.liability,
            dispute.defended_at.isoformat() if dispute.defended_at else "",
        )
        for order, reference, dispute in rows
    ]
    lines: list[Sequence[Any]] = [
        (reference, order.reference, line, part, part if dispute.reserves else 0, dispute.waiting.get(line, 0))
        for order, reference, dispute in rows
        for line, part in dispute.lines.items()
    ]
    await dispute_sql.write_disputes(
        conn,
        heads=draw_columns(listed, _HEADS),
        lines=draw_columns(lines, _LINES),
    )


def _by_order(rows: Iterable[dispute_sql.Row]) -> dict[str, dict[str, Dispute]]:
    found: dict[str, dict[str, Dispute]] = {}
    for row in rows:
        found.setdefault(row["order_reference"], {})[row["dispute_reference"]] = Dispute(
            amount=row["amount_minor"],
            fee=row["fee_minor"],
            status=row["status"],
            liability=row["liability"],
            sequence=row["sequence"],
            lines=dict(zip(row["lines"], row["parts"], strict=True)),
            waiting=dict(zip(row["lines"], row["waiting"], strict=True)),
            defended_at=row["defended_at"],
        )
    return found


def _changed(before: Mapping[str, Order], changed: Iterable[Order]) -> Iterator[tuple[Order, str, Dispute]]:
    for order in changed:
        earlier = before[order.reference].disputes if order.reference in before else {}
        for reference, dispute in order.disputes.items():
            if dispute is not earlier.get(reference):
                yield order, reference, dispute
