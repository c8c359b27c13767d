"""One line as one JSON object, read strictly: no duplicate keys, no NaN, no depths, no endless numbers."""

from typing import Any

from app.importing.outcomes import LineInvalid
from app.refusals import BadRequest
from app.strict_json import read_object


def read_document(raw: bytes, *, what: str = "line") -> dict[str, Any]:
    """
    Read one JSON object.

    Refusals: LineInvalid, naming the first thing that is wrong.
    """
    try:
        return read_object(raw)
    except BadRequest as refusal:
        # The reader was made for requests and speaks of their body.
        reason = str(refusal.facts["reason"])
        raise LineInvalid(reason=reason.replace("The body", f"The {what}", 1)) from None
