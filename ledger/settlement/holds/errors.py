"""Why holds are refused, in the order of judging."""

from ledger.errors import LedgerError, Words


class Why(Words):
    """What is wrong with a hold or its lifting."""

    ACCOUNT_OR_SHEET = "A hold is on an account or on a sheet, not on both."
    HOLD_OF_DISPUTE = "Holds of disputes are placed and lifted by the dispute."
    HOLD_ACCOUNT = "A hold is on one of {known}."
    CURRENCY_OF_HOLD = "Hold {hold} is in {currency}."
    SHEET_OF_OTHERS = "Sheet {sheet} is not of {party}, {legal_entity} and {currency}."


class HoldConflict(LedgerError):
    """The reference is taken by a hold, or by a lifting of the same one, with other content."""

    code = "HOLD_CONFLICT"
    sentence = (
        "Reference {reference} was already used for another hold or lifting; use another reference for a new one."
    )


class HoldExceedsPayable(LedgerError):
    """A hold takes what is there, never more."""

    code = "HOLD_EXCEEDS_PAYABLE"
    sentence = "{party} has {available} {currency} on {account} to be held, less than {amount}."


class HoldMissing(LedgerError):
    """There is no such hold."""

    code = "HOLD_MISSING"
    sentence = "There is no hold {hold}."


class HoldExceeded(LedgerError):
    """A hold is lifted by at most what it still holds."""

    code = "HOLD_EXCEEDED"
    sentence = "Hold {hold} still holds {left} {currency}, less than {amount}."


class HoldEnded(LedgerError):
    """Everything was lifted before."""

    code = "HOLD_ENDED"
    sentence = "Hold {hold} has ended; nothing of it is left to lift."
