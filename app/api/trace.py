"""From a payout to the orders that it was paid for, and from an order, a line or an entry back to the payouts."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import strawberry

from app.api.connections import MOST_PER_PAGE, Page, PageInfo, Pager
from app.api.context import Context, Info
from app.api.entries import Entry, find_entry, load_entry
from app.api.errors import Why
from app.api.figures import Count, Cursor, to_span
from app.api.nodes import read_id
from app.api.order_lines import OrderLine, find_order_line, load_order_line
from app.api.orders import Order, find_order
from app.api.payouts import Payout, find_payout
from app.api.sheets import Sheet, find_sheet, load_sheets
from app.api.trace_parts import ORDER, Trace, TracedPart, each_once, keep_found
from ledger.errors import InvalidInput
from ledger.reporting import entries, payouts, settled
from ledger.reporting import sheets as sheet_rows
from ledger.reporting.settled import NamingDocument, PartKey, PartTotal, SettledPart

Row = TypeVar("Row")
Found = TypeVar("Found")

# The documents whose entries have the sheet whose money they moved, where it was one's, as their line.
_ON_SHEETS = ("deposit", "hold", "receipt")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A page of a trace: who asks, and which."""

    context: Context
    pager: Pager
    page: Page

    @property
    def is_first(self) -> bool:
        return self.page.after is None

    def lay_out(
        self, rows: Sequence[Row], *, position: Callable[[Row], tuple[int | str, ...]]
    ) -> tuple[list[Row], PageInfo]:
        """The rows that are shown, and where they stand."""
        laid = self.pager.lay_out(rows, self.page, node=lambda row: row, position=position)
        return [edge.node for edge in laid.edges], laid.page_info


@strawberry.type
class TraceQueries:
    @strawberry.field(
        description="Everything that hangs together with an order, an order line, an entry, a sheet or a payout, by its"
        " id, in pages of at most 100, which is also what comes unasked; null when there is none that you may see."
    )
    async def trace(self, info: Info, id: strawberry.ID, *, first: Count = None, after: Cursor = None) -> Trace | None:
        context = info.context
        named = read_id(id)
        pager = context.open_list("trace", id=str(id))
        size = MOST_PER_PAGE if first is None else first
        asked = _Asked(context, pager, pager.read_page(first=size, after=after, last=None, before=None))
        if named.platform_id != context.viewer.platform_id:
            return None
        match named.kind:
            case "Order":
                order = await find_order(context, named.key)
                return None if order is None else await _trace_order(asked, order)
            case "OrderLine":
                line = await find_order_line(context, named.key)
                return None if line is None else await _trace_line(asked, line)
            case "Entry":
                entry = await find_entry(context, named.key)
                return None if entry is None else await _trace_entry(asked, entry)
            case "Sheet":
                sheet = await find_sheet(context, named.key)
                return None if sheet is None else await _trace_sheets(asked, [sheet], f"sheet/{sheet.number}")
            case "Payout":
                payout = await find_payout(context, named.key)
                return None if payout is None else await _trace_payout(asked, payout)
        raise InvalidInput(field=("id",), reason=Why.TRACED)


async def _trace_order(asked: _Asked, order: Order) -> Trace:
    return await _trace_up(asked, order, await order.load_lines(asked.context), document_line=None)


async def _trace_line(asked: _Asked, line: OrderLine) -> Trace:
    order = await find_order(asked.context, line.row.order_reference)
    return await _trace_up(asked, order, [line], document_line=line.reference)


async def _trace_entry(asked: _Asked, entry: Entry) -> Trace:
    context = asked.context
    document = entry.row.document
    if document.startswith(ORDER):
        reference = document.removeprefix(ORDER)
        if entry.document_line is not None:
            line = await load_order_line(context, reference, entry.document_line)
            if line is not None:
                return await _trace_line(asked, line)
        order = await find_order(context, reference)
        if order is not None:
            return await _trace_order(asked, order)
    settled_by = await _trace_settled(asked, document)
    if settled_by is not None:
        return settled_by
    asked_of = NamingDocument(entry.row.sequence, document).part._replace(line=entry.row.document_line or None)
    parts = await _load_parts(context, asked_of) if document else []
    mine = [part for part in parts if entry.row.sequence in part.row.sequences]
    sheets = {part.row.sheet_id for part in mine if part.row.sheet_id is not None}
    sheets |= _find_moved(document, entry.row.document_line)
    key = (document, entry.row.document_line, entry.row.sequence)
    named = await context.load(settled.find_lines_named, key) if document else None
    reference, line_reference = named or ("", "")
    line = await load_order_line(context, reference, line_reference) if line_reference else None
    return Trace(
        order=await find_order(context, reference) if reference else None,
        order_lines=[] if line is None else [line],
        entries=[entry],
        parts=mine,
        page_info=asked.lay_out([], position=lambda row: row)[1],
        documents=[document],
        load_totals=partial(_give, [_as_total(part.row) for part in mine]),
        load_sheets=partial(load_sheets, context, sorted(sheets)),
    )


def _find_moved(document: str, line: str) -> frozenset[int]:
    """The number of the sheet whose money an entry took or gave back, cleared or owed again, by its document."""
    return frozenset({int(line)}) if document.partition("/")[0] in _ON_SHEETS and line else frozenset()


async def _trace_settled(asked: _Asked, document: str) -> Trace | None:
    """The trace of a sheet or payout that moved money by an entry; None of other documents."""
    kind, _, number = document.partition("/")
    if kind == "sheet":
        sheet = await find_sheet(asked.context, int(number))
        return None if sheet is None else await _trace_sheets(asked, [sheet], document)
    if kind == "payout":
        payout = await find_payout(asked.context, int(number))
        return None if payout is None else await _trace_payout(asked, payout)
    return None


async def _trace_up(asked: _Asked, order: Order | None, lines: list[OrderLine], *, document_line: str | None) -> Trace:
    """From what earned something, and what names it, to the sheets that claimed it, and the payouts that paid them."""
    context, scope = asked.context, asked.context.viewer.scope_party_id
    reference = lines[0].row.order_reference if order is None else order.reference
    found = await context.read(
        settled.list_documents_naming, order=reference, line=document_line, scope=scope, span=to_span(asked.page)
    )
    shown, page_info = asked.lay_out(found, position=lambda each: (each.sequence, each.document))
    own = [PartKey(f"{ORDER}{reference}", document_line)] if asked.is_first else []
    parts = await asyncio.gather(*(_load_parts(context, each) for each in [*own, *(name.part for name in shown)]))
    whole = (reference, document_line)
    return Trace(
        order=order,
        order_lines=lines,
        entries=await _load_entries_up(asked, reference, document_line, shown),
        parts=[part for one in parts for part in one],
        page_info=page_info,
        documents=each_once(each.document for each in shown),
        load_totals=partial(context.load, settled.sum_parts_of_orders, whole, scope=scope),
        load_sheets=partial(_load_sheets_of_order, context, whole),
    )


async def _load_entries_up(
    asked: _Asked, reference: str, line: str | None, naming: list[NamingDocument]
) -> list[Entry]:
    """The entries of an order, or of one line of it and of the order as a whole, and of what names it on this page."""
    context = asked.context
    scope = context.viewer.scope_party_id
    own = {None} if line is None else {"", line}
    wanted = [(f"{ORDER}{reference}", each) for each in own] if asked.is_first else []
    listed = [
        context.load(entries.list_document_entries, key, scope=scope)
        for key in [*wanted, *((each.document, None) for each in naming if not each.is_step)]
    ]
    steps = await keep_found([load_entry(context, each.sequence) for each in naming if each.is_step])
    found = [Entry.of(context, row) for rows in await asyncio.gather(*listed) for row in rows]
    return sorted([*found, *steps], key=lambda entry: entry.row.sequence)


async def _trace_payout(asked: _Asked, payout: Payout) -> Trace:
    claims = await asked.context.load(payouts.list_payout_sheets, payout.row.payout_id)
    sheets = await load_sheets(asked.context, [claim.sheet_id for claim in claims])
    return await _trace_sheets(asked, sheets, f"payout/{payout.number}")


async def _trace_sheets(asked: _Asked, sheets: list[Sheet], document: str) -> Trace:
    """From sheets to what they are made of; the entries are those that closed them and those of the document."""
    context = asked.context
    numbers = [sheet.row.sheet_id for sheet in sheets]
    span = to_span(asked.page)
    still_open = next((sheet for sheet in sheets if sheet.is_open), None)
    if still_open is None:
        found = await context.read(settled.list_parts_of_sheets, sheet_ids=numbers, span=span)
    else:
        # The one that was asked for: nothing is paid of an open sheet, and no entry is one's.
        found = await context.read(settled.list_parts_of_open_sheet, sheet_id=still_open.row.sheet_id, span=span)
    shown, page_info = asked.lay_out(found, position=lambda part: (part.sheet_id or 0, part.sequences[0]))
    parts = [TracedPart.of(row) for row in shown]
    orders = await keep_found([find_order(context, name) for name in each_once(part.order_reference for part in parts)])
    lines = await keep_found([part.load_line(context) for part in _once_a_line(parts)])
    is_whole = asked.is_first and not page_info.has_next_page
    return Trace(
        order=orders[0] if is_whole and len(orders) == 1 else None,
        order_lines=lines,
        entries=await _load_closings(context, sheets, document),
        parts=parts,
        page_info=page_info,
        documents=each_once(part.row.document or None for part in parts),
        load_totals=partial(_load_totals, context, sorted(numbers))
        if still_open is None
        else partial(_load_standing, context, still_open),
        load_sheets=partial(_give, sheets),
    )


async def _load_closings(context: Context, sheets: list[Sheet], document: str) -> list[Entry]:
    """The entries that closed sheets, and those of the document that was asked for, in the order of the log."""
    rows = await context.load(entries.list_document_entries, (document, None), scope=context.viewer.scope_party_id)
    closings = [sheet.row.closing_sequence for sheet in sheets if sheet.row.closing_sequence is not None]
    closed = await keep_found([load_entry(context, sequence) for sequence in closings])
    by_sequence = {entry.row.sequence: entry for entry in [*closed, *(Entry.of(context, row) for row in rows)]}
    return [by_sequence[sequence] for sequence in sorted(by_sequence)]


async def _load_parts(context: Context, part: PartKey) -> list[TracedPart]:
    rows = await context.load(settled.list_parts_of_documents, part, scope=context.viewer.scope_party_id)
    return [TracedPart.of(row) for row in rows]


async def _load_totals(context: Context, numbers: Sequence[int]) -> list[PartTotal]:
    return await keep_found([context.load(settled.sum_parts_of_sheets, number) for number in numbers])


async def _load_standing(context: Context, sheet: Sheet) -> list[PartTotal]:
    """What stands on an open sheet now, which no sheet has claimed; none while nothing does."""
    row = sheet.row
    found = await context.load(sheet_rows.find_open_totals, row.sheet_id)
    total = PartTotal(None, row.party_id, row.currency, found.total_minor, found.line_count)
    return [total] if found.line_count else []


async def _load_sheets_of_order(context: Context, whole: tuple[str, str | None]) -> list[Sheet]:
    """The sheets that have something of an order, or of one line of it, and of what names that."""
    scope = context.viewer.scope_party_id
    return await load_sheets(context, await context.load(settled.list_sheets_of_orders, whole, scope=scope))


async def _give(found: Found) -> Found:
    """What needs no loading."""
    return found


def _once_a_line(parts: Iterable[TracedPart]) -> list[TracedPart]:
    return list({(part.row.order_reference, part.row.line_reference): part for part in parts}.values())


def _as_total(part: SettledPart) -> PartTotal:
    return PartTotal(part.sheet_id, part.party_id, part.currency, part.amount_minor, len(part.sequences))
