"""
How many items the lists of a mutation's input hold: counted before any of them is read.

A request has room for a hundred times what a list may hold, and reading that took seconds of the only thread. Counted
are the lists of an input itself, whose size refuses the whole of it; those within an item are the item's affair.
"""

from collections.abc import Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
    ConstValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_nullable_type,
)

from app.api.bounds import LongList, find_bound


@dataclass(frozen=True, slots=True)
class Measured:
    """`variables` without the lists that are too long; which those are, by their mutation's key in the answer."""

    variables: Mapping[str, Any]
    long_lists: Mapping[str, LongList]


class _Given(NamedTuple):
    """The variables of an operation: what was sent, and what those are of which nothing was."""

    sent: Mapping[str, Any]
    defaults: Mapping[str, ConstValueNode]


class _Found(NamedTuple):
    """A list that is too long; `given` leads to it in the variables, and is empty where it is written out."""

    list: LongList
    given: tuple[str, ...] = ()


def measure_lists(
    type_: GraphQLObjectType,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: Mapping[str, Any],
) -> Measured:
    """
    Find the first list of each root field that holds more than it may, and leave its items out.

    Whoever else takes a variable of which something was left out is refused, too, also where its own list might be as
    long: it would be told that all went well, and nothing was there to do.
    """
    left = variables
    long_lists: dict[str, LongList] = {}
    emptied: dict[str, LongList] = {}
    given = _Given(variables, _list_defaults(operation))
    fields = [
        (node.alias.value if node.alias else node.name.value, node, type_.fields[node.name.value].args)
        for node in _find_root_fields(operation.selection_set, fragments)
        if node.name.value in type_.fields  # not __typename
    ]
    for key, node, declared in fields:
        for argument in node.arguments or ():
            # As they were given: several fields may take the same ones.
            found = _measure_node(argument.value, declared[argument.name.value], given)
            if found is not None:
                long_lists.setdefault(key, found.list)
                if found.given:
                    emptied.setdefault(found.given[0], found.list)
                    left = _empty(left, found.given)
    for key, node, _ in fields:
        for name in emptied.keys() & _list_variables(node):
            long_lists.setdefault(key, emptied[name])
    return Measured(left, long_lists)


def _list_defaults(operation: OperationDefinitionNode) -> dict[str, ConstValueNode]:
    return {
        each.variable.name.value: each.default_value
        for each in operation.variable_definitions or ()
        if each.default_value is not None
    }


def _list_variables(field: FieldNode) -> set[str]:
    """The variables in the arguments of a field."""
    found = set()
    left: list[ValueNode] = [argument.value for argument in field.arguments or ()]
    while left:
        match left.pop():
            case VariableNode() as variable:
                found.add(variable.name.value)
            case ListValueNode() as items:
                left += items.values
            case ObjectValueNode() as value:
                left += [each.value for each in value.fields]
    return found


def _find_root_fields(
    selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, FragmentSpreadNode):
            yield from _find_root_fields(fragments[node.name.value].selection_set, fragments)
        elif isinstance(node, InlineFragmentNode):
            yield from _find_root_fields(node.selection_set, fragments)


def _measure_node(node: ValueNode, place: GraphQLArgument | GraphQLInputField, given: _Given) -> _Found | None:
    if isinstance(node, VariableNode):
        name = node.name.value
        if name not in given.sent:
            return _measure_node(given.defaults[name], place, given) if name in given.defaults else None
        found = _measure_value(given.sent[name], place)
        return None if found is None else _Found(found, (name, *found.path))
    if isinstance(node, ListValueNode):
        written = _count(node.values, place)
        return None if written is None else _Found(written)
    inner = get_nullable_type(place.type)
    if isinstance(node, ObjectValueNode) and isinstance(inner, GraphQLInputObjectType):
        for field in node.fields:
            name = field.name.value
            within = _measure_node(field.value, inner.fields[name], given)
            if within is not None:
                return within._replace(list=within.list.under(name))
    return None


def _measure_value(value: Any, place: GraphQLArgument | GraphQLInputField) -> LongList | None:
    if isinstance(value, list):
        return _count(value, place)
    inner = get_nullable_type(place.type)
    if isinstance(value, dict) and isinstance(inner, GraphQLInputObjectType):
        for name, field in inner.fields.items():
            found = _measure_value(value.get(name), field)
            if found is not None:
                return found.under(name)
    return None


def _count(items: Sized, place: GraphQLArgument | GraphQLInputField) -> LongList | None:
    most = find_bound(place)
    return LongList((), most, len(items)) if most is not None and len(items) > most else None


def _empty(values: Mapping[str, Any], path: Sequence[str]) -> dict[str, Any]:
    first, *rest = path
    return {**values, first: _empty(values[first], rest) if rest else []}
