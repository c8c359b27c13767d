"""Mutations of receipts: recording what came to the bank, matching it against sheets, undoing a match."""

from datetime import date

import strawberry

from app.api.batches import submit_each, submit_one, write_each
from app.api.context import Context, Info
from app.api.money import MoneyInput, write_amount
from app.api.mutations import Payload, mutation
from app.api.nodes import read_key
from app.api.receipts import Receipt, ReceiptMatch, load_match, load_receipt
from app.lanes.receipt_kinds import MATCH_RECEIPTS, RECORD_RECEIPTS, UNMATCH_RECEIPTS
from ledger.settlement.receipts.errors import ReceiptMatchMissing, ReceiptMissing
from ledger.settlement.receipts.model import MatchDraft, MatchStep, ReceiptDraft, RecordedReceipt, UnmatchDraft
from ledger.settlement.receipts.parsing import parse_bank_receipt, parse_match, parse_unmatch
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

    def to_value(self) -> ReceiptDraft:
        """Refusals: those of MoneyInput.to_minor and parse_bank_receipt."""
        document: dict[str, object] = {
            "reference": self.reference,
            "legalEntity": self.legal_entity,
            "bankAccount": self.bank_account,
            **write_amount(self.amount),
            "valueDate": self.value_date.isoformat(),
        }
        return parse_bank_receipt(document if self.payer is None else {**document, "payer": self.payer})


@strawberry.input(description="At most 100 receipts, each on its own: a refused one leaves the others.")
class RecordReceiptsInput:
    receipts: list[RecordReceiptInput]


@strawberry.input(description="A receipt to be matched against what is owed from a sheet; the reference is its key.")
class MatchReceiptInput:
    reference: str
    receipt: strawberry.ID
    sheet: strawberry.ID
    amount: MoneyInput | None = strawberry.field(default=None, description="Null is all that both have left.")

    def to_value(self, context: Context) -> MatchDraft:
        """Refusals: IdInvalid, ReceiptMissing, SheetMissing, those of MoneyInput.to_minor and parse_match."""
        receipt = read_key(context, self.receipt, kind="Receipt", field=("receipt",))
        if not isinstance(receipt, int):
            raise ReceiptMissing(field=("receipt",), receipt=self.receipt)
        sheet = read_key(context, self.sheet, kind="Sheet", field=("sheet",))
        if not isinstance(sheet, int):
            raise SheetMissing(field=("sheet",), sheet=self.sheet)
        document: dict[str, object] = {"reference": self.reference, "receipt": receipt, "sheet": sheet}
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


@strawberry.type
class ReceiptMutations:
    @mutation(description="Record what came to the bank, each on its own. It is unidentified until it is matched.")
    async def record_receipts(self, info: Info, input: RecordReceiptsInput) -> RecordReceiptsPayload:
        answers = await submit_each(
            info.context,
            RECORD_RECEIPTS,
            input.receipts,
            read=RecordReceiptInput.to_value,
            field="receipts",
            limit=MOST_RECEIPTS,
        )
        results = write_each(info.context, answers, field="receipts", refused=RecordReceiptPayload, done=_write)
        return RecordReceiptsPayload(results=results)

    @mutation(description="Match a receipt, whole or in part, against what a party owes from a sheet.")
    async def match_receipt(self, info: Info, input: MatchReceiptInput) -> MatchReceiptPayload:
        return _write_match(await submit_one(info.context, MATCH_RECEIPTS, input.to_value(info.context)))

    @mutation(description="Undo a match. It stays on record, with who undid it, when and why.")
    async def unmatch_receipt(self, info: Info, input: UnmatchReceiptInput) -> MatchReceiptPayload:
        return _write_match(await submit_one(info.context, UNMATCH_RECEIPTS, input.to_value(info.context)))


def _write(recorded: RecordedReceipt) -> RecordReceiptPayload:
    return RecordReceiptPayload(replayed=recorded.replayed, receipt_id=recorded.receipt_id)


def _write_match(step: MatchStep) -> MatchReceiptPayload:
    return MatchReceiptPayload(replayed=step.replayed, match_id=step.match.match_id)
