"""One line as one JSON object, read strictly: no duplicate keys, no NaN, no depths, no endless numbers."""

from typing import Any

from app.importing.outcomes import LineInvalid
from app.refusals import BadRequest, What
from app.strict_json import read_object


def read_document(raw: bytes, *, what: What = What.A_LINE) -> dict[str, Any]:
    """
    Read one JSON object.

    Refusals: LineInvalid, naming the first thing that is wrong.
    """
    try:
        return read_object(raw, what=what)
    except BadRequest as refusal:
        raise LineInvalid(**refusal.facts) from None
