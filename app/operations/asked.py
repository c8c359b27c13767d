"""A field as an operation asks for it, and where its value will stand in the answer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from graphql import FieldNode, GraphQLField, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, VariableNode, visit
from graphql.language import Visitor
from graphql.pyutils import Path


class Asked:
    """One field as it was asked for: what is known of it before it is run."""

    def __init__(
        self, schema: GraphQLSchema, definition: GraphQLField, parent: GraphQLObjectType, nodes: Sequence[FieldNode]
    ) -> None:
        self.schema = schema
        self.definition = definition
        self.parent = parent
        self.nodes = [*nodes]
        self.name = nodes[0].name.value
        self.may_be_null = not isinstance(definition.type, GraphQLNonNull)

    @property
    def takes_arguments(self) -> bool:
        """Whether there is anything to be read of arguments."""
        return bool(self.definition.args or self.nodes[0].arguments)

    @cached_property
    def has_variables(self) -> bool:
        """Whether its arguments are other ones with other variables."""
        finder = _FindVariable()
        for argument in self.nodes[0].arguments or ():
            visit(argument, finder)
        return finder.found


class Place(NamedTuple):
    """Where a value stands in the answer: `container[key]`, under the value at `above`."""

    above: Place | None
    key: str | int
    type_name: str | None
    container: Any
    may_be_null: bool

    def write_path(self) -> Path:
        """The library's record of it."""
        return Path(None if self.above is None else self.above.write_path(), self.key, self.type_name)


class _FindVariable(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_variable(self, _node: VariableNode, *_: object) -> None:
        self.found = True
