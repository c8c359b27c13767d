"""
What a channel can do. A lost answer is UNKNOWN, never a failure: only a query then tells what became of a transfer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from ledger.errors import LedgerError, Words
from ledger.settlement.payouts.model import BankAnswer, Outcome, Submission


class Why(Words):
    """Why a file of a bank is not read."""

    NEITHER_REPORT_NOR_STATEMENT = "{kind} is neither a status report nor a statement"
    NO_STATEMENT = "it is no statement with a message id"
    NO_STATUS_REPORT = "it is no status report with a message id"
    CHARGES = "a transaction's charges are more than its amount"
    TRANSACTION_WITHOUT_AMOUNT = "a transaction has no amount"
    DOCUMENT_TYPE = "it has a document type or entities"
    NO_XML = "it is no XML, or was cut off"
    NO_ISO_20022 = "it is no ISO 20022 document"
    FILE_TOO_LARGE = "it has more than {most} bytes"
    TOO_MANY_DECIMALS = "{text} {currency} has too many decimals"
    AMOUNT_WRONG = "an amount is wrong: {refusal}"
    MESSAGE_NAME = "{text!r} and so on is too long for a message's name"
    NO_DATE = "{text!r} is no date"
    NO_PAYMENT_DAY = "{text!r} is no day of a payment"
    NO_SUCH_PLATFORM = "it is of {platform}, and there is no such platform here"
    SEVERAL_PLATFORMS = "several platforms have its legal entities; it has to say which"
    AT_LINE = "line {line}: {refusal}"
    LINE_BYTES = "line {number} has more than {most} bytes"


class ChannelUnreachable(LedgerError):
    """Nothing was handed over: the same submission may be tried again."""

    code = "CHANNEL_UNREACHABLE"
    sentence = "Channel {channel} cannot be reached; nothing was handed over."
    retryable = True


class ChannelMissing(LedgerError):
    """A bank account names a channel that this process has not opened."""

    code = "CHANNEL_MISSING"
    sentence = "Channel {channel} is not set up here; these are: {known}."


class BankFileUnreadable(LedgerError):
    """A file of a bank that is not taken at all: nothing of it was recorded."""

    code = "BANK_FILE_UNREADABLE"
    sentence = "{name} is not read: {reason}."


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A file that a bank or channel left for us; `name` is what it calls it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """A file that the channel wrote for the bank."""

    name: str
    kind: str
    content: bytes


class Handed(NamedTuple):
    """
    What came of handing a submission over: an outcome per transfer's key. A key without one has its answer still to
    come, by a file. `written` are the files that were made.
    """

    outcomes: Mapping[str, Outcome]
    written: tuple[Written, ...] = ()


class Channel(Protocol):
    """
    One way to a bank. `is_repeatable`: handing the same submission over twice is the same as once, so that whoever was
    stopped between the call and its record simply does it again.
    """

    @property
    def name(self) -> str:
        """What bank accounts name it by."""

    @property
    def is_repeatable(self) -> bool:
        """Whether a submission that may have been handed over is handed over again."""

    async def submit(self, submission: Submission) -> Handed:
        """Hand a submission over. Refusals: ChannelUnreachable when nothing was."""

    async def query(self, keys: Sequence[str]) -> list[BankAnswer]:
        """
        Ask what became of transfers; nothing for those that the bank says nothing certain about.

        Refusals: ChannelUnreachable.
        """

    async def fetch(self) -> list[FetchedFile]:
        """The files that wait to be read. Refusals: ChannelUnreachable."""

    async def put_away(self, file: FetchedFile, *, refused: bool) -> None:
        """A file was read and recorded, or refused; it is not fetched again."""
