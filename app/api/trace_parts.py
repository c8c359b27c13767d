"""What a trace consists of."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import strawberry

from app.api.adjustments import Adjustment, find_adjustment
from app.api.connections import PageInfo
from app.api.context import Context, Info
from app.api.deposits import DepositSlice, load_slice
from app.api.documents import OWN, name_document
from app.api.entries import Entry, load_entry
from app.api.events import Event
from app.api.fee_lines import FeeLine, load_fee_line
from app.api.holds import Hold, load_hold
from app.api.money import Money
from app.api.order_lines import OrderLine, load_order_line
from app.api.orders import Capture, Order, find_order
from app.api.parties import Party, load_party
from app.api.payouts import Payout, find_payout
from app.api.receipts import Receipt, load_receipt
from app.api.scalars import BigInt
from app.api.sheets import Sheet, load_sheet
from ledger.reporting import settled
from ledger.reporting.settled import PartTotal, SettledPart

ORDER = "order/"

Found = TypeVar("Found")


@strawberry.type(
    description="What one party earned by one line of a document: of an order, or of a penalty, a fee line and so on."
    " The parts of a sheet sum to its total; those of an open one are what stands on it now."
)
class TracedPart:
    document_line: str | None
    amount: Money = strawberry.field(description="Counts up for the party; what came back counts down.")
    row: strawberry.Private[SettledPart]

    @classmethod
    def of(cls, row: SettledPart) -> "TracedPart":
        """Make the API's part of the ledger's."""
        return cls(
            document_line=row.document_line or None,
            amount=Money.of(row.amount_minor, row.currency),
            row=row,
        )

    @strawberry.field(description=f"What it was earned by, such as order/O-1; null for none. {OWN}")
    async def document(self, info: Info) -> str | None:
        return await name_document(info.context, self.row.document)

    @strawberry.field
    async def party(self, info: Info) -> Party | None:
        return await load_party(info.context, self.row.party_id)

    @strawberry.field(description="The sheet that claimed it; null while the one it is on has not closed.")
    async def sheet(self, info: Info) -> Sheet | None:
        return None if self.row.sheet_id is None else await load_sheet(info.context, self.row.sheet_id)

    @strawberry.field(description="The order that it was earned by, or that its document names.")
    async def order(self, info: Info) -> Order | None:
        return None if self.order_reference is None else await find_order(info.context, self.order_reference)

    @strawberry.field(
        description="The order line that it was earned by, or that its document names, such as a fee line, an"
        " adjustment or a hold; null where it names none, or the order as a whole."
    )
    async def order_line(self, info: Info) -> OrderLine | None:
        return await self.load_line(info.context)

    @strawberry.field(description="The entries that credited and debited the party with it.")
    async def entries(self, info: Info) -> list[Entry]:
        return await keep_found([load_entry(info.context, sequence) for sequence in self.row.sequences])

    @property
    def order_reference(self) -> str | None:
        """The reference of the order that it was earned by or that its document names."""
        return self.row.order_reference or None

    async def load_line(self, context: Context) -> OrderLine | None:
        """The order line that it was earned by or that its document names."""
        if not (self.row.order_reference and self.row.line_reference):
            return None
        return await load_order_line(context, self.row.order_reference, self.row.line_reference)


@strawberry.type(description="What all parts of one party on one sheet come to, whatever page they are on.")
class TraceTotal:
    amount: Money = strawberry.field(description="Counts up for the party.")
    line_count: BigInt = strawberry.field(description="How many lines it is the sum of.")
    row: strawberry.Private[PartTotal]

    @classmethod
    def of(cls, row: PartTotal) -> "TraceTotal":
        """Make the API's total of the ledger's."""
        return cls(amount=Money.of(row.amount_minor, row.currency), line_count=BigInt(row.line_count), row=row)

    @strawberry.field
    async def party(self, info: Info) -> Party | None:
        return await load_party(info.context, self.row.party_id)

    @strawberry.field(description="The sheet that claimed them; null for those of sheets that have not closed.")
    async def sheet(self, info: Info) -> Sheet | None:
        return None if self.row.sheet_id is None else await load_sheet(info.context, self.row.sheet_id)


@strawberry.type(
    description="What hangs together. Of an order, one of its lines or an entry: the order with captures and events,"
    " the lines in question with the plan they follow, the entries of the line and those of its order as a whole, such"
    " as the capture (of an order all; of an entry those of its line, itself among them), the fee lines, adjustments,"
    " holds and claims of deposits that name it with their entries, what parties earned by all of them, and the sheets"
    " and payouts that this went into. Of a payout or sheet: its sheets, what they are made of, the order lines and"
    " orders behind it or named by it, and the entries that closed and paid them; the same of an entry that a payout or"
    " sheet posted. Of an entry of a hold, a deposit or a receipt also the sheet whose money it moved, or whose debt it"
    " cleared. It is read in pages: of a payout or sheet of its parts, with the order lines, orders, fee lines,"
    " adjustments, holds, deposits and captures behind those; of an order or line of what names it, with the parts and"
    " entries of that; its own are on the first page. Totals, sheets and payouts are always of all of it."
)
class Trace:
    order: Order | None = strawberry.field(
        description="Null where it hangs together with none or several; of a payout or sheet of more than a page, too."
    )
    order_lines: list[OrderLine]
    entries: list[Entry] = strawberry.field(
        description="In the order of the log: of an order or a line its own and those of what names it on this page; of"
        " a sheet or payout those that closed the sheets, and its own; else the entry that was asked for."
    )
    parts: list[TracedPart] = strawberry.field(description="Who earned what; on which sheet it is.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")
    documents: strawberry.Private[list[str]]
    # Of all of it, whatever the page: read where they are asked for, so that a page without them costs a page.
    load_totals: strawberry.Private[Callable[[], Awaitable[list[PartTotal]]]]
    load_sheets: strawberry.Private[Callable[[], Awaitable[list[Sheet]]]]

    @strawberry.field(
        description="What all parts come to, by sheet and party: those of a payout's sheets are what it was paid for."
    )
    async def totals(self) -> list[TraceTotal]:
        return [TraceTotal.of(total) for total in await self.load_totals()]

    @strawberry.field
    async def sheets(self) -> list[Sheet]:
        return await self.load_sheets()

    @strawberry.field(description="Those that claimed something of the sheets, failed ones too.")
    async def payouts(self, info: Info) -> list[Payout]:
        context = info.context
        found = await asyncio.gather(
            *(context.load(settled.list_payouts_of_sheets, sheet.row.sheet_id) for sheet in await self.load_sheets())
        )
        numbers = sorted({number for one in found for number in one})
        return await keep_found([find_payout(context, number) for number in numbers])

    @strawberry.field(description="Fee lines from elsewhere that name the order or line, or that are behind it.")
    async def fee_lines(self, info: Info) -> list[FeeLine]:
        return await keep_found([load_fee_line(info.context, name) for name in self._named("fee-line/")])

    @strawberry.field(description="Adjustments that name the order or line, or that are behind it.")
    async def adjustments(self, info: Info) -> list[Adjustment]:
        return await keep_found([find_adjustment(info.context, name) for name in self._named("adjustment/")])

    @strawberry.field(description="Holds that name the order or line, or whose money is behind it.")
    async def holds(self, info: Info) -> list[Hold]:
        return await keep_found([load_hold(info.context, int(name)) for name in self._named("hold/")])

    @strawberry.field(
        description="Slices of deposits that were claimed for the order, or whose money is behind it; of an entry the"
        " one that it moved."
    )
    async def deposits(self, info: Info) -> list[DepositSlice]:
        return await keep_found([load_slice(info.context, int(name)) for name in self._named("deposit/")])

    @strawberry.field(description="Of an entry of a receipt the receipt; none for keys that see only a party's side.")
    async def receipts(self, info: Info) -> list[Receipt]:
        return await keep_found([load_receipt(info.context, int(name)) for name in self._named("receipt/")])

    @strawberry.field(description="The orders behind it.")
    async def orders(self, info: Info) -> list[Order]:
        return await self.load_orders(info.context)

    @strawberry.field(
        description="How the orders behind it were paid, order by order, each payment once; null where there is none,"
        " and for keys that see only a part."
    )
    async def captures(self, info: Info) -> list[Capture] | None:
        context = info.context
        if not context.viewer.sees_whole_platform:
            return None
        orders = await self.load_orders(context)
        found = await keep_found([order.load_captures(context) for order in orders])
        once = {capture.event_id: capture for captures in found for capture in captures}
        return list(once.values()) if orders else None

    @strawberry.field(description="What happened to the order, oldest first.")
    async def events(self, info: Info) -> list[Event]:
        return [] if self.order is None else await self.order.load_events(info.context)

    async def load_orders(self, context: Context) -> list[Order]:
        """The orders behind it that may be seen, each once."""
        if self.order is not None:
            return [self.order]
        names = each_once(part.order_reference for part in self.parts)
        return await keep_found([find_order(context, name) for name in names])

    def _named(self, kind: str) -> list[str]:
        return [name.removeprefix(kind) for name in self.documents if name.startswith(kind)]


async def keep_found(asked: Iterable[Awaitable[Found | None]]) -> list[Found]:
    """What was found of what was asked for; asked for together, it is one statement."""
    return [each for each in await asyncio.gather(*asked) if each is not None]


def each_once(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value is not None))
