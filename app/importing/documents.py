"""One line as one JSON object, read strictly: no duplicate keys, no NaN, no depths, no endless numbers."""

from typing import Any

from app.importing.outcomes import LineInvalid, Why
from app.refusals import BadRequest
from app.strict_json import read_object


def read_document(raw: bytes, *, what: Why = Why.A_LINE) -> dict[str, Any]:
    """
    Read one JSON object.

    Refusals: LineInvalid, naming the first thing that is wrong.
    """
    try:
        return read_object(raw)
    except BadRequest as refusal:
        # The reader was made for requests and speaks of their body.
        raise LineInvalid(**{**refusal.facts, "what": what}) from None
