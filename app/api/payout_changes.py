"""Mutations of payouts: bank accounts, runs, release, cancelling, paying again, and what banks said."""

import asyncio
from datetime import date

import strawberry

from app.api.approvals import Approval, load_approval
from app.api.batches import submit_each, submit_one, write_each
from app.api.context import Info
from app.api.legal_entities import LegalEntity, load_legal_entity
from app.api.money import Money
from app.api.mutations import Payload, mutation
from app.api.nodes import read_key
from app.api.parties import Party, find_party, load_party
from app.api.payout_inputs import (
    BankAccountInput,
    BankAnswerInput,
    CancelPayoutInput,
    DismissBankAnswersInput,
    RecordBankAnswersInput,
    RegisterBankAccountsInput,
    ReleasePayoutsInput,
    RequestLatePaymentInput,
    RetryPayoutInput,
    RunPayoutsInput,
    SettleBankAnswerInput,
)
from app.api.payouts import Payout, PayoutStatus, find_payout
from app.api.scalars import BigInt
from app.api.sheets import Sheet, load_sheets
from app.lanes.payout_kinds import (
    CANCEL_PAYOUT,
    DISMISS_BANK_ANSWERS,
    PREVIEW_PAYOUTS,
    RECORD_BANK_ANSWERS,
    REGISTER_BANK_ACCOUNTS,
    RELEASE_PAYOUTS,
    REQUEST_LATE_PAYMENT,
    RETRY_PAYOUT,
    RUN_PAYOUTS,
    SETTLE_BANK_ANSWER,
    AnswerSettlement,
    Cancellation,
    Dismissal,
    Release,
)
from ledger import fields
from ledger.settlement.payouts.errors import PayoutMissing
from ledger.settlement.payouts.model import (
    AccountRegistered,
    Applied,
    Created,
    Run,
    Waiting,
)


@strawberry.type(description="What became of one bank account.")
class BankAccountPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it stood like this before.")
    reference: str | None = strawberry.field(default=None, description="The account's.")
    masked: str | None = strawberry.field(default=None, description="Its number with most of it covered.")
    owner_reference: strawberry.Private[str | None] = None

    @strawberry.field(description="Whose account it is; null when it was refused, and for who may not see him.")
    async def owner(self, info: Info) -> Party | None:
        return None if self.owner_reference is None else await find_party(info.context, self.owner_reference)


@strawberry.type(description="What became of bank accounts.")
class RegisterBankAccountsPayload(Payload):
    results: list[BankAccountPayload] = strawberry.field(
        default_factory=list, description="One per account of the input, in its order."
    )


@strawberry.type(description="A payout that a run created, or would create.")
class PayoutPlan:
    amount: Money
    gross: Money
    withheld: Money
    fee: Money = strawberry.field(description="What the party bears of the transfer.")
    due_date: date
    needs_approval: bool
    created: strawberry.Private[Created]

    @classmethod
    def of(cls, created: Created) -> "PayoutPlan":
        """Make the API's plan of the ledger's."""
        draft = created.draft
        return cls(
            amount=Money.of(draft.net, draft.currency),
            gross=Money.of(draft.gross, draft.currency),
            withheld=Money.of(draft.withheld, draft.currency),
            fee=Money.of(draft.fee, draft.currency),
            due_date=draft.due_date,
            needs_approval=created.needs_approval,
            created=created,
        )

    @strawberry.field(description="Those that it takes from.")
    async def sheets(self, info: Info) -> list[Sheet]:
        return await load_sheets(info.context, [share.sheet_id for share in self.created.draft.shares])

    @strawberry.field(description="Null in a preview.")
    async def payout(self, info: Info) -> Payout | None:
        return await find_payout(info.context, self.created.payout_id) if self.created.payout_id else None

    @strawberry.field
    async def party(self, info: Info) -> Party | None:
        return await load_party(info.context, self.created.draft.party_id)

    @strawberry.field
    async def legal_entity(self, info: Info) -> LegalEntity | None:
        return await load_legal_entity(info.context, self.created.draft.book_id)


@strawberry.type(description="Money that is not paid now, and why.")
class PayoutWaiting:
    amount: Money
    due_date: date
    reason: str = strawberry.field(
        description="NO_PAYING_ACCOUNT, NO_PAYEE_ACCOUNT, PARTY_BLOCKED, BELOW_STEP, NOTHING_AFTER_TAX_AND_FEE,"
        " CLAIMED_MEANWHILE, BANK_SAYS_PAID; of payouts APPROVAL_PENDING, APPROVAL_REJECTED, PARTY_BLOCKED,"
        " PAYEE_ACCOUNT_RETIRED, PAYING_ACCOUNT_RETIRED, BANK_SAYS_PAID, BANK_BALANCE, BEHIND_ANOTHER, TAX_MONTH_PASSED"
        " and TAX_CHANGED (cancelled: the next run counts its tax in the new month, or without what came to nothing)."
    )
    waiting: strawberry.Private[Waiting]

    @classmethod
    def of(cls, waiting: Waiting) -> "PayoutWaiting":
        """Make the API's row of the ledger's."""
        return cls(
            amount=Money.of(waiting.amount, waiting.currency),
            due_date=waiting.due_date,
            reason=waiting.reason,
            waiting=waiting,
        )

    @strawberry.field(description="Those that it would be taken from.")
    async def sheets(self, info: Info) -> list[Sheet]:
        return await load_sheets(info.context, self.waiting.sheet_ids)

    @strawberry.field(description="Null for a sheet that is in no payout yet.")
    async def payout(self, info: Info) -> Payout | None:
        return await find_payout(info.context, self.waiting.payout_id) if self.waiting.payout_id else None

    @strawberry.field
    async def party(self, info: Info) -> Party | None:
        return await load_party(info.context, self.waiting.party_id)


@strawberry.type(description="What a run created, or would create.")
class RunPayoutsPayload(Payload):
    created: list[PayoutPlan] = strawberry.field(default_factory=list)
    waiting: list[PayoutWaiting] = strawberry.field(default_factory=list, description="Who waits, and for what.")
    is_more: bool = strawberry.field(
        default=False, description="Whether it left some for the next run: one creates 1,000, of 100,000 sheets."
    )


@strawberry.type(description="Which payouts were sent, and which wait.")
class ReleasePayoutsPayload(Payload):
    waiting: list[PayoutWaiting] = strawberry.field(default_factory=list, description="Who waits, and for what.")
    is_more: bool = strawberry.field(
        default=False,
        description="Of all payouts: whether some were not looked at. The same again goes on with them: of many it"
        " looks at 5,000 at a time, until it has sent some.",
    )
    payout_ids: strawberry.Private[tuple[int, ...]] = ()

    @strawberry.field(description="What was sent now, in the order in which it is paid.")
    async def payouts(self, info: Info) -> list[Payout]:
        found = await asyncio.gather(*(find_payout(info.context, number) for number in self.payout_ids))
        return [payout for payout in found if payout is not None]


@strawberry.type(description="What became of one payout.")
class PayoutPayload(Payload):
    payout_id: strawberry.Private[int | None] = None

    @strawberry.field(description="The payout as it stands; null when nothing was done.")
    async def payout(self, info: Info) -> Payout | None:
        return None if self.payout_id is None else await find_payout(info.context, self.payout_id)


@strawberry.type(description="What became of one answer. A refused one is kept and listed in `bankAnswers`.")
class BankAnswerPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it was recorded before.")
    number: BigInt | None = None
    status: PayoutStatus | None = strawberry.field(default=None, description="Where it took its payout.")


@strawberry.type(description="What an answer was settled as.")
class SettleBankAnswerPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it was settled like this before.")
    payout_id: strawberry.Private[int | None] = None

    @strawberry.field(description="The payout that it is of: the same, or the one in a failed one's place.")
    async def payout(self, info: Info) -> Payout | None:
        return None if self.payout_id is None else await find_payout(info.context, self.payout_id)


@strawberry.type(description="What was asked of a payment that a bank told of late.")
class LatePaymentPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether the same was asked before.")
    approval_number: strawberry.Private[int | None] = None

    @strawberry.field(description="Whom it waits for; granted, the payment is booked.")
    async def approval(self, info: Info) -> Approval | None:
        return None if self.approval_number is None else await load_approval(info.context, self.approval_number)


@strawberry.type(description="What became of answers of banks.")
class RecordBankAnswersPayload(Payload):
    results: list[BankAnswerPayload] = strawberry.field(
        default_factory=list, description="One per answer of the input, in its order."
    )


@strawberry.type(description="What became of answers that were dismissed.")
class DismissBankAnswersPayload(Payload):
    dismissed: list[BigInt] = strawberry.field(default_factory=list, description="Those that were on the list.")


@strawberry.type
class PayoutMutations:
    @mutation(
        description="Register bank accounts. A new account takes the place of the one before it. Payouts that were not"
        " sent from a paying account that is replaced are cancelled; the next run pays them from the new one."
    )
    async def register_bank_accounts(self, info: Info, input: RegisterBankAccountsInput) -> RegisterBankAccountsPayload:
        answers = await submit_each(
            info.context,
            REGISTER_BANK_ACCOUNTS,
            input.accounts,
            read=BankAccountInput.to_value,
        )
        results = write_each(
            info.context, answers, field="accounts", refused=BankAccountPayload, done=_write_registered
        )
        return RegisterBankAccountsPayload(results=results)

    @mutation(description="Create payouts of what is due: one per party, legal entity and currency.")
    async def run_payouts(self, info: Info, input: RunPayoutsInput) -> RunPayoutsPayload:
        context = info.context
        run: Run = await submit_one(context, PREVIEW_PAYOUTS if input.preview else RUN_PAYOUTS, input.through)
        return RunPayoutsPayload(
            created=[PayoutPlan.of(created) for created in run.created],
            waiting=[PayoutWaiting.of(waiting) for waiting in run.waiting],
            is_more=run.is_more,
        )

    @mutation(
        description="Send payouts that were created, as far as each bank account goes, by due date; nobody overtakes."
        " The worker hands them over to the bank."
    )
    async def release_payouts(self, info: Info, input: ReleasePayoutsInput) -> ReleasePayoutsPayload:
        given = input.payouts
        numbers = None if given is None else tuple(_read_payout(info, each, "payouts") for each in given)
        sent = await submit_one(info.context, RELEASE_PAYOUTS, Release(numbers))
        return ReleasePayoutsPayload(
            waiting=[PayoutWaiting.of(waiting) for waiting in sent.waiting],
            is_more=sent.is_more,
            payout_ids=sent.payout_ids,
        )

    @mutation(description="Cancel a payout that was not sent; its sheets have the money back.")
    async def cancel_payout(self, info: Info, input: CancelPayoutInput) -> PayoutPayload:
        reason = fields.read_text(input.reason, field=("reason",))
        cancellation = Cancellation(_read_payout(info, input.payout, "payout"), reason)
        return PayoutPayload(payout_id=(await submit_one(info.context, CANCEL_PAYOUT, cancellation)).payout_id)

    @mutation(description="Pay again what failed or came back, by a new payout on the party's account of now.")
    async def retry_payout(self, info: Info, input: RetryPayoutInput) -> PayoutPayload:
        number = _read_payout(info, input.payout, "payout")
        return PayoutPayload(payout_id=(await submit_one(info.context, RETRY_PAYOUT, number)).payout_id)

    @mutation(description="Record what a bank said. What fits no payout is kept with its reason, and never posted.")
    async def record_bank_answers(self, info: Info, input: RecordBankAnswersInput) -> RecordBankAnswersPayload:
        answers = await submit_each(
            info.context,
            RECORD_BANK_ANSWERS,
            input.answers,
            read=BankAnswerInput.to_value,
        )
        results = write_each(info.context, answers, field="answers", refused=BankAnswerPayload, done=_write_applied)
        return RecordBankAnswersPayload(results=results)

    @mutation(description="Take answers that fit no payout off the work list; they stay in the book of answers.")
    async def dismiss_bank_answers(self, info: Info, input: DismissBankAnswersInput) -> DismissBankAnswersPayload:
        dismissal = Dismissal(tuple(input.answers), fields.read_text(input.reason, field=("reason",)))
        dismissed = await submit_one(info.context, DISMISS_BANK_ANSWERS, dismissal)
        return DismissBankAnswersPayload(dismissed=[BigInt(number) for number in dismissed])

    @mutation(
        description="Say what an answer that fits no payout means, which is posted: its charge goes to 5010, and a"
        " payout that failed and was paid after all is replaced by one that is PAID and was never sent; one that"
        " only another copy of the store has sent is PAID."
    )
    async def settle_bank_answer(self, info: Info, input: SettleBankAnswerInput) -> SettleBankAnswerPayload:
        applied = await submit_one(info.context, SETTLE_BANK_ANSWER, _read_settlement(input))
        return SettleBankAnswerPayload(replayed=applied.replayed, payout_id=applied.payout_id)

    @mutation(
        description="Ask for a payment to be booked that a bank told of after its payout had failed, between accounts"
        " of which one was replaced since, to a party that is blocked, or where payouts need approval; another person"
        " has to agree. A payout in the failed one's place, between the accounts of then, is PAID then and was never"
        " sent."
    )
    async def request_late_payment(self, info: Info, input: RequestLatePaymentInput) -> LatePaymentPayload:
        requested = await submit_one(info.context, REQUEST_LATE_PAYMENT, _read_settlement(input))
        return LatePaymentPayload(approval_number=requested.approval_id, replayed=requested.replayed)


def _read_settlement(input: SettleBankAnswerInput | RequestLatePaymentInput) -> AnswerSettlement:
    """Refusals: InvalidInput, those of MoneyInput.to_minor."""
    charge = input.charge
    return AnswerSettlement(
        answer_id=input.answer,
        charge=0 if charge is None else charge.to_minor(field=("charge",)),
        currency="" if charge is None else charge.currency,
        reason=fields.read_text(input.reason, field=("reason",)),
    )


def _read_payout(info: Info, text: str, name: str) -> int:
    """A payout's number out of its id. Refusals: IdInvalid, PayoutMissing."""
    key = read_key(info.context, text, kind="Payout", field=(name,))
    if not isinstance(key, int):
        raise PayoutMissing(field=(name,), payout=text)
    return key


def _write_registered(registered: AccountRegistered) -> BankAccountPayload:
    return BankAccountPayload(
        replayed=registered.replayed,
        owner_reference=registered.owner,
        reference=registered.reference,
        masked=registered.masked,
    )


def _write_applied(applied: Applied) -> BankAnswerPayload:
    return BankAnswerPayload(
        replayed=applied.replayed, number=BigInt(applied.answer_id), status=PayoutStatus(applied.status.value)
    )
