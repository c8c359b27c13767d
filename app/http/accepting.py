"""
Which media type an answer has, which status, and what goes with that.

application/graphql-response+json says by its status what happened; application/json, the older one, says 200 to
whatever is a well-formed request, because clients of that age treat every other status as a broken server.
"""

from app.operations.answers import Answer
from app.preferences import read_preferences
from app.refusals import NotAcceptable

GRAPHQL_JSON = "application/graphql-response+json"
PLAIN_JSON = "application/json"

# A client that has to send a key is told how it goes, and one that is to come back, when.
_STATUS_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}

_CHOICES = (GRAPHQL_JSON, PLAIN_JSON)
# A client that names no preference is most likely an old one, or a person with curl.
_DEFAULT = PLAIN_JSON
_RANGES = {"*/*": _DEFAULT, "application/*": _DEFAULT}


def choose_media_type(accept: str | None) -> str:
    """
    Choose the media type that Accept likes best; among equals the one named first.

    Refusals: NotAcceptable.
    """
    if accept is None or not accept.strip():
        return _DEFAULT
    for name, _ in read_preferences(accept):
        choice = name if name in _CHOICES else _RANGES.get(name)
        if choice is not None:
            return choice
    raise NotAcceptable()


def choose_status(answer: Answer, media_type: str) -> int:
    """Choose the HTTP status of an answer to a well-formed request."""
    if answer.refused and answer.status == 400 and media_type == PLAIN_JSON:
        return 200
    return answer.status


def list_headers(status: int) -> dict[str, str]:
    """List what HTTP wants to be said beside a status, wherever it is answered."""
    return dict(_STATUS_HEADERS.get(status, {}))
