"""Settlement sheets: lists, totals by fee, lines with their explanation, steps, movements and disputes."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.api import entries as entry_types
from app.api import parties as party_types
from app.api import receipts as receipt_types
from app.api.bounds import at_most
from app.api.connections import Connection
from app.api.context import Context, Info
from app.api.figures import Count, Cursor, to_span
from app.api.legal_entities import LegalEntity
from app.api.money import Money
from app.api.named import check_named, find_named_book, find_named_party
from app.api.nodes import Node, choose_key, write_id
from app.api.scalars import BigInt, CurrencyCode
from app.api.sheet_parts import SheetDispute, SheetFeeTotal, SheetLine, SheetMovement, SheetStatus, SheetStep
from app.api.terms import ConfirmationRule, SettlementMode, SettlementRole
from ledger.reporting import overdue, sheets
from ledger.reporting.sheets import SheetRow
from ledger.settlement.terms.model import OPEN_END

if TYPE_CHECKING:
    from app.api.entries import Entry
    from app.api.parties import Party
    from app.api.receipts import ReceiptMatch

AnEntry = Annotated["Entry", strawberry.lazy("app.api.entries")]
AParty = Annotated["Party", strawberry.lazy("app.api.parties")]
AMatch = Annotated["ReceiptMatch", strawberry.lazy("app.api.receipts")]


@strawberry.input(
    description="Which sheets; what is left out does not matter. `party` and `legalEntity` are references; a sheet is"
    " of a period when its own overlaps it; `overdue` asks for what was to be paid by a day that has passed."
)
class SheetFilterInput:
    party: str | None = None
    role: SettlementRole | None = None
    legal_entity: str | None = None
    status: list[SheetStatus] | None = at_most(len(SheetStatus), default=None, description="One, or several.")
    period_from: datetime | None = None
    period_to: datetime | None = None
    overdue: bool = False
    quiet: bool | None = strawberry.field(
        default=None, description="Of periods in which nothing happened, closed without a line: only these, or none."
    )

    def describe(self) -> dict[str, object]:
        """What the cursors of the list depend on."""
        return {
            "party": self.party,
            "role": self.role and str(self.role),
            "entity": self.legal_entity,
            "status": self.status and [str(status) for status in self.status],
            "from": self.period_from and self.period_from.isoformat(),
            "to": self.period_to and self.period_to.isoformat(),
            "overdue": self.overdue,
            "quiet": self.quiet,
        }


@strawberry.type(
    description="What a party earned in one role from one legal entity, in one mode and currency, in one period. The"
    " amounts of an open sheet are what stands on it now."
)
class Sheet(Node):
    id: strawberry.ID
    number: BigInt
    legal_entity: LegalEntity = strawberry.field(description="The one that pays it.")
    role: SettlementRole
    mode: SettlementMode
    currency: CurrencyCode
    time_zone: str = strawberry.field(description="The zone that its period was cut in.")
    period_start: datetime
    period_end: datetime | None = strawberry.field(description="The first instant after it; null while nobody ends it.")
    status: SheetStatus
    due_date: date
    is_overdue: bool = strawberry.field(
        description="Whether it was to be paid by a day that has passed, and has not arrived."
    )
    calendar: str
    calendar_version: int
    confirmation: ConfirmationRule
    confirm_by: datetime | None = strawberry.field(description="When silence confirms it; null where it does not.")
    opened_at: datetime
    closed_at: datetime | None
    payable: Money = strawberry.field(description="What is still to be paid of it and claimed by no payout.")
    unpaid: Money = strawberry.field(description="What is to be paid of it and has not arrived, claimed or not.")
    owed: Money = strawberry.field(description="What the party still owes from it.")
    netted: Money = strawberry.field(description="What was set off against debts, or of a debt.")
    retained: Money = strawberry.field(description="What is kept as deposit or warranty retention.")
    held: Money = strawberry.field(description="What is on hold.")
    withheld: Money = strawberry.field(description="What was withheld as tax.")
    claimed_by_payouts: Money = strawberry.field(description="What payouts have claimed, on its way or arrived.")
    paid: Money = strawberry.field(description="What has arrived.")
    collected: Money
    written_off: Money
    row: strawberry.Private[SheetRow]

    @classmethod
    def of(cls, context: Context, row: SheetRow) -> "Sheet":
        """Make the API's sheet of the ledger's."""

        def money(minor: int) -> Money:
            return Money.of(minor, row.currency)

        return cls(
            id=write_id(context, "Sheet", row.sheet_id),
            number=BigInt(row.sheet_id),
            legal_entity=LegalEntity(reference=row.legal_entity),
            role=SettlementRole(row.role),
            mode=SettlementMode(row.mode),
            currency=CurrencyCode(row.currency),
            time_zone=row.zone,
            period_start=row.period_start,
            period_end=None if row.period_end >= OPEN_END else row.period_end,
            status=SheetStatus(row.status),
            due_date=row.due_date,
            is_overdue=sheets.is_overdue(row, now=context.services.now()),
            calendar=row.calendar,
            calendar_version=row.calendar_version,
            confirmation=ConfirmationRule(row.confirmation),
            confirm_by=row.confirm_by,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            payable=money(row.payable_minor),
            unpaid=money(sheets.unpaid(row)),
            owed=money(row.owed_minor),
            netted=money(row.netted_minor),
            retained=money(row.retained_minor),
            held=money(row.held_minor),
            withheld=money(row.withheld_minor),
            claimed_by_payouts=money(row.payout_minor),
            paid=money(row.paid_minor),
            collected=money(row.collected_minor),
            written_off=money(row.written_off_minor),
            row=row,
        )

    @property
    def is_open(self) -> bool:
        """Whether its lines are still a question."""
        return self.row.status == "OPEN"

    @strawberry.field
    async def party(self, info: Info) -> AParty | None:
        return await party_types.load_party(info.context, self.row.party_id)

    @strawberry.field(description="What its lines come to; negative where the party owes.")
    async def total(self, info: Info) -> Money:
        if not self.is_open:
            return Money.of(self.row.total_minor, self.row.currency)
        standing = await info.context.load(sheets.find_open_totals, self.row.sheet_id)
        return Money.of(standing.total_minor, self.row.currency)

    @strawberry.field
    async def line_count(self, info: Info) -> BigInt:
        if not self.is_open:
            return BigInt(self.row.line_count)
        return BigInt((await info.context.load(sheets.find_open_totals, self.row.sheet_id)).line_count)

    @strawberry.field(description="What its lines come to by fee item; together they are the total.")
    async def fee_totals(self, info: Info) -> list[SheetFeeTotal]:
        rows = await info.context.load(sheets.sum_fees, self.row.sheet_id)
        return [SheetFeeTotal.of(row, self.row.currency) for row in rows]

    @strawberry.field(description="Its lines, in the order in which they were posted.")
    async def lines(
        self, info: Info, *, first: Count = None, after: Cursor = None, last: Count = None, before: Cursor = None
    ) -> Connection[SheetLine]:
        context = info.context
        pager = context.open_list("sheet-lines", sheet=self.row.sheet_id)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows = await context.read(
            sheets.list_lines, sheet_id=self.row.sheet_id, is_open=self.is_open, span=to_span(page)
        )
        return pager.lay_out(rows, page, node=SheetLine.of, position=lambda row: (row.sequence, row.position))

    @strawberry.field(description="Every step it took, with who took it, when and why.")
    async def history(self, info: Info) -> list[SheetStep]:
        rows = await info.context.load(sheets.find_history, self.row.sheet_id)
        return [SheetStep.of(info.context, row) for row in rows]

    @strawberry.field(description="What was taken from its total and given back; together they say what became of it.")
    async def movements(self, info: Info) -> list[SheetMovement]:
        rows = await info.context.load(sheets.find_movements, self.row.sheet_id)
        return [SheetMovement.of(info.context, row, self.row) for row in rows]

    @strawberry.field(description="What receipts cleared of a negative one, with what was undone, the oldest first.")
    async def receipt_matches(self, info: Info) -> list[AMatch]:
        return [*await receipt_types.load_matches_of_sheet(info.context, self.row.sheet_id)]

    @strawberry.field(description="The party's objections and their answers.")
    async def disputes(self, info: Info) -> list[SheetDispute]:
        rows = await info.context.load(sheets.find_disputes, self.row.sheet_id)
        return [SheetDispute.of(info.context, row) for row in rows]

    @strawberry.field(
        description="The entry that closed it; null while it is open, and where nothing was to be posted."
    )
    async def closing_entry(self, info: Info) -> AnEntry | None:
        sequence = self.row.closing_sequence
        return None if sequence is None else await entry_types.load_entry(info.context, sequence)


@strawberry.type
class SheetQueries:
    @strawberry.field(description="Settlement sheets, the newest first.")
    async def sheets(
        self,
        info: Info,
        *,
        filter: SheetFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[Sheet]:
        context = info.context
        wanted = filter or SheetFilterInput()
        pager = context.open_list("sheets", **wanted.describe())
        page = pager.read_page(first=first, after=after, last=last, before=before)
        owner = await find_named_party(context, wanted.party)
        rows = await context.read(
            sheets.list_sheets,
            party_id=owner,
            scope=context.viewer.scope_party_id,
            role=wanted.role and str(wanted.role),
            book_id=await find_named_book(context, wanted.legal_entity),
            statuses=None if wanted.status is None else [str(status) for status in wanted.status],
            ends_after=wanted.period_from,
            starts_before=wanted.period_to,
            overdue_at=context.services.now() if wanted.overdue else None,
            is_quiet=wanted.quiet,
            span=to_span(page),
        )
        await check_named(context, rows, legal_entity=wanted.legal_entity)
        return pager.lay_out(rows, page, node=lambda row: Sheet.of(context, row), position=lambda row: (row.sheet_id,))

    @strawberry.field(description="One sheet, by id or by number; null when there is none that you may see.")
    async def sheet(self, info: Info, id: strawberry.ID | None = None, number: BigInt | None = None) -> Sheet | None:
        key = choose_key(info.context, kind="Sheet", id=id, number=number)
        return None if key is None else await find_sheet(info.context, key)

    @strawberry.field(
        description="What was to be paid by a day that has passed where it is, the longest overdue first."
    )
    async def overdue_sheets(
        self, info: Info, *, first: Count = None, after: Cursor = None, last: Count = None, before: Cursor = None
    ) -> Connection[Sheet]:
        context = info.context
        pager = context.open_list("overdue-sheets")
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows = await context.read(
            overdue.list_overdue, now=context.services.now(), scope=context.viewer.scope_party_id, span=to_span(page)
        )
        return pager.lay_out(
            rows,
            page,
            node=lambda row: Sheet.of(context, row.sheet),
            position=lambda row: row.position,
        )


async def load_sheet(context: Context, number: int) -> Sheet | None:
    """A sheet by its number; None when it may not be seen."""
    row = await context.load(sheets.find_sheets, number, scope=context.viewer.scope_party_id)
    return None if row is None else Sheet.of(context, row)


async def load_sheets(context: Context, numbers: Sequence[int]) -> list[Sheet]:
    """Sheets by their numbers, those that may be seen; asked for together, it is one statement."""
    found = await asyncio.gather(*(load_sheet(context, number) for number in numbers))
    return [sheet for sheet in found if sheet is not None]


async def find_sheet(context: Context, key: int | str) -> Sheet | None:
    """A sheet by the key of its id; None when it may not be seen."""
    return await load_sheet(context, int(key)) if isinstance(key, int) else None
