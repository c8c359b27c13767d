"""Why the journal refuses, in the order of judging."""

from ledger.errors import LedgerError, Words


class Why(Words):
    """What is wrong with an entry, or with what is asked of the journal."""

    SEQUENCE_AHEAD = "The log ends at {last}; there is no state as of sequence {sequence}."
    ZONE_UNKNOWN = "There is no time zone {zone!r}; use an IANA name like Asia/Tokyo."
    KEY_LENGTH = "The key must have 1 to {longest} characters."
    TEXT_UNKEEPABLE = "Texts have no NUL, unit separator or half characters."
    LINE_COUNT = "An entry has 2 to {most} lines, not {count}."
    AMOUNT_RANGE = "An amount is 1 to {most} minor units."
    RECORDS = "records"
    ACCOUNTS = "accounts"
    THE_ACCOUNT = "Account {account}"
    THE_ENTRY = "Entry {entry} of {document}"


class EntryMalformed(LedgerError):
    """Too few or too many lines, an amount out of range, a key that is empty or too long."""

    code = "ENTRY_MALFORMED"
    sentence = "{reason}"


class EntryUnbalanced(LedgerError):
    """Debits and credits differ in a currency."""

    code = "UNBALANCED"
    sentence = "Debits ({debit}) and credits ({credit}) differ in {currency}; make them equal."


class AccountMissing(LedgerError):
    """The chart has no such code, or the party or book is unknown."""

    code = "ACCOUNT_MISSING"
    sentence = "There is no account {account}; check its code, party, legal entity and currency."


class AccountIsSummary(LedgerError):
    """The code is a heading of the chart."""

    code = "ACCOUNT_IS_SUMMARY"
    sentence = "{account} is a summary and takes no lines; use one of the accounts below it."


class AccountOfAnotherBook(LedgerError):
    """An entry belongs to one legal entity; what crosses two is booked in both."""

    code = "ACCOUNT_OF_ANOTHER_BOOK"
    sentence = "{account} belongs to another legal entity than the entry; book each side in its own entry."


class IdempotencyConflict(LedgerError):
    """The key was used for another input."""

    code = "IDEMPOTENCY_CONFLICT"
    sentence = "The key {key} was already used for another input; use a new key for a new fact."


class PeriodClosed(LedgerError):
    """The business date lies in a closed period of the book."""

    code = "PERIOD_CLOSED"
    sentence = "{book} is closed through {closed_through}; {business_date} takes no entries. Use a later date."


class DateTooFarAhead(LedgerError):
    """What happened is not dated years ahead; most likely the year was typed wrongly."""

    code = "DATE_TOO_FAR_AHEAD"
    sentence = "{given} is more than {days} days ahead of today; check the year."


class BalanceFloorReached(LedgerError):
    """The account would fall below its floor."""

    code = "BALANCE_FLOOR"
    sentence = "{account} would stand at {balance} minor units, below its floor of {floor}."


class BalanceLimitReached(LedgerError):
    """A cumulative total would leave the range that the ledger keeps exactly."""

    code = "BALANCE_LIMIT"
    sentence = "{account} would have more than {limit} minor units ever posted on one side; the ledger keeps no more."


class EntryMissing(LedgerError):
    """There is no entry at that place in the log."""

    code = "ENTRY_MISSING"
    sentence = "There is no entry {entry}."


class AlreadyReversed(LedgerError):
    """An entry is reversed at most once."""

    code = "ALREADY_REVERSED"
    sentence = "Entry {entry} was already reversed by entry {reversed_by}."


class OwnedByDocument(LedgerError):
    """A document (order, sheet, payout …) owns the entry or account."""

    code = "OWNED_BY_DOCUMENT"
    sentence = "{what} is moved only by the document that owns it; act on the document."


class ClosingNotForward(LedgerError):
    """Closing only moves forward."""

    code = "CLOSING_NOT_FORWARD"
    sentence = "{book} is already closed through {closed_through}; `reopenPeriod` asks to open a period again."


class PeriodNotOver(LedgerError):
    """What happens until the day's end is still dated on it."""

    code = "PERIOD_NOT_OVER"
    sentence = "{given} is not over: today is {today}. Close a book through a day that has passed."


class BookMissing(LedgerError):
    """There is no such legal entity."""

    code = "BOOK_MISSING"
    sentence = "There is no legal entity {book}."


class BookNeverClosed(LedgerError):
    """There is nothing to open again."""

    code = "BOOK_NEVER_CLOSED"
    sentence = "Nothing of {book} was ever closed."


class ReopeningNotBackward(LedgerError):
    """Reopening goes back to a day before the one that the book is closed through."""

    code = "REOPENING_NOT_BACKWARD"
    sentence = "{book} is closed through {closed_through}; name an earlier day to open it from."
