"""What became of a line, and the counts of a whole file."""

from dataclasses import dataclass
from typing import NamedTuple

from ledger.errors import Count, LedgerError, Remark, Words


class Why(Words):
    """What is wrong with a file or a line of it, and how many of its lines became what."""

    GZIP = "The file is compressed with gzip: unpack it first."
    ZIP = "The file is a ZIP archive: unpack it first."
    UTF_16_OR_32 = "The file is in UTF-16 or UTF-32: write it in UTF-8."
    UTF_16 = "The file is in UTF-16: write it in UTF-8."
    DOCUMENT_BYTES = "The document is longer than {most} bytes."
    COUNTS = "{lines} {lines:line|lines}: {recorded} recorded, {replayed} already there, {refused} refused"


class LineInvalid(LedgerError):
    """The line, or the document, is no JSON object that could be looked at further."""

    code = "INVALID_JSON"
    sentence = "{reason}"


class LineTooLong(LedgerError):
    """The line is longer than a line may be."""

    code = "LINE_TOO_LONG"
    sentence = "The line is longer than {limit} bytes."


class Refusal(NamedTuple):
    """
    Why an item was refused, as the ledger or the API says it. Nothing of the item was written. `error` is there where
    the ledger said so itself, and can then be said in another language.
    """

    code: str
    message: str
    field: tuple[str, ...] = ()
    error: LedgerError | None = None

    @classmethod
    def of(cls, error: LedgerError) -> "Refusal":
        """Take over what the ledger says."""
        return cls(error.code, str(error), error.field, error)


class Done(NamedTuple):
    """The item is in the book; `replayed` when it was there before."""

    replayed: bool


class Rejected(NamedTuple):
    """A line that was refused, with its number from 1."""

    line: int
    refusal: Refusal


@dataclass(slots=True)
class Counts:
    """How far an import has come; readable at any moment, also after it was interrupted."""

    recorded: int = 0
    replayed: int = 0
    refused: int = 0
    bytes_read: int = 0

    @property
    def lines(self) -> int:
        """Lines that were read and answered, blank ones apart."""
        return self.recorded + self.replayed + self.refused

    def totals(self) -> dict[str, int]:
        """The counts by name."""
        return {
            "lines": self.lines,
            "recorded": self.recorded,
            "replayed": self.replayed,
            "refused": self.refused,
        }

    def describe(self) -> Remark:
        """The counts in words."""
        return Remark(Why.COUNTS, **{name: Count(count) for name, count in self.totals().items()})
