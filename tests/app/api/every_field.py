"""Documents that ask for every field of the schema that can be reached without naming anything, to a depth."""

from collections.abc import Iterator

from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_leaf_type

# What arguments are given that a field cannot do without, by the field's name.
GIVEN = {
    "statement": 'from: "2020-01-01", to: "2030-01-01"',
    "party.statement": 'from: "2020-01-01", to: "2030-01-01", currency: "CNY"',
    "query.statement": 'from: "2020-01-01", to: "2030-01-01", currency: "CNY", party: "PARTY"',
    "query.party": 'reference: "PARTY"',
    "query.payeeAccounts": 'party: "PARTY"',
    "query.trialBalance": 'legalEntity: "LE"',
    "query.cashForecast": 'through: "2030-01-01"',
    "query.approvals": "filter: {waitingForMe: false}",
    "party.whyUnpaid": 'order: "O1"',
    "calendar.isWorkingDay": 'day: "2025-05-05"',
    "calendar.addWorkingDays": 'day: "2025-05-05", count: 1, anchor: ROLL',
    "query.channelDifferences": 'filter: {channelDay: "1"}',
}


def list_documents(query: GraphQLObjectType, *, party: str, depth: int) -> Iterator[str]:
    """One document for each field of the query type; what needs a party is asked of this one."""
    for name, field in query.fields.items():
        asked = _ask("query", name, field, depth=depth)
        if asked:
            yield f"{{ {asked} }}".replace("PARTY", party)


def _ask(owner: str, name: str, field: GraphQLField, *, depth: int) -> str:
    given = GIVEN.get(f"{owner}.{name}") or GIVEN.get(name, "")
    needed = [each for each, argument in field.args.items() if str(argument.type).endswith("!")]
    if any(f"{each}:" not in given for each in needed) or (owner == "query" and _names_a_thing(field, given)):
        return ""
    call = f"{name}({given})" if given else name
    named = get_named_type(field.type)
    if is_leaf_type(named):
        return call
    if not isinstance(named, GraphQLObjectType) or depth == 0:
        return ""
    # A connection is no step of its own.
    inner = depth if named.name.endswith(("Connection", "Edge")) else depth - 1
    asked = [
        _ask(named.name.lower(), each, below, depth=inner)
        for each, below in named.fields.items()
        if each != "edges" and not isinstance(get_named_type(below.type), GraphQLInterfaceType)
    ]
    return f"{call} {{ __typename {' '.join(filter(None, asked))} }}"


def _names_a_thing(field: GraphQLField, given: str) -> bool:
    return not given and bool({"id", "reference", "number"} & field.args.keys())
