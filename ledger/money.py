"""
Money without surprises: amounts in minor units, rates as exact decimals, one rounding, shares that add up.

The rules by which money is rounded, shared and taken back live here and nowhere else. Nothing in this file passes
through binary fractions or through the precision of a Decimal context: products are integers, and each is rounded once
by a rule with a name.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from math import lcm
from typing import assert_never

from iso4217 import Currency

from ledger.errors import LedgerError, Words

# 9,000 lines of this size fit on one account before its cumulative amounts reach their limit of 9 * 10^18.
MAX_AMOUNT_MINOR = 10**15

# 16 digits of 10^15, a point, a sign and generous decimals. Longer text is refused before a number is made of it.
_MAX_TEXT_LENGTH = 40

# Metals, test codes and the like have no minor unit, so nothing can be booked in them.
_EXPONENTS: dict[str, int] = {unit.code: unit.exponent for unit in Currency if unit.exponent is not None}

# [0-9] and not \d: \d would let digits of other scripts in. No sign but minus, no exponent, no leading zeros.
_AMOUNT = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?")
_RATE = re.compile(r"([01])(?:\.([0-9]{1,10}))?")


class JsonKind(Words):
    """What was given where text was wanted."""

    A_NULL = "null"
    A_BOOLEAN = "boolean"
    A_NUMBER = "number"
    A_LIST = "array"
    AN_OBJECT = "object"


_JSON_TYPES: dict[str, JsonKind] = {
    "NoneType": JsonKind.A_NULL,
    "bool": JsonKind.A_BOOLEAN,
    "int": JsonKind.A_NUMBER,
    "float": JsonKind.A_NUMBER,
    "list": JsonKind.A_LIST,
    "tuple": JsonKind.A_LIST,
    "dict": JsonKind.AN_OBJECT,
}


class CurrencyUnknown(LedgerError):
    """The currency is no ISO 4217 code in use, or has no minor unit."""

    code = "CURRENCY_UNKNOWN"
    sentence = "{given} is not a currency: give an ISO 4217 code in capitals that has a minor unit, such as CNY."


class AmountInvalid(LedgerError):
    """The amount is not a plain decimal string."""

    code = "AMOUNT_INVALID"
    sentence = 'An amount in {currency} is a plain decimal string such as "{example}"; given: {given}.'


class AmountTooPrecise(LedgerError):
    """The amount has more decimals than its currency."""

    code = "AMOUNT_TOO_PRECISE"
    sentence = "An amount in {currency} has at most {decimals} decimals; round {given} before sending it."


class AmountNotPositive(LedgerError):
    """The amount is negative, or zero where zero says nothing."""

    code = "AMOUNT_NOT_POSITIVE"
    sentence = "An amount here is {bound} and has no sign, given: {given}. What it is for says which way it goes."


class AmountTooLarge(LedgerError):
    """The amount is above what one line can carry."""

    code = "AMOUNT_TOO_LARGE"
    sentence = "An amount in {currency} is at most {limit}; split {given} into several."


class RateInvalid(LedgerError):
    """The rate is not a decimal string from 0 to 1."""

    code = "RATE_INVALID"
    sentence = 'A rate is a decimal string from "0" to "1" with at most 10 decimals, such as "0.08"; given: {given}.'


class Rounding(StrEnum):
    """How one product becomes whole minor units. HALF_UP sends ties away from zero, on both sides of it."""

    HALF_UP = "HALF_UP"
    HALF_EVEN = "HALF_EVEN"
    FLOOR = "FLOOR"
    CEIL = "CEIL"


def exponent(currency: str, *, field: tuple[str, ...] = ()) -> int:
    """
    Tell how many decimals a currency has: JPY 0, CNY 2, KWD 3.

    Refusals: CurrencyUnknown.
    """
    try:
        return _EXPONENTS[currency]
    except (KeyError, TypeError):
        raise CurrencyUnknown(field=field, given=describe(currency)) from None


def parse_amount(text: object, *, currency: str, field: tuple[str, ...] = (), allow_zero: bool = False) -> int:
    """
    Read a decimal string such as "12.30" as minor units.

    Numbers are refused whatever their value: once a JSON reader has seen a number, its decimals are gone.

    Refusals, first match wins: CurrencyUnknown, AmountInvalid, AmountTooPrecise, AmountNotPositive, AmountTooLarge.
    """
    decimals = exponent(currency)
    match = _AMOUNT.fullmatch(text) if isinstance(text, str) and len(text) <= _MAX_TEXT_LENGTH else None
    if match is None:
        raise AmountInvalid(field=field, currency=currency, example=_example(decimals), given=describe(text))
    sign, whole, fraction = match.groups(default="")
    if len(fraction) > decimals:
        raise AmountTooPrecise(field=field, currency=currency, decimals=decimals, given=describe(text))
    minor = int(whole + fraction.ljust(decimals, "0"))
    if sign or (minor == 0 and not allow_zero):
        bound = "≥ 0" if allow_zero else "> 0"
        raise AmountNotPositive(field=field, bound=bound, given=describe(text))
    if minor > MAX_AMOUNT_MINOR:
        limit = format_amount(MAX_AMOUNT_MINOR, currency=currency)
        raise AmountTooLarge(field=field, currency=currency, limit=limit, given=describe(text))
    return minor


def format_amount(minor: int, *, currency: str) -> str:
    """
    Write minor units as a plain decimal with exactly the currency's decimals: -5 is "-0.05" in CNY, "-5" in JPY.

    Refusals: CurrencyUnknown.
    """
    decimals = exponent(currency)
    digits = str(abs(minor)).rjust(decimals + 1, "0")
    sign = "-" if minor < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else sign + digits


def parse_rate(text: object, *, field: tuple[str, ...] = ()) -> Decimal:
    """
    Read a decimal string from "0" to "1" with at most 10 decimals as an exact rate.

    Refusals: RateInvalid.
    """
    match = _RATE.fullmatch(text) if isinstance(text, str) else None
    rate = Decimal(match[0]) if match else None
    if rate is None or rate > 1:
        raise RateInvalid(field=field, given=describe(text))
    return rate


def format_rate(rate: Decimal) -> str:
    """Write a rate in its one canonical form, so that "0.050" and "0.05" are stored, hashed and compared as one."""
    text = format(rate, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def multiply(minor: int, rate: Decimal, rounding: Rounding) -> int:
    """Multiply exactly, then round once. The context of the decimal module plays no part."""
    numerator, denominator = _ratio(rate)
    return divide(minor * numerator, denominator, rounding)


def divide(numerator: int, denominator: int, rounding: Rounding) -> int:
    """Divide by a positive integer, rounding once: FLOOR and CEIL by value, HALF_UP and HALF_EVEN on ties."""
    quotient, remainder = divmod(numerator, denominator)
    if remainder == 0 or rounding is Rounding.FLOOR:
        return quotient
    if rounding is Rounding.CEIL:
        return quotient + 1
    # divmod rounds towards minus infinity, so the step up is the one away from zero for positive numbers only.
    twice = remainder + remainder
    if rounding is Rounding.HALF_UP:
        return quotient + (twice > denominator or (twice == denominator and numerator > 0))
    if rounding is Rounding.HALF_EVEN:
        return quotient + (twice > denominator or (twice == denominator and quotient % 2 == 1))
    assert_never(rounding)


def allocate(total: int, weights: Sequence[int], *, ranks: Sequence[int] | None = None) -> tuple[int, ...]:
    """
    Share `total` by largest remainder: the shares sum to it, and a weight of zero gets nothing.

    Left-over units go one by one to the largest fractions; ties to the lower rank, then to the earlier index. Without
    `ranks`, callers pass the weights in rank order. A negative total or weight, or a total without any weight to
    carry it, is a ValueError: a bug of the caller.
    """
    whole = sum(weights)
    if total < 0 or min(weights, default=0) < 0 or (whole == 0 and total > 0):
        raise ValueError(f"cannot share {total} by weights {tuple(weights)}")
    if ranks is not None and len(ranks) != len(weights):
        raise ValueError(f"{len(ranks)} ranks for {len(weights)} weights")
    if total == 0:
        return (0,) * len(weights)
    shares = []
    remainders = []
    for weight in weights:
        share, remainder = divmod(total * weight, whole)
        shares.append(share)
        remainders.append(remainder)
    left_over = total - sum(shares)
    if left_over:
        for index in _by_remainder(remainders, ranks)[:left_over]:
            shares[index] += 1
    return tuple(shares)


def common_fractions(rates: Sequence[Decimal]) -> tuple[tuple[int, ...], int]:
    """Turn rates into numerators and the one denominator they share."""
    ratios = [_ratio(rate) for rate in rates]
    denominator = lcm(*(each for _, each in ratios))
    return tuple(numerator * (denominator // each) for numerator, each in ratios), denominator


def claw_back(total: int, remaining: Sequence[int]) -> tuple[int, ...]:
    """
    Take `total` back from receivers by what each still has, in rank order.

    No step is negative or takes more than is there, and taking everything leaves everyone at zero: a share of
    total * has / sum is at most `has`, and one unit is added only where that share has a fraction. Allocating
    the cumulative refund afresh and taking differences has none of these properties.
    A total that is negative or above the sum is a ValueError.
    """
    if total > sum(remaining):
        raise ValueError(f"cannot take {total} back from {tuple(remaining)}")
    return allocate(total, remaining)


def tax_inside(amount: int, rate: Decimal) -> int:
    """Find the tax contained in a price that includes it: amount * rate / (1 + rate), HALF_UP."""
    numerator, denominator = _ratio(rate)
    return divide(amount * numerator, denominator + numerator, Rounding.HALF_UP)


def describe(value: object) -> str | JsonKind:
    """Name a refused value in any language: short text as it came, everything else by its JSON type, in words."""
    if isinstance(value, str):
        return repr(value if len(value) <= _MAX_TEXT_LENGTH else value[:_MAX_TEXT_LENGTH] + "…")
    # Never the value itself: writing out a number of some thousand digits fails, and a list may be endless.
    name = type(value).__name__
    return _JSON_TYPES.get(name, name)


def _example(decimals: int) -> str:
    return f"12.{'30'.ljust(decimals, '0')[:decimals]}" if decimals else "12"


def _ratio(rate: Decimal) -> tuple[int, int]:
    # A binary fraction has as_integer_ratio too, and would be accepted here with all its noise.
    if not isinstance(rate, Decimal):
        raise TypeError("a rate is a Decimal made from text")
    return rate.as_integer_ratio()


def _by_remainder(remainders: list[int], ranks: Sequence[int] | None) -> list[int]:
    # Sorting is stable, also in reverse, so equal remainders stay in the order of the line before.
    order = range(len(remainders))
    ranked = order if ranks is None else sorted(order, key=ranks.__getitem__)
    return sorted(ranked, key=remainders.__getitem__, reverse=True)
