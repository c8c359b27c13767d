"""Why a question is refused."""

from ledger.errors import LedgerError, Words


class Why(Words):
    """What is wrong with what is asked for."""

    NOTHING_BETWEEN = "From {start} to {end} there is nothing."
    PERIOD_NEEDED = "Orders that nothing was submitted of are listed of a period: give paidFrom and paidTo."


class PlaceGone(LedgerError):
    """
    What a page would go on from has another place in the list by now, or others were carried past it: what follows
    would leave some out, or show them again.
    """

    code = "CURSOR_GONE"
    sentence = "What this list shows was moved past this cursor; start the list again."


class PeriodInvalid(LedgerError):
    """A period goes from a day to a later one."""

    code = "PERIOD_INVALID"
    sentence = "The period from {start} to {end} has no day; `to` is the first day after it."


class StatementTooLong(LedgerError):
    """A statement is one document and is made whole."""

    code = "STATEMENT_TOO_LONG"
    sentence = "The period has more than {limit} lines; ask for a shorter one, or page through the account's lines."


class SequenceHidden(LedgerError):
    """The places of others' entries in the log tell how much they do."""

    code = "SEQUENCE_HIDDEN"
    sentence = "A key of a party asks by business date; places in the platform's log are not shown to it."
