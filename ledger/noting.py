"""
What the program itself writes into documents in words: why money is held, where no person said so, or what became of
an answer. It stands there in English, as what a person wrote stands as it was written; it is known again by its
sentence, so that another language can say it. What a person happened to write in the same words means the same.
"""

import re
from string import Formatter

from ledger.errors import Remark, Words


class Noted(Words):
    """A reason, a condition or a ground that no person wrote."""

    CHARGEBACK_TAKEN = "Chargeback {dispute}: the buyer's bank has taken the money back."
    CHARGEBACK_DECIDED = "The chargeback is decided."
    CHARGEBACK_SETTLED = "The chargeback is decided, and what it takes if it is lost is on a sheet that is agreed."
    CHARGEBACK_WON = "The chargeback was won."
    CHARGEBACK_LOST = "The chargeback was lost."
    LOSS_ON_SHEET = "What the chargeback took is on a sheet that is agreed."
    LOSS_PAID = "Other money has paid what the chargeback took."
    CAME_BACK = "A payout came back."
    CAME_BACK_DISPUTED = "A payout came back, and chargeback {dispute} is not settled yet."
    RELEASE_DATE = "Its release date has come."
    END_OF_AGREEMENT = "Its agreement has ended."
    END_OF_BILL = "Its end has come before it was received."
    RETAINED = "Retained."
    TAKEN_FROM_SHEET = "Taken from a sheet."
    NOT_COVERED = "Not covered by sheet {sheet}."
    NOBODY_MATCHED = "Nobody has matched it yet."
    BY_TERMS = "by terms"
    RECEIVER_IS = "The receiver is {status}."
    MERCHANT_IS = "The merchant it was released to is {status}."
    ANSWER_LOST = "the answer was lost"
    NO_OUTCOME = "no outcome was recorded"
    HANDING_OVER_BROKE = "handing over broke off"


def note(words: Noted, **facts: object) -> str:
    """Write it as documents keep it."""
    return str(Remark(words, **facts))


def find_noted(text: str) -> Remark | None:
    """What the program wrote there; None where it did not."""
    for words, pattern in _PATTERNS.items():
        found = pattern.fullmatch(text)
        if found is not None:
            return Remark(words, **found.groupdict())
    return None


def _compile(words: Noted) -> re.Pattern[str]:
    parts = ((re.escape(text), name) for text, name, _, _ in Formatter().parse(words.sentence))
    return re.compile("".join(text if name is None else f"{text}(?P<{name}>.+)" for text, name in parts), re.DOTALL)


_PATTERNS = {words: _compile(words) for words in Noted}
