"""
The cost of an operation: how many things the pages it asks for may hold, with this request's variables.

A thing costs 1, a page costs its size times what is inside, a mutation costs 10 more. Plain values and the wrapping of
pages cost nothing. As with shapes, each fragment is worked out once (per page size around it).
"""

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Undefined,
    VariableNode,
    get_named_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
)

from app.api.connections import DEFAULT_PER_PAGE, MOST_PER_PAGE
from app.operations.shape import find_fields

MUTATION_COST = 10
# Lists that are no pages are short by nature: the lines of an entry, the currencies of a balance.
PLAIN_LIST_ITEMS = 10
# Beyond any limit; keeps numbers of doubling fragments small.
_CEILING = 10**9


_SIZING_ARGUMENTS = frozenset({"first", "last", "ids", "references"})


def find_sizing_variables(document: DocumentNode) -> frozenset[str]:
    """Name the variables that a cost depends on; where there are none, an operation always costs the same."""
    return frozenset(
        argument.value.name.value
        for field in find_fields(document)
        for argument in field.arguments or ()
        if argument.name.value in _SIZING_ARGUMENTS and isinstance(argument.value, VariableNode)
    )


def estimate_cost(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: Mapping[str, Any],
) -> int:
    """Work out the cost of a valid operation; `variables` may still be wrong, and are refused later if they are."""
    root = schema.get_root_type(operation.operation)
    assert root is not None
    given = {
        definition.variable.name.value: variables.get(
            definition.variable.name.value, _read_literal(definition.default_value)
        )
        for definition in operation.variable_definitions or ()
    }
    estimate = _Estimate(schema, fragments, given)
    cost = estimate.selections(operation.selection_set, root, 1)
    if operation.operation is OperationType.MUTATION:
        cost += MUTATION_COST * len(operation.selection_set.selections)
    return cost


class _Estimate:
    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._known: dict[tuple[str, int], int] = {}

    def selections(self, selections: SelectionSetNode, parent: GraphQLNamedType, page_size: int) -> int:
        """`page_size` is the number of items in the connection that `parent` is, else 1."""
        cost = 0
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                cost += self._field(selection, parent, page_size)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self._schema.get_type(condition.name.value) if condition else parent
                cost += self.selections(selection.selection_set, inner or parent, page_size)
            elif isinstance(selection, FragmentSpreadNode):
                cost += self._spread(selection.name.value, page_size)
        return min(cost, _CEILING)

    def _spread(self, name: str, page_size: int) -> int:
        known = self._known.get((name, page_size))
        if known is None:
            fragment = self._fragments[name]
            condition = self._schema.get_type(fragment.type_condition.name.value)
            assert condition is not None
            known = self._known[name, page_size] = self.selections(fragment.selection_set, condition, page_size)
        return known

    def _field(self, node: FieldNode, parent: GraphQLNamedType, page_size: int) -> int:
        name = node.name.value
        if node.selection_set is None or name.startswith("__"):
            return 0
        assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
        field = parent.fields[name]
        type_ = get_named_type(field.type)
        if _is_connection(type_):
            return self.selections(node.selection_set, type_, self._page_size(node, field))
        cost = self.selections(node.selection_set, type_, 1) + _own_cost(type_)
        return min(cost * self._items(node, field, parent, page_size), _CEILING)

    def _items(self, node: FieldNode, field: GraphQLField, parent: GraphQLNamedType, page_size: int) -> int:
        if not is_list_type(field.type.of_type if is_non_null_type(field.type) else field.type):
            return 1
        if _is_connection(parent):
            return page_size
        for argument in node.arguments or ():
            value = self._value(argument.value)
            if argument.name.value in ("ids", "references") and isinstance(value, list):
                return len(value)
        return PLAIN_LIST_ITEMS

    def _page_size(self, node: FieldNode, field: GraphQLField) -> int:
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                size = self._value(argument.value)
                if isinstance(size, int):
                    # What is above is refused by the page itself, in clearer words.
                    return max(1, min(size, MOST_PER_PAGE))
        default = field.args["first"].default_value if "first" in field.args else Undefined
        return default if isinstance(default, int) else DEFAULT_PER_PAGE

    def _value(self, node: Any) -> Any:
        return self._variables.get(node.name.value) if isinstance(node, VariableNode) else _read_literal(node)


def _read_literal(node: Any) -> Any:
    if isinstance(node, IntValueNode):
        return int(node.value) if len(node.value) < 20 else _CEILING
    return list(node.values) if isinstance(node, ListValueNode) else None


def _is_connection(type_: GraphQLNamedType) -> bool:
    return type_.name.endswith("Connection")


def _own_cost(type_: GraphQLNamedType) -> int:
    assert is_composite_type(type_)
    return 0 if type_.name in ("Money", "PageInfo") or type_.name.endswith("Edge") else 1
