"""What only a command can go wrong with, and what it says besides."""

from ledger.errors import ExpectedError, Words


class Said(Words):
    """How a command that did not come to its end ends."""

    INTERRUPTED = "Interrupted."
    THE_REST = "What was committed stays; the same command again completes the rest."
    BUG = "This is a bug in Splitbook; please report it with the lines above."
    A_FILE = "A file"


class FileUnusable(ExpectedError):
    """A file, a folder or a connection cannot be used; `place` is its path, where it has one."""

    code = "FILE_UNUSABLE"
    sentence = "{place} cannot be used: {reason}."


class PortUnusable(ExpectedError):
    """The system does not let us listen there."""

    code = "PORT_UNUSABLE"
    sentence = "Port {port} on {host} cannot be used: {reason}; stop what listens there or choose another, {other}."


class PortTaken(PortUnusable):
    """Somebody else listens there."""

    code = "PORT_TAKEN"
    sentence = "Port {port} on {host} is in use; stop what listens there or choose another, {other}."
