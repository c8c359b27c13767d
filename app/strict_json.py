"""
JSON as strangers send it, read without surprises.

The library's reader keeps the last of two equal keys, takes NaN, exhausts the stack on deep nesting and fails on a
number of thousands of digits. Each of these is refused here, by name and before any work.
"""

import json
import math
import re
from itertools import accumulate
from typing import Any

from app.refusals import BadRequest, JsonProblem, What, Why

DEEPEST = 64
# 38 digits are the most that any field takes.
_MOST_DIGITS = 40

# An unterminated string runs to the end: looking for its end again from every escaped quote inside would take
# quadratic time.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(each for each in range(256) if each not in _STEP)
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


def read_object(raw: bytes, *, what: What = What.BODY) -> dict[str, Any]:
    """
    Read one JSON object in UTF-8; `what` it is, refusals say.

    Refusals: BadRequest, naming the first thing that is wrong.
    """
    value = read_value(raw, what=what)
    if not isinstance(value, dict):
        raise BadRequest(reason=Why.NO_JSON_OBJECT, what=what)
    return value


def read_value(raw: bytes, *, what: What = What.BODY) -> Any:
    """
    Read one JSON value in UTF-8; `what` it is, refusals say.

    Refusals: BadRequest, naming the first thing that is wrong.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest(reason=Why.NO_UTF8, what=what) from None
    _check_depth(raw, what=what)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_refuse_duplicates,
            parse_int=_read_integer,
            parse_float=_read_float,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        problem = JsonProblem.of(error.msg)
        raise BadRequest(reason=Why.NO_VALID_JSON, what=what, problem=problem, position=error.pos) from None
    # Both characters can only be written as escapes, so most bodies are not searched.
    if "\\u" in text:
        _check_text(value)
    return value


# One encoder for all: the library would make a new one for each answer.
write_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False, allow_nan=False).encode


def _check_depth(raw: bytes, *, what: What) -> None:
    if raw.count(b"[") + raw.count(b"{") <= DEEPEST:
        return
    brackets = _STRING.sub(b"", raw).translate(None, _NO_BRACKETS)
    if max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > DEEPEST:
        raise BadRequest(reason=Why.JSON_TOO_DEEP, what=what, most=DEEPEST)


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise BadRequest(reason=Why.KEY_STANDS_TWICE, key=key[:100])
            seen.add(key)
    return found


def _read_integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise BadRequest(reason=Why.DIGITS, most=_MOST_DIGITS)
    return int(digits)


def _read_float(digits: str) -> float:
    # Kept so that a field can say that it takes no fraction; no scalar of ours makes money of it.
    number = float(digits) if len(digits) <= _MOST_DIGITS else math.inf
    if math.isinf(number):
        raise BadRequest(reason=Why.NUMBER_TOO_LONG)
    return number


def _refuse_constant(name: str) -> Any:
    raise BadRequest(reason=Why.NO_JSON_CONSTANT, name=name)


def _check_text(value: Any) -> None:
    """Refuse what PostgreSQL has no place for (U+0000) and what no UTF-8 can carry (half a surrogate pair)."""
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, dict):
            stack.extend(each)
            stack.extend(each.values())
        elif isinstance(each, list):
            stack.extend(each)
        elif isinstance(each, str) and ("\x00" in each or _LONE_SURROGATE.search(each)):
            raise BadRequest(reason=Why.NO_CHARACTERS)
