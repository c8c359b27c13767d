"""Mutations of deposits: agreeing and ending, receiving, billing, claiming, paying claims, releasing, forfeiting."""

import asyncio
from datetime import date
from decimal import Decimal

import strawberry

from app.api.approvals import Approval, load_approval
from app.api.batches import submit_one
from app.api.bounds import at_most
from app.api.context import Context, Info
from app.api.deposits import (
    DepositAgreement,
    DepositBasis,
    DepositKind,
    DepositRelease,
    DepositShortfall,
    DepositSlice,
    find_agreement,
    load_slice,
)
from app.api.errors import Why
from app.api.money import Money, MoneyInput, write_amount
from app.api.mutations import Payload, mutation
from app.api.nodes import read_key
from app.api.scalars import CurrencyCode
from app.api.terms import SettlementRole
from app.lanes.withholding_kinds import (
    AGREE_DEPOSITS,
    DISCHARGE_SLICES,
    END_DEPOSIT_AGREEMENTS,
    PAY_DEPOSIT_CLAIMS,
    RECORD_DEPOSIT_CASH,
    RETAIN_DEPOSITS,
)
from ledger.errors import InvalidInput
from ledger.settlement.deposits.errors import SliceMissing
from ledger.settlement.deposits.model import (
    AgreementDraft,
    CashDraft,
    ClaimPaymentDraft,
    DischargeDraft,
    EndingDraft,
    Moved,
    MoveKind,
)
from ledger.settlement.deposits.parsing import (
    parse_agreement,
    parse_bill,
    parse_claim_payment,
    parse_discharge,
    parse_ending,
    parse_receipt,
)
from ledger.settlement.sheets.errors import SheetMissing

MOST_SHEETS = 100


@strawberry.input(
    description="PERIOD_NET takes `rate` of every positive sheet, up to `cap`; TARGET takes until `amount`, or `rate`"
    " of `base`, is reached."
)
class AgreeDepositInput:
    reference: str
    party: str
    legal_entity: str
    currency: CurrencyCode
    kind: DepositKind
    basis: DepositBasis
    months: int = strawberry.field(description="How long each slice is kept.")
    legal_ground: str
    rate: Decimal | None = None
    base: MoneyInput | None = None
    amount: MoneyInput | None = None
    cap: MoneyInput | None = None
    shortfall: DepositShortfall | None = None
    release: DepositRelease = DepositRelease.BY_HAND
    role: SettlementRole | None = strawberry.field(default=None, description="Null is that of the party's kind.")

    def to_value(self) -> AgreementDraft:
        """Refusals: those of MoneyInput.to_minor and parse_agreement."""
        document: dict[str, object] = {
            "reference": self.reference,
            "party": self.party,
            "legalEntity": self.legal_entity,
            "kind": str(self.kind),
            "basis": str(self.basis),
            "months": self.months,
            "legalGround": self.legal_ground,
            "release": str(self.release),
        }
        for key, given in (("base", self.base), ("amount", self.amount), ("cap", self.cap)):
            if given is not None:
                if given.currency != self.currency:
                    raise InvalidInput(field=(key, "currency"), reason=Why.AGREED_CURRENCY, currency=self.currency)
                document |= write_amount(given, field=key, key=key)
        if self.rate is not None:
            document["rate"] = format(self.rate, "f")
        for key, word in (("shortfall", self.shortfall), ("role", self.role)):
            if word is not None:
                document[key] = str(word)
        return parse_agreement({**document, "currency": str(self.currency)})


@strawberry.input(description="An agreement that shall end now, by its reference.")
class EndDepositAgreementInput:
    agreement: str
    reason: str

    def to_value(self) -> EndingDraft:
        """Refusals: those of parse_ending."""
        return parse_ending({"agreement": self.agreement, "reason": self.reason})


@strawberry.input(description="A deposit that came in, or is billed; the reference is the receipt's or the bill's key.")
class RecordDepositReceiptInput:
    reference: str
    agreement: str
    amount: MoneyInput
    start_date: date = strawberry.field(description="The first day of what it secures.")

    def to_document(self) -> dict[str, object]:
        """Refusals: those of MoneyInput.to_minor."""
        start = self.start_date.isoformat()
        return {
            "reference": self.reference,
            "agreement": self.agreement,
            "startDate": start,
            **write_amount(self.amount),
        }


@strawberry.input(description="What goes out of a slice; null is all that it holds. The reference is the step's key.")
class DischargeDepositInput:
    slice: strawberry.ID
    reference: str
    reason: str
    amount: MoneyInput | None = None

    def to_value(self, context: Context, kind: MoveKind, **more: str | None) -> DischargeDraft:
        """Refusals: IdInvalid, SliceMissing, those of MoneyInput.to_minor and parse_discharge."""
        document: dict[str, object] = {
            "step": kind.value,
            "slice": _read_slice(context, self.slice),
            "reference": self.reference,
            "reason": self.reason,
            **({} if self.amount is None else write_amount(self.amount)),
            **{key: value for key, value in more.items() if value is not None},
        }
        return parse_discharge(document)


@strawberry.input(description="A claim goes to the customers of an order, or to the party that does the service.")
class ClaimDepositInput(DischargeDepositInput):
    order: str | None = None
    party: str | None = None
    account_code: str | None = None


@strawberry.input(description="A claim for the buyers of an order, by its reference, that was paid to them whole.")
class PayDepositClaimInput:
    slice: strawberry.ID
    claim: str
    reason: str = strawberry.field(description="How it was paid; the entry says so.")

    def to_value(self, context: Context) -> ClaimPaymentDraft:
        """Refusals: IdInvalid, SliceMissing, those of parse_claim_payment."""
        slice_id = _read_slice(context, self.slice)
        return parse_claim_payment({"slice": slice_id, "claim": self.claim, "reason": self.reason})


@strawberry.input(
    description="At most 100 closed sheets that agreements shall take of now, also those made after they closed."
)
class RetainDepositsInput:
    sheets: list[strawberry.ID] = at_most(MOST_SHEETS)

    def to_value(self, context: Context) -> tuple[int, ...]:
        """Refusals: IdInvalid, SheetMissing."""
        keys = []
        for place, text in enumerate(self.sheets):
            key = read_key(context, text, kind="Sheet", field=("sheets", str(place)))
            if not isinstance(key, int):
                raise SheetMissing(field=("sheets", str(place)), sheet=text)
            keys.append(key)
        return tuple(keys)


@strawberry.type(description="What became of an agreement on a deposit.")
class AgreeDepositPayload(Payload):
    replayed: bool = False
    reference: strawberry.Private[str | None] = None

    @strawberry.field(description="The agreement.")
    async def agreement(self, info: Info) -> DepositAgreement | None:
        return None if self.reference is None else await find_agreement(info.context, self.reference)


@strawberry.type(description="What became of the end of an agreement.")
class EndDepositAgreementPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it was done, or asked for, before.")
    lapsed: Money | None = strawberry.field(
        default=None,
        description="What was billed, had not come in, and is asked for no more; null while it waits for approval.",
    )
    reference: strawberry.Private[str | None] = None
    approval_id: strawberry.Private[int | None] = None

    @strawberry.field(description="The agreement, with the slices that it holds until their dates.")
    async def agreement(self, info: Info) -> DepositAgreement | None:
        return None if self.reference is None else await find_agreement(info.context, self.reference)

    @strawberry.field(description="What it waits for; null where nobody has to agree.")
    async def approval(self, info: Info) -> Approval | None:
        return None if self.approval_id is None else await load_approval(info.context, self.approval_id)


@strawberry.type(description="What became of a step of a deposit.")
class DepositPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it was done, or asked for, before.")
    amount: Money | None = strawberry.field(default=None, description="What moved; null while it waits for approval.")
    slice_ids: strawberry.Private[tuple[int, ...]] = ()
    approval_id: strawberry.Private[int | None] = None

    @strawberry.field(description="The slices that were touched, as they stand now.")
    async def slices(self, info: Info) -> list[DepositSlice]:
        wanted = dict.fromkeys(self.slice_ids)
        found = await asyncio.gather(*(load_slice(info.context, slice_id) for slice_id in wanted))
        return [each for each in found if each is not None]

    @strawberry.field(description="What it waits for; null where nobody has to agree.")
    async def approval(self, info: Info) -> Approval | None:
        return None if self.approval_id is None else await load_approval(info.context, self.approval_id)


@strawberry.type(description="What was retained from sheets.")
class RetainDepositsPayload(Payload):
    slice_ids: strawberry.Private[tuple[int, ...]] = ()

    @strawberry.field(description="The slices that began; none where everything was retained before.")
    async def slices(self, info: Info) -> list[DepositSlice]:
        found = await asyncio.gather(*(load_slice(info.context, slice_id) for slice_id in self.slice_ids))
        return [each for each in found if each is not None]


@strawberry.type
class DepositMutations:
    @mutation(description="Agree with a party on a deposit or a warranty retention. Nothing moves yet.")
    async def agree_deposit(self, info: Info, input: AgreeDepositInput) -> AgreeDepositPayload:
        agreed = await submit_one(info.context, AGREE_DEPOSITS, input.to_value())
        return AgreeDepositPayload(replayed=agreed.replayed, reference=agreed.reference)

    @mutation(
        description="End an agreement: it takes nothing of sheets that close from now on, nothing comes in or is billed"
        " under it, and what is billed and has not come in is asked for no more. What it holds stays until its dates."
    )
    async def end_deposit_agreement(self, info: Info, input: EndDepositAgreementInput) -> EndDepositAgreementPayload:
        ended = await submit_one(info.context, END_DEPOSIT_AGREEMENTS, input.to_value())
        return EndDepositAgreementPayload(
            replayed=ended.replayed,
            lapsed=None if ended.approval_id is not None else Money.of(ended.lapsed, ended.currency),
            reference=ended.reference,
            approval_id=ended.approval_id,
        )

    @mutation(description="Record that a deposit came in as cash. It pays what is billed first.")
    async def record_deposit_receipt(self, info: Info, input: RecordDepositReceiptInput) -> DepositPayload:
        return await _record(info.context, parse_receipt(input.to_document()))

    @mutation(description="Bill a deposit: the party owes it, and it is shown as due, not as held.")
    async def bill_deposit(self, info: Info, input: RecordDepositReceiptInput) -> DepositPayload:
        return await _record(info.context, parse_bill(input.to_document()))

    @mutation(
        description="Retain from closed sheets what agreements take of them. Sheets that close after an agreement are"
        " seen to by the worker; this is for those that closed before."
    )
    async def retain_deposits(self, info: Info, input: RetainDepositsInput) -> RetainDepositsPayload:
        begun = await submit_one(info.context, RETAIN_DEPOSITS, input.to_value(info.context))
        return RetainDepositsPayload(slice_ids=tuple(begun))

    @mutation(description="Use a deposit for what it was left for.")
    async def claim_deposit(self, info: Info, input: ClaimDepositInput) -> DepositPayload:
        more = {"order": input.order, "party": input.party, "accountCode": input.account_code}
        return await _discharge(info.context, input.to_value(info.context, MoveKind.CLAIMED, **more))

    @mutation(
        description="Record that a claim was paid to the buyers it was for, all of it: the bank account has it no more."
    )
    async def pay_deposit_claim(self, info: Info, input: PayDepositClaimInput) -> DepositPayload:
        draft = input.to_value(info.context)
        return await _show(info.context, await submit_one(info.context, PAY_DEPOSIT_CLAIMS, draft))

    @mutation(
        description="Give a deposit back: to the sheets that it was retained from, to be paid with them; what came as"
        " cash goes to the party's open sheet."
    )
    async def release_deposit(self, info: Info, input: DischargeDepositInput) -> DepositPayload:
        return await _discharge(info.context, input.to_value(info.context, MoveKind.RELEASED))

    @mutation(description="Keep a deposit for good.")
    async def forfeit_deposit(self, info: Info, input: DischargeDepositInput) -> DepositPayload:
        return await _discharge(info.context, input.to_value(info.context, MoveKind.FORFEITED))


async def _record(context: Context, draft: CashDraft) -> DepositPayload:
    return _write(await submit_one(context, RECORD_DEPOSIT_CASH, draft), draft.currency)


async def _discharge(context: Context, draft: DischargeDraft) -> DepositPayload:
    return await _show(context, await submit_one(context, DISCHARGE_SLICES, draft), draft.currency)


async def _show(context: Context, moved: Moved, currency: str = "") -> DepositPayload:
    touched = await load_slice(context, moved.slice_ids[0])
    return _write(moved, currency if touched is None else touched.row.currency)


def _read_slice(context: Context, given: strawberry.ID) -> int:
    slice_id = read_key(context, given, kind="DepositSlice", field=("slice",))
    if not isinstance(slice_id, int):
        raise SliceMissing(field=("slice",), slice=given)
    return slice_id


def _write(moved: Moved, currency: str) -> DepositPayload:
    return DepositPayload(
        replayed=moved.replayed,
        amount=None if moved.approval_id is not None else Money.of(moved.amount, currency),
        slice_ids=moved.slice_ids,
        approval_id=moved.approval_id,
    )
