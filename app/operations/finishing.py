"""
How a resolver's value becomes what the answer shows: one function for each type, put together before it is run.

An exception in the place of a value or of an item is raised there, as the library does. Unlike there, nothing within a
list, and no plain attribute, is awaited: resolvers await what they return.
"""

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLAbstractType,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLID,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
    Undefined,
    is_abstract_type,
    is_leaf_type,
)
from graphql.execution import Executor
from graphql.pyutils import inspect, is_iterable

from app.operations.asked import Asked, Place
from app.operations.running import Finish, Run

# The fields asked of a thing of this type.
Show = Callable[[Run, Any, Place], dict[str, Any]]
ChooseShow = Callable[[GraphQLObjectType], Show]
Write = Callable[[Any], Any]

_LISTS = frozenset({list, tuple})


def make_finish(asked: Asked, type_: Any, choose_show: ChooseShow) -> Finish:
    """Make what finishes values of a type, null included."""
    is_required = isinstance(type_, GraphQLNonNull)
    finish = _make_finish_of(asked, type_.of_type if is_required else type_, choose_show)

    def finish_required(run: Run, value: Any, place: Place) -> Any:
        if value is None or value is Undefined:
            raise refuse_null(asked)
        return finish(run, value, place)

    def finish_optional(run: Run, value: Any, place: Place) -> Any:
        return None if value is None or value is Undefined else finish(run, value, place)

    return finish_required if is_required else finish_optional


def refuse_null(asked: Asked) -> TypeError:
    """Say that there must be a value."""
    return TypeError(f"Cannot return null for non-nullable field {asked.parent.name}.{asked.name}.")


def make_write(type_: Any) -> Write:
    """Make what writes values of a scalar or of an enum. Most are what is written already."""
    if type_ is GraphQLString or type_ is GraphQLID:
        return lambda value: value if type(value) is str else Executor.complete_leaf_value(type_, value)
    if type_ is GraphQLBoolean:
        return lambda value: value if type(value) is bool else Executor.complete_leaf_value(type_, value)
    if isinstance(type_, GraphQLEnumType):
        return _make_write_of_enum(type_)
    coerce = type_.coerce_output_value

    def write(value: Any) -> Any:
        coerced = coerce(value)
        # The library's words for what cannot be.
        return Executor.complete_leaf_value(type_, value) if coerced is None or coerced is Undefined else coerced

    return write


def _make_write_of_enum(type_: GraphQLEnumType) -> Write:
    members: Any = getattr(type_, "wrapped_cls", None)
    names = {} if members is None else {member: type_.coerce_output_value(member) for member in members}

    def write(value: Any) -> Any:
        return names[value] if type(value) is members else Executor.complete_leaf_value(type_, value)

    return write


def _make_finish_of(asked: Asked, type_: Any, choose_show: ChooseShow) -> Finish:
    if isinstance(type_, GraphQLList):
        return _make_finish_of_list(asked, type_.of_type, make_finish(asked, type_.of_type, choose_show))
    if is_leaf_type(type_):
        write = make_write(type_)
        return lambda _run, value, _place: write(value)
    if is_abstract_type(type_):
        return _make_finish_of_abstract(asked, type_, choose_show)
    return _make_finish_of_object(asked, type_, choose_show)


def _make_finish_of_list(asked: Asked, item_type: Any, finish: Finish) -> Finish:
    may_be_null = not isinstance(item_type, GraphQLNonNull)

    def finish_list(run: Run, value: Any, place: Place) -> list[Any]:
        if type(value) not in _LISTS and not is_iterable(value):
            raise GraphQLError(f"Expected Iterable, but did not find one for field '{asked.parent.name}.{asked.name}'.")
        items: list[Any] = []
        for index, item in enumerate(value):
            spot = Place(place, index, None, items, may_be_null)
            try:
                if isinstance(item, Exception):
                    raise item
                items.append(finish(run, item, spot))
            except Exception as failure:  # whatever it is, the answer says it at its place
                items.append(run.fail(failure, asked, spot))
        return items

    return finish_list


def _make_finish_of_object(asked: Asked, type_: GraphQLObjectType, choose_show: ChooseShow) -> Finish:
    show = choose_show(type_)
    is_type_of = type_.is_type_of
    if is_type_of is None:
        return show
    own: Any = getattr(type_.extensions.get("strawberry-definition"), "origin", None)

    def finish_object(run: Run, value: Any, place: Place) -> dict[str, Any]:
        if type(value) is not own and not is_type_of(value, run.describe(asked, place)):
            raise GraphQLError(f"Expected value of type '{type_}' but got: {inspect(value)}.", asked.nodes)
        return show(run, value, place)

    return finish_object


def _make_finish_of_abstract(asked: Asked, type_: GraphQLAbstractType, choose_show: ChooseShow) -> Finish:
    finishes: dict[str, Finish] = {}

    def finish_abstract(run: Run, value: Any, place: Place) -> Any:
        info = run.describe(asked, place)
        resolve_type = type_.resolve_type or run.executor.type_resolver
        name: Any = resolve_type(value, info, type_)
        finish = finishes.get(name) if isinstance(name, str) else None
        if finish is None:
            found = run.executor.ensure_valid_runtime_type(name, type_, run.list_details(asked), info, value)
            finish = finishes[found.name] = _make_finish_of_object(asked, found, choose_show)
        return finish(run, value, place)

    return finish_abstract
