"""From a payout to the orders that it was paid for, and from an order, a line or an entry back to the payouts."""

import asyncio
from collections.abc import Iterable

import strawberry

from app.api.context import Context, Info
from app.api.entries import Entry, find_entry, load_entry
from app.api.nodes import read_id
from app.api.order_lines import OrderLine, find_order_line, load_order_entries, load_order_line
from app.api.orders import Order, find_order
from app.api.payouts import Payout, find_payout
from app.api.sheets import Sheet, find_sheet, load_sheets
from app.api.trace_parts import ORDER, Trace, TracedPart, each_once, keep_found
from ledger.errors import InvalidInput
from ledger.reporting import entries, payouts, settled


@strawberry.type
class TraceQueries:
    @strawberry.field(
        description="Everything that hangs together with an order, an order line, an entry, a sheet or a payout, by its"
        " id; null when there is none that you may see."
    )
    async def trace(self, info: Info, id: strawberry.ID) -> Trace | None:
        context = info.context
        named = read_id(id)
        if named.platform_id != context.viewer.platform_id:
            return None
        match named.kind:
            case "Order":
                order = await find_order(context, named.key)
                return None if order is None else await _trace_order(context, order)
            case "OrderLine":
                line = await find_order_line(context, named.key)
                return None if line is None else await _trace_line(context, line)
            case "Entry":
                entry = await find_entry(context, named.key)
                return None if entry is None else await _trace_entry(context, entry)
            case "Sheet":
                sheet = await find_sheet(context, named.key)
                return None if sheet is None else await _trace_sheets(context, [sheet], f"sheet/{sheet.number}")
            case "Payout":
                payout = await find_payout(context, named.key)
                return None if payout is None else await _trace_payout(context, payout)
        raise InvalidInput(
            field=("id",), reason="Give the id of an order, an order line, an entry, a sheet or a payout."
        )


async def _trace_order(context: Context, order: Order) -> Trace:
    lines = await order.load_lines(context)
    found = await load_order_entries(context, order.reference, None)
    return await _trace_up(context, order, lines, found, document_line=None)


async def _trace_line(context: Context, line: OrderLine) -> Trace:
    reference = line.row.order_reference
    whole = await load_order_entries(context, reference, "")
    own = await load_order_entries(context, reference, line.reference)
    order = await find_order(context, reference)
    found = sorted([*whole, *own], key=lambda entry: entry.row.sequence)
    return await _trace_up(context, order, [line], found, document_line=line.reference)


async def _trace_entry(context: Context, entry: Entry) -> Trace:
    document = entry.row.document
    if document.startswith(ORDER):
        reference = document.removeprefix(ORDER)
        if entry.document_line is not None:
            line = await load_order_line(context, reference, entry.document_line)
            if line is not None:
                return await _trace_line(context, line)
        order = await find_order(context, reference)
        if order is not None:
            return await _trace_order(context, order)
    parts = await _load_parts(context, document, entry.row.document_line or None) if document else []
    mine = [part for part in parts if entry.row.sequence in part.row.sequences]
    sheets = await _load_sheets(context, mine)
    named = await context.load(settled.find_lines_named, (document, entry.row.document_line)) if document else None
    reference, line_reference = named or ("", "")
    line = await load_order_line(context, reference, line_reference) if line_reference else None
    return Trace(
        order=await find_order(context, reference) if reference else None,
        order_lines=[] if line is None else [line],
        entries=[entry],
        parts=mine,
        sheets=sheets,
        payouts=await _load_payouts(context, sheets),
        documents=[document],
    )


async def _trace_up(
    context: Context, order: Order | None, lines: list[OrderLine], found: list[Entry], *, document_line: str | None
) -> Trace:
    """From what earned something, and what names it, to the sheets that claimed it, and the payouts that paid them."""
    reference = lines[0].row.order_reference if order is None else order.reference
    scope = context.viewer.scope_party_id
    naming = await context.load(settled.list_documents_naming, (reference, document_line), scope=scope)
    own = await asyncio.gather(
        _load_parts(context, f"{ORDER}{reference}", document_line),
        *(_load_parts(context, document, None) for document in naming),
    )
    parts = [part for one in own for part in one]
    listed = [context.load(entries.list_document_entries, (document, None), scope=scope) for document in naming]
    others = [Entry.of(context, row) for rows in await asyncio.gather(*listed) for row in rows]
    sheets = await _load_sheets(context, parts)
    return Trace(
        order=order,
        order_lines=lines,
        entries=sorted([*found, *others], key=lambda entry: entry.row.sequence),
        parts=parts,
        sheets=sheets,
        payouts=await _load_payouts(context, sheets),
        documents=naming,
    )


async def _trace_payout(context: Context, payout: Payout) -> Trace:
    claims = await context.load(payouts.list_payout_sheets, payout.row.payout_id)
    sheets = await load_sheets(context, [claim.sheet_id for claim in claims])
    return await _trace_sheets(context, sheets, f"payout/{payout.number}")


async def _trace_sheets(context: Context, sheets: list[Sheet], document: str) -> Trace:
    """From sheets to what they are made of; the entries are those that closed them and those of the document."""
    found = await asyncio.gather(*(context.load(settled.list_parts_of_sheets, sheet.row.sheet_id) for sheet in sheets))
    parts = [TracedPart.of(row) for rows in found for row in rows]
    orders = await keep_found([find_order(context, name) for name in each_once(part.order_reference for part in parts)])
    lines = await keep_found([part.load_line(context) for part in _once_a_line(parts)])
    scope = context.viewer.scope_party_id
    rows = await context.load(entries.list_document_entries, (document, None), scope=scope)
    closings = [sheet.row.closing_sequence for sheet in sheets if sheet.row.closing_sequence is not None]
    closed = await keep_found([load_entry(context, sequence) for sequence in closings])
    by_sequence = {entry.row.sequence: entry for entry in [*closed, *(Entry.of(context, row) for row in rows)]}
    return Trace(
        order=orders[0] if len(orders) == 1 else None,
        order_lines=lines,
        entries=[by_sequence[sequence] for sequence in sorted(by_sequence)],
        parts=parts,
        sheets=sheets,
        payouts=await _load_payouts(context, sheets),
        documents=each_once(part.document for part in parts),
    )


async def _load_parts(context: Context, document: str, line: str | None) -> list[TracedPart]:
    scope = context.viewer.scope_party_id
    return [
        TracedPart.of(row) for row in await context.load(settled.list_parts_of_documents, (document, line), scope=scope)
    ]


async def _load_sheets(context: Context, parts: Iterable[TracedPart]) -> list[Sheet]:
    numbers = sorted({part.row.sheet_id for part in parts if part.row.sheet_id is not None})
    return await load_sheets(context, numbers)


async def _load_payouts(context: Context, sheets: Iterable[Sheet]) -> list[Payout]:
    found = await asyncio.gather(
        *(context.load(settled.list_payouts_of_sheets, sheet.row.sheet_id) for sheet in sheets)
    )
    return await keep_found(
        [find_payout(context, number) for number in sorted({each for one in found for each in one})]
    )


def _once_a_line(parts: Iterable[TracedPart]) -> list[TracedPart]:
    return list({(part.row.order_reference, part.row.line_reference): part for part in parts}.values())
