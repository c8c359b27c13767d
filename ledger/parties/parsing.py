"""From a JSON object (a line of an import file, an input of the API) to a draft, refusing what it does not know."""

import json
from collections.abc import Mapping
from unicodedata import category

from ledger import fields
from ledger.errors import InvalidInput
from ledger.journal.platforms import check_time_zone
from ledger.money import exponent
from ledger.parties.errors import Why
from ledger.parties.model import PartyDraft
from ledger.parties.rules import PARENTS

KEYS = ("reference", "kind", "name", "parent", "currency", "timeZone", "settlement", "metadata")
SETTLEMENT_KEYS = ("cycle", "calendar", "mode")
MAX_METADATA = 10_000
# What programs in any language read back as it was written: no binary fractions, and whole numbers up to 2^53 - 1.
MAX_WHOLE = 2**53 - 1
MAX_DEPTH = 6


def parse_party(document: Mapping[str, object]) -> PartyDraft:
    """
    Read one party.

    Refusals: InvalidInput naming the field; CurrencyUnknown.
    """
    for key in document:
        if key not in KEYS:
            raise InvalidInput(field=(key,), reason=Why.PARTY_KEY_UNKNOWN, given=key, known=", ".join(KEYS))
    kind = _text(document, "kind")
    if kind not in PARENTS:
        raise InvalidInput(field=("kind",), reason=Why.PARTY_KIND_UNKNOWN, given=kind, known=", ".join(PARENTS))
    parent = None if document.get("parent") is None else _reference(document, "parent")
    if (parent is None) != (kind == "OPERATOR"):
        reason = Why.OPERATOR_HAS_NO_PARENT if parent else Why.PARENT_NEEDED
        raise InvalidInput(field=("parent",), reason=reason, kind=kind)
    currency = _optional_text(document, "currency")
    if currency is not None:
        exponent(currency, field=("currency",))
    time_zone = _optional_text(document, "timeZone")
    if time_zone is not None:
        check_time_zone(time_zone)
    settlement = _object(document, "settlement")
    for key in settlement or {}:
        if key not in SETTLEMENT_KEYS:
            known = ", ".join(SETTLEMENT_KEYS)
            raise InvalidInput(field=("settlement", key), reason=Why.SETTLEMENT_KEY_UNKNOWN, given=key, known=known)
    return PartyDraft(
        reference=_reference(document, "reference"),
        kind=kind,
        name=_text(document, "name"),
        parent=parent,
        currency=currency,
        time_zone=time_zone,
        settlement=_canonical(settlement),
        metadata=_canonical(_object(document, "metadata")),
    )


def _reference(document: Mapping[str, object], key: str) -> str:
    """A text that the events of orders can say too: no blanks at its ends, and one line."""
    value = _text(document, key)
    if value != value.strip() or any(category(character) in ("Zl", "Zp") for character in value):
        raise InvalidInput(field=(key,), reason=Why.NOT_ONE_LINE, key=key)
    return value


def _text(document: Mapping[str, object], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value.strip() or len(value) > fields.MAX_TEXT_LENGTH:
        raise InvalidInput(field=(key,), reason=Why.NO_PARTY_TEXT, key=key, longest=fields.MAX_TEXT_LENGTH)
    if any(category(character) in ("Cc", "Cs") for character in value):
        raise InvalidInput(field=(key,), reason=Why.UNPRINTABLE, key=key)
    return value


def _optional_text(document: Mapping[str, object], key: str) -> str | None:
    return None if document.get(key) is None else _text(document, key)


def _object(document: Mapping[str, object], key: str) -> Mapping[str, object] | None:
    value = document.get(key)
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise InvalidInput(field=(key,), reason=Why.NO_PARTY_OBJECT, key=key)
    _check_plain(value, (key,))
    return value


def _check_plain(value: object, field: tuple[str, ...]) -> None:
    """The bounds are those of JSON in the API, so that a file means the same whichever way it comes."""
    if len(field) > MAX_DEPTH:
        raise InvalidInput(field=field[:1], reason=Why.TOO_DEEP, key=field[0], most=MAX_DEPTH)
    if not isinstance(value, str | int | list | Mapping | None):
        raise fields.refuse_value(field, Why.FRACTION)
    if isinstance(value, int) and abs(value) > MAX_WHOLE:
        raise fields.refuse_value(field, Why.NUMBER_TOO_LARGE, most=MAX_WHOLE)
    if isinstance(value, Mapping | list):
        for step, each in value.items() if isinstance(value, Mapping) else enumerate(value):
            _check_plain(each, (*field, str(step)[: fields.MAX_TEXT_LENGTH]))


def _canonical(value: Mapping[str, object] | None) -> str:
    """Sorted and without spaces, so that the same content has one fingerprint."""
    if value is None:
        return ""
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        text.encode()
    except (ValueError, TypeError, RecursionError) as broken:
        raise InvalidInput(field=("metadata",), reason=Why.NO_JSON) from broken
    if len(text) > MAX_METADATA or "\\u0000" in text:
        raise InvalidInput(field=("metadata",), reason=Why.METADATA_TOO_LONG, most=MAX_METADATA)
    return text
