"""What a caller hears when its item was not run, or was run and not answered. All of them are safe to send again."""

from ledger.errors import LedgerError, Words


class Resource(Words):
    """What a database may have none left of."""

    DISK = "disk"
    MEMORY = "memory"
    CONNECTIONS = "connections"


class LaneFull(LedgerError):
    """Too many callers already wait; nothing of this item was looked at."""

    code = "LANE_FULL"
    sentence = "Too many requests are waiting ({waiting}); nothing was written. Send it again in a moment."
    retryable = True


class LaneClosed(LedgerError):
    """The program is stopping; nothing of this item was looked at."""

    code = "SHUTTING_DOWN"
    sentence = "The server is stopping; nothing was written. Send it again in a moment."
    retryable = True


class ConflictPersists(LedgerError):
    """Other transactions won every time; this one was rolled back."""

    code = "CONFLICT"
    sentence = "Other work on the same records won {tries} times; nothing was written. Send it again."
    retryable = True


class StoreExhausted(LedgerError):
    """The database has no disk, memory or connections left; the transaction was rolled back."""

    code = "STORE_EXHAUSTED"
    sentence = "The database has no {resource} left; nothing was written. Send it again once there is room."
    retryable = True
