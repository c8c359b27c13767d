"""
Errors as clients see them: with a word they know in extensions.code, in their language, and without what is ours.

Only what was raised on purpose is told. Everything else is a bug: logged once, with its traceback, under the request
id, and shown as INTERNAL_SERVER_ERROR.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg
import structlog
from graphql import FieldNode, GraphQLError, GraphQLSyntaxError

from app.api.errors import write_path
from app.api.messages import Locale, say
from app.operations.wording import translate
from app.refusals import DeadlineExceeded, InternalFailure, RequestRefused
from ledger.errors import LedgerError

log = structlog.get_logger(__name__)


def describe_refusal(refusal: LedgerError, *, locale: Locale, request_id: str) -> dict[str, Any]:
    """Write a refusal as an entry of `errors`."""
    return {"message": say(refusal, locale=locale), "extensions": _extend(refusal, request_id)}


def describe_document_errors(
    errors: Sequence[GraphQLError], *, locale: Locale, request_id: str
) -> list[dict[str, Any]]:
    """Write what the parser or the validator found. Their words name the document only."""
    return [_write(error, _name_phase(error), locale, request_id) for error in errors]


def describe_variable_errors(
    errors: Iterable[GraphQLError], *, locale: Locale, request_id: str
) -> list[dict[str, Any]]:
    """Write why the variables do not fit the operation."""
    return [_write(error, "BAD_USER_INPUT", locale, request_id) for error in errors]


def describe_field_errors(
    errors: Sequence[GraphQLError], *, locale: Locale, request_id: str, most: int
) -> list[dict[str, Any]]:
    """Write what went wrong in fields; the first `most` of them. Every bug among them is logged, shown or not."""
    logged: set[int] = set()
    described = []
    for error in errors:
        refusal = _find_refusal(error)
        if refusal is None and _blames_an_argument(error):
            described.append(_write(error, "BAD_USER_INPUT", locale, request_id))
            continue
        if refusal is None:
            cause = error.original_error or error
            # Siblings that waited for the same thing fail with the same exception.
            if id(cause) not in logged:
                logged.add(id(cause))
                log.error("operation.failed", request_id=request_id, path=error.path, exc_info=cause)
            refusal = InternalFailure(request_id=request_id)
        shown: dict[str, Any] = {**error.formatted}
        described.append({**shown, **describe_refusal(refusal, locale=locale, request_id=request_id)})
    return described[:most]


def _name_phase(error: GraphQLError) -> str:
    return "GRAPHQL_PARSE_FAILED" if isinstance(error, GraphQLSyntaxError) else "GRAPHQL_VALIDATION_FAILED"


def _find_refusal(error: GraphQLError) -> LedgerError | None:
    cause = error.original_error
    if isinstance(cause, GraphQLError):
        return _find_refusal(cause)
    if isinstance(cause, asyncpg.QueryCanceledError):
        return DeadlineExceeded()
    return cause if isinstance(cause, LedgerError) else None


def _blames_an_argument(error: GraphQLError) -> bool:
    """
    Whether the executor itself refused an argument, such as a null variable inside an object.

    The executor's own errors about results look the same but point at the field, and those are ours.
    """
    cause: Exception | None = error
    while isinstance(cause, GraphQLError):
        if cause.nodes and not all(isinstance(node, FieldNode) for node in cause.nodes):
            return True
        if cause.original_error is None:
            return False
        cause = cause.original_error
    return False


def _extend(refusal: LedgerError, request_id: str) -> dict[str, Any]:
    if isinstance(refusal, RequestRefused):
        category = refusal.category
    else:
        # Clients of GraphQL know few words: what may be retried keeps its own, the rest is about the caller's input.
        category = refusal.code if refusal.retryable else "BAD_USER_INPUT"
    extensions: dict[str, Any] = {"code": category, "requestId": request_id, "retryable": refusal.retryable}
    if refusal.code != category:
        extensions["reason"] = refusal.code
    if refusal.field:
        extensions["field"] = write_path(refusal)
    return extensions


def _write(error: GraphQLError, code: str, locale: Locale, request_id: str) -> dict[str, Any]:
    message = error.message if locale == "en" else translate(error.message)
    extensions = {"code": code, "requestId": request_id, "retryable": False}
    return {**error.formatted, "message": message, "extensions": extensions}
