"""
Strict reading of JSON documents: every refusal names the place, what is expected and what was given.

`field` is the path of the value, outermost first. All of them raise InvalidInput; that of a
currency also CurrencyUnknown.
"""

import re
from collections.abc import Mapping, Sequence, Set
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TypeVar

from ledger.errors import InvalidInput, Words
from ledger.ids import LARGEST_NUMBER
from ledger.money import describe, exponent

Choice = TypeVar("Choice", bound=StrEnum)

MAX_TEXT_LENGTH = 200

# Control characters do not print, PostgreSQL takes no NUL, and half a surrogate pair is no character at all.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
# An instant has a day in every zone: the calendar's first and last year would end before some of them do.
_FIRST_YEAR, _LAST_YEAR = 2, 9998


class Shape(Words):
    """What is wrong with the value at `place`, or with what goes with it."""

    DOCUMENT = "the document"
    NAME = "1 to {longest} characters, no control characters, no blanks at its ends"
    KEY_UNKNOWN = "{place} is not a known key, these are: {known}."
    MISSING = "{place} is missing."
    NO_OBJECT = "{place} must be an object, given: {given}."
    KEY_IS_NO_NAME = "{place} has a key that is no name ({name}): {given}."
    NO_LIST = "{place} must be a list, given: {given}."
    NO_NAME = "{place} must be a text ({name}), given: {given}."
    NO_NUMBER_OF_ONE = "{place} must be the number of one, given: {given}."
    NOT_AMONG = "{place} must be one of {known}, given: {given}."
    NO_BOOLEAN = "{place} must be true or false, given: {given}."
    NO_DAY = "{place} must be a day such as 2016-01-31, given: {given}."
    NO_INSTANT = "{place} must be an instant with a zone such as 2025-01-31T08:00:00Z, given: {given}."
    AMOUNT_WITH_CURRENCY = "An amount is given together with its currency."
    LINE_WITH_ORDER = "A line is named together with its order."
    KEY_OF_THE_WORKER = "{key} is what the worker calls its own; take another."


_NAME = {"name": Shape.NAME, "longest": MAX_TEXT_LENGTH}


def read_object(
    value: object, *, field: tuple[str, ...] = (), required: Set[str] = frozenset(), optional: Set[str] = frozenset()
) -> Mapping[str, object]:
    """Read an object with exactly these keys; an unknown or a missing one is refused by name."""
    # Almost every document is as it should be: its keys are then known, and need not be looked at one by one.
    if isinstance(value, dict) and required <= value.keys() and value.keys() - required <= optional:
        return value
    entries = read_entries(value, field=field)
    for key in entries:
        if key not in required and key not in optional:
            known = ", ".join(sorted(required | optional))
            raise refuse_value((*field, key), Shape.KEY_UNKNOWN, known=known)
    for key in sorted(required):
        if key not in entries:
            raise refuse_value((*field, key), Shape.MISSING)
    return entries


def read_entries(value: object, *, field: tuple[str, ...] = ()) -> Mapping[str, object]:
    """Read an object whose keys are data: names without control characters."""
    if not isinstance(value, Mapping):
        raise refuse_value(field, Shape.NO_OBJECT, given=describe(value))
    for key in value:
        if not _is_name(key):
            raise refuse_value(field, Shape.KEY_IS_NO_NAME, **_NAME, given=describe(key))
    return value


def read_list(value: object, *, field: tuple[str, ...] = ()) -> Sequence[object]:
    """Read a list."""
    if not isinstance(value, list | tuple):
        raise refuse_value(field, Shape.NO_LIST, given=describe(value))
    return value


def read_text(value: object, *, field: tuple[str, ...] = ()) -> str:
    """Read a name: 1 to 200 characters, no control characters, no blanks at its ends."""
    if not isinstance(value, str) or not _is_name(value):
        raise refuse_value(field, Shape.NO_NAME, **_NAME, given=describe(value))
    return value


def cut_text(text: str) -> str:
    """Keep as much of a stranger's text, such as a bank's, as a name may have."""
    return text[:MAX_TEXT_LENGTH]


def read_optional_text(given: Mapping[str, object], key: str) -> str:
    """Read a name that may be left out; "" where it is."""
    return read_text(given[key], field=(key,)) if key in given else ""


def read_currency(value: object, *, field: tuple[str, ...]) -> str:
    """Read a currency that has minor units. Refusals, first match wins: InvalidInput, CurrencyUnknown."""
    currency = read_text(value, field=field)
    exponent(currency, field=field)
    return currency


def read_number(value: object, *, field: tuple[str, ...]) -> int:
    """Read the number of a thing that was numbered here."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LARGEST_NUMBER:
        raise refuse_value(field, Shape.NO_NUMBER_OF_ONE, given=describe(value))
    return value


def read_boolean(value: object, *, field: tuple[str, ...]) -> bool:
    """Read true or false, not what counts as one of them."""
    if not isinstance(value, bool):
        raise refuse_value(field, Shape.NO_BOOLEAN, given=describe(value))
    return value


def read_choice(value: object, choices: type[Choice], *, field: tuple[str, ...] = ()) -> Choice:
    """Read one of a few words."""
    for choice in choices:
        if choice == value:
            return choice
    raise refuse_value(field, Shape.NOT_AMONG, known=", ".join(choices), given=describe(value))


def read_day(value: object, *, field: tuple[str, ...] = ()) -> date:
    """Read a day written as 2016-01-31."""
    # The library reads week dates and 20160131 too; one day then had several spellings.
    try:
        return date.fromisoformat(value if isinstance(value, str) and _DAY.fullmatch(value) else "")
    except ValueError:
        raise refuse_value(field, Shape.NO_DAY, given=describe(value)) from None


def read_instant(value: object, *, field: tuple[str, ...]) -> datetime:
    """Read an instant of RFC 3339, with its zone; digits after the microsecond are cut off."""
    try:
        if not isinstance(value, str) or _INSTANT.fullmatch(value) is None:
            raise ValueError
        # Upper case, because RFC 3339 allows "t" and "z" and the library does not.
        instant = datetime.fromisoformat(value.upper()).astimezone(UTC)
        if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
            raise ValueError
        return instant
    except (ValueError, OverflowError):
        raise refuse_value(field, Shape.NO_INSTANT, given=describe(value)) from None


def refuse_value(field: tuple[str, ...], reason: Words, **facts: object) -> InvalidInput:
    """Make the refusal of the value at a place; `reason` names the place, too."""
    # A key as long as a book would make the path one, too.
    place = ".".join(field)[:MAX_TEXT_LENGTH] if field else Shape.DOCUMENT
    return InvalidInput(field=field, reason=reason, place=place, **facts)


def _is_name(value: object) -> bool:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT_LENGTH:
        return False
    return _UNPRINTABLE.search(value) is None and value == value.strip()
