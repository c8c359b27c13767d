"""Why a sheet refuses."""

from ledger.errors import LedgerError, Words


class Why(Words):
    """What is wrong with what is said of a sheet, and the steps that one takes."""

    DISPUTED_LINES = "A dispute names at most {most} lines."
    EVIDENCE_BYTES = "The evidence is named by its SHA-256, 32 bytes."
    TEXT_NEEDED = "A text of 1 to {most} printable characters is needed."
    WHY_NO_INVOICE = "Paying without an invoice needs a reason."
    WHY_GIVEN_UP = "Giving up a debt needs a reason."
    ASKING = "asking for approval"
    PAYING_UNINVOICED = "paying without an invoice"
    WRITING_OFF = "writing off"
    COLLECTING = "collecting"
    CLOSED_SHEET = "a closed sheet"
    POSITIVE_SHEET = "a positive sheet"
    NEGATIVE_SHEET = "a negative sheet"
    SHEET_TO_PAY = "a sheet that is to be paid"
    UNFINISHED_SHEET = "a sheet that is not finished"


class SheetMissing(LedgerError):
    """There is no such sheet."""

    code = "SHEET_MISSING"
    sentence = "There is no sheet {sheet}."


class SheetOfAnotherParty(LedgerError):
    """Who stands above a party sees its sheets, and does not speak for it."""

    code = "SHEET_OF_ANOTHER_PARTY"
    sentence = "Sheet {sheet} is that of a party below; only that party or an operator confirms or disputes it."


class SheetClosed(LedgerError):
    """What is closed takes nothing; a late fact goes to the open sheet."""

    code = "SHEET_CLOSED"
    sentence = "Sheet {sheet} is closed and takes no lines; what comes late goes to the open sheet."


class SheetNotPayable(LedgerError):
    """Nothing of the sheet can be taken this way while it stands there."""

    code = "SHEET_NOT_PAYABLE"
    sentence = "Sheet {sheet} is {status}; {kind} needs {needed}."


class SheetPayableExceeded(LedgerError):
    """More would be taken than nobody has taken yet."""

    code = "SHEET_PAYABLE_EXCEEDED"
    sentence = "Sheet {sheet} has {payable} {currency} left to be paid; {amount} were asked for."


class SheetReturnExceedsTaken(LedgerError):
    """More would be given back than was taken."""

    code = "SHEET_RETURN_EXCEEDS_TAKEN"
    sentence = "{kind} has {taken} {currency} of sheet {sheet}; {amount} cannot come back."


class SheetNotPresented(LedgerError):
    """Only a sheet that waits for its party is confirmed or disputed."""

    code = "SHEET_NOT_PRESENTED"
    sentence = "Sheet {sheet} is {status}; only one that waits for its party can be confirmed or disputed."


class SheetNotDisputed(LedgerError):
    """There is nothing to answer."""

    code = "SHEET_NOT_DISPUTED"
    sentence = "Sheet {sheet} is {status} and has no open dispute."


class SheetLineMissing(LedgerError):
    """A dispute names lines of its sheet. The entry's place in the log is not told: a party's key must not learn it."""

    code = "SHEET_LINE_MISSING"
    sentence = "Line {position} of the entry that is named is not on sheet {sheet}."


class SheetAlreadyDeemed(LedgerError):
    """The days of silence are over."""

    code = "SHEET_ALREADY_DEEMED"
    sentence = "Sheet {sheet} was confirmed by silence at {confirm_by}; raise an adjustment instead."


class SheetStatusRefused(LedgerError):
    """A step that the sheet does not allow where it stands."""

    code = "SHEET_STATUS"
    sentence = "Sheet {sheet} is {status}; {step} needs {needed}."


class SheetNotOnDemand(LedgerError):
    """A period ends by its rule; only one that has no end of its own is ended on demand."""

    code = "SHEET_NOT_ON_DEMAND"
    sentence = "Sheet {sheet} ends by its cycle at {period_end}; only sheets that settle on demand are closed early."
