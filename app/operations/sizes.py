"""
How many items the lists of a mutation's input hold: counted before any of them is read.

A request has room for a hundred times what a list may hold, and reading that took seconds of the only thread. Counted
are the lists of an input itself, whose size refuses the whole of it; those within an item are the item's affair.
"""

from collections.abc import Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
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


class _Found(NamedTuple):
    """A list that is too long; `given` leads to it in the variables, and is empty where it is written out."""

    list: LongList
    given: tuple[str, ...] = ()


def measure_lists(
    type_: GraphQLObjectType,
    selections: SelectionSetNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: Mapping[str, Any],
) -> Measured:
    """Find the first list of each root field that holds more than it may, and leave its items out."""
    left = variables
    long_lists: dict[str, LongList] = {}
    for node in _find_root_fields(selections, fragments):
        declared = type_.fields.get(node.name.value)
        if declared is None:  # __typename
            continue
        for argument in node.arguments or ():
            # As they were given: several fields may take the same ones.
            found = _measure_node(argument.value, declared.args[argument.name.value], variables)
            if found is not None:
                key = node.alias.value if node.alias else node.name.value
                long_lists.setdefault(key, found.list)
                left = _empty(left, found.given) if found.given else left
    return Measured(left, long_lists)


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


def _measure_node(
    node: ValueNode, place: GraphQLArgument | GraphQLInputField, variables: Mapping[str, Any]
) -> _Found | None:
    if isinstance(node, VariableNode):
        name = node.name.value
        found = _measure_value(variables.get(name), place)
        return None if found is None else _Found(found, (name, *found.path))
    if isinstance(node, ListValueNode):
        written = _count(node.values, place)
        return None if written is None else _Found(written)
    inner = get_nullable_type(place.type)
    if isinstance(node, ObjectValueNode) and isinstance(inner, GraphQLInputObjectType):
        for field in node.fields:
            name = field.name.value
            within = _measure_node(field.value, inner.fields[name], variables)
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
