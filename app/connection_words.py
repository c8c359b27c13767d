"""What goes wrong between us and a server that is asked over HTTP."""

import httpx

from app.system_words import quote_failure, say_failure
from ledger.errors import Remark, Words


class Connection(Words):
    """Why a server is of no use."""

    STATUS_ANSWERED = "it answered {status}"
    SILENT = "it did not answer in time"
    CONNECTION_BROKE = "the connection broke"


def say_trouble(error: httpx.HTTPError | httpx.InvalidURL) -> Words | Remark:
    """Say why there is no answer."""
    if isinstance(error, httpx.TimeoutException):
        return Connection.SILENT
    cause: BaseException = error
    while (deeper := cause.__cause__ or cause.__context__) is not None:
        cause = deeper
    if isinstance(cause, OSError):
        return say_failure(cause)
    return Connection.CONNECTION_BROKE if isinstance(error, httpx.TransportError) else quote_failure(error)
