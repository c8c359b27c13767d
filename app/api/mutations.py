"""What makes a resolver a mutation: who may call it, and its refusals as userErrors of the payload."""

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.base import StrawberryOptional

from app.api.context import Context
from app.api.errors import UserError
from app.auth import WRITERS
from app.refusals import RequestRefused
from ledger.access.model import Role
from ledger.errors import LedgerError


@strawberry.type(description="What every mutation answers.")
class Payload:
    """Payloads inherit this and give each field of their own a default: a refused mutation answers userErrors alone."""

    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why the mutation was refused; empty when it was done."
    )


def mutation(*, description: str, roles: frozenset[Role] = WRITERS, prefix: tuple[str, ...] = ()) -> Any:
    """
    Make a resolver a mutation. `prefix` leads to the part of its input that is read elsewhere, e.g. ("document",).

    The resolver returns a Payload, and raises LedgerErrors as they come: they become the payload's userErrors. A role
    that may not call it is a top-level FORBIDDEN. What the payload shows is read in a snapshot taken after the write.
    """
    return strawberry.mutation(description=description, extensions=[_MutationRules(roles, prefix)])


class _MutationRules(FieldExtension):
    def __init__(self, roles: frozenset[Role], prefix: tuple[str, ...]) -> None:
        self._roles = roles
        self._prefix = prefix

    async def resolve_async(
        self, next_: Callable[..., Any], source: Any, info: strawberry.Info[Context, None], **kwargs: Any
    ) -> Any:
        context = info.context
        context.viewer.require(self._roles)
        try:
            return await next_(source, info, **kwargs)
        except LedgerError as refusal:
            if isinstance(refusal, RequestRefused) and not refusal.retryable:
                raise
            # What may succeed later is no fault of the input.
            prefix = () if refusal.retryable else self._prefix
            return _payload_type(info)(user_errors=[context.refuse(refusal, prefix=prefix)])
        finally:
            await context.renew()


def _payload_type(info: strawberry.Info[Context, None]) -> type[Payload]:
    declared = info.return_type
    payload = declared.of_type if isinstance(declared, StrawberryOptional) else declared
    assert isinstance(payload, type), f"{info.field_name} must return a Payload"
    assert issubclass(payload, Payload), f"{info.field_name} must return a Payload"
    return payload
