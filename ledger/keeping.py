"""Refusals that are kept: their code and facts as JSON, of which they can be said again in another language."""

import json
from collections.abc import Mapping
from typing import Any

from ledger.compact_json import write_json
from ledger.errors import ExpectedError, Kept, Remark, Words

_WORDS, _FACTS = "words", "facts"


def keep_facts(error: ExpectedError) -> str:
    """Write the facts of a refusal as JSON: words and other refusals by their code, all else as its text."""
    return write_json(_keep_all(error.facts))


def read_kept(code: str, facts: str) -> Kept:
    """Read a refusal that was kept."""
    return Kept(code, _read_all(json.loads(facts)))


def _keep_all(facts: Mapping[str, Any]) -> dict[str, object]:
    return {name: _keep(fact) for name, fact in facts.items()}


def _keep(fact: object) -> object:
    match fact:
        case Words() as words:
            return {_WORDS: words.code}
        case Remark() as remark:
            return {_WORDS: remark.words.code, _FACTS: _keep_all(remark.facts)}
        case ExpectedError() as error:
            return {_WORDS: error.code, _FACTS: _keep_all(error.facts)}
        case tuple() as alternatives:
            return [_keep(each) for each in alternatives]
        case None | bool() | int():
            return fact
    # The database takes neither half a character nor NUL in JSON.
    return str(fact).encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def _read_all(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _read(fact) for name, fact in facts.items()}


def _read(fact: Any) -> Any:
    match fact:
        case dict():
            return Kept(fact[_WORDS], _read_all(fact[_FACTS]) if _FACTS in fact else None)
        case list():
            return tuple(_read(each) for each in fact)
    return fact
