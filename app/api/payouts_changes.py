"""Mutations of payouts: bank accounts, runs, release, cancelling, paying again, and what banks said."""

from datetime import date, datetime, time

import strawberry

from app.api.batches import submit_each, submit_one, write_each
from app.api.context import Info
from app.api.money import Money, MoneyInput
from app.api.mutations import Payload, mutation
from app.api.nodes import read_key
from app.api.parties import Party, load_party
from app.api.payouts import BankAnswerKind, Payout, PayoutStatus, find_payout
from app.api.scalars import BigInt, CurrencyCode
from app.lanes.payouts_kinds import (
    CANCEL_PAYOUT,
    DISMISS_BANK_ANSWERS,
    RECORD_BANK_ANSWERS,
    REGISTER_BANK_ACCOUNTS,
    RELEASE_PAYOUTS,
    RETRY_PAYOUT,
    RUN_PAYOUTS,
    Cancellation,
    Dismissal,
    Release,
)
from ledger import fields, money
from ledger.errors import InvalidInput
from ledger.settlement.payouts.creating import preview_payouts
from ledger.settlement.payouts.errors import UnknownPayout
from ledger.settlement.payouts.model import (
    AccountRegistered,
    AnswerKind,
    Applied,
    BankAnswer,
    Created,
    PayeeAccountDraft,
    PayingAccountDraft,
    Run,
    Waiting,
)
from ledger.settlement.payouts.numbers import read_number

MOST_ACCOUNTS = 500
MOST_ANSWERS = 500
LONGEST_REASON = 200


@strawberry.input(description="How a legal entity pays from an account. Given anew, it changes the way.")
class PayingWayInput:
    channel: str = strawberry.field(description="The channel's name, such as file or sandbox.")
    calendar: str = "MON-FRI"
    cut_off: str = strawberry.field(
        default="23:59:59", description="A time of day in the entity's zone, such as 16:00."
    )
    step: MoneyInput | None = strawberry.field(default=None, description="The smallest unit that the channel moves.")
    fee: MoneyInput | None = strawberry.field(default=None, description="What the party bears of each transfer.")


@strawberry.input(
    description="A bank account of a party, or (with `paying`) of a legal entity that pays from it. Exactly one of iban"
    " and accountNumber; the number is never shown again."
)
class BankAccountInput:
    owner: str = strawberry.field(description="The reference of the party or legal entity.")
    reference: str = strawberry.field(description="A name for the account, unique for its owner.")
    currency: CurrencyCode
    holder: str
    iban: str | None = None
    account_number: str | None = None
    bank_code: str = strawberry.field(default="", description="The bank's BIC.")
    withholding_rule: str = strawberry.field(default="", description="The tax plug-in that its payouts are under.")
    paying: PayingWayInput | None = None

    def to_value(self) -> PayeeAccountDraft | PayingAccountDraft:
        """Refusals: InvalidInput, CurrencyUnknown, BankNumberInvalid, those of MoneyInput.to_minor."""
        money.exponent(self.currency, field=("currency",))
        number = read_number(
            reference=fields.read_text(self.reference, field=("reference",)),
            holder=fields.read_text(self.holder, field=("holder",)),
            iban=self.iban or "",
            number=self.account_number or "",
            bank_code=self.bank_code,
        )
        if self.paying is None:
            return PayeeAccountDraft(self.owner, self.reference, self.currency, number, self.withholding_rule)
        way = self.paying
        return PayingAccountDraft(
            legal_entity=self.owner,
            reference=self.reference,
            currency=self.currency,
            number=number,
            channel=fields.read_text(way.channel, field=("paying", "channel")),
            calendar=fields.read_text(way.calendar, field=("paying", "calendar")),
            cut_off=_read_time(way.cut_off),
            step_minor=self._read_amount(way.step, "step") or 1,
            fee_minor=self._read_amount(way.fee, "fee"),
        )

    def _read_amount(self, given: MoneyInput | None, name: str) -> int:
        if given is None:
            return 0
        if given.currency != self.currency:
            raise InvalidInput(field=("paying", name), reason=f"The {name} is in the account's currency.")
        return given.to_minor(field=("paying", name), allow_zero=name == "fee")


@strawberry.input(description="At most 500 bank accounts, each on its own.")
class RegisterBankAccountsInput:
    accounts: list[BankAccountInput]


@strawberry.input(
    description="Create payouts of all sheets that may be paid and are due by a day. A preview writes nothing."
)
class RunPayoutsInput:
    through: date
    preview: bool = False


@strawberry.input(description="Send these payouts, or all that were created.")
class ReleasePayoutsInput:
    payouts: list[strawberry.ID] | None = None


@strawberry.input
class CancelPayoutInput:
    payout: strawberry.ID
    reason: str


@strawberry.input
class RetryPayoutInput:
    payout: strawberry.ID


@strawberry.input(description="What a bank said of a payout; source and reference name the answer for good.")
class BankAnswerInput:
    source: str
    reference: str
    kind: BankAnswerKind
    payout_key: str = strawberry.field(description="The payout's name for the bank: the end-to-end id.")
    occurred_at: datetime
    amount: MoneyInput | None = strawberry.field(default=None, description="What moved; needed for PAID and RETURNED.")
    fee: MoneyInput | None = strawberry.field(default=None, description="What the bank took besides.")
    bank_reference: str = ""
    reason: str = ""

    def to_value(self) -> BankAnswer:
        """Refusals: InvalidInput, those of MoneyInput.to_minor."""
        if self.amount and self.fee and self.amount.currency != self.fee.currency:
            raise InvalidInput(field=("fee",), reason="Amount and fee are in one currency.")
        if len(self.bank_reference) > LONGEST_REASON or len(self.reason) > LONGEST_REASON:
            raise InvalidInput(field=("reason",), reason=f"At most {LONGEST_REASON} characters.")
        return BankAnswer(
            source=fields.read_text(self.source, field=("source",)),
            reference=fields.read_text(self.reference, field=("reference",)),
            kind=AnswerKind(str(self.kind)),
            key=fields.read_text(self.payout_key, field=("payout_key",)),
            occurred_at=self.occurred_at,
            amount=None if self.amount is None else self.amount.to_minor(field=("amount",)),
            currency="" if self.amount is None else self.amount.currency,
            fee=0 if self.fee is None else self.fee.to_minor(field=("fee",), allow_zero=True),
            bank_reference=self.bank_reference,
            reason=self.reason,
        )


@strawberry.input(description="At most 500 answers, each on its own.")
class RecordBankAnswersInput:
    answers: list[BankAnswerInput]


@strawberry.input
class DismissBankAnswersInput:
    answers: list[BigInt] = strawberry.field(description="Their numbers.")
    reason: str


@strawberry.type(description="What became of one bank account.")
class BankAccountPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it stood like this before.")
    owner: str | None = None
    reference: str | None = None
    masked: str | None = strawberry.field(default=None, description="Its number with most of it covered.")


@strawberry.type
class RegisterBankAccountsPayload(Payload):
    results: list[BankAccountPayload] = strawberry.field(
        default_factory=list, description="One per account of the input, in its order."
    )


@strawberry.type(description="A payout that a run created, or would create.")
class PayoutPlan:
    amount: Money
    gross: Money
    withheld: Money
    fee: Money
    due_date: date
    sheets: list[BigInt]
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
            sheets=[BigInt(share.sheet_id) for share in draft.shares],
            needs_approval=created.needs_approval,
            created=created,
        )

    @strawberry.field(description="Null in a preview.")
    async def payout(self, info: Info) -> Payout | None:
        return await find_payout(info.context, self.created.payout_id) if self.created.payout_id else None

    @strawberry.field
    async def party(self, info: Info) -> Party | None:
        return await load_party(info.context, self.created.draft.party_id)

    @strawberry.field
    async def legal_entity(self, info: Info) -> Party | None:
        return await load_party(info.context, self.created.draft.book_id)


@strawberry.type(description="Money that is not paid now, and why.")
class PayoutWaiting:
    amount: Money
    due_date: date
    sheets: list[BigInt]
    reason: str = strawberry.field(
        description="NO_PAYING_ACCOUNT, NO_PAYEE_ACCOUNT, PARTY_BLOCKED, BELOW_STEP, NOTHING_AFTER_TAX_AND_FEE,"
        " CLAIMED_MEANWHILE; of payouts APPROVAL_PENDING, APPROVAL_REJECTED, BANK_BALANCE, BEHIND_ANOTHER."
    )
    waiting: strawberry.Private[Waiting]

    @classmethod
    def of(cls, waiting: Waiting) -> "PayoutWaiting":
        """Make the API's row of the ledger's."""
        return cls(
            amount=Money.of(waiting.amount, waiting.currency),
            due_date=waiting.due_date,
            sheets=[BigInt(sheet_id) for sheet_id in waiting.sheet_ids],
            reason=waiting.reason,
            waiting=waiting,
        )

    @strawberry.field(description="Null for a sheet that is in no payout yet.")
    async def payout(self, info: Info) -> Payout | None:
        return await find_payout(info.context, self.waiting.payout_id) if self.waiting.payout_id else None

    @strawberry.field
    async def party(self, info: Info) -> Party | None:
        return await load_party(info.context, self.waiting.party_id)


@strawberry.type
class RunPayoutsPayload(Payload):
    created: list[PayoutPlan] = strawberry.field(default_factory=list)
    waiting: list[PayoutWaiting] = strawberry.field(default_factory=list, description="Who waits, and for what.")


@strawberry.type
class ReleasePayoutsPayload(Payload):
    waiting: list[PayoutWaiting] = strawberry.field(default_factory=list, description="Who waits, and for what.")
    payout_ids: strawberry.Private[tuple[int, ...]] = ()

    @strawberry.field(description="What was sent now, in the order in which it is paid.")
    async def payouts(self, info: Info) -> list[Payout]:
        found = [await find_payout(info.context, number) for number in self.payout_ids]
        return [payout for payout in found if payout is not None]


@strawberry.type
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


@strawberry.type
class RecordBankAnswersPayload(Payload):
    results: list[BankAnswerPayload] = strawberry.field(
        default_factory=list, description="One per answer of the input, in its order."
    )


@strawberry.type
class DismissBankAnswersPayload(Payload):
    dismissed: list[BigInt] = strawberry.field(default_factory=list, description="Those that were on the list.")


@strawberry.type
class PayoutMutations:
    @mutation(description="Register bank accounts. A party's new account takes the place of the one before it.")
    async def register_bank_accounts(self, info: Info, input: RegisterBankAccountsInput) -> RegisterBankAccountsPayload:
        answers = await submit_each(
            info.context,
            REGISTER_BANK_ACCOUNTS,
            input.accounts,
            read=BankAccountInput.to_value,
            field="accounts",
            limit=MOST_ACCOUNTS,
        )
        results = write_each(
            info.context, answers, field="accounts", refused=BankAccountPayload, done=_write_registered
        )
        return RegisterBankAccountsPayload(results=results)

    @mutation(description="Create payouts of what is due: one per party, legal entity and currency.")
    async def run_payouts(self, info: Info, input: RunPayoutsInput) -> RunPayoutsPayload:
        context = info.context
        run: Run
        if input.preview:
            run = await context.read(preview_payouts, through=input.through, now=context.services.now())
        else:
            run = await submit_one(context, RUN_PAYOUTS, input.through)
        return RunPayoutsPayload(
            created=[PayoutPlan.of(created) for created in run.created],
            waiting=[PayoutWaiting.of(waiting) for waiting in run.waiting],
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
            waiting=[PayoutWaiting.of(waiting) for waiting in sent.waiting], payout_ids=sent.payout_ids
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
            field="answers",
            limit=MOST_ANSWERS,
        )
        results = write_each(info.context, answers, field="answers", refused=BankAnswerPayload, done=_write_applied)
        return RecordBankAnswersPayload(results=results)

    @mutation(description="Take answers that fit no payout off the work list; they stay in the book of answers.")
    async def dismiss_bank_answers(self, info: Info, input: DismissBankAnswersInput) -> DismissBankAnswersPayload:
        dismissal = Dismissal(tuple(input.answers), fields.read_text(input.reason, field=("reason",)))
        dismissed = await submit_one(info.context, DISMISS_BANK_ANSWERS, dismissal)
        return DismissBankAnswersPayload(dismissed=[BigInt(number) for number in dismissed])


def _read_payout(info: Info, text: str, name: str) -> int:
    """A payout's number out of its id. Refusals: IdInvalid, UnknownPayout."""
    key = read_key(info.context, text, kind="Payout", field=(name,))
    if not isinstance(key, int):
        raise UnknownPayout(field=(name,), payout=text)
    return key


def _read_time(text: str) -> time:
    try:
        found = time.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        raise InvalidInput(field=("paying", "cut_off"), reason="The cut-off is a time of day such as 16:00.")
    return found


def _write_registered(registered: AccountRegistered) -> BankAccountPayload:
    return BankAccountPayload(
        replayed=registered.replayed,
        owner=registered.owner,
        reference=registered.reference,
        masked=registered.masked,
    )


def _write_applied(applied: Applied) -> BankAnswerPayload:
    return BankAnswerPayload(
        replayed=applied.replayed, number=BigInt(applied.answer_id), status=PayoutStatus(applied.status.value)
    )
