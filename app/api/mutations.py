"""What makes a resolver a mutation: who may call it, and its refusals as userErrors of the payload."""

from collections.abc import Callable, Iterator
from typing import Any

import strawberry
from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)
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
    that may not call it is a top-level FORBIDDEN, and then none of the operation's mutations is run. What the payload
    shows is read in a snapshot taken after the write.
    """
    return strawberry.mutation(description=description, extensions=[_MutationRules(roles, prefix)])


class _MutationRules(FieldExtension):
    def __init__(self, roles: frozenset[Role], prefix: tuple[str, ...]) -> None:
        self.roles = roles
        self._prefix = prefix

    async def resolve_async(
        self, next_: Callable[..., Any], source: Any, info: strawberry.Info[Context, None], **kwargs: Any
    ) -> Any:
        context = info.context
        for roles in _find_roles(info):
            context.viewer.require(roles)
        long_list = context.long_lists.get(str(info.path.key))
        if long_list is not None:
            return _payload_type(info)(user_errors=[context.refuse(long_list.refuse())])
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


def _find_roles(info: strawberry.Info[Context, None]) -> Iterator[frozenset[Role]]:
    """
    Who may call the mutations of this operation, of each that will be run. All are looked at before the first is run: a
    FORBIDDEN after it would take its payload out of the answer, and it would seem not to have happened.
    """
    raw = info._raw_info  # graphql-core's; Strawberry has no public name for it
    declared = raw.schema.mutation_type
    assert declared is not None, "a mutation is being run"
    for name in _find_root_fields(raw.operation.selection_set, raw):
        if name in declared.fields:  # not __typename
            for rules in declared.fields[name].extensions["strawberry-definition"].extensions:
                if isinstance(rules, _MutationRules):
                    yield rules.roles


def _find_root_fields(selections: SelectionSetNode, raw: GraphQLResolveInfo[Context]) -> Iterator[str]:
    for selection in selections.selections:
        if not _is_included(selection, raw.variable_values):
            continue
        if isinstance(selection, FieldNode):
            yield selection.name.value
        elif isinstance(selection, FragmentSpreadNode):
            yield from _find_root_fields(raw.fragments[selection.name.value].selection_set, raw)
        elif isinstance(selection, InlineFragmentNode):
            yield from _find_root_fields(selection.selection_set, raw)


def _is_included(selection: SelectionNode, variables: Any) -> bool:
    for directive in selection.directives or ():
        if directive.name.value in ("skip", "include"):
            # Validation has seen to it that there is one argument, `if`, and Strawberry keeps variables by their names.
            (argument,) = directive.arguments or ()
            value = argument.value
            assert isinstance(value, BooleanValueNode | VariableNode), "a Boolean!"
            told = variables.get(value.name.value) if isinstance(value, VariableNode) else value.value
            if bool(told) is (directive.name.value == "skip"):
                return False
    return True


def _payload_type(info: strawberry.Info[Context, None]) -> type[Payload]:
    declared = info.return_type
    payload = declared.of_type if isinstance(declared, StrawberryOptional) else declared
    assert isinstance(payload, type), f"{info.field_name} must return a Payload"
    assert issubclass(payload, Payload), f"{info.field_name} must return a Payload"
    return payload
