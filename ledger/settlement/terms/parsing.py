"""From a document, or from what a party was registered with, to what a version of terms says."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from ledger import fields
from ledger.calendars.model import Anchor
from ledger.errors import InvalidInput
from ledger.journal.model import MAX_AMOUNT_MINOR
from ledger.money import describe
from ledger.settlement.terms.errors import Why
from ledger.settlement.terms.model import Confirmation, Cycle, Effect, Layer, Mode, Role, TermsChange

_T_PLUS = re.compile(r"T(?:\+|_PLUS_?)([0-9]{1,3})")
# Other spellings of a cycle, as contracts and upstream systems have them.
_CYCLES = {
    **{cycle.value: cycle for cycle in Cycle if cycle is not Cycle.T_PLUS},
    "1/11/21": Cycle.DECADE,
    "TEN_DAYS": Cycle.DECADE,
    "SEMIMONTHLY": Cycle.SEMI_MONTHLY,
    "ONDEMAND": Cycle.ON_DEMAND,
}
MAX_DAYS = 365
MAX_CYCLES = 1_000
_EARLIEST = date(1900, 1, 1)
# How long a party has where its agreement is taken for given and nobody said another time.
DEEMED_AFTER_DAYS = 7

Read = Callable[[object, tuple[str, ...]], Any]
Choice = TypeVar("Choice", bound=StrEnum)


def parse_change(document: object) -> TermsChange:
    """
    Read `{role?, party?, validFrom?, effect?, cycle?, dueDays?, calendar?, anchor?, confirmation?, confirmationDays?,
    netting?, carryLimitMinorUnits?, carryCycles?, mode?}`; at least one of the terms, null to go
    back to what the layer below says. A cycle is T+N, DAILY, WEEKLY, DECADE (1/11/21), SEMI_MONTHLY, MONTHLY or
    ON_DEMAND; T+N says its due days itself.

    Refusals: InvalidInput naming the field.
    """
    entries = fields.read_object(document, optional={"role", "party", "validFrom", "effect", *_TERMS})
    said: dict[str, Any] = {}
    for key, (name, read) in _TERMS.items():
        if key in entries:
            said[name] = None if entries[key] is None else read(entries[key], (key,))
    if not said:
        raise InvalidInput(field=("cycle",), reason=Why.TERMS_NEEDED, known=", ".join(_TERMS))
    _settle_days(said)
    role, party, effect = entries.get("role"), entries.get("party"), entries.get("effect")
    return TermsChange(
        said=said,
        role=None if role is None else fields.read_choice(role, Role, field=("role",)),
        party=None if party is None else fields.read_text(party, field=("party",)),
        valid_from=_read_first_day(entries.get("validFrom")),
        effect=Effect.NEXT_PERIOD if effect is None else fields.read_choice(effect, Effect, field=("effect",)),
    )


def read_registration(settlement: str | None) -> tuple[Layer, tuple[str, ...]]:
    """
    What the settlement of a party's registration says, and the keys of it that say nothing we understand: a party may
    have been registered before its cycle or its calendar meant anything here.
    """
    said, refused = _read_settlement(settlement)
    _settle_days(said)
    return Layer(**said), tuple(refused)


def find_unreadable(settlement: str) -> InvalidInput | None:
    """Why the first key that says nothing we understand, of the settlement of a party to be registered, is refused."""
    _, refused = _read_settlement(settlement)
    return next(iter(refused.values()), None)


def _read_settlement(settlement: str | None) -> tuple[dict[str, Any], dict[str, InvalidInput]]:
    """What a party's settlement says, by the fields of Terms, and why each other key of it says nothing, in order."""
    said: dict[str, Any] = {}
    refused: dict[str, InvalidInput] = {}
    for key, value in (json.loads(settlement) if settlement else {}).items():
        place = ("settlement", key)
        try:
            if key not in _TERMS:
                raise fields.refuse_value(place, fields.Shape.KEY_UNKNOWN, known=", ".join(_TERMS))
            name, read = _TERMS[key]
            if value is not None:
                said[name] = read(value, place)
        except InvalidInput as refusal:
            refused[key] = refusal
    return said, refused


def parse_cycle(value: object, *, field: tuple[str, ...] = ("cycle",)) -> tuple[Cycle, int | None]:
    """Read a cycle, and the due days that T+N says with it. Refusals: InvalidInput."""
    word = value.strip().upper().replace("-", "_").replace(" ", "_") if isinstance(value, str) else ""
    trade = _T_PLUS.fullmatch(word)
    if trade is not None and int(trade[1]) <= MAX_DAYS:
        return Cycle.T_PLUS, int(trade[1])
    if word in _CYCLES:
        return _CYCLES[word], None
    known = ", ".join(["T+N", *(cycle for cycle in Cycle if cycle is not Cycle.T_PLUS)])
    raise InvalidInput(field=field, reason=Why.CYCLE, known=known, most=MAX_DAYS, given=describe(value))


def _settle_days(said: dict[str, Any]) -> None:
    """Days that go with a word are set by it, or refused beside another."""
    if said.get("cycle") is not None:
        cycle, days = said["cycle"]
        if days is not None and said.get("due_days") not in (None, days):
            raise InvalidInput(field=("dueDays",), reason=Why.T_PLUS_SAYS_DAYS, days=days)
        said["cycle"] = cycle
        said["due_days"] = said.get("due_days") if days is None else days
    elif "cycle" in said:
        said.setdefault("due_days", None)
    deemed = said.get("confirmation") is Confirmation.DEEMED
    if not deemed and (said.get("confirmation_days") is not None or _lacks_its_word(said)):
        raise InvalidInput(field=("confirmationDays",), reason=Why.DEEMED_ONLY)
    if deemed and said.get("confirmation_days") is None:
        said["confirmation_days"] = DEEMED_AFTER_DAYS
    elif "confirmation" in said and not deemed:
        said["confirmation_days"] = None


def _lacks_its_word(said: Mapping[str, object]) -> bool:
    return "confirmation_days" in said and "confirmation" not in said


def _read_first_day(value: object) -> date | None:
    if value is None:
        return None
    day = fields.read_day(value, field=("validFrom",))
    if not _EARLIEST <= day <= date(2999, 12, 31):
        raise InvalidInput(field=("validFrom",), reason=Why.FIRST_DAY)
    return day


def _number(least: int, most: int) -> Read:
    def read(value: object, field: tuple[str, ...]) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            facts = {"key": field[-1], "least": least, "most": most, "given": describe(value)}
            raise InvalidInput(field=field, reason=Why.WHOLE_NUMBER, **facts)
        return value

    return read


def _choice(choices: type[Choice]) -> Read:
    def read(value: object, field: tuple[str, ...]) -> Choice:
        word = value.strip().upper().replace("-", "_") if isinstance(value, str) else value
        return fields.read_choice(word, choices, field=field)

    return read


def _flag(value: object, field: tuple[str, ...]) -> bool:
    return fields.read_boolean(value, field=field)


# The keys of a document, the field of Terms that each says, and how it is read.
_TERMS: Mapping[str, tuple[str, Read]] = {
    "cycle": ("cycle", lambda value, field: parse_cycle(value, field=field)),
    "dueDays": ("due_days", _number(0, MAX_DAYS)),
    "calendar": ("calendar", lambda value, field: fields.read_text(value, field=field)),
    "anchor": ("anchor", _choice(Anchor)),
    "confirmation": ("confirmation", _choice(Confirmation)),
    "confirmationDays": ("confirmation_days", _number(1, MAX_DAYS)),
    "netting": ("netting", _flag),
    "carryLimitMinorUnits": ("carry_limit_minor", _number(0, MAX_AMOUNT_MINOR)),
    "carryCycles": ("carry_cycles", _number(0, MAX_CYCLES)),
    "mode": ("mode", _choice(Mode)),
}
