"""What the mutations of payouts are given."""

from datetime import date, datetime, time

import strawberry

from app.api.bounds import at_most
from app.api.errors import Why
from app.api.money import MoneyInput
from app.api.payouts import BankAnswerKind
from app.api.scalars import BigInt, CurrencyCode
from ledger import fields, money
from ledger.errors import InvalidInput
from ledger.settlement.payouts.model import (
    PAYMENT_YEARS,
    SETTLED_SOURCE,
    AnswerKind,
    BankAnswer,
    PayeeAccountDraft,
    PayingAccountDraft,
)
from ledger.settlement.payouts.numbers import read_number

MOST_ACCOUNTS = 500
MOST_ANSWERS = 500
MOST_PAYOUTS = 1_000
LONGEST_REASON = 200


@strawberry.input(description="How a legal entity pays from an account. Given anew, it changes the way.")
class PayingWayInput:
    channel: str = strawberry.field(description="The channel's name, such as file or sandbox.")
    calendar: str = "MON-FRI"
    cut_off: str = strawberry.field(
        default="23:59:59", description="A time of day in the entity's zone, such as 16:00."
    )
    step: MoneyInput | None = strawberry.field(
        default=None, description="The smallest unit that the channel moves; without it, what is known of the channel."
    )
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
            step_minor=self._read_amount(way.step, "step"),
            fee_minor=self._read_amount(way.fee, "fee"),
        )

    def _read_amount(self, given: MoneyInput | None, name: str) -> int:
        if given is None:
            return 0
        if given.currency != self.currency:
            raise InvalidInput(field=("paying", name), reason=Why.CURRENCY_OF_ACCOUNT, name=name)
        return given.to_minor(field=("paying", name), allow_zero=name == "fee")


@strawberry.input(description="At most 500 bank accounts, each on its own.")
class RegisterBankAccountsInput:
    accounts: list[BankAccountInput] = at_most(MOST_ACCOUNTS)


@strawberry.input(
    description="Create payouts of all sheets that may be paid and are due by a day. A preview writes nothing, and says"
    " also which payouts that there are already would go on waiting for what."
)
class RunPayoutsInput:
    through: date
    preview: bool = False


@strawberry.input(description="Send these payouts (at most 1,000), or all that were created, 5,000 of them at once.")
class ReleasePayoutsInput:
    payouts: list[strawberry.ID] | None = at_most(MOST_PAYOUTS, default=None)


@strawberry.input(description="A payout to be cancelled, and why.")
class CancelPayoutInput:
    payout: strawberry.ID
    reason: str


@strawberry.input(description="A payout to be paid again.")
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
        """Refusals: InvalidInput, also where it has the name of a settled answer, those of MoneyInput.to_minor."""
        if self.amount and self.fee and self.amount.currency != self.fee.currency:
            raise InvalidInput(field=("fee",), reason=Why.ONE_CURRENCY)
        if len(self.bank_reference) > LONGEST_REASON or len(self.reason) > LONGEST_REASON:
            raise InvalidInput(field=("reason",), reason=Why.CHARACTERS, most=LONGEST_REASON)
        if self.occurred_at.year not in PAYMENT_YEARS:
            raise InvalidInput(field=("occurred_at",), reason=Why.PAYMENT_YEAR)
        if self.source == SETTLED_SOURCE:
            raise InvalidInput(field=("source",), reason=Why.SETTLED_SOURCE, name=SETTLED_SOURCE)
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
    answers: list[BankAnswerInput] = at_most(MOST_ANSWERS)


@strawberry.input(description="Answers that nobody need look at, and why.")
class DismissBankAnswersInput:
    answers: list[BigInt] = at_most(MOST_ANSWERS, description="Their numbers, at most 500.")
    reason: str


@strawberry.input(
    description="What an answer that waits means: that the bank took a charge inside its amount, or (without one) that"
    " a payout that failed was paid after all."
)
class SettleBankAnswerInput:
    answer: BigInt = strawberry.field(description="Its number.")
    charge: MoneyInput | None = strawberry.field(
        default=None, description="What the bank took: more than was sent of a payment, or less than that of a return."
    )
    reason: str


@strawberry.input(
    description="What was paid after its payout had failed, between accounts of which one was replaced since, to a"
    " party that is blocked, or where payouts need approval."
)
class RequestLatePaymentInput:
    answer: BigInt = strawberry.field(description="The number of the answer that says so.")
    charge: MoneyInput | None = strawberry.field(
        default=None, description="What the bank took inside its amount: more than was sent."
    )
    reason: str


def _read_time(text: str) -> time:
    try:
        found = time.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        raise InvalidInput(field=("paying", "cut_off"), reason=Why.CUT_OFF)
    return found
