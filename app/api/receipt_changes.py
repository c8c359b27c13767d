"""Mutations of receipts: recording what came to the bank, matching it against sheets, giving back what is nobody's."""

from datetime import date

import strawberry

from app.api.approvals import Approval, load_approval
from app.api.batches import submit_each, submit_one, write_each
from app.api.bounds import at_most
from app.api.context import Context, Info
from app.api.money import Money, MoneyInput, write_amount
from app.api.mutations import Payload, mutation
from app.api.nodes import read_key
from app.api.receipts import Receipt, ReceiptMatch, ReceiptReturn, load_match, load_receipt, load_return
from app.lanes.receipt_kinds import (
    ASSIGN_RECEIPTS,
    MATCH_RECEIPTS,
    RECORD_RECEIPTS,
    RETURN_RECEIPTS,
    SET_TOLERANCES,
    UNMATCH_RECEIPTS,
)
from ledger.money import format_amount
from ledger.settlement.receipts.errors import ReceiptMatchMissing, ReceiptMissing
from ledger.settlement.receipts.model import (
    AssignmentDraft,
    MatchDraft,
    MatchStep,
    ReceiptDraft,
    RecordedReceipt,
    ReturnDraft,
    ToleranceDraft,
    UnmatchDraft,
)
from ledger.settlement.receipts.parsing import (
    parse_assignment,
    parse_bank_receipt,
    parse_match,
    parse_return,
    parse_tolerance,
    parse_unmatch,
)
from ledger.settlement.sheets.errors import SheetMissing

MOST_RECEIPTS = 100


@strawberry.input(description="A line of a bank statement; the reference is its key.")
class RecordReceiptInput:
    reference: str
    legal_entity: str
    bank_account: str = strawberry.field(description="Which account of the legal entity it came to.")
    amount: MoneyInput
    value_date: date
    payer: str | None = strawberry.field(default=None, description="From whom it came, as the bank says.")
    reason: str | None = strawberry.field(default=None, description="Why it is nobody's; null is that nobody looked.")
    owner: str | None = strawberry.field(default=None, description="Who sees to it; null is you.")

    def to_value(self) -> ReceiptDraft:
        """Refusals: those of MoneyInput.to_minor and parse_bank_receipt."""
        document: dict[str, object] = {
            "reference": self.reference,
            "legalEntity": self.legal_entity,
            "bankAccount": self.bank_account,
            **write_amount(self.amount),
            "valueDate": self.value_date.isoformat(),
        }
        said = {"payer": self.payer, "reason": self.reason, "owner": self.owner}
        return parse_bank_receipt({**document, **_leave_out_nulls(said)})


@strawberry.input(description="At most 100 receipts, each on its own: a refused one leaves the others.")
class RecordReceiptsInput:
    receipts: list[RecordReceiptInput] = at_most(MOST_RECEIPTS)


@strawberry.input(description="A receipt to be matched against what is owed from a sheet; the reference is its key.")
class MatchReceiptInput:
    reference: str
    receipt: strawberry.ID
    sheet: strawberry.ID
    amount: MoneyInput | None = strawberry.field(default=None, description="Null is all that both have left.")
    clear_rest: bool = strawberry.field(
        default=False, description="Give up what is still owed then; refused above what is tolerated."
    )

    def to_value(self, context: Context) -> MatchDraft:
        """Refusals: IdInvalid, ReceiptMissing, SheetMissing, those of MoneyInput.to_minor and parse_match."""
        receipt = _read_receipt(context, self.receipt)
        sheet = read_key(context, self.sheet, kind="Sheet", field=("sheet",))
        if not isinstance(sheet, int):
            raise SheetMissing(field=("sheet",), sheet=self.sheet)
        document: dict[str, object] = {"reference": self.reference, "receipt": receipt, "sheet": sheet}
        if self.clear_rest:
            document["clearRest"] = True
        return parse_match(document if self.amount is None else {**document, **write_amount(self.amount)})


@strawberry.input(description="A match to be undone as a whole, and why. What was cleared is owed again.")
class UnmatchReceiptInput:
    match: strawberry.ID
    reason: str

    def to_value(self, context: Context) -> UnmatchDraft:
        """Refusals: IdInvalid, ReceiptMatchMissing, those of parse_unmatch."""
        match = read_key(context, self.match, kind="ReceiptMatch", field=("match",))
        if not isinstance(match, int):
            raise ReceiptMatchMissing(field=("match",), match=self.match)
        return parse_unmatch({"match": match, "reason": self.reason})


@strawberry.input(description="What of a receipt goes back to whoever sent it, and why; the reference is its key.")
class ReturnReceiptInput:
    receipt: strawberry.ID
    reference: str
    reason: str
    amount: MoneyInput | None = strawberry.field(default=None, description="Null is all that is unidentified.")

    def to_value(self, context: Context) -> ReturnDraft:
        """Refusals: IdInvalid, ReceiptMissing, those of MoneyInput.to_minor and parse_return."""
        document: dict[str, object] = {
            "reference": self.reference,
            "receipt": _read_receipt(context, self.receipt),
            "reason": self.reason,
        }
        return parse_return(document if self.amount is None else {**document, **write_amount(self.amount)})


@strawberry.input(description="Who sees to a receipt, and why it waits; null stays as it is.")
class AssignReceiptInput:
    receipt: strawberry.ID
    owner: str | None = None
    reason: str | None = None

    def to_value(self, context: Context) -> AssignmentDraft:
        """Refusals: IdInvalid, ReceiptMissing, those of parse_assignment."""
        receipt = _read_receipt(context, self.receipt)
        return parse_assignment({"receipt": receipt, **_leave_out_nulls({"owner": self.owner, "reason": self.reason})})


@strawberry.input(description="How small a rest of a debt must be to be cleared with a match; zero clears none.")
class SetReceiptToleranceInput:
    legal_entity: str
    tolerance: MoneyInput

    def to_value(self) -> ToleranceDraft:
        """Refusals: those of MoneyInput.to_minor and parse_tolerance."""
        minor = self.tolerance.to_minor(field=("tolerance",), allow_zero=True)
        currency = str(self.tolerance.currency)
        amount = format_amount(minor, currency=currency)
        return parse_tolerance({"legalEntity": self.legal_entity, "currency": currency, "amount": amount})


@strawberry.type(description="What became of one receipt.")
class RecordReceiptPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it was recorded before.")
    receipt_id: strawberry.Private[int | None] = None

    @strawberry.field(description="The receipt as it stands.")
    async def receipt(self, info: Info) -> Receipt | None:
        return None if self.receipt_id is None else await load_receipt(info.context, self.receipt_id)


@strawberry.type(description="What became of receipts.")
class RecordReceiptsPayload(Payload):
    results: list[RecordReceiptPayload] = strawberry.field(
        default_factory=list, description="One per receipt of the input, in its order."
    )


@strawberry.type(description="What became of one match.")
class MatchReceiptPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it was done before.")
    match_id: strawberry.Private[int | None] = None

    @strawberry.field(description="The match as it stands, also where it was undone since.")
    async def match(self, info: Info) -> ReceiptMatch | None:
        return None if self.match_id is None else await load_match(info.context, self.match_id)


@strawberry.type(description="What became of a return.")
class ReturnReceiptPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it was done, or asked for, before.")
    return_id: strawberry.Private[int | None] = None
    receipt_id: strawberry.Private[int | None] = None
    approval_id: strawberry.Private[int | None] = None

    @strawberry.field(name="return", description="What was given back; null while it waits for approval.")
    async def returned(self, info: Info) -> ReceiptReturn | None:
        return None if self.return_id is None else await load_return(info.context, self.return_id)

    @strawberry.field(description="The receipt as it stands.")
    async def receipt(self, info: Info) -> Receipt | None:
        return None if self.receipt_id is None else await load_receipt(info.context, self.receipt_id)

    @strawberry.field(description="What it waits for; null where nobody has to agree.")
    async def approval(self, info: Info) -> Approval | None:
        return None if self.approval_id is None else await load_approval(info.context, self.approval_id)


@strawberry.type(description="What is tolerated from now on.")
class SetReceiptTolerancePayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it was so before.")
    tolerance: Money | None = None


@strawberry.type
class ReceiptMutations:
    @mutation(description="Record what came to the bank, each on its own. It is unidentified until it is matched.")
    async def record_receipts(self, info: Info, input: RecordReceiptsInput) -> RecordReceiptsPayload:
        answers = await submit_each(
            info.context,
            RECORD_RECEIPTS,
            input.receipts,
            read=RecordReceiptInput.to_value,
        )
        results = write_each(info.context, answers, field="receipts", refused=RecordReceiptPayload, done=_write)
        return RecordReceiptsPayload(results=results)

    @mutation(description="Match a receipt, whole or in part, against what a party owes from a sheet.")
    async def match_receipt(self, info: Info, input: MatchReceiptInput) -> MatchReceiptPayload:
        return _write_match(await submit_one(info.context, MATCH_RECEIPTS, input.to_value(info.context)))

    @mutation(description="Undo a match. It stays on record, with who undid it, when and why.")
    async def unmatch_receipt(self, info: Info, input: UnmatchReceiptInput) -> MatchReceiptPayload:
        return _write_match(await submit_one(info.context, UNMATCH_RECEIPTS, input.to_value(info.context)))

    @mutation(
        description="Give back what is unidentified of a receipt, or a part of it. The money leaves the bank account."
    )
    async def return_receipt(self, info: Info, input: ReturnReceiptInput) -> ReturnReceiptPayload:
        returned = await submit_one(info.context, RETURN_RECEIPTS, input.to_value(info.context))
        return ReturnReceiptPayload(
            replayed=returned.replayed,
            return_id=returned.return_id,
            receipt_id=returned.receipt_id,
            approval_id=returned.approval_id,
        )

    @mutation(description="Say who sees to a receipt, and why it waits. It does not become younger by it.")
    async def assign_receipt(self, info: Info, input: AssignReceiptInput) -> RecordReceiptPayload:
        assigned = await submit_one(info.context, ASSIGN_RECEIPTS, input.to_value(info.context))
        return RecordReceiptPayload(replayed=assigned.replayed, receipt_id=assigned.receipt_id)

    @mutation(description="Say how small a rest of a debt must be to be cleared with a match of a legal entity.")
    async def set_receipt_tolerance(self, info: Info, input: SetReceiptToleranceInput) -> SetReceiptTolerancePayload:
        tolerated = await submit_one(info.context, SET_TOLERANCES, input.to_value())
        amount = Money.of(tolerated.amount, tolerated.currency)
        return SetReceiptTolerancePayload(replayed=tolerated.replayed, tolerance=amount)


def _leave_out_nulls(said: dict[str, str | None]) -> dict[str, object]:
    return {key: value for key, value in said.items() if value is not None}


def _read_receipt(context: Context, given: strawberry.ID) -> int:
    """The number of a receipt. Refusals: IdInvalid, ReceiptMissing."""
    receipt = read_key(context, given, kind="Receipt", field=("receipt",))
    if not isinstance(receipt, int):
        raise ReceiptMissing(field=("receipt",), receipt=given)
    return receipt


def _write(recorded: RecordedReceipt) -> RecordReceiptPayload:
    return RecordReceiptPayload(replayed=recorded.replayed, receipt_id=recorded.receipt_id)


def _write_match(step: MatchStep) -> MatchReceiptPayload:
    return MatchReceiptPayload(replayed=step.replayed, match_id=step.match.match_id)
