"""What every refusal of the ledger looks like: a stable code, facts as fields, one sentence that names the fix."""

from typing import Any, ClassVar


class LedgerError(Exception):
    """
    An expected refusal. Subclasses set `code` and `sentence`; `sentence` is a template over the facts.

    `field` is the path into the caller's input, outermost first, e.g. ("lines", "0", "amount").
    `facts` hold what the sentence names, as strings or integers, so that a client can act without parsing text
    and another language can say the same.
    """

    code: ClassVar[str] = "REFUSED"
    sentence: ClassVar[str] = "The request was refused."
    retryable: ClassVar[bool] = False

    def __init__(self, *, field: tuple[str, ...] = (), **facts: Any) -> None:
        self.field = field
        self.facts = facts
        super().__init__(self.sentence.format(**facts))


class InvalidInput(LedgerError):
    """The input has the wrong shape; nothing of it was looked at further."""

    code = "INVALID_INPUT"
    sentence = "{reason}"


class InvariantBroken(Exception):
    """A law of the book would not hold. A bug: it cannot be switched off, and the transaction is rolled back."""
