"""How the value of a field is found: by the resolver itself, without the layers around it that do nothing here."""

import inspect
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from app.operations.asked import Asked, Place
from app.operations.running import Resolve, Run

# A resolver may be given the same one again: nobody can have changed it.
_UNCHANGING = (str, int, float, date, Decimal, Enum, type(None))


class FieldInfo(strawberry.Info[Any, Any]):
    """What a resolver is told of its field. The library's own, larger record is made when somebody asks for it."""

    def __init__(self, run: Run, asked: Asked, place: Place, field: StrawberryField) -> None:
        self._run = run
        self._asked = asked
        self._place = place
        self._field = field

    @property
    def context(self) -> Any:
        """What a resolver may reach for."""
        return self._run.context

    @property
    def _raw_info(self) -> Any:  # type: ignore[override]  # the library's is a plain attribute
        return self._run.describe(self._asked, self._place)


def choose_resolve(asked: Asked) -> Resolve:
    """
    Choose how a field is resolved: its method is called, as the library does in the end. What has rules around it, as
    mutations have, and what is of the library itself goes the library's way. Plain attributes: see find_attribute.
    """
    field = _find_plain_field(asked)
    if field is None or field.base_resolver is None:
        return _go_the_librarys_way(asked)
    resolver: Any = field.base_resolver
    if resolver.parent_parameter or resolver.root_parameter or not inspect.isfunction(resolver.wrapped_func):
        return _go_the_librarys_way(asked)
    return _call(asked, field, resolver)


def find_attribute(asked: Asked) -> str | None:
    """Name the attribute that a field shows, where it is no more than that."""
    field = _find_plain_field(asked)
    is_attribute = field is not None and field.base_resolver is None and field.default_resolver is getattr
    return field.python_name if field is not None and is_attribute else None


def _find_plain_field(asked: Asked) -> StrawberryField | None:
    field = asked.definition.extensions.get("strawberry-definition")
    schema: Any = getattr(asked.schema, "_strawberry_schema", None)  # Strawberry has no public name for it
    if type(field) is not StrawberryField or field.extensions or field.is_subscription or schema is None:
        return None
    return None if schema.schema_converter.exception_handlers else field


def _go_the_librarys_way(asked: Asked) -> Resolve:
    own = asked.definition.resolve

    def resolve(run: Run, source: Any, place: Place) -> Any:
        function = own or run.executor.field_resolver
        return function(source, run.describe(asked, place), **run.read_arguments(asked))

    return resolve


def _call(asked: Asked, field: StrawberryField, resolver: Any) -> Resolve:
    function: Callable[..., Any] = resolver.wrapped_func
    takes_source = bool(resolver.self_parameter)
    info_name = resolver.info_parameter.name if resolver.info_parameter else None
    convert = _remember_converted(asked, field) if asked.takes_arguments else None

    def resolve(run: Run, source: Any, place: Place) -> Any:
        info = FieldInfo(run, asked, place, field)
        given = {} if convert is None else {**convert(run, info)}
        if info_name is not None:
            given[info_name] = info
        return function(source, **given) if takes_source else function(**given)

    return resolve


def _remember_converted(asked: Asked, field: StrawberryField) -> Callable[[Run, FieldInfo], Mapping[str, Any]]:
    """Arguments are converted once for all things of a page, and once for ever where they are written out."""
    schema: Any = asked.schema
    converter = schema._strawberry_schema.schema_converter
    always: dict[Asked, Mapping[str, Any]] = {}

    def convert(run: Run, info: FieldInfo) -> Mapping[str, Any]:
        known = run.converted if asked.has_variables else always
        found = known.get(asked)
        if found is None:
            given = run.read_arguments(asked)
            found = convert_arguments(given, field.arguments, converter.scalar_registry, converter.config, info)
            if all(isinstance(value, _UNCHANGING) for value in found.values()):
                known[asked] = found
        return found

    return convert
