"""Lists that are asked for by reference."""

from collections.abc import AsyncIterator

import pytest
from graphql import GraphQLList, get_named_type, get_nullable_type

from app.api.schema import build_schema
from ledger.db.connecting import Database
from tests.app.api.gateway import Desk
from tests.app.api.test_fee_lines import fee, submit
from tests.app.api.test_sheets import world
from tests.app.api.test_statement_counts import count
from tests.ledger.settlement.sheets.world import World

__all__ = ["world"]

OF_PARTIES = {
    "accounts": "accounts(filter: {party: $party}) { nodes { id } }",
    "adjustments": "adjustments(filter: {party: $party}) { nodes { id } }",
    "depositAgreements": "depositAgreements(filter: {party: $party}) { nodes { id } }",
    "depositSlices": "depositSlices(filter: {party: $party}) { nodes { id } }",
    "entries": "entries(filter: {party: $party}) { nodes { id } }",
    "events": "events(party: $party) { nodes { kind } }",
    "feeLines": "feeLines(filter: {party: $party}) { nodes { id } }",
    "holds": "holds(filter: {party: $party}) { nodes { id } }",
    "orders": "orders(filter: {party: $party}) { nodes { id } }",
    "payeeAccounts": "payeeAccounts(party: $party) { bankCode }",
    "payouts": "payouts(filter: {party: $party}) { nodes { id } }",
    "rateOverrides": "rateOverrides(filter: {party: $party}) { nodes { version } }",
    "sheets": "sheets(filter: {party: $party}) { nodes { id } }",
}
OF_BOOKS = {
    "accounts": "accounts(filter: {legalEntity: $entity}) { nodes { id } }",
    "channelDays": "channelDays(filter: {legalEntity: $entity}) { nodes { number } }",
    "entries": "entries(filter: {legalEntity: $entity}) { nodes { id } }",
    "orders": "orders(filter: {legalEntity: $entity}) { nodes { id } }",
    "payouts": "payouts(filter: {legalEntity: $entity}) { nodes { id } }",
    "receipts": "receipts(filter: {legalEntity: $entity}) { nodes { id } }",
    "sheets": "sheets(filter: {legalEntity: $entity}) { nodes { id } }",
}
OF_ORDERS = {
    "adjustments": "adjustments(filter: {order: $order}) { nodes { id } }",
    "entries": "entries(filter: {order: $order}) { nodes { id } }",
    "feeLines": "feeLines(filter: {order: $order}) { nodes { id } }",
    "holds": "holds(filter: {order: $order}) { nodes { id } }",
    "whyUnpaid": 'party(reference: "M1") { whyUnpaid(order: $order) { __typename } }',
}


@pytest.fixture
async def database(module_database: str) -> AsyncIterator[Database]:
    """One reading connection, so that all its statements are heard."""
    database = await Database.connect(module_database, writers=1, readers=1)
    yield database
    await database.close()


async def refuse(desk: Desk, query: str, *, key: str | None = None, **named: str) -> tuple[str, list[str], str]:
    (error,) = (await desk.send(query, key=key, **named)).json()["errors"]
    return error["extensions"]["reason"], error["extensions"]["field"], error["message"]


@pytest.mark.parametrize("name", OF_PARTIES)
async def test_a_list_of_a_party_that_there_is_none_of_is_refused_by_name(desk: Desk, name: str):
    query = f"query ($party: String!) {{ {OF_PARTIES[name]} }}"
    field = ["party"] if name in ("events", "payeeAccounts") else ["filter", "party"]

    assert await refuse(desk, query, party="nobody") == ("PARTY_MISSING", field, "There is no party nobody.")
    await desk.ask(query, party="M1")


@pytest.mark.parametrize("name", OF_PARTIES)
async def test_to_a_partys_key_who_may_not_be_seen_is_as_unknown(desk: Desk, name: str):
    await desk.book.owe("M2", 100)
    query = f"query ($party: String!) {{ {OF_PARTIES[name]} }}"
    key = await desk.key_of("A1")

    unknown = await refuse(desk, query, key=key, party="M9")
    foreign = await refuse(desk, query, key=key, party="M2")

    assert unknown[:2] == foreign[:2]
    assert unknown[2].replace("M9", "M2") == foreign[2] == "There is no party M2."
    await desk.ask(query, key=key, party="M1")


@pytest.mark.parametrize("name", OF_BOOKS)
async def test_a_list_of_a_legal_entity_that_there_is_none_of_is_refused_by_name(desk: Desk, name: str):
    query = f"query ($entity: String!) {{ {OF_BOOKS[name]} }}"
    refused = ("BOOK_MISSING", ["filter", "legalEntity"], "There is no legal entity LE-XX.")

    assert await refuse(desk, query, entity="LE-XX") == refused
    await desk.ask(query, entity="LE")
    key = await desk.key_of("A1")
    assert await desk.ask(query, key=key, entity="LE-XX") == await desk.ask(query, key=key, entity="LE-JP")


@pytest.mark.parametrize("name", OF_ORDERS)
async def test_a_list_of_an_order_that_there_is_none_of_is_refused_by_name(desk: Desk, world: World, name: str):
    query = f"query ($order: String!) {{ {OF_ORDERS[name]} }}"
    field = ["order"] if name == "whyUnpaid" else ["filter", "order"]

    reason, named, message = await refuse(desk, query, order="O-9")
    assert (reason, named) == ("ORDER_MISSING", field)
    assert message == "There is no order O-9; record its payment first."
    await desk.ask(query, order="O1")


@pytest.mark.parametrize("name", OF_ORDERS)
async def test_to_a_partys_key_an_order_of_others_is_as_unknown(desk: Desk, world: World, name: str):
    query = f"query ($order: String!) {{ {OF_ORDERS[name].replace('M1', 'M3')} }}"
    key = await desk.key_of("M3")

    unknown = await refuse(desk, query, key=key, order="O9")
    foreign = await refuse(desk, query, key=key, order="O1")

    assert unknown[:2] == foreign[:2]
    assert unknown[2].replace("O9", "O1") == foreign[2]


async def test_fee_lines_to_be_compared_may_be_of_an_order_that_is_not_here(desk: Desk, world: World):
    (sent,) = await submit(desk, fee("C1", "COMMISSION", "1.00", order="O-9", line="1", sku="S", compareOnly=True))
    query = 'query ($item: String!) { feeLines(filter: {order: "O-9", item: $item}) { nodes { lineId } } }'

    assert sent["userErrors"] == []
    assert (await desk.ask(query, item="COMMISSION"))["feeLines"]["nodes"] == [{"lineId": "C1"}]
    assert (await desk.ask(query, item="STORAGE"))["feeLines"]["nodes"] == []
    assert (await refuse(desk, query, item="NOTHING"))[:2] == ("FEE_ITEM_MISSING", ["filter", "item"])


@pytest.mark.parametrize("name", [name for name in OF_BOOKS if name != "channelDays"])
async def test_a_legal_entity_that_there_is_none_of_is_looked_for_as_long_as_one_that_there_is(desk: Desk, name: str):
    query = f"query ($entity: String!) {{ {OF_BOOKS[name]} }}"
    key = await desk.key_of("A1")

    assert await count(desk, query, key=key, entity="LE-XX") == await count(desk, query, key=key, entity="LE-JP")


def test_every_list_by_a_party_or_a_legal_entity_is_one_of_these():
    asked = {"party": set(), "legalEntity": set()}
    for name, field in build_schema()._schema.query_type.fields.items():
        given = field.args.get("filter")
        filtered = get_named_type(given.type).fields if given else {}
        is_list = isinstance(get_nullable_type(field.type), GraphQLList) or "first" in field.args
        for named, lists in asked.items():
            if is_list and (named in filtered or named in field.args):
                lists.add(name)

    assert asked == {"party": {*OF_PARTIES}, "legalEntity": {*OF_BOOKS}}
