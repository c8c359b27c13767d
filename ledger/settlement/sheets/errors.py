"""Why a sheet refuses."""

from ledger.errors import LedgerError


class SheetMissing(LedgerError):
    """There is no such sheet."""

    code = "SHEET_MISSING"
    sentence = "There is no sheet {sheet}."


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
