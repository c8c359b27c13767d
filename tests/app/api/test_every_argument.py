"""
Every argument of every list, asked for what there is none of: it is refused by name, or an empty page is right and it
stands here why. A page of nothing looks like good news to who misspelled a name.
"""

import json
from collections.abc import Iterator
from typing import NamedTuple

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
)

from ledger.ids import GlobalId, encode_id
from tests.app.api.gateway import SCHEMA, Desk
from tests.app.api.test_sheets import END_OF_MARCH, world
from tests.ledger.settlement.sheets.world import World

__all__ = ["world"]

# What says how much, when or which of two, and names nothing. Of enums GraphQL itself knows what there is.
NAMELESS = {"Int", "Boolean", "LocalDate", "Instant"}
# Where an empty page is right.
EMPTY = {
    "Query.approvals(filter.subject)": "whether anything waits about a document is what is asked",
    "Query.entries(filter.document)": "documents are of every kind; what was not posted for one has no entries",
    "Query.entries(filter.documentLine)": "what a line is called is its document's affair",
    "Query.entries(filter.idempotencyKey)": "whether anything was posted under a key is what is asked",
    "Query.entries(filter.kind)": "older entries keep kinds that the program no longer makes",
    "Query.entries(filter.sequenceFrom)": "a bound, and the log goes on",
    "Query.entries(filter.sequenceTo)": "a bound",
    "Query.jobs(filter.kind)": "kinds of work are the worker's, and older jobs keep theirs",
    "Query.nodes(ids)": "null stands in the place of each that is not there",
    "Query.receipts(filter.owner)": "who looks after a receipt is a name of anybody's",
}
# Nobody's place: as far as text goes; a known form of what it may be read as.
NOTHING = {"String": '"nothing of ours"', "CurrencyCode": '"XXX"', "BigInt": '"999999999"'}
# Things of a kind that are not there, as the API would have named them.
THINGS = {
    "Query.entries(filter.account)": ("Account", json.dumps(["LE", "1010", None, "XAF"])),
    "Query.payouts(filter.sheet)": ("Sheet", 999_999_999),
    "Query.nodes(ids)": ("Sheet", 999_999_999),
}
# What a list cannot be asked without.
BESIDES = {"channelDifferences": 'filter: {channelDay: "1"}'}
# How things are reached whose fields are lists.
REACHED = {
    "Query": "{{ {asked} }}",
    "Account": "{{ accounts(first: 1) {{ nodes {{ {asked} }} }} }}",
    "Party": '{{ party(reference: "M1") {{ {asked} }} }}',
    "Sheet": "{{ sheets(first: 1) {{ nodes {{ {asked} }} }} }}",
}


class Place(NamedTuple):
    """An argument of a list, or what is in it, and how it is asked."""

    owner: str
    name: str
    path: tuple[str, ...]
    type_name: str
    selection: str

    @property
    def key(self) -> str:
        return f"{self.owner}.{self.name}({'.'.join(self.path)})"

    def write(self, value: str) -> str:
        *above, last = self.path
        given = f"{last}: {value}"
        for each in reversed(above):
            given = f"{each}: {{{given}}}"
        besides = BESIDES.get(self.name, "")
        if self.path[0] not in besides:
            given = f"{besides} {given}"
        return REACHED[self.owner].format(asked=f"{self.name}({given}) {self.selection}")


def list_places() -> Iterator[Place]:
    for type_ in SCHEMA._schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType) or type_.name in ("Mutation", "Subscription"):
            continue
        for name, field in type_.fields.items():
            if not type_.name.startswith("__") and _is_list(field):
                selection = _select(field)
                for argument, given in field.args.items():
                    for path, leaf in _list_leaves((argument,), given):
                        yield Place(type_.name, name, path, leaf, selection)


def _is_list(field: GraphQLField) -> bool:
    return isinstance(get_nullable_type(field.type), GraphQLList) or get_named_type(field.type).name.endswith(
        "Connection"
    )


def _select(field: GraphQLField) -> str:
    return "{ __typename nodes { __typename } }" if "first" in field.args else "{ __typename }"


def _list_leaves(
    path: tuple[str, ...], given: GraphQLArgument | GraphQLInputField
) -> Iterator[tuple[tuple[str, ...], str]]:
    type_ = get_named_type(given.type)
    if isinstance(type_, GraphQLInputObjectType):
        for name, field in type_.fields.items():
            yield from _list_leaves((*path, name), field)
    elif type_.name not in NAMELESS and not hasattr(type_, "values"):
        yield path, type_.name


PLACES = {place.key: place for place in list_places()}


def test_every_way_of_asking_is_one_that_is_known() -> None:
    assert len(PLACES) > 100
    assert {place.owner for place in PLACES.values()} == {*REACHED}
    assert EMPTY.keys() | THINGS.keys() <= PLACES.keys()
    assert {place.key for place in PLACES.values() if place.type_name == "ID"} == {*THINGS}


async def test_what_there_is_none_of_is_refused_by_name_or_rightly_empty(desk: Desk, world: World) -> None:
    await world.settle(END_OF_MARCH)
    wrong = {}
    for key, place in PLACES.items():
        value = NOTHING.get(place.type_name) or json.dumps(
            encode_id(GlobalId(THINGS[key][0], desk.book.platform_id, THINGS[key][1]))
        )
        answer = (await desk.send(place.write(value))).json()
        # Of a list it is said which of it, too.
        named = [tuple(error["extensions"].get("field", ())[: len(place.path)]) for error in answer.get("errors", ())]
        if named != ([] if key in EMPTY else [place.path]):
            wrong[key] = answer

    assert wrong == {}
