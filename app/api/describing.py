"""
What the schema says of its parts: what stands beside them, else what their names mean wherever they stand.

Who looks at the schema in a browser is told of every field, argument and value what it is; a test fails for one that
nobody described.
"""

from collections.abc import Iterable
from inspect import cleandoc

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
)

from app.api.glossary import ARGUMENTS, GIVEN, NAMES
from app.api.glossary_values import VALUES
from ledger.errors import LedgerError

_ROOTS = {
    "Query": "What can be read. All fields of one query are of one moment, which `asOf` in its extensions says.",
    "Mutation": "What can be done. Each field is done on its own, in order; what is refused says why in `userErrors`.",
    "Subscription": "What can be listened to.",
}


def describe_schema(schema: GraphQLSchema) -> None:
    """Give every part of a schema that has no description the one that its name has."""
    arguments, inputs = NAMES | ARGUMENTS, NAMES | GIVEN
    refusals = {error.code: _read_docstring(error) for error in _walk(LedgerError)}
    for type_name, part in schema.type_map.items():
        if type_name.startswith("__"):
            continue
        part.description = part.description or _ROOTS.get(type_name)
        match part:
            case GraphQLObjectType() | GraphQLInterfaceType():
                for name, field in part.fields.items():
                    field.description = field.description or NAMES.get(name)
                    for given, argument in field.args.items():
                        argument.description = argument.description or arguments.get(given)
            case GraphQLInputObjectType():
                for name, entry in part.fields.items():
                    entry.description = entry.description or inputs.get(name)
            case GraphQLEnumType():
                known = (refusals if type_name == "ErrorCode" else {}) | VALUES.get(type_name, {})
                for name, value in part.values.items():
                    value.description = value.description or known.get(name)


def _read_docstring(error: type[LedgerError]) -> str:
    return " ".join(cleandoc(error.__doc__ or "").partition("\n\n")[0].split())


def _walk(error: type[LedgerError]) -> Iterable[type[LedgerError]]:
    yield error
    for each in error.__subclasses__():
        yield from _walk(each)
