"""
graphql-transport-ws: its messages and close codes.

Official clients connect again after 1001, 1005, 1006, 1012, 1013, 4403, 4408 and unknown 4xxx codes, and give up after
4400, 4401, 4406, 4409, 4429, 4500 and every other 1xxx. So what may be better in a moment never ends with one of these.
"""

from enum import IntEnum
from typing import Any

from app.http.body import read_operation
from app.operations.execution import OperationRequest
from app.refusals import BadRequest, What
from app.strict_json import read_object
from ledger.errors import LedgerError, Remark, Words

SUBPROTOCOL = "graphql-transport-ws"

# Ids are the client's; they key a dictionary and are written back with every event.
LONGEST_ID = 200


class CloseCode(IntEnum):
    """Why the server ends a socket."""

    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    BAD_MESSAGE = 4400
    UNAUTHORIZED = 4401
    CREDENTIAL_EXPIRED = 4403
    SUBPROTOCOL_UNKNOWN = 4406
    INIT_TIMEOUT = 4408
    ID_TAKEN = 4409
    TOO_MANY_INITS = 4429
    # Not one of the protocol's: unknown 4xxx make clients connect again, which a server that hears no pong wants.
    SILENT = 4499


class Ending(Words):
    """Why a socket ends. A close frame has room for 123 bytes, which are 41 characters of Chinese."""

    NO_ROOM = "No room at the moment."
    WENT_WRONG = "Something went wrong here."
    NO_PONG = "No pong came in time."
    SUBPROTOCOL_WANTED = "Use the subprotocol {name}."
    NOT_INITIALISED = "The connection was not initialised in time."
    INITIALISE_FIRST = "Initialise the connection first."
    INITIALISED_BEFORE = "The connection was initialised before."
    ID_RUNS = "An operation of that id is running."
    MESSAGE_IS_TEXT = "Messages are text, not binary."
    MESSAGE_HAS_TYPE = "A message has a type."
    NO_SUCH_MESSAGE = "There is no such type of message."
    ID_LENGTH = "An id is text of 1 to {longest} characters."
    PAYLOAD_OBJECT = "A payload is an object."


class SocketRefused(Exception):
    """The client broke the protocol, or may not go on; the socket ends with this code."""

    def __init__(self, code: CloseCode, reason: Remark | LedgerError) -> None:
        super().__init__(str(reason))
        self.code = code
        self.reason = reason


def read_message(text: str) -> tuple[str, dict[str, Any]]:
    """
    Read a message and its type.

    Refusals: SocketRefused with BAD_MESSAGE.
    """
    try:
        message = read_object(text.encode("utf-8", "surrogatepass"), what=What.A_MESSAGE)
    except BadRequest as refusal:
        raise SocketRefused(CloseCode.BAD_MESSAGE, refusal) from None
    kind = message.get("type")
    if not isinstance(kind, str):
        raise SocketRefused(CloseCode.BAD_MESSAGE, Remark(Ending.MESSAGE_HAS_TYPE))
    return kind, message


def read_id(message: dict[str, Any]) -> str:
    """
    Read the operation's id.

    Refusals: SocketRefused with BAD_MESSAGE.
    """
    identifier = message.get("id")
    if not isinstance(identifier, str) or not 1 <= len(identifier) <= LONGEST_ID:
        raise SocketRefused(CloseCode.BAD_MESSAGE, Remark(Ending.ID_LENGTH, longest=LONGEST_ID))
    return identifier


def read_payload(message: dict[str, Any]) -> dict[str, Any]:
    """
    Read the payload of a message that need not have one.

    Refusals: SocketRefused with BAD_MESSAGE.
    """
    payload = message.get("payload")
    if not isinstance(payload, dict | None):
        raise SocketRefused(CloseCode.BAD_MESSAGE, Remark(Ending.PAYLOAD_OBJECT))
    return payload or {}


def read_subscription(message: dict[str, Any]) -> OperationRequest:
    """
    Read the operation to run.

    Refusals: SocketRefused with BAD_MESSAGE.
    """
    try:
        return read_operation(read_payload(message))
    except BadRequest as refusal:
        raise SocketRefused(CloseCode.BAD_MESSAGE, refusal) from None
