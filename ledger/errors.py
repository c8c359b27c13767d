"""What every refusal of the ledger looks like: a stable code, facts as fields, one sentence that names the fix."""

from collections.abc import Callable, Mapping
from enum import Enum, StrEnum
from operator import attrgetter
from typing import Any, ClassVar


class Words(Enum):
    """
    What a refusal says in words: a rule, a step, a part of something. The member's name is its code, its value the
    English, a template over the facts of the refusal. Other languages say it by the code.
    """

    @property
    def code(self) -> str:
        """Unique among all words and errors."""
        return self.name

    @property
    def sentence(self) -> str:
        """The English."""
        return str(self.value)


class Alternatives(Words):
    """What stands between alternatives that a refusal names, and where there are none."""

    OR = " or "
    NONE = "none"


class LedgerError(Exception):
    """
    An expected refusal. Subclasses set `code` and `sentence`; `sentence` is a template over the facts.

    `field` is the path into the caller's input, outermost first, e.g. ("lines", "0", "amount").
    `facts` hold what the sentence names, so that a client can act without parsing text and another language can say
    the same: codes, names, numbers, days; and, said in the language of the sentence, `Words`, other refusals, and
    tuples of alternatives.
    `reason` is a fact, too: words over the others, or a code, and never text.
    """

    code: ClassVar[str] = "REFUSED"
    sentence: ClassVar[str] = "The request was refused."
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        *,
        field: tuple[str, ...] = (),
        reason: "Words | StrEnum | LedgerError | None" = None,
        **facts: Any,
    ) -> None:
        self.field = field
        self.facts = facts if reason is None else {"reason": reason, **facts}
        super().__init__(write_sentence(self, find=attrgetter("sentence")))


class InvalidInput(LedgerError):
    """The input has the wrong shape; nothing of it was looked at further."""

    code = "INVALID_INPUT"
    sentence = "{reason}"


class InvariantBroken(Exception):
    """A law of the book would not hold. A bug: it cannot be switched off, and the transaction is rolled back."""


def write_sentence(refusal: LedgerError, *, find: Callable[[LedgerError | Words], str]) -> str:
    """Write a refusal in the language in which `find` finds the templates of refusals and words."""
    return find(refusal).format_map(_Said(refusal.facts, find))


class _Said:
    """Facts as a template takes them: words are themselves templates over the same facts."""

    def __init__(self, facts: Mapping[str, Any], find: Callable[[LedgerError | Words], str]) -> None:
        self._facts = facts
        self._find = find

    def __getitem__(self, name: str) -> Any:
        fact = self._facts[name]
        if isinstance(fact, Words):
            return self._find(fact).format_map(self)
        if isinstance(fact, LedgerError):
            # Inside another sentence it does not end.
            return write_sentence(fact, find=self._find).rstrip(".。")
        if isinstance(fact, tuple):
            return self._find(Alternatives.OR).join(fact)
        return fact
