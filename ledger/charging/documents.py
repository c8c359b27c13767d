"""From orders before and after a batch to the columns that write what changed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from ledger.charging import sql
from ledger.charging.dispute_rows import write_disputes
from ledger.charging.event import OrderEvent, OrderPaid
from ledger.charging.frozen import RatesMemory
from ledger.charging.internal_splits import write_internal_splits
from ledger.charging.model import Split
from ledger.charging.order import (
    AGENT,
    PAYABLE,
    PLATFORM,
    Order,
    OrderLine,
    RefundLine,
    status_of,
)
from ledger.db.columns import Kinds, digests, draw_columns, flags, instants, numbers, texts
from ledger.db.transacting import Connection

# How each column of a table is written.
_HEADS: Kinds = (texts, *[numbers] * 2, *[texts] * 3, instants, *[numbers] * 2, *[flags] * 2, texts, *[numbers] * 2)
_LINES: Kinds = (*[texts] * 2, *[numbers] * 3, *[texts] * 3, numbers, texts, *[numbers] * 12, flags, texts, numbers)
_SHARES: Kinds = (*[texts] * 2, numbers, texts, *[numbers] * 5, texts)
_REFUNDS: Kinds = (*[texts] * 2, *[numbers] * 3, *[texts] * 2)
_REFUND_LINES: Kinds = (*[texts] * 3, *[numbers] * 10, *[texts] * 2)
_ITEMS: Kinds = (*[texts] * 2, *[numbers] * 3, texts, *[instants] * 2, texts, *[numbers] * 3)
_EVENTS: Kinds = (*[texts] * 3, instants, numbers, *[texts] * 2, digests)
_STANDS = {"OPEN": "SUSPENSE", "OWNER": "PARTY", "SPLITTER": "SPLITTER"}


class Accepted(NamedTuple):
    """An event that was accepted, and its place in the log."""

    event: OrderEvent
    sequence: int


class Documents:
    """
    What is written of orders that have changed, and of the events that are told of them: drawn as columns a table at a
    step, where somebody waits, then written. `before` are the orders as they were loaded.
    """

    def __init__(
        self,
        *,
        before: Mapping[str, Order],
        after: Iterable[Order],
        accepted: Sequence[Accepted],
        rates: RatesMemory,
    ) -> None:
        self._before = before
        self._changed = sorted((each for each in after if each is not before.get(each.reference)), key=_reference)
        self._accepted = accepted
        self._rates = rates
        self._tables: dict[str, list[str | bytes]] = {}
        self.drawing = self._draw()

    async def write(self, conn: Connection) -> None:
        """Draw what is not drawn yet, and write all of it, if there is anything; that is under way on return."""
        if not self._changed and not self._accepted:
            return
        for _ in self.drawing:
            pass
        await sql.write_documents(conn, **self._tables)
        await write_disputes(conn, before=self._before, changed=self._changed)
        await write_internal_splits(conn, orders=self._changed)

    def _draw(self) -> Iterator[None]:
        before, changed, rates = self._before, self._changed, self._rates
        lines = [each for order in changed for each in _changed_lines(order, before.get(order.reference))]
        tables: dict[str, tuple[Kinds, Iterable[Sequence[Any]]]] = {
            "heads": (_HEADS, map(_head_row, changed)),
            "lines": (_LINES, (_line_row(reference, line, rates) for reference, line, _ in lines)),
            "shares": (_SHARES, (row for each in lines for row in _share_rows(*each))),
            "refunds": (_REFUNDS, (row for each in changed for row in _refund_rows(each, before))),
            "refund_lines": (_REFUND_LINES, (row for each in changed for row in _refund_line_rows(each, before))),
            "items": (_ITEMS, (row for each in lines for row in _item_rows(*each))),
            "events": (_EVENTS, map(_event_row, self._accepted)),
        }
        for name, (kinds, rows) in tables.items():
            self._tables[name] = draw_columns(rows, kinds)
            yield


_reference = attrgetter("reference")
_Changed = tuple[str, OrderLine, OrderLine | None]


def _changed_lines(order: Order, before: Order | None) -> Iterator[_Changed]:
    earlier: Mapping[str, OrderLine] = before.lines if before else {}
    for reference, line in order.lines.items():
        old = earlier.get(reference)
        if line is not old:
            yield order.reference, line, old


def _head_row(order: Order) -> Sequence[Any]:
    return (
        order.reference,
        order.sequence,
        order.book_id,
        order.currency,
        order.channel,
        order.channel_transaction,
        order.paid_at,
        order.held,
        order.frozen,
        order.is_split,
        order.is_unfrozen,
        status_of(order),
        order.settling_book_id,
        order.settled,
    )


def _line_row(order: str, line: OrderLine, rates: RatesMemory) -> Sequence[Any]:
    state = line.state
    return (
        order,
        state.line,
        line.merchant_id,
        line.agent_id,
        line.plan_version,
        rates.write(line.rates),
        line.sku,
        line.category,
        line.quantity,
        state.levels_born_by.value,
        state.goods,
        state.delivery,
        state.platform_discount,
        state.merchant_discount,
        state.refunded_goods,
        state.refunded_delivery,
        state.refunded_platform_discount,
        state.refunded_merchant_discount,
        line.fee_charged,
        line.fee_returned,
        line.fee_recovered,
        line.fee_passed_back,
        state.split is not None,
        numbers(line.chain),
        line.disputed,
    )


def _share_rows(order: str, line: OrderLine, old: OrderLine | None) -> Iterator[Sequence[Any]]:
    state = line.state
    split = state.split
    if split is None:
        return
    if old is not None and _shares_of(old) == _shares_of(line) and old.suspended is line.suspended:
        return
    back = state.returned or Split(0, 0, 0, (0,) * len(split.levels), 0)
    reference, suspended = state.line, line.suspended or {}

    got = (split.merchant, split.commission, *split.levels)
    gave = (back.merchant, back.commission, *back.levels)
    yield order, reference, PLATFORM, PAYABLE[PLATFORM], None, got[1], split.tax, gave[1], back.tax, "PARTY"
    for rank, party_id in line.receivers:
        amount, returned = (split.agent, back.agent) if rank == AGENT else (got[rank], gave[rank])
        stands = _STANDS[suspended[rank].status] if rank in suspended else "PARTY"
        yield order, reference, rank, PAYABLE[rank], party_id, amount, 0, returned, 0, stands


def _shares_of(line: OrderLine) -> tuple[Split | None, Split | None]:
    return line.state.split, line.state.returned


def _refund_rows(order: Order, before: Mapping[str, Order]) -> Iterator[Sequence[Any]]:
    earlier = before[order.reference].refunds if order.reference in before else {}
    for reference, refund in order.refunds.items():
        if refund is not earlier.get(reference):
            owed = refund.payable if refund.status == "OPEN" else 0
            yield order.reference, reference, refund.sequence, refund.payable, owed, refund.status, refund.reason


def _refund_line_rows(order: Order, before: Mapping[str, Order]) -> Iterator[Sequence[Any]]:
    earlier = before[order.reference].refunds if order.reference in before else {}
    for reference, refund in order.refunds.items():
        if reference not in earlier:
            for line, part in refund.lines.items():
                yield _refund_line_row(order.reference, reference, line, part)


def _refund_line_row(order: str, refund: str, line: str, part: RefundLine) -> Sequence[Any]:
    moved, back = part.refund, part.refund.claw_back
    return (
        order,
        refund,
        line,
        part.entry,
        moved.goods,
        moved.delivery,
        moved.cash,
        moved.platform_discount,
        moved.merchant_discount,
        *((back.merchant, back.commission, back.tax, back.agent) if back else (None, None, None, None)),
        numbers(back.levels) if back else "",
        numbers(part.suspended),
    )


def _item_rows(order: str, line: OrderLine, old: OrderLine | None) -> Iterator[Sequence[Any]]:
    if line.suspended is None or (old is not None and old.suspended is line.suspended):
        return
    for rank, item in line.suspended.items():
        yield (
            order,
            line.state.line,
            rank,
            item.owner_id,
            item.amount,
            item.reason,
            item.opened_at,
            item.deadline,
            item.status,
            item.outside,
            item.times,
            item.given,
        )


def _event_row(accepted: Accepted) -> Sequence[Any]:
    event = accepted.event
    came_in = (event.channel, event.channel_transaction) if isinstance(event, OrderPaid) else ("", "")
    return (
        event.event_id,
        event.order,
        event.kind,
        event.occurred_at,
        accepted.sequence,
        *came_in,
        event.fingerprint,
    )
