"""Mutations of settlement sheets: confirming, objecting and answering, closing, and what is paid or collected."""

import re
from datetime import date, datetime

import strawberry

from app.api.approvals import Approval, load_approval
from app.api.batches import submit_each, submit_one, write_each
from app.api.bounds import at_most
from app.api.context import Context, Info
from app.api.entries import find_entry
from app.api.errors import Why
from app.api.legal_entities import LegalEntity
from app.api.money import Money
from app.api.mutations import Payload, mutation
from app.api.nodes import read_key
from app.api.parties import Party, find_party
from app.api.scalars import BigInt
from app.api.sheets import Sheet, load_sheet
from app.api.terms import SettlementMode, SettlementRole
from app.auth import OWNERS
from app.lanes.sheet_kinds import (
    ANSWER_DISPUTE,
    CLOSE_SHEETS,
    COLLECT_SHEET,
    CONFIRM_SHEETS,
    DISPUTE_SHEET,
    END_SHEET,
    OVERRIDE_INVOICE,
    PREVIEW_CLOSING,
    REQUEST_SHEET_APPROVAL,
    WRITE_OFF_SHEET,
    SheetReason,
)
from ledger.errors import InvalidInput
from ledger.reporting.due_work import ClosingSheet
from ledger.settlement.adjustments.answering import MOST_NAMED
from ledger.settlement.sheets.confirming import Confirmation, Confirmed
from ledger.settlement.sheets.disputing import MAX_LINES, Answer, Objection
from ledger.settlement.sheets.errors import SheetMissing

MOST_SHEETS = 500
_HASH = re.compile(r"[0-9a-f]{64}")


@strawberry.input(description="A sheet.")
class SheetInput:
    sheet: strawberry.ID


@strawberry.input(description="At most 500 sheets, each on its own.")
class ConfirmSheetsInput:
    sheets: list[strawberry.ID] = at_most(MOST_SHEETS)


@strawberry.input(description="A line of a sheet: its entry, and its place in it.")
class DisputedLineInput:
    entry: strawberry.ID
    position: int


@strawberry.input(description="Why a sheet is wrong, in at most 1,000 lines; without lines all of it is meant.")
class DisputeSheetInput:
    sheet: strawberry.ID
    reason: str
    lines: list[DisputedLineInput] = at_most(MAX_LINES, default_factory=list)
    evidence_sha256: str | None = strawberry.field(
        default=None, description="SHA-256 of the evidence, in hexadecimal; the evidence itself is kept elsewhere."
    )


@strawberry.input(description="The answer to a sheet's open dispute.")
class AnswerDisputeInput:
    sheet: strawberry.ID
    answer: str
    adjustments: list[str] = at_most(
        MOST_NAMED,
        default_factory=list,
        description="References of the adjustments that were made for it, at most 1,000.",
    )


@strawberry.input(description="A sheet, and why.")
class SheetReasonInput:
    sheet: strawberry.ID
    reason: str


@strawberry.input(description="Close what is due by now.")
class CloseSheetsInput:
    preview: bool = strawberry.field(default=False, description="Only say what would be closed.")


@strawberry.type(description="What became of a sheet.")
class SheetPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it stood there already.")
    number: strawberry.Private[int | None] = None

    @strawberry.field(description="The sheet as it stands now; null when it was refused.")
    async def sheet(self, info: Info) -> Sheet | None:
        return None if self.number is None else await load_sheet(info.context, self.number)


@strawberry.type(description="What became of sheets that were agreed with.")
class ConfirmSheetsPayload(Payload):
    results: list[SheetPayload] = strawberry.field(default_factory=list, description="One per sheet, in order.")


@strawberry.type(description="A sheet and the request that another person has to agree to.")
class SheetApprovalPayload(SheetPayload):
    approval_number: strawberry.Private[int | None] = None

    @strawberry.field
    async def approval(self, info: Info) -> Approval | None:
        return None if self.approval_number is None else await load_approval(info.context, self.approval_number)


@strawberry.type(description="A sheet that a closing would close.")
class ClosingSheetPreview:
    legal_entity: LegalEntity
    role: SettlementRole
    mode: SettlementMode
    period_start: datetime
    period_end: datetime
    due_date: date
    line_count: BigInt
    total: Money
    row: strawberry.Private[ClosingSheet]

    @classmethod
    def of(cls, row: ClosingSheet) -> "ClosingSheetPreview":
        """Make the API's preview of the ledger's."""
        return cls(
            legal_entity=LegalEntity(reference=row.legal_entity),
            role=SettlementRole(row.role),
            mode=SettlementMode(row.mode),
            period_start=row.period_start,
            period_end=row.period_end,
            due_date=row.due_date,
            line_count=BigInt(row.lines),
            total=Money.of(row.total_minor, row.currency),
            row=row,
        )

    @strawberry.field
    async def party(self, info: Info) -> Party | None:
        return await find_party(info.context, self.row.party)


@strawberry.type(description="What a closing did, or would do.")
class CloseSheetsPayload(Payload):
    opened: int = strawberry.field(default=0, description="Sheets that were opened ahead of their periods.")
    closed: int = strawberry.field(default=0, description="Sheets whose totals were fixed and posted.")
    line_count: BigInt = strawberry.field(default=BigInt(0), description="Lines that were claimed.")
    left: int = strawberry.field(
        default=0, description="Sheets that are still to be closed, as somebody else has them: a worker, or a calendar."
    )
    preview: list[ClosingSheetPreview] = strawberry.field(
        default_factory=list, description="Of a preview: the sheets that would be closed, about 10,000 at most."
    )
    is_more: bool = strawberry.field(default=False, description="Of a preview: whether there are more.")


@strawberry.type
class SheetMutations:
    @mutation(roles=OWNERS, description="Agree with a closed sheet. A party's key confirms the party's own only.")
    async def confirm_sheet(self, info: Info, input: SheetInput) -> SheetPayload:
        context = info.context
        confirmed = await submit_one(context, CONFIRM_SHEETS, _read_confirmation(context, input.sheet, "sheet"))
        return _write_confirmed(confirmed)

    @mutation(roles=OWNERS, description="Agree with closed sheets, each on its own. A party's key: with its own.")
    async def confirm_sheets(self, info: Info, input: ConfirmSheetsInput) -> ConfirmSheetsPayload:
        context = info.context
        answers = await submit_each(
            context,
            CONFIRM_SHEETS,
            input.sheets,
            read=lambda sheet: _read_confirmation(context, sheet),
        )
        results = write_each(
            context, answers, field="sheets", refused=SheetPayload, done=_write_confirmed, has_fields=False
        )
        return ConfirmSheetsPayload(results=results)

    @mutation(
        roles=OWNERS, description="Object to a closed sheet; it waits for the answer. A party's key objects to its own."
    )
    async def dispute_sheet(self, info: Info, input: DisputeSheetInput) -> SheetPayload:
        context = info.context
        objection = Objection(
            sheet_id=_read_sheet(context, input.sheet, "sheet"),
            reason=input.reason,
            lines=[await _read_line(context, line) for line in input.lines],
            evidence=_read_hash(input.evidence_sha256),
            party_id=context.viewer.scope_party_id,
        )
        disputed = await submit_one(context, DISPUTE_SHEET, objection)
        return SheetPayload(number=disputed.sheet.sheet_id)

    @mutation(description="Answer a sheet's dispute and present it to its party again.")
    async def answer_dispute(self, info: Info, input: AnswerDisputeInput) -> SheetPayload:
        context = info.context
        answer = Answer(_read_sheet(context, input.sheet, "sheet"), input.answer, tuple(input.adjustments))
        answered = await submit_one(context, ANSWER_DISPUTE, answer)
        return SheetPayload(number=answered.sheet.sheet_id)

    @mutation(description="Ask again for the approval of a sheet that was refused or has changed since.")
    async def request_sheet_approval(self, info: Info, input: SheetInput) -> SheetPayload:
        context = info.context
        sheet = await submit_one(context, REQUEST_SHEET_APPROVAL, _read_sheet(context, input.sheet, "sheet"))
        return SheetPayload(number=sheet.sheet_id)

    @mutation(description="Ask for a purchase sheet to be paid without its invoice; another person has to agree.")
    async def override_invoice(self, info: Info, input: SheetReasonInput) -> SheetApprovalPayload:
        context = info.context
        wanted = SheetReason(_read_sheet(context, input.sheet, "sheet"), input.reason)
        requested = await submit_one(context, OVERRIDE_INVOICE, wanted)
        return SheetApprovalPayload(
            number=wanted.sheet_id, approval_number=requested.approval_id, replayed=requested.replayed
        )

    @mutation(description="Collect what is owed from a sheet instead of carrying it forward.")
    async def collect_sheet(self, info: Info, input: SheetReasonInput) -> SheetPayload:
        context = info.context
        wanted = SheetReason(_read_sheet(context, input.sheet, "sheet"), input.reason)
        return SheetPayload(number=(await submit_one(context, COLLECT_SHEET, wanted)).sheet_id)

    @mutation(description="Ask for what is owed from a sheet to be given up; another person has to agree.")
    async def write_off_sheet(self, info: Info, input: SheetReasonInput) -> SheetApprovalPayload:
        context = info.context
        wanted = SheetReason(_read_sheet(context, input.sheet, "sheet"), input.reason)
        requested = await submit_one(context, WRITE_OFF_SHEET, wanted)
        return SheetApprovalPayload(
            number=wanted.sheet_id, approval_number=requested.approval_id, replayed=requested.replayed
        )

    @mutation(description="End the open sheet of a party that settles on demand; the next closing closes it.")
    async def end_sheet(self, info: Info, input: SheetInput) -> SheetPayload:
        context = info.context
        sheet = await submit_one(context, END_SHEET, _read_sheet(context, input.sheet, "sheet"))
        return SheetPayload(number=sheet.sheet_id)

    @mutation(description="Open and close what is due, as the worker does; or see what that would be.")
    async def close_sheets(self, info: Info, input: CloseSheetsInput) -> CloseSheetsPayload:
        context = info.context
        if input.preview:
            preview = await submit_one(context, PREVIEW_CLOSING, None)
            rows = [ClosingSheetPreview.of(row) for row in preview.sheets]
            return CloseSheetsPayload(preview=rows, is_more=preview.is_more)
        closing = await submit_one(context, CLOSE_SHEETS, None)
        closed = closing.closed
        return CloseSheetsPayload(
            opened=closed.opened, closed=closed.fixed, line_count=BigInt(closed.lines), left=closing.left
        )


def _read_sheet(context: Context, text: str, *field: str) -> int:
    key = read_key(context, text, kind="Sheet", field=field)
    if not isinstance(key, int):
        raise SheetMissing(field=field, sheet=text)
    return key


def _read_confirmation(context: Context, text: str, *field: str) -> Confirmation:
    return Confirmation(_read_sheet(context, text, *field), context.viewer.scope_party_id)


async def _read_line(context: Context, line: DisputedLineInput) -> tuple[int, int]:
    key = read_key(context, line.entry, kind="Entry", field=("lines",))
    entry = None if key is None else await find_entry(context, key)
    if entry is None or not 1 <= line.position <= 1_000:
        raise InvalidInput(field=("lines",), reason=Why.ENTRY_AND_POSITION)
    return entry.row.sequence, line.position


def _read_hash(text: str | None) -> bytes | None:
    if text is None:
        return None
    if _HASH.fullmatch(text) is None:
        raise InvalidInput(field=("evidence_sha256",), reason=Why.SHA256)
    return bytes.fromhex(text)


def _write_confirmed(confirmed: Confirmed) -> SheetPayload:
    return SheetPayload(number=confirmed.sheet.sheet_id, replayed=confirmed.replayed)
