"""What every expected error looks like: a stable code, facts as fields, one sentence that names the fix."""

from collections.abc import Callable, Mapping
from enum import Enum
from operator import attrgetter
from string import Formatter
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


class Between(Words):
    """What stands between sentences that are said together."""

    SENTENCES = " "


class Count(int):
    """So many of something. What one and what several are called, a template says: {lines} {lines:line|lines}."""

    def __format__(self, form: str) -> str:
        one, between, several = form.partition("|")
        if not between:
            return f"{int(self):,}"
        return one if self == 1 else several


class Remark:
    """Words over facts of their own: what was found, or what the reason of an error is."""

    def __init__(self, words: Words, **facts: Any) -> None:
        self.words = words
        self.facts = facts

    def __str__(self) -> str:
        return write_sentence(self, find=attrgetter("sentence"))


class ExpectedError(Exception):
    """
    What is known to go wrong. Subclasses set `code` and `sentence`; `sentence` is a template over the facts.

    `facts` hold what the sentence names, so that a client can act without parsing text and another language can say
    the same: codes, names, numbers, days; and, said in the language of the sentence, `Words`, remarks, other errors,
    and tuples of alternatives or of remarks.
    `reason` is a fact, too: words over the others, a remark or another error, and never text or a code.
    `retryable` where the same again, later, may do.
    """

    code: ClassVar[str] = "FAILED"
    sentence: ClassVar[str] = "It cannot be done."
    retryable: ClassVar[bool] = False

    def __init__(self, *, reason: "Words | Remark | ExpectedError | None" = None, **facts: Any) -> None:
        self.facts = facts if reason is None else {"reason": reason, **facts}
        super().__init__(write_sentence(self, find=attrgetter("sentence")))


class LedgerError(ExpectedError):
    """
    An expected refusal.

    `field` is the path into the caller's input, outermost first, e.g. ("lines", "0", "amount").
    """

    code = "REFUSED"
    sentence = "The request was refused."

    def __init__(
        self,
        *,
        field: tuple[str, ...] = (),
        reason: Words | Remark | ExpectedError | None = None,
        **facts: Any,
    ) -> None:
        self.field = field
        super().__init__(reason=reason, **facts)


class InvalidInput(LedgerError):
    """The input has the wrong shape; nothing of it was looked at further."""

    code = "INVALID_INPUT"
    sentence = "{reason}"


class InvariantBroken(Exception):
    """A law of the book would not hold. A bug: it cannot be switched off, and the transaction is rolled back."""


class Kept:
    """An error, a remark or words as they were kept, by code; words that are over the facts around them have none."""

    def __init__(self, code: str, facts: Mapping[str, Any] | None) -> None:
        self.code = code
        self.facts = facts


# How a language says an error or words: by their template.
Find = Callable[[ExpectedError | Words | Kept], str]


def write_sentence(said: ExpectedError | Remark | Kept, *, find: Find) -> str:
    """Write an error or a remark in the language in which `find` finds the templates."""
    template = find(said.words if isinstance(said, Remark) else said)
    return _fill(template, said.facts or {}, find)


def _fill(template: str, facts: Mapping[str, Any], find: Find) -> str:
    """
    Fill a template with facts. Data stand off by the template's blanks in every language. What is said in words is of
    the sentence itself: where that is Chinese on both sides of a blank, the blank goes.
    """
    said, joins = "", False
    for text, name, spec, conversion in Formatter().parse(template):
        joined = joins and text.startswith(" ") and _is_chinese(text[1:2])
        said += text[1:] if joined else text
        if name is None:
            joins = False
            continue
        fact, is_words = _write_fact(facts[name], facts, find)
        written = format(repr(fact) if conversion == "r" else fact, spec or "")
        follows = _is_chinese(text[-2:-1]) or (text == " " and joins)
        if is_words and follows and text.endswith(" ") and _is_chinese(written[:1]):
            said = said[:-1]
        said += written
        joins = is_words and _is_chinese(written[-1:])
    return said


def _is_chinese(character: str) -> bool:
    """Whether it is an ideograph, or of the punctuation that goes with them."""
    return any(first <= character <= last for first, last in _CHINESE)


_CHINESE = (("\u3000", "\u303f"), ("\u4e00", "\u9fff"), ("\uff00", "\uffef"))


def _write_fact(fact: Any, facts: Mapping[str, Any], find: Find) -> tuple[Any, bool]:
    """A fact as a template takes it, and whether it is words; those are themselves templates over the same facts."""
    match fact:
        case Words() | Kept(facts=None) as words:
            return _fill(find(words), facts, find), True
        case Remark() as remark:
            return write_sentence(remark, find=find), True
        case ExpectedError() | Kept() as error:
            # Inside another sentence it does not end.
            return write_sentence(error, find=find).rstrip(".。"), True
        case (Remark() | Kept(), *_) as remarks:
            return find(Between.SENTENCES).join(write_sentence(remark, find=find) for remark in remarks), True
        case tuple() as alternatives:
            return find(Alternatives.OR).join(alternatives), False
    return fact, False
