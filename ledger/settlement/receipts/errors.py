"""Why receipts are refused, in the order of judging."""

from ledger.errors import LedgerError, Words


class Why(Words):
    """What is wrong with a receipt or what is done with it."""

    CURRENCY_OF_RECEIPT = "Receipt {receipt} is in {currency}."
    OWNER_OR_REASON = "Say who sees to it, or why it waits."
    DISPUTE_ANSWER = "an answer to its dispute"


class ReceiptConflict(LedgerError):
    """The reference is taken by a receipt with other content."""

    code = "RECEIPT_CONFLICT"
    sentence = "Receipt {reference} was already recorded with other content; each line of a bank statement has its own."


class ReceiptFromTomorrow(LedgerError):
    """Money is there on its value date, not before."""

    code = "RECEIPT_FROM_TOMORROW"
    sentence = "The value date {value_date} is after {today}; record a receipt once its money is there."


class ReceiptMissing(LedgerError):
    """There is no such receipt."""

    code = "RECEIPT_MISSING"
    sentence = "There is no receipt {receipt}."


class ReceiptMatchMissing(LedgerError):
    """There is no such match."""

    code = "RECEIPT_MATCH_MISSING"
    sentence = "There is no match {match} of a receipt."


class ReceiptMatchConflict(LedgerError):
    """The reference is taken by another match."""

    code = "RECEIPT_MATCH_CONFLICT"
    sentence = "Match {reference} was already made otherwise; use another reference for a new one."


class ReceiptMatchForeign(LedgerError):
    """A receipt clears what is owed to its own legal entity in its own currency."""

    code = "RECEIPT_MATCH_FOREIGN"
    sentence = "Receipt {receipt} is of {entity} in {currency}, which sheet {sheet} is not; match one of the same."


class ReceiptEmpty(LedgerError):
    """Everything of the receipt is matched, or was given back."""

    code = "RECEIPT_EMPTY"
    sentence = "Nothing of receipt {receipt} is unidentified."


class ReceiptExceeded(LedgerError):
    """A match or a return is at most what is unidentified."""

    code = "RECEIPT_EXCEEDED"
    sentence = "Of receipt {receipt} {unidentified} {currency} are unidentified, less than {amount}."


class ReceiptRestTooLarge(LedgerError):
    """What is tolerated is small, and nothing where nobody has said how much."""

    code = "RECEIPT_REST_TOO_LARGE"
    sentence = (
        "Sheet {sheet} still owes {rest} {currency} beside the match, and {tolerance} may go with it; match without"
        " clearing the rest."
    )


class ReceiptReturnConflict(LedgerError):
    """The reference is taken by another return."""

    code = "RECEIPT_RETURN_CONFLICT"
    sentence = "Return {reference} was already made otherwise; use another reference for a new one."
