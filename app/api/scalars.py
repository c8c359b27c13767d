"""
Scalars that lose nothing: no binary fraction, no exponent, no time without its zone gets in or out.

Domain types write plain Python types; SCALARS maps them: datetime is Instant, date is LocalDate, decimal.Decimal is
Decimal. BigInt, CurrencyCode and JSON have names of their own because int, str and dict mean other things too.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from ledger.compact_json import write_json
from ledger.ids import LARGEST_NUMBER

BigInt = NewType("BigInt", int)
CurrencyCode = NewType("CurrencyCode", str)
JSON = NewType("JSON", dict)  # type: ignore[type-arg]  # NewType takes no parameters

# What a JavaScript number holds exactly: metadata is read by browsers.
_LARGEST_IN_JSON = 2**53 - 1
# A line of an import file at its longest.
_MOST_CHARACTERS = 2**20
_DEEPEST = 6

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,18})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")


def parse_big_int(value: object) -> int:
    """Read a whole number given as text or as a JSON integer."""
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST_NUMBER:
        raise ValueError('a BigInt is a whole number of at most 63 bits, as text such as "1230"')
    return value


def write_big_int(value: object) -> str:
    """Write a whole number as text, because JSON readers lose digits above 2^53."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"BigInt cannot carry a {type(value).__name__}")
    return str(value)


def parse_decimal(value: object) -> Decimal:
    """Read a plain decimal given as text."""
    if not (isinstance(value, str) and len(value) <= 40 and _DECIMAL.fullmatch(value)):
        raise ValueError('a Decimal is text such as "12.30": no number, no exponent, at most 38 digits')
    number = Decimal(value)
    if len(number.as_tuple().digits) > 38:
        raise ValueError("a Decimal has at most 38 digits")
    return abs(number) if number.is_zero() else number


def write_decimal(value: object) -> str:
    """Write a decimal with the decimals it has, never with an exponent."""
    if not isinstance(value, Decimal) or not value.is_finite():
        raise TypeError(f"Decimal cannot carry {value!r}")
    return format(abs(value) if value.is_zero() else value, "f")


def parse_instant(value: object) -> datetime:
    """Read an RFC 3339 instant with its zone; at most microseconds."""
    if not (isinstance(value, str) and _INSTANT.fullmatch(value)):
        raise ValueError('an Instant is text such as "2026-01-31T12:00:00Z": with a zone, at most 6 decimals')
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("an Instant has a day, a time of day and a zone that there are") from None
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("an Instant lies within the years 1 to 9999 in UTC") from None


def write_instant(value: object) -> str:
    """Write an instant in UTC with all six decimals, so that text order is time order."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError(f"Instant cannot carry {value!r}")
    # 26 characters, and the zone as +00:00. Every answer says when it was read: strftime takes many times as long.
    return f"{value.astimezone(UTC).isoformat(timespec='microseconds')[:26]}Z"


def parse_local_date(value: object) -> date:
    """Read a calendar day."""
    if not (isinstance(value, str) and _DATE.fullmatch(value)):
        raise ValueError('a LocalDate is text such as "2026-01-31"')
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("a LocalDate is a day that there is") from None


def write_local_date(value: object) -> str:
    """Write a calendar day."""
    # A datetime is a date to isinstance, and would silently lose its time.
    if not isinstance(value, date) or isinstance(value, datetime):
        raise TypeError(f"LocalDate cannot carry {value!r}")
    return value.isoformat()


def parse_currency_code(value: object) -> str:
    """Read a currency code by its shape; whether it is in use is for the ledger to say."""
    if not (isinstance(value, str) and _CURRENCY.fullmatch(value)):
        raise ValueError('a CurrencyCode is three capitals such as "CNY"')
    return value


def parse_json(value: object) -> dict[str, Any]:
    """Read a bounded JSON object of text, whole numbers, booleans, nulls, lists and objects."""
    if not isinstance(value, dict):
        raise ValueError("JSON is an object here")
    _check_json(value, depth=1)
    # Without spaces: a line of a file has none of its own accord, and must not grow past the bound on its way here.
    if len(write_json(value)) > _MOST_CHARACTERS:
        raise ValueError(f"JSON has at most {_MOST_CHARACTERS} characters")
    return value


def _check_json(value: object, *, depth: int) -> None:
    if depth > _DEEPEST:
        raise ValueError(f"JSON nests at most {_DEEPEST} levels")
    match value:
        case None | bool() | str():
            return
        case int():
            if abs(value) > _LARGEST_IN_JSON:
                raise ValueError("whole numbers in JSON are at most 2^53 - 1; give larger ones as text")
        case list():
            for item in value:
                _check_json(item, depth=depth + 1)
        case dict():
            for item in value.values():
                _check_json(item, depth=depth + 1)
        case _:
            raise ValueError("JSON holds no fractions; give them as text")


# What is handed out must be what would be taken, so these two write as they read; a failure there is masked as a bug.
SCALARS: dict[object, ScalarDefinition] = {
    BigInt: strawberry.scalar(
        name="BigInt",
        description="A whole number of at most 63 bits. A JSON string both ways; JSON integers are taken too.",
        specified_by_url="https://www.w3.org/TR/xmlschema11-2/#long",
        serialize=write_big_int,
        parse_value=parse_big_int,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='A finite decimal of at most 38 digits as a JSON string, such as "12.30". No exponent, no NaN.',
        specified_by_url="https://www.w3.org/TR/xmlschema11-2/#decimal",
        serialize=write_decimal,
        parse_value=parse_decimal,
    ),
    datetime: strawberry.scalar(
        name="Instant",
        description='A point in time, RFC 3339 in UTC with six decimals: "2026-01-31T12:00:00.000000Z".',
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=write_instant,
        parse_value=parse_instant,
    ),
    date: strawberry.scalar(
        name="LocalDate",
        description='A calendar day without a time or zone: "2026-01-31".',
        specified_by_url="https://scalars.graphql.org/andimarek/local-date",
        serialize=write_local_date,
        parse_value=parse_local_date,
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="An ISO 4217 code in capitals, such as CNY.",
        specified_by_url="https://www.iso.org/iso-4217-currency-codes.html",
        serialize=parse_currency_code,
        parse_value=parse_currency_code,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="A JSON object of at most 1,048,576 characters and 6 levels, without fractions.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=parse_json,
        parse_value=parse_json,
    ),
}
