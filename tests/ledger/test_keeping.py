"""A refusal that is kept is said later as it would have been said at once."""

import json
from datetime import date
from decimal import Decimal
from enum import StrEnum

import pytest

from app.api.messages import say, say_kept
from app.refusals import Why
from ledger.errors import Alternatives, InvalidInput, LedgerError, Remark
from ledger.fields import Shape
from ledger.keeping import keep_facts
from ledger.money import AmountTooLarge
from ledger.parties.errors import ParentKindNotAllowed, PartyMissing
from ledger.settlement.payouts.errors import AnswerNotPostable, AnswerOfUnknownPayout
from ledger.settlement.payouts.errors import Why as PayoutWhy


class Colour(StrEnum):
    RED = "RED"


REFUSALS = [
    PartyMissing(reference="{M9}"),
    AmountTooLarge(currency="CNY", limit=Decimal("1.50"), given=date(2026, 1, 31)),
    InvalidInput(reason=Shape.KEY_IS_NO_NAME, place=Shape.DOCUMENT, name=Remark(Shape.NAME, longest=200), given="x"),
    AnswerNotPostable(payout=7, reason=PayoutWhy.DATED_AHEAD, days=400),
    AnswerNotPostable(payout=7, reason=PartyMissing(reference="M1")),
    AnswerOfUnknownPayout(key=Alternatives.NONE),
    ParentKindNotAllowed(kind=Colour.RED, allowed=("A", "B"), parent_kind=None),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
def test_what_is_kept_says_what_was_said(refusal: LedgerError) -> None:
    text, facts = str(refusal), keep_facts(refusal)

    assert say_kept(text, code=refusal.code, facts=facts, locale="en") == text
    assert say_kept(text, code=refusal.code, facts=facts, locale="zh-CN") == say(refusal, locale="zh-CN")


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("PARTY_MISSING", None),
        ("PARTY_MISSING", "{}"),
        ("FORGOTTEN", "{}"),
        ("INVALID_INPUT", '{"reason": {"words": "GONE"}}'),
    ],
)
def test_what_has_no_facts_or_is_known_no_more_is_said_as_it_was(code: str, facts: str | None) -> None:
    assert say_kept("It was so.", code=code, facts=facts, locale="zh-CN") == "It was so."


def test_what_the_database_does_not_take_in_json_is_kept_as_its_number() -> None:
    facts = keep_facts(InvalidInput(reason=Why.KEY_STANDS_TWICE, key="a\0b\ud800"))

    assert json.loads(facts) == {"reason": {"words": "KEY_STANDS_TWICE"}, "key": "a\\x00b\\ud800"}
