"""
How many items the lists of an operation hold: counted before any of them is read.

A request has room for a hundred times what a list may hold, and reading that took seconds of the only thread. Counted
are the lists of a mutation's input and of the items in them, and those in the arguments of all other fields. A list
that is too long refuses its mutation, the one item of a batch that it is a list of, or, elsewhere, the operation.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from graphql import (
    ArgumentNode,
    ConstValueNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    visit,
)
from graphql.language import Visitor

from app.api.bounds import Bound, LongList, find_bound
from app.operations.shape import find_fields

# The list that is too long of an item, by the item's place in its batch.
LongItems = Mapping[int, LongList]


@dataclass(frozen=True, slots=True)
class Measured:
    """
    `variables` without the lists that are too long; by their mutation's key in the answer, which list refuses it whole,
    and which refuse single items of its batch.
    """

    variables: Mapping[str, Any]
    long_lists: Mapping[str, LongList]
    long_items: Mapping[str, LongItems] = field(default_factory=dict)


class BoundedArgument(NamedTuple):
    """An argument as it is written in a document, whose lists have bounds."""

    name: str
    value: ValueNode
    declared: GraphQLArgument


class _Given(NamedTuple):
    """The variables of an operation: what was sent, and what those are of which nothing was."""

    sent: Mapping[str, Any]
    defaults: Mapping[str, ConstValueNode]


class _Found(NamedTuple):
    """A list that is too long; `given` leads to it in the variables, and is empty where it is written out."""

    list: LongList
    given: tuple[str, ...] = ()

    def under(self, *names: str) -> "_Found":
        return self._replace(list=self.list.under(*names))


def measure_lists(
    type_: GraphQLObjectType,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: Mapping[str, Any],
) -> Measured:
    """
    Find the lists of each mutation that hold more than they may, and leave their items out.

    Whoever else takes a variable of which something was left out is refused, too, also where its own list might be as
    long: it would be told that all went well, and nothing was there to do.
    """
    left = variables
    long_lists: dict[str, LongList] = {}
    long_items: dict[str, dict[int, LongList]] = {}
    emptied: dict[tuple[str, ...], LongList] = {}
    known: dict[str, set[tuple[str, ...]]] = {}
    given = _Given(variables, _list_defaults(operation))
    fields = [
        (node.alias.value if node.alias else node.name.value, node, type_.fields[node.name.value].args)
        for node in _find_root_fields(operation.selection_set, fragments)
        if node.name.value in type_.fields  # not __typename
    ]
    for key, node, declared in fields:
        for argument in node.arguments or ():
            # As they were given: several fields may take the same ones.
            for found in _measure_argument(argument.value, declared[argument.name.value], given):
                place = _find_item(found.list)
                if place is None:
                    long_lists.setdefault(key, found.list)
                else:
                    long_items.setdefault(key, {}).setdefault(place, found.list)
                if found.given:
                    known.setdefault(key, set()).add(found.given)
                    emptied.setdefault(found.given, found.list)
    for path in emptied:
        left = _empty(left, path)
    for key, node, _ in fields:
        names = _list_variables(node) if emptied else ()
        for path in emptied.keys() - known.get(key, set()):
            if path[0] in names:
                long_lists.setdefault(key, emptied[path])
    return Measured(left, long_lists, long_items)


def find_long_argument(
    arguments: Iterable[BoundedArgument], operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> LongList | None:
    """The first list of these arguments that holds more than it may; its path begins with the argument."""
    given: _Given | None = None
    for argument in arguments:
        given = given or _Given(variables, _list_defaults(operation))
        for found in _measure_argument(argument.value, argument.declared, given):
            return found.list.under(argument.name)
    return None


class BoundedArguments:
    """The arguments of a schema whose lists have bounds, but those of its mutations (see `measure_lists`)."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        objects = [each for each in schema.type_map.values() if isinstance(each, GraphQLObjectType)]
        self._names = {
            (field_name, name)
            for each in objects
            if each is not schema.mutation_type
            for field_name, declared in each.fields.items()
            for name, argument in declared.args.items()
            if find_bound(argument) or _list_bounded(argument.type)
        }

    def find(self, document: DocumentNode) -> tuple[BoundedArgument, ...]:
        """Those that are written in a valid document, once each."""
        written = {
            (node.name.value, argument.name.value)
            for node in find_fields(document)
            for argument in node.arguments or ()
        }
        if not written & self._names:
            return ()
        types = TypeInfo(self._schema)
        finder = _FindArguments(types, self._schema.mutation_type)
        visit(document, TypeInfoVisitor(types, finder))
        return tuple(finder.found)


class _FindArguments(Visitor):
    def __init__(self, types: TypeInfo, mutations: GraphQLObjectType | None) -> None:
        super().__init__()
        self._types = types
        self._mutations = mutations
        self.found: list[BoundedArgument] = []

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        declared = self._types.get_argument()
        if declared is None or self._types.get_parent_type() is self._mutations:
            return
        if find_bound(declared) or _list_bounded(declared.type):
            self.found.append(BoundedArgument(node.name.value, node.value, declared))


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


def _measure_argument(node: ValueNode, declared: GraphQLArgument, given: _Given) -> Iterator[_Found]:
    if find_bound(declared) or _list_bounded(declared.type):
        yield from _measure_node(node, declared.type, find_bound(declared), given)


def _measure_node(node: ValueNode, type_: GraphQLInputType, bound: Bound | None, given: _Given) -> Iterator[_Found]:
    inner = get_nullable_type(type_)
    if isinstance(node, VariableNode):
        yield from _measure_variable(node.name.value, type_, bound, given)
    elif isinstance(inner, GraphQLList):
        items = node.values if isinstance(node, ListValueNode) else [node]
        if bound is not None and len(items) > bound.most:
            yield _Found(LongList((), bound, len(items)))
        elif _list_bounded(inner.of_type):
            for place, item in enumerate(items):
                for within in _measure_node(item, inner.of_type, None, given):
                    yield within.under(str(place))
    elif isinstance(node, ObjectValueNode) and isinstance(inner, GraphQLInputObjectType):
        values = {each.name.value: each.value for each in node.fields}
        for name, declared in _list_bounded(inner):
            if name in values:
                for within in _measure_node(values[name], declared.type, find_bound(declared), given):
                    yield within.under(name)


def _measure_variable(name: str, type_: GraphQLInputType, bound: Bound | None, given: _Given) -> Iterator[_Found]:
    if name in given.sent:
        for found in _measure_value(given.sent[name], type_, bound):
            yield _Found(found, (name, *found.path))
    elif name in given.defaults:
        yield from _measure_node(given.defaults[name], type_, bound, given)


def _measure_value(value: Any, type_: GraphQLInputType, bound: Bound | None) -> Iterator[LongList]:
    inner = get_nullable_type(type_)
    if isinstance(inner, GraphQLList):
        # One item that is given without a list is a list of it.
        items = value if isinstance(value, list) else [value]
        if bound is not None and len(items) > bound.most:
            yield LongList((), bound, len(items))
        elif _list_bounded(inner.of_type):
            for place, item in enumerate(items):
                for within in _measure_value(item, inner.of_type, None):
                    yield within.under(str(place))
    elif isinstance(value, dict) and isinstance(inner, GraphQLInputObjectType):
        for name, declared in _list_bounded(inner):
            for within in _measure_value(value.get(name), declared.type, find_bound(declared)):
                yield within.under(name)


@cache
def _list_bounded(type_: GraphQLInputType) -> tuple[tuple[str, GraphQLInputField], ...]:
    """The fields of an input, or of the items of a list, that are lists with bounds or have such within."""
    inner = get_named_type(type_)
    if not isinstance(inner, GraphQLInputObjectType):
        return ()
    return tuple((name, each) for name, each in inner.fields.items() if find_bound(each) or _list_bounded(each.type))


def _find_item(found: LongList) -> int | None:
    """The place in its batch of the one item that such a list refuses."""
    return int(found.path[-2]) if found.bound.is_of_item else None


def _empty(value: Any, path: Sequence[str]) -> Any:
    if not path:
        return []
    first, *rest = path
    if isinstance(value, list):
        return [_empty(each, rest) if str(place) == first else each for place, each in enumerate(value)]
    if first.isdecimal():
        return _empty(value, rest)  # the only item of a list that was given without it
    return {**value, first: _empty(value[first], rest)}
