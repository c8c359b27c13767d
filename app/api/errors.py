"""Refusals as the API says them: a list of userErrors in each payload, in the caller's language."""

from collections.abc import Iterable
from enum import Enum

import strawberry
import structlog

from app.api.messages import CHINESE, Locale, say
from app.refusals import InternalFailure
from ledger.errors import LedgerError

log = structlog.get_logger(__name__)

# Strawberry reads members from a real Enum; the catalogue of sentences is the one list of codes.
ErrorCode = strawberry.enum(  # type: ignore[call-overload]  # mypy reads members only where they are written out
    Enum("ErrorCode", {code: code for code in sorted(CHINESE)}),
    description="Every reason for which a mutation may refuse. Codes are stable; messages are not.",
)


@strawberry.type(description="Why a mutation, or one item of it, was refused. Nothing of what was refused is written.")
class UserError:
    code: str = strawberry.field(graphql_type=ErrorCode)
    message: str = strawberry.field(description="One sentence in the language of Accept-Language.")
    field: list[str] | None = strawberry.field(description="Path into the input, outermost first.")
    retryable: bool = strawberry.field(description="Whether the same request, with the same keys, may succeed later.")


def write_user_error(
    failure: Exception, *, locale: Locale, request_id: str, prefix: Iterable[str | int] = ()
) -> UserError:
    """
    Say why something was refused. `prefix` leads to the item in the input, e.g. ("events", 3).

    Whatever is no LedgerError is a bug: it is logged here, and masked.
    """
    if not isinstance(failure, LedgerError):
        log.error("mutation.failed", request_id=request_id, exc_info=failure)
        failure = InternalFailure(request_id=request_id)
    path = [*map(str, prefix), *write_path(failure)]
    return UserError(
        code=failure.code,
        message=say(failure, locale=locale),
        field=path or None,
        retryable=failure.retryable,
    )


def write_path(failure: LedgerError) -> list[str]:
    """Where in the input a refusal is, as the API names it; outermost first."""
    return [_write_segment(segment) for segment in failure.field]


def _write_segment(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
