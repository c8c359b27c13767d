"""What can become of a transaction besides success."""

from ledger.errors import LedgerError


class DatabaseUnavailable(LedgerError):
    """The database could not be reached, or the connection broke before COMMIT was sent: nothing was written."""

    code = "SERVICE_UNAVAILABLE"
    sentence = "The database cannot be reached; nothing was written. Try again."
    retryable = True


class OutcomeUnknown(LedgerError):
    """The connection broke after COMMIT was sent: the work may or may not be written. Ask again with the same keys."""

    code = "OUTCOME_UNKNOWN"
    sentence = "The answer to the commit was lost; send the same request with the same keys to learn its outcome."
    retryable = True
