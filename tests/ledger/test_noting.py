"""What the program wrote into documents is known again, and said in the reader's language."""

from string import Formatter

import pytest

from app.api.messages import say_noted
from ledger.noting import Noted, find_noted, note

FACTS = {"dispute": "C.1 (of {O1})", "sheet": 7, "status": "CLOSED"}


def list_facts(words: Noted) -> dict[str, object]:
    return {name: FACTS[name] for _, name, _, _ in Formatter().parse(words.sentence) if name is not None}


@pytest.mark.parametrize("words", Noted, ids=str)
def test_what_was_noted_is_found_again_with_its_facts(words: Noted) -> None:
    found = find_noted(note(words, **list_facts(words)))

    assert found is not None
    assert (found.words, found.facts) == (words, {name: str(fact) for name, fact in list_facts(words).items()})


@pytest.mark.parametrize("words", Noted, ids=str)
def test_what_was_noted_is_said_in_the_readers_language(words: Noted) -> None:
    text = note(words, **list_facts(words))
    said = say_noted(text, locale="zh-CN")

    assert say_noted(text, locale="en") == text
    assert said != text
    assert all(str(fact) in said for fact in list_facts(words).values())


@pytest.mark.parametrize(
    "text", ["", "CHARGED_BACK", "The review is done.", "The chargeback is decided. Or so.", "AC04"]
)
def test_what_others_wrote_stays_as_it_was_written(text: str) -> None:
    assert find_noted(text) is None
    assert say_noted(text, locale="zh-CN") == text
