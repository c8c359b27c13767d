"""Refusals as the API says them: a list of userErrors in each payload, in the caller's language."""

from collections.abc import Iterable
from enum import Enum

import strawberry
import structlog

from app.api.messages import CHINESE, Locale, say
from app.refusals import InternalFailure
from ledger.errors import LedgerError, Words

log = structlog.get_logger(__name__)

# Strawberry reads members from a real Enum; the catalogue of sentences is the one list of codes.
ErrorCode = strawberry.enum(  # type: ignore[call-overload]  # mypy reads members only where they are written out
    Enum("ErrorCode", {code: code for code in sorted(CHINESE)}),
    description="Every reason for which a mutation may refuse. Codes are stable; messages are not.",
)


class Why(Words):
    """What is wrong with arguments and inputs."""

    EXACTLY_ONE = "Give exactly one of {one} and {other}."
    DIGEST = "A digest is 64 hexadecimal digits, as the request shows it."
    SAY_WHY = "Say why."
    TEXT_LENGTH = "This text has at most {most} characters."
    ENTRY_AND_POSITION = "A line is named by the id of its entry and its position there."
    SHA256 = "A SHA-256 is 64 lower-case hexadecimal digits."
    TRACED = "Give the id of an order, an order line, an entry, a sheet or a payout."
    KEYS_HIDDEN = "A key of a party does not see the keys of entries."
    STATUS_HIDDEN = "A key of a party does not see an order's status."
    WAITING_HIDDEN = "A key of a party does not see what whole orders wait for."
    ACCOUNT_OR_PARTY = "Give either account, or party and currency."
    REASON_LENGTH = "A reason is a line of at most {most} printable characters."
    CURRENCY_OF_ACCOUNT = "The {name} is in the account's currency."
    ONE_CURRENCY = "Amount and fee are in one currency."
    CHARACTERS = "At most {most} characters."
    PAYMENT_YEAR = "That is no year of a payment."
    SETTLED_SOURCE = "The source {name} is that of answers which a person has settled; name the bank, or the file."
    CUT_OFF = "The cut-off is a time of day such as 16:00."
    DAYS_COUNTED = "Count 0 to {most} working days."
    DAYS_END = "Working days are counted up to {last}."
    AGREED_CURRENCY = "The agreement is in {currency}."
    AT_A_TIME = "At most {most} at a time, not {count}."
    EVENT_KIND = "Events are of: {known}."
    IDEMPOTENCY_KEY = "A key has 1 to 255 visible ASCII characters."
    METADATA_LENGTH = "Metadata has at most {most} characters."
    THING = "thing"


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
