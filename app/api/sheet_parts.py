"""What a sheet consists of: fees, lines, steps, movements, disputes."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.api import entries as entry_types
from app.api.context import WHO, Context, Info
from app.api.documents import OWN, name_document
from app.api.money import Money, read_rate
from app.api.scalars import BigInt
from ledger.reporting import entries
from ledger.reporting.sheets import DisputeRow, Fee, FeeTotal, MovementRow, SheetLineRow, SheetRow, StepRow

if TYPE_CHECKING:
    from app.api.entries import Entry

AnEntry = Annotated["Entry", strawberry.lazy("app.api.entries")]


@strawberry.enum(
    description="Where a sheet stands. OPEN takes lines; CLOSING claims them; CONFIRM_PENDING waits for its party,"
    " APPROVAL for the platform, INVOICE_PENDING for the party's invoice, PAYMENT_PENDING for a payout. A negative one"
    " is CARRIED_FORWARD into the party's next sheets, or collected."
)
class SheetStatus(StrEnum):
    OPEN = "OPEN"
    CLOSING = "CLOSING"
    CLOSED = "CLOSED"
    CONFIRM_PENDING = "CONFIRM_PENDING"
    DISPUTED = "DISPUTED"
    ADJUSTED = "ADJUSTED"
    CONFIRMED = "CONFIRMED"
    APPROVAL = "APPROVAL"
    APPROVED = "APPROVED"
    INVOICE_PENDING = "INVOICE_PENDING"
    INVOICE_MATCHED = "INVOICE_MATCHED"
    PAYMENT_PENDING = "PAYMENT_PENDING"
    PAYING = "PAYING"
    PAID = "PAID"
    PAY_FAILED = "PAY_FAILED"
    COMPLETED = "COMPLETED"
    RECEIVABLE = "RECEIVABLE"
    CARRIED_FORWARD = "CARRIED_FORWARD"
    COLLECTING = "COLLECTING"
    COLLECTED = "COLLECTED"
    WRITTEN_OFF = "WRITTEN_OFF"


@strawberry.enum(description="What became of a part of a sheet's total. PAID is the part of PAYOUT that has arrived.")
class SheetMovementKind(StrEnum):
    NETTED = "NETTED"
    RETAINED = "RETAINED"
    HELD = "HELD"
    WITHHELD = "WITHHELD"
    PAYOUT = "PAYOUT"
    PAID = "PAID"
    COLLECTED = "COLLECTED"
    WRITTEN_OFF = "WRITTEN_OFF"


@strawberry.type(description="What the lines of a sheet come to for one fee item.")
class SheetFeeTotal:
    item: str | None = strawberry.field(description="The fee item; null for entries that carry no fees.")
    entry_kind: str | None = strawberry.field(description="The kind of those entries instead.")
    amount: Money = strawberry.field(description="Counts up for the party.")
    count: BigInt = strawberry.field(description="How many fees or lines it is the sum of.")

    @classmethod
    def of(cls, row: FeeTotal, currency: str) -> "SheetFeeTotal":
        """Make the API's total of the ledger's."""
        amount = Money.of(row.amount_minor, currency)
        return cls(item=row.item, entry_kind=row.template, amount=amount, count=BigInt(row.size))


@strawberry.type(description="How a part of a line was computed.")
class FeeExplanation:
    item: str
    amount: Money = strawberry.field(description="Counts up for the party.")
    base: Money | None
    rate: Decimal | None
    exact: Decimal | None = strawberry.field(description="The value in minor units before it was rounded.")
    rounding: str | None = strawberry.field(description="The step that rounded it.")
    rule: str | None = strawberry.field(description="The plan or item, and its version, that made it.")
    tax: Money | None = strawberry.field(description="The tax inside it.")

    @classmethod
    def of(cls, fee: Fee, currency: str) -> "FeeExplanation":
        """Make the API's explanation of the ledger's."""
        return cls(
            item=fee.item,
            amount=Money.of(fee.amount, currency),
            base=None if fee.base is None else Money.of(fee.base, currency),
            rate=read_rate(fee.rate),
            exact=read_rate(fee.exact),
            rounding=fee.rounding,
            rule=fee.rule,
            tax=None if fee.tax is None else Money.of(fee.tax, currency),
        )


@strawberry.type(description="A line of a sheet, and how it came about.")
class SheetLine:
    position: int = strawberry.field(description="The line's place in its entry.")
    account_code: str
    amount: Money = strawberry.field(description="Counts up for the party.")
    business_date: date
    entry_kind: str = strawberry.field(description="The kind of its entry, such as SPLIT or REFUND.")
    document_line: str | None
    original_period_start: datetime | None = strawberry.field(
        description="Of a fact that came after its period's sheet had closed: the start of that period; while its sheet"
        " is open, when it happened."
    )
    fees: list[FeeExplanation]
    row: strawberry.Private[SheetLineRow]

    @classmethod
    def of(cls, row: SheetLineRow) -> "SheetLine":
        """Make the API's line of the ledger's."""
        return cls(
            position=row.position,
            account_code=row.code,
            amount=Money.of(row.amount_minor, row.currency),
            business_date=row.business_date,
            entry_kind=row.template,
            document_line=row.document_line or None,
            original_period_start=row.original_period_start,
            fees=[FeeExplanation.of(fee, row.currency) for fee in row.fees],
            row=row,
        )

    @strawberry.field(description=f'The document that it is of, such as "order/O1". {OWN}')
    async def document(self, info: Info) -> str | None:
        return await name_document(info.context, self.row.document)

    @strawberry.field(description="The entry that it is a line of.")
    async def entry(self, info: Info) -> AnEntry:
        return await entry_types.get_entry(info.context, self.row.sequence)


@strawberry.type(description="A step of a sheet.")
class SheetStep:
    status: SheetStatus
    taken_at: datetime
    actor: str | None = strawberry.field(description=WHO)
    reason: str | None = strawberry.field(
        description="Why, in the words of who took it; for keys that see only a part, their own words and a rule's."
    )
    due_date_before: date | None = strawberry.field(description="Of a step that moved its due date: the date before.")
    due_date_after: date | None

    @classmethod
    def of(cls, context: Context, row: StepRow) -> "SheetStep":
        """Make the API's step of the ledger's."""
        return cls(
            status=SheetStatus(row.status),
            taken_at=row.at,
            actor=context.name_actor(row.actor),
            # Among them is what approvers said, and to a request nobody else is told that.
            reason=context.say(row.reason) or None if context.viewer.knows(row.actor) else None,
            due_date_before=row.due_date_before,
            due_date_after=row.due_date_after,
        )


@strawberry.type(description="What was taken from a sheet's total; below zero, given back.")
class SheetMovement:
    kind: SheetMovementKind
    amount: Money
    document: str = strawberry.field(description='Who took it, such as "payout/7", "hold/3" or another sheet.')
    moved_at: datetime
    actor: str | None = strawberry.field(description=WHO)
    row: strawberry.Private[MovementRow]
    sheet: strawberry.Private[SheetRow]

    @classmethod
    def of(cls, context: Context, row: MovementRow, sheet: SheetRow) -> "SheetMovement":
        """Make the API's movement of the ledger's."""
        return cls(
            kind=SheetMovementKind(row.kind),
            amount=Money.of(row.amount_minor, sheet.currency),
            document=row.reference,
            moved_at=row.moved_at,
            actor=context.name_actor(row.actor),
            row=row,
            sheet=sheet,
        )

    @strawberry.field(description="The entries that its document posted for this sheet.")
    async def entries(self, info: Info) -> list[AnEntry]:
        document, line = self.row.reference, str(self.sheet.sheet_id)
        if self.row.kind == "NETTED" and self.sheet.total_minor > 0:
            # The sheet that pays keeps the entry, under the number of the one that owes.
            document, line = f"sheet/{line}", document.removeprefix("sheet/")
        context = info.context
        rows = await context.load(entries.list_document_entries, (document, line), scope=context.viewer.scope_party_id)
        return [entry_types.Entry.of(context, row) for row in rows]


@strawberry.type(description="A line that a dispute names.")
class DisputedLine:
    position: int
    sequence: strawberry.Private[int]

    @strawberry.field
    async def entry(self, info: Info) -> AnEntry:
        return await entry_types.get_entry(info.context, self.sequence)


@strawberry.type(description="An objection of a party to its sheet, and the answer.")
class SheetDispute:
    number: BigInt
    opened_at: datetime
    opened_by: str | None = strawberry.field(description=WHO)
    reason: str
    evidence_sha256: str | None = strawberry.field(description="SHA-256 of the evidence, in hexadecimal.")
    lines: list[DisputedLine] = strawberry.field(description="The lines it is about; none is the whole sheet.")
    answered_at: datetime | None
    answered_by: str | None = strawberry.field(description=WHO)
    answer: str | None
    adjustments: list[str] = strawberry.field(description="The adjustments (references) that were made for it.")

    @classmethod
    def of(cls, context: Context, row: DisputeRow) -> "SheetDispute":
        """Make the API's dispute of the ledger's."""
        lines = zip(row.line_sequences, row.line_positions, strict=True)
        return cls(
            number=BigInt(row.dispute_id),
            opened_at=row.opened_at,
            opened_by=context.name_actor(row.actor),
            reason=row.reason,
            evidence_sha256=row.evidence.hex() if row.evidence else None,
            lines=[DisputedLine(position=position, sequence=sequence) for sequence, position in lines],
            answered_at=row.answered_at,
            answered_by=context.name_actor(row.answered_by),
            answer=row.answer,
            adjustments=row.adjustments,
        )
