"""The values of payouts. Amounts are minor units of the payout's currency; instants are UTC."""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import NamedTuple


class PayoutStatus(StrEnum):
    """How far a payout is. UNKNOWN: the answer to its submission was lost, only a query tells what became of it."""

    CREATED = "CREATED"
    SUBMITTED = "SUBMITTED"
    UNKNOWN = "UNKNOWN"
    ACCEPTED = "ACCEPTED"
    PAID = "PAID"
    RETURNED = "RETURNED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Scheme(StrEnum):
    """How a bank account is numbered."""

    IBAN = "IBAN"
    OTHER = "OTHER"


class Secret:
    """A text that shows itself to nobody who prints, logs or compares it by accident; `reveal` gives it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the file or call that carries it to the bank."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


@dataclass(frozen=True, slots=True)
class BankNumber:
    """Where an account is: `identifier` is the number itself, `masked` what people may see of it."""

    holder: str
    scheme: Scheme
    identifier: Secret
    masked: str
    bank_code: str = ""


@dataclass(frozen=True, slots=True)
class PayeeAccountDraft:
    """A party's account to be registered; `withholding_rule` names the tax plug-in of its payouts, or ""."""

    party: str
    reference: str
    currency: str
    number: BankNumber
    withholding_rule: str = ""


@dataclass(frozen=True, slots=True)
class PayingAccountDraft:
    """
    A legal entity's account to be registered, or the way it is paid from to be changed.

    `cut_off` is a time of day in the entity's zone; `step_minor` the smallest unit that the channel moves, 0 for what
    is known of the channel; `fee_minor` what the party bears of each transfer, 0 where the platform bears it.
    """

    legal_entity: str
    reference: str
    currency: str
    number: BankNumber
    channel: str
    calendar: str = "MON-FRI"
    cut_off: time = time(23, 59, 59)
    step_minor: int = 0
    fee_minor: int = 0


class AccountRegistered(NamedTuple):
    """`replayed` when the account stood like this before."""

    account_id: int
    reference: str
    owner: str
    masked: str
    replayed: bool


@dataclass(frozen=True, slots=True)
class PayingAccount:
    """A legal entity's account as payouts are planned with it; its number is read only for the call."""

    paying_account_id: int
    book_id: int
    currency: str
    channel: str
    calendar: str
    cut_off: time
    step_minor: int
    fee_minor: int


@dataclass(frozen=True, slots=True)
class PayeeAccount:
    """The account that a party is paid on now."""

    payee_account_id: int
    party_id: int
    currency: str
    withholding_rule: str
    fingerprint: bytes


class DueSheet(NamedTuple):
    """A sheet that may be paid: `payable` is what it still has to be paid."""

    sheet_id: int
    party_id: int
    book_id: int
    role: str
    currency: str
    due_date: date
    payable: int


class Share(NamedTuple):
    """What a payout takes of one sheet: `taken` is moved or kept for the bank's fee, `withheld` is tax."""

    sheet_id: int
    taken: int
    withheld: int


@dataclass(frozen=True, slots=True)
class PayoutDraft:
    """A payout to be created. `replaces` is the payout that failed or came back; 0 for a first one."""

    party_id: int
    book_id: int
    currency: str
    paying_account_id: int
    payee: PayeeAccount
    due_date: date
    shares: tuple[Share, ...]
    fee: int
    taxed: int = 0
    tax_rule: str = ""
    tax_month: date | None = None
    takes_from: str = "2015"
    replaces: int = 0

    @property
    def withheld(self) -> int:
        """The tax of all sheets."""
        return sum(share.withheld for share in self.shares)

    @property
    def net(self) -> int:
        """What the channel moves."""
        return sum(share.taken for share in self.shares) - self.fee

    @property
    def gross(self) -> int:
        """What the party's claim goes down by."""
        return sum(share.taken + share.withheld for share in self.shares)


class Late(NamedTuple):
    """
    Between which accounts money has left of which the bank told late, and by which request a second person agreed that
    it is booked so.
    """

    paying_account_id: int
    payee_account_id: int
    approval_id: int


class Waiting(NamedTuple):
    """Money that is not paid now, and why (`planning.Reason`); `payout_id` is 0 before there is one."""

    payout_id: int
    sheet_ids: tuple[int, ...]
    party_id: int
    book_id: int
    currency: str
    due_date: date
    amount: int
    reason: str


class Created(NamedTuple):
    """A payout that was created, or would be; `payout_id` is 0 in a preview."""

    payout_id: int
    draft: PayoutDraft
    needs_approval: bool


@dataclass(frozen=True, slots=True)
class Run:
    """
    What a run created, and who waits for what. `is_netting`: nothing was created yet, as what parties owe is taken of
    more sheets than one transaction changes; the next goes on with it. `is_more`: it created as many as one
    transaction does, or has not looked at all sheets; the next creates others.
    """

    created: tuple[Created, ...]
    waiting: tuple[Waiting, ...]
    is_netting: bool = False
    is_more: bool = False


@dataclass(frozen=True, slots=True)
class Payout:
    """A payout as its row stands, with what it takes of sheets; `stands` says how each of these rows stands."""

    payout_id: int
    book_id: int
    party_id: int
    paying_account_id: int
    payee_account_id: int
    submission_id: int | None
    replaces: int | None
    gross: int
    withheld: int
    tax_month: date | None
    fee: int
    net: int
    bank_fee: int
    currency: str
    takes_from: str
    status: PayoutStatus
    approval: str
    approval_id: int | None
    due_date: date
    channel_key: str
    bank_reference: str
    reason: str
    digest: bytes
    submitted_at: datetime | None
    ended_at: datetime | None
    shares: tuple[Share, ...]
    stands: tuple[str, ...]

    @property
    def subject(self) -> str:
        """The payout as documents and events name it."""
        return f"payout/{self.payout_id}"


@dataclass(frozen=True, slots=True)
class Payment:
    """One transfer as a channel gets it. `key` is its name for good: the same key is the same transfer."""

    key: str
    amount: int
    currency: str
    payee: BankNumber
    note: str


@dataclass(frozen=True, slots=True)
class Submission:
    """What a channel gets in one piece; everything in it is the same however often it is made."""

    submission_id: int
    message_id: str
    channel: str
    submitted_at: datetime
    execution_date: date
    payer: BankNumber
    payer_name: str
    payments: tuple[Payment, ...]


class Verdict(StrEnum):
    """The three outcomes of handing a transfer over; REFUSED means that no money moved and none will."""

    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"


class Outcome(NamedTuple):
    """What a channel made of one transfer."""

    verdict: Verdict
    bank_reference: str = ""
    reason: str = ""


class SheetClaim(NamedTuple):
    """How the row of a payout's sheet stands."""

    payout_id: int
    sheet_id: int
    stands: str


class AnswerKind(StrEnum):
    """What a bank says about a transfer."""

    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    PAID = "PAID"
    RETURNED = "RETURNED"


# Reasons of an acceptance that say that the money has left the payer's account (ACSC), or reached the payee's (ACCC).
SETTLED = frozenset({"ACSC", "ACCC"})


# Years in which payments are. A mistyped one beyond them would date entries where nobody looks, or nowhere at all.
PAYMENT_YEARS = range(1970, 2200)

# What a person said an answer means is kept as an answer of this source, by the number of the one that it is about.
SETTLED_SOURCE = "settled"


@dataclass(frozen=True, slots=True)
class BankAnswer:
    """
    One thing that a bank or channel said. `source` and `reference` are the answer's own identity; `key` names the
    payout. `amount` is None where the bank names none (acceptances, refusals); `fee` is what it took besides. With
    `is_local` the bank gave a day or a time without a zone: `occurred_at` is what the clock of the entity that pays
    showed, said as if that were UTC. `from_iban` and `to_iban` are the accounts that it names, as far as it does, and
    `to_number` where it names one in another way; they are compared and not kept.
    """

    source: str
    reference: str
    kind: AnswerKind
    key: str
    occurred_at: datetime
    amount: int | None = None
    currency: str = ""
    fee: int = 0
    bank_reference: str = ""
    reason: str = ""
    is_local: bool = False
    from_iban: Secret | None = None
    to_iban: Secret | None = None
    to_number: Secret | None = None

    @property
    def names_accounts(self) -> bool:
        """Whether it says where the money came from or went to."""
        return any(each is not None for each in (self.from_iban, self.to_iban, self.to_number))

    @property
    def says_paid(self) -> bool:
        """Whether it says that the money has left, be it by a statement or in an acceptance."""
        return self.kind is AnswerKind.PAID or (self.kind is AnswerKind.ACCEPTED and self.reason in SETTLED)


class Applied(NamedTuple):
    """An answer that was understood; `replayed` when it had been recorded before."""

    answer_id: int
    payout_id: int
    status: PayoutStatus
    replayed: bool
