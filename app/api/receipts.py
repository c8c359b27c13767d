"""Receipts: what came to the bank, what of it is matched against which sheets, and what is unidentified."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.api import entries as entry_types
from app.api import sheets as sheet_types
from app.api.connections import Connection
from app.api.context import Context, Info
from app.api.figures import Count, Cursor, to_span
from app.api.legal_entities import LegalEntity
from app.api.money import Money
from app.api.named import check_named, find_named_book
from app.api.nodes import Node, write_id
from ledger.reporting import receipts
from ledger.reporting.model import ReceiptFilter
from ledger.reporting.receipts import MatchRow, ReceiptRow, ReturnRow, ToleranceRow

if TYPE_CHECKING:
    from app.api.entries import Entry
    from app.api.sheets import Sheet

AnEntry = Annotated["Entry", strawberry.lazy("app.api.entries")]
ASheet = Annotated["Sheet", strawberry.lazy("app.api.sheets")]
AReceipt = Annotated["Receipt", strawberry.lazy("app.api.receipts")]


@strawberry.type(
    description="A part of a receipt that clears what a party owes from a sheet, until it is undone. Who sees the sheet"
    " and not the receipt sees what was cleared and when, and nothing that was said about it."
)
class ReceiptMatch(Node):
    amount: Money
    rest: Money = strawberry.field(description="What of the debt was given up with it, as too small to ask for.")
    reference: str | None
    matched_by: str | None
    matched_at: datetime
    unmatched_by: str | None
    unmatched_at: datetime | None = strawberry.field(description="When it was undone; null while it stands.")
    unmatched_reason: str | None
    row: strawberry.Private[MatchRow]

    @classmethod
    def of(cls, context: Context, row: MatchRow) -> "ReceiptMatch":
        """Make the API's match of the ledger's."""
        shows = row.shows_receipt
        return cls(
            id=write_id(context, "ReceiptMatch", row.match_id),
            amount=Money.of(row.amount_minor, row.currency),
            rest=Money.of(row.rest_minor, row.currency),
            reference=row.reference if shows else None,
            matched_by=row.matched_by if shows else None,
            matched_at=row.matched_at,
            unmatched_by=row.unmatched_by if shows else None,
            unmatched_at=row.unmatched_at,
            unmatched_reason=row.reason if shows else None,
            row=row,
        )

    @strawberry.field(description="What it is a part of; null for keys that see only the party's side.")
    async def receipt(self, info: Info) -> AReceipt | None:
        return await load_receipt(info.context, self.row.receipt_id)

    @strawberry.field(description="What it clears.")
    async def sheet(self, info: Info) -> ASheet | None:
        return await sheet_types.load_sheet(info.context, self.row.sheet_id)

    @strawberry.field(description="The entry that cleared.")
    async def entry(self, info: Info) -> AnEntry | None:
        return await entry_types.load_entry(info.context, self.row.sequence)

    @strawberry.field(description="The entry that gave the rest up; null where there was none.")
    async def rest_entry(self, info: Info) -> AnEntry | None:
        sequence = self.row.rest_sequence
        return None if sequence is None else await entry_types.load_entry(info.context, sequence)

    @strawberry.field(description="The entry that undid it.")
    async def unmatching_entry(self, info: Info) -> AnEntry | None:
        sequence = self.row.undone_sequence
        return None if sequence is None else await entry_types.load_entry(info.context, sequence)


@strawberry.type(description="A part of a receipt that went back to whoever sent it.")
class ReceiptReturn(Node):
    reference: str
    amount: Money
    reason: str
    returned_by: str
    returned_at: datetime
    row: strawberry.Private[ReturnRow]

    @classmethod
    def of(cls, context: Context, row: ReturnRow) -> "ReceiptReturn":
        """Make the API's return of the ledger's."""
        return cls(
            id=write_id(context, "ReceiptReturn", row.return_id),
            reference=row.reference,
            amount=Money.of(row.amount_minor, row.currency),
            reason=row.reason,
            returned_by=row.returned_by,
            returned_at=row.returned_at,
            row=row,
        )

    @strawberry.field(description="What it is a part of.")
    async def receipt(self, info: Info) -> AReceipt | None:
        return await load_receipt(info.context, self.row.receipt_id)

    @strawberry.field(description="The entry that gave it back.")
    async def entry(self, info: Info) -> AnEntry | None:
        return await entry_types.load_entry(info.context, self.row.sequence)


@strawberry.type(description="Up to how much of a debt may be cleared with a match beside its amount.")
class ReceiptTolerance:
    legal_entity: LegalEntity
    tolerance: Money
    set_by: str
    set_at: datetime

    @classmethod
    def of(cls, row: ToleranceRow) -> "ReceiptTolerance":
        """Make the API's tolerance of the ledger's."""
        return cls(
            legal_entity=LegalEntity(reference=row.legal_entity),
            tolerance=Money.of(row.tolerance_minor, row.currency),
            set_by=row.set_by,
            set_at=row.set_at,
        )


@strawberry.type(description="A line of a bank statement: money that came in and is nobody's until it is matched.")
class Receipt(Node):
    reference: str
    legal_entity: LegalEntity
    bank_account: str = strawberry.field(description="Which account of the legal entity it came to.")
    payer: str | None = strawberry.field(description="From whom it came, as the bank says.")
    amount: Money
    matched: Money = strawberry.field(description="What its matches that stand have cleared.")
    returned: Money = strawberry.field(description="What was given back of it.")
    unidentified: Money = strawberry.field(description="What is left of it; it stands on 2210.")
    reason: str = strawberry.field(description="Why it is, or was, nobody's.")
    owner: str = strawberry.field(description="The name of who sees to it.")
    value_date: date
    recorded_by: str
    recorded_at: datetime = strawberry.field(description="Since when it stands there; its age is counted from then.")
    deadline: datetime = strawberry.field(description="Until when it may be unidentified.")
    row: strawberry.Private[ReceiptRow]

    @classmethod
    def of(cls, context: Context, row: ReceiptRow) -> "Receipt":
        """Make the API's receipt of the ledger's."""
        return cls(
            id=write_id(context, "Receipt", row.receipt_id),
            reference=row.reference,
            legal_entity=LegalEntity(reference=row.legal_entity),
            bank_account=row.bank_account,
            payer=row.payer or None,
            amount=Money.of(row.amount_minor, row.currency),
            matched=Money.of(row.matched_minor, row.currency),
            returned=Money.of(row.returned_minor, row.currency),
            unidentified=Money.of(row.unidentified_minor, row.currency),
            reason=context.say(row.reason),
            owner=row.owner,
            value_date=row.value_date,
            recorded_by=row.recorded_by,
            recorded_at=row.recorded_at,
            deadline=row.deadline,
            row=row,
        )

    @strawberry.field(description="For how many whole days it has been unidentified; null where nothing of it is.")
    def age_days(self, info: Info) -> int | None:
        age = info.context.services.now() - self.row.recorded_at
        return max(age.days, 0) if self.row.unidentified_minor else None

    @strawberry.field(description="Whether it has been unidentified for longer than it may be.")
    def is_overdue(self, info: Info) -> bool:
        return self.row.unidentified_minor > 0 and self.row.deadline <= info.context.services.now()

    @strawberry.field(description="What was given back of it, the oldest first.")
    async def returns(self, info: Info) -> list[ReceiptReturn]:
        context = info.context
        scope = context.viewer.scope_party_id
        rows = await context.load(receipts.list_returns_of_receipts, self.row.receipt_id, scope=scope)
        return [ReceiptReturn.of(context, row) for row in rows]

    @strawberry.field(description="What of it was matched, the oldest first, with what was undone.")
    async def matches(self, info: Info) -> list[ReceiptMatch]:
        context = info.context
        scope = context.viewer.scope_party_id
        rows = await context.load(receipts.list_matches_of_receipts, self.row.receipt_id, scope=scope)
        return [ReceiptMatch.of(context, row) for row in rows]

    @strawberry.field(description="The entry that recorded it.")
    async def entry(self, info: Info) -> AnEntry | None:
        return await entry_types.load_entry(info.context, self.row.sequence)


@strawberry.input(
    description="Which receipts; what is left out does not matter. `open` asks for those of which something is, or"
    " nothing is any more, unidentified; `overdue` for those that have been for longer than they may be."
)
class ReceiptFilterInput:
    legal_entity: str | None = None
    open: bool | None = None
    owner: str | None = None
    recorded_until: datetime | None = None
    overdue: bool = False

    def to_value(self, now: datetime) -> ReceiptFilter:
        """What the ledger is asked; what is overdue is open."""
        return ReceiptFilter(
            is_open=True if self.overdue else self.open,
            owner=self.owner,
            recorded_until=self.recorded_until,
            overdue_at=now if self.overdue else None,
        )


@strawberry.type
class ReceiptQueries:
    @strawberry.field(description="Receipts, the newest first.")
    async def receipts(
        self,
        info: Info,
        *,
        filter: ReceiptFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[Receipt]:
        context = info.context
        given = filter or ReceiptFilterInput()
        asked = (given.open, given.owner, given.recorded_until and given.recorded_until.isoformat(), given.overdue)
        pager = context.open_list("receipts", entity=given.legal_entity, asked=asked)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        entity = given.legal_entity
        rows = await context.read(
            receipts.list_receipts,
            book_id=await find_named_book(context, entity),
            asked=given.to_value(context.services.now()),
            scope=context.viewer.scope_party_id,
            span=to_span(page),
        )
        await check_named(context, rows, legal_entity=entity)
        return pager.lay_out(
            rows, page, node=lambda row: Receipt.of(context, row), position=lambda row: (row.receipt_id,)
        )

    @strawberry.field(description="A receipt by its reference; null when there is none that you may see.")
    async def receipt(self, info: Info, *, reference: str) -> Receipt | None:
        context = info.context
        row = await context.load(receipts.find_named_receipts, reference, scope=context.viewer.scope_party_id)
        return None if row is None else Receipt.of(context, row)

    @strawberry.field(
        description="How small a rest of a debt must be to be cleared with a match, where anybody said so."
    )
    async def receipt_tolerances(self, info: Info) -> list[ReceiptTolerance]:
        context = info.context
        rows = await context.read(receipts.list_tolerances, scope=context.viewer.scope_party_id)
        return [ReceiptTolerance.of(row) for row in rows]


async def load_receipt(context: Context, receipt_id: int) -> Receipt | None:
    """A receipt by the ledger's number; None when it may not be seen."""
    row = await context.load(receipts.find_receipts, receipt_id, scope=context.viewer.scope_party_id)
    return None if row is None else Receipt.of(context, row)


async def find_receipt(context: Context, key: int | str) -> Receipt | None:
    """A receipt by the key of its id; None when it may not be seen."""
    return await load_receipt(context, key) if isinstance(key, int) else None


async def load_match(context: Context, match_id: int) -> ReceiptMatch | None:
    """A match by the ledger's number; None when it may not be seen."""
    row = await context.load(receipts.find_matches, match_id, scope=context.viewer.scope_party_id)
    return None if row is None else ReceiptMatch.of(context, row)


async def find_match(context: Context, key: int | str) -> ReceiptMatch | None:
    """A match by the key of its id; None when it may not be seen."""
    return await load_match(context, key) if isinstance(key, int) else None


async def load_return(context: Context, return_id: int) -> ReceiptReturn | None:
    """A return by the ledger's number; None when it may not be seen."""
    row = await context.load(receipts.find_returns, return_id, scope=context.viewer.scope_party_id)
    return None if row is None else ReceiptReturn.of(context, row)


async def find_return(context: Context, key: int | str) -> ReceiptReturn | None:
    """A return by the key of its id; None when it may not be seen."""
    return await load_return(context, key) if isinstance(key, int) else None


async def load_matches_of_sheet(context: Context, sheet_id: int) -> list[ReceiptMatch]:
    """The matches of a sheet that may be seen, the oldest first."""
    rows = await context.load(receipts.list_matches_of_sheets, sheet_id, scope=context.viewer.scope_party_id)
    return [ReceiptMatch.of(context, row) for row in rows]
