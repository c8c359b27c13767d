"""
Why a request as a whole is refused, before or beside any work of the ledger.

`code` is unique, as everywhere. `category` is what clients of GraphQL know: the word in `extensions.code`, from the
vocabulary that other servers and fuzzers use; the code itself follows as `extensions.reason` where the two differ.
"""

from typing import ClassVar

from ledger.errors import LedgerError, Words


class Why(Words):
    """What is wrong with a request, and what of an operation is too much."""

    NO_JSON_OBJECT = "The {what} must be a JSON object."
    NO_UTF8 = "The {what} is not valid UTF-8."
    NO_VALID_JSON = "The {what} is not valid JSON: {problem} at character {position}."
    JSON_TOO_DEEP = "The {what} nests deeper than {most} levels."
    KEY_STANDS_TWICE = "The key {key!r} stands twice in one object."
    DIGITS = "A number has more than {most} digits."
    NUMBER_TOO_LONG = "A number is too long or too large."
    NO_JSON_CONSTANT = "{name} is not JSON."
    NO_CHARACTERS = "Text must not contain U+0000 or half of a surrogate pair."
    NUL = "Text must not contain the character U+0000."
    CLIENT_AWAY = "The client went away."
    NO_QUERY = "query must be the text of a GraphQL document."
    OPERATION_NAME = "operationName must be text or null."
    NO_OBJECT_OR_NULL = "{name} must be an object or null."
    PARAMETER_TWICE = "The parameter {name!r} stands twice in the address."
    OVER_WEBSOCKET = "Subscriptions go over WebSocket, with the subprotocol graphql-transport-ws."
    DOCUMENT_TOO_LONG = "The document has more than {most} characters; pass data as variables."
    NO_SUCH_OPERATIONS = "There are no operations of the kind {kind} here."
    SEVERAL_OPERATIONS = "The document has several operations; name one."
    NO_OPERATION_NAMED = "The document has no operation named {name!r}."
    LEVELS_OF_FIELDS = "levels of fields"
    LEVELS_OF_INTROSPECTION = "levels of introspection"
    LEVELS_OF_SELECTIONS = "levels of selections"
    ALIASES = "aliases"
    ROOT_FIELDS = "root fields"
    DIRECTIVES = "directives"
    FIELDS_NAMED = "fields named {name}"


class What(Words):
    """What it was that is no JSON, or no object."""

    BODY = "body"
    A_LINE = "line"
    A_DOCUMENT = "document"
    A_MESSAGE = "message"
    VARIABLES = "parameter variables"
    EXTENSIONS = "parameter extensions"


class JsonProblem(Words):
    """What the library's reader says of text that is no JSON, in its own words."""

    JSON_VALUE = "Expecting value"
    JSON_NAME = "Expecting property name enclosed in double quotes"
    JSON_COLON = "Expecting ':' delimiter"
    JSON_COMMA = "Expecting ',' delimiter"
    JSON_STRING = "Unterminated string starting at"
    JSON_CONTROL = "Invalid control character at"
    JSON_ESCAPE = "Invalid \\escape"
    JSON_UNICODE = "Invalid \\uXXXX escape"
    JSON_EXTRA = "Extra data"
    JSON_TRAILING_IN_OBJECT = "Illegal trailing comma before end of object"
    JSON_TRAILING_IN_ARRAY = "Illegal trailing comma before end of array"
    JSON_OTHER = "it cannot be read"

    @classmethod
    def of(cls, message: str) -> "JsonProblem":
        """Know a message again; some end in what was found there."""
        return next((each for each in cls if message.startswith(each.sentence)), cls.JSON_OTHER)


class RequestRefused(LedgerError):
    """Something is wrong with the request itself. `status` is the HTTP status when there is no result at all."""

    code = "REQUEST_REFUSED"
    sentence = "The request was refused."
    category: ClassVar[str] = "BAD_REQUEST"
    status: ClassVar[int] = 400


class BadRequest(RequestRefused):
    """The request is not one of GraphQL over HTTP."""

    code = "BAD_REQUEST"
    sentence = "{reason}"


class BodyTooLarge(RequestRefused):
    """The body is longer than this server reads."""

    code = "BODY_TOO_LARGE"
    sentence = "The body has more than {limit} bytes; send it in parts."
    status = 413


class BodyTooSlow(RequestRefused):
    """The body did not arrive in time."""

    code = "BODY_TOO_SLOW"
    sentence = "The body did not arrive within {seconds} seconds."
    status = 408
    retryable = True


class MediaTypeUnsupported(RequestRefused):
    """The body is not plain JSON."""

    code = "MEDIA_TYPE_UNSUPPORTED"
    sentence = "Send the request as Content-Type: application/json in UTF-8, without a content encoding."
    status = 415


class NotAcceptable(RequestRefused):
    """The client accepts nothing that this server can write."""

    code = "NOT_ACCEPTABLE"
    sentence = "Accept application/graphql-response+json or application/json."
    status = 406


class MethodNotAllowed(RequestRefused):
    """The method does not fit the operation: GET never changes anything."""

    code = "METHOD_NOT_ALLOWED"
    sentence = "{method} cannot be used here; use {allowed}."
    status = 405


class NotFound(RequestRefused):
    """There is nothing at this path."""

    code = "NOT_FOUND"
    sentence = "There is nothing here; the API is at /graphql."
    status = 404


class Unauthenticated(RequestRefused):
    """No key came, or not a valid one. Which of the two, or why, is not told."""

    code = "UNAUTHENTICATED"
    sentence = "No valid API key came with the request; send Authorization: Bearer KEY."
    category = "UNAUTHENTICATED"
    status = 401


class CredentialExpired(RequestRefused):
    """The key was valid until a while ago."""

    code = "CREDENTIAL_EXPIRED"
    sentence = "The API key expired at {expired_at}; use a new one."
    category = "UNAUTHENTICATED"
    status = 401


class Forbidden(RequestRefused):
    """The key's role may not do this."""

    code = "FORBIDDEN"
    sentence = "A key of the role {role} may not do this."
    category = "FORBIDDEN"
    status = 403


class OperationUnresolved(RequestRefused):
    """The document has no operation of that name, or several and no name was given."""

    code = "OPERATION_RESOLUTION_FAILURE"
    sentence = "{reason}"
    category = "OPERATION_RESOLUTION_FAILURE"


class OperationTooLarge(RequestRefused):
    """A limit on the shape of a document was passed; nothing of it was run."""

    code = "OPERATION_TOO_LARGE"
    sentence = "The operation has more than {limit} {what}; split it."
    category = "GRAPHQL_VALIDATION_FAILED"


class CostLimitReached(RequestRefused):
    """The pages asked for hold more than one request may touch; nothing of it was run."""

    code = "COST_LIMIT"
    sentence = "The operation would cost {cost}, at most {limit} are allowed; ask for smaller pages."
    category = "COST_LIMIT"


class TooManyOperations(RequestRefused):
    """One socket carries a bounded number of operations."""

    code = "TOO_MANY_OPERATIONS"
    sentence = "One socket carries at most {limit} operations; complete one first or open another socket."
    category = "THROTTLED"
    status = 429
    retryable = True


class TooManySockets(RequestRefused):
    """One key holds a bounded number of sockets; the others are for other keys."""

    code = "TOO_MANY_SOCKETS"
    sentence = "This key holds {limit} sockets, as many as one may; close one first."
    category = "THROTTLED"
    status = 429
    retryable = True


class TooManySubscriptions(RequestRefused):
    """One key holds a bounded number of subscriptions, over whichever sockets."""

    code = "TOO_MANY_SUBSCRIPTIONS"
    sentence = "This key holds {limit} subscriptions, as many as one may; complete one first."
    category = "THROTTLED"
    status = 429
    retryable = True


class DeadlineExceeded(RequestRefused):
    """The request took longer than it may. Reads leave nothing behind; what was being written was rolled back."""

    code = "DEADLINE_EXCEEDED"
    sentence = "The request took too long and was stopped; nothing was written. Send it again, or in smaller parts."
    category = "DEADLINE_EXCEEDED"
    status = 503
    retryable = True


class InternalFailure(RequestRefused):
    """A bug, masked. The log has it under the request id."""

    code = "INTERNAL"
    sentence = "Something went wrong here, not in your request; the operator finds it in the log under {request_id}."
    category = "INTERNAL_SERVER_ERROR"
    status = 500


def choose_refusal_status(refusal: LedgerError) -> int:
    """Choose the HTTP status of a request that was refused as a whole."""
    if isinstance(refusal, RequestRefused):
        return refusal.status
    # What may be tried again is the store's or the lanes' trouble, everything else the caller's input.
    return 503 if refusal.retryable else 400
