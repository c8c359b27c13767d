"""
Plans: what of running an operation is the same each time it is run.

Which fields are asked of which type, how each is resolved and how its value is written are worked out once. A plan
knows the document and the schema and nothing else: neither who asks nor what for.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from graphql import GraphQLNonNull, GraphQLObjectType, GraphQLSchema, OperationDefinitionNode, is_leaf_type
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues
from strawberry.execution import optimized_is_awaitable

from app.operations.asked import Asked, Place
from app.operations.documents import Document
from app.operations.finishing import Show, make_finish, make_write, refuse_null
from app.operations.resolving import choose_resolve, find_attribute
from app.operations.running import Find, Finish, PlannedField, Resolve, Run
from app.operations.together import PENDING

# A planned field takes about 2.5 kB: at most some 75 MB, and room for the plans of hundreds of usual documents. A plan
# keeps its document, which takes as much for every five characters, so these are counted as fields.
_REMEMBERED_FIELDS = 30_000
_CHARACTERS_A_FIELD = 5
# Fragments that spread each other twice are many more fields than were written, each of them planned by itself: a plan
# could take gigabytes before anybody looked. This many are 5 MB; 1,500 tokens that spread nothing twice are fewer.
_MOST_FIELDS = 2_000
_NO_VARIABLES = VariableValues({}, {})


class Plan:
    """How one operation is run, worked out type by type when the first thing of a type is shown."""

    def __init__(self, schema: GraphQLSchema, document: Document, operation: OperationDefinitionNode) -> None:
        self.size = 0
        self._schema = schema
        self._operation = operation
        self._fragments = {name: FragmentDetails(each, None) for name, each in document.fragments.items()}
        self._roots: list[PlannedField] | None = None

    def list_roots(self) -> list[PlannedField]:
        """The root fields."""
        if self._roots is None:
            type_ = self._schema.get_root_type(self._operation.operation)
            assert type_ is not None, "the runner has looked"
            found = collect_fields(self._schema, self._fragments, _NO_VARIABLES, type_, self._operation)
            self._roots = self._plan_fields(type_, found.grouped_field_set)
        return self._roots

    def _plan_fields(self, type_: GraphQLObjectType, grouped: GroupedFieldSet) -> list[PlannedField]:
        fields = []
        for key, details in grouped.items():
            definition = self._schema.get_field(type_, details[0].node.name.value)
            if definition is not None:
                asked = Asked(self._schema, definition, type_, [each.node for each in details])
                fields.append(self._plan_field(key, asked, details))
        self.size += len(fields)
        return fields

    def _plan_field(self, key: str, asked: Asked, details: list[FieldDetails]) -> PlannedField:
        shows: dict[str, Show] = {}

        def choose_show(type_: GraphQLObjectType) -> Show:
            if type_.name not in shows:
                shows[type_.name] = self._make_show(type_, details)
            return shows[type_.name]

        resolve = choose_resolve(asked)
        finish = make_finish(asked, asked.definition.type, choose_show)
        return PlannedField(key, asked, resolve, finish, _make_find(key, asked, resolve, finish))

    def _make_show(self, type_: GraphQLObjectType, details: list[FieldDetails]) -> Show:
        finds: list[tuple[str, Find]] | None = None

        def show(run: Run, source: Any, place: Place) -> dict[str, Any]:
            nonlocal finds
            if finds is None:
                found = collect_subfields(self._schema, self._fragments, _NO_VARIABLES, self._operation, type_, details)
                finds = [(field.key, field.find) for field in self._plan_fields(type_, found.grouped_field_set)]
            values: dict[str, Any] = {}
            for key, find in finds:
                values[key] = find(run, source, place, values)
            return values

        return show


class Plans:
    """Plans of the documents that were run lately, up to a number of fields in all of them."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._known: OrderedDict[tuple[int, str | None], tuple[Document, Plan]] = OrderedDict()
        self._sizes: dict[tuple[int, str | None], int] = {}

    def find(self, document: Document, operation: OperationDefinitionNode) -> Plan | None:
        """Find an operation's plan; None where directives leave fields out, or fields are too many."""
        if document.has_directives or document.fields > _MOST_FIELDS:
            return None
        key = _identify(document, operation)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = (document, Plan(self._schema, document, operation))
        else:
            self._known.move_to_end(key)
        return known[1]

    def settle(self, document: Document, operation: OperationDefinitionNode) -> None:
        """Look how large a plan has grown, now that it was run, and forget the oldest where all are too large."""
        key = _identify(document, operation)
        known = self._known.get(key)
        if known is None:
            return
        size = known[1].size + document.characters // _CHARACTERS_A_FIELD
        if self._sizes.get(key) == size:
            return
        self._sizes[key] = size
        while self.count_fields() > _REMEMBERED_FIELDS and self._known:
            forgotten, _ = self._known.popitem(last=False)
            self._sizes.pop(forgotten, None)

    def count_fields(self) -> int:
        """How many fields are planned in all, with what their documents count as."""
        return sum(self._sizes.values())


def _identify(document: Document, operation: OperationDefinitionNode) -> tuple[int, str | None]:
    # The document is kept beside its plan, so that nothing else can get its number meanwhile.
    return id(document), operation.name.value if operation.name else None


def _make_find(key: str, asked: Asked, resolve: Resolve, finish: Finish) -> Find:
    attribute = find_attribute(asked)
    type_ = asked.definition.type
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if attribute is None:
        return _make_find_of_resolver(key, asked, resolve, finish)
    if is_leaf_type(inner):
        return _make_find_of_leaf(key, asked, attribute, make_write(inner))
    return _make_find_of_attribute(key, asked, attribute, finish)


def _make_find_of_leaf(key: str, asked: Asked, attribute: str, write: Callable[[Any], Any]) -> Find:
    may_be_null, type_name = asked.may_be_null, asked.parent.name

    def find(run: Run, source: Any, above: Place | None, values: dict[str, Any]) -> Any:
        try:
            value = getattr(source, attribute)
            if isinstance(value, Exception):
                raise value
            if value is not None:
                return write(value)
            if may_be_null:
                return None
            raise refuse_null(asked)
        except Exception as failure:  # whatever it is, the answer says it at its place
            return run.fail(failure, asked, Place(above, key, type_name, values, may_be_null))

    return find


def _make_find_of_attribute(key: str, asked: Asked, attribute: str, finish: Finish) -> Find:
    may_be_null, type_name = asked.may_be_null, asked.parent.name

    def find(run: Run, source: Any, above: Place | None, values: dict[str, Any]) -> Any:
        place = Place(above, key, type_name, values, may_be_null)
        try:
            value = getattr(source, attribute)
            if isinstance(value, Exception):
                raise value
            return finish(run, value, place)
        except Exception as failure:  # whatever it is, the answer says it at its place
            return run.fail(failure, asked, place)

    return find


def _make_find_of_resolver(key: str, asked: Asked, resolve: Resolve, finish: Finish) -> Find:
    may_be_null, type_name = asked.may_be_null, asked.parent.name

    def find(run: Run, source: Any, above: Place | None, values: dict[str, Any]) -> Any:
        place = Place(above, key, type_name, values, may_be_null)
        try:
            value = resolve(run, source, place)
            if optimized_is_awaitable(value):
                value = run.begin(value, asked, finish, place)
                if value is PENDING:
                    return None  # until it is there
            if isinstance(value, Exception):
                raise value
            return finish(run, value, place)
        except Exception as failure:  # whatever it is, the answer says it at its place
            return run.fail(failure, asked, place)

    return find
