"""The tabs of GraphiQL run as they stand on the demo that a newcomer finds."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from graphql import parse, validate

from app.cli.demonstrating import NEWCOMERS_ORDERS, NEWCOMERS_SEED
from app.demo.marketplace import Marketplace
from app.worker.demo_year import settle_demo
from ledger.charging.parsing import parse_event
from ledger.charging.plan import parse_plan
from ledger.charging.publishing import publish_plan
from ledger.charging.recording import record_order_events
from ledger.db.connecting import Database
from ledger.journal.model import Refused
from ledger.parties.parsing import parse_party
from ledger.parties.registering import register_parties
from tests.app.api.examples import FILES, find_nothing
from tests.app.api.gateway import SCHEMA, Desk
from tests.ledger.reporting.books import ACTOR, NOW, Book
from tests.platforms import open_platform

EXAMPLES = [pytest.param(path.read_text(encoding="utf-8"), id=path.stem) for path in FILES]


@pytest.fixture(scope="module")
async def demo(module_database: str) -> AsyncIterator[Desk]:
    database = await Database.connect(module_database, writers=1, readers=2)
    marketplace = Marketplace(orders=NEWCOMERS_ORDERS, seed=NEWCOMERS_SEED)
    operator, *others = [parse_party(party) for party in marketplace.generate_parties()]
    platform = await open_platform(database, operator=operator, actor=ACTOR, now=NOW)
    async with database.write(platform.platform_id) as conn:
        outcomes: list[Any] = await register_parties(conn, drafts=others, actor=ACTOR, now=NOW)
        for plan in marketplace.fee_plans():
            await publish_plan(conn, plan=parse_plan(plan), actor=ACTOR, now=NOW)
        events = [parse_event(event) for event in marketplace.generate_events()]
        outcomes += await record_order_events(conn, events=events, actor=ACTOR, now=NOW, source="IMPORT")
    assert not [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    await settle_demo(database, marketplace, platform_id=platform.platform_id, actor=ACTOR)
    async with Desk.open(Book(database, platform.platform_id), operator=operator.reference) as desk:
        yield desk
    await database.close()


@pytest.mark.parametrize("document", EXAMPLES)
async def test_an_example_shows_something_of_the_demo(demo: Desk, document: str):
    assert validate(SCHEMA._schema, parse(document)) == []
    if "\nsubscription" in document:
        return  # the stream has tests of its own

    answer = await demo.ask(document)

    assert find_nothing(answer) == []
    assert "userErrors" not in document or answer["postEntries"]["results"][0]["userErrors"] == []
    assert len(str(answer)) > 300


async def test_one_merchant_of_the_demo_shows_every_way_of_waiting_and_its_parts_add_up(demo: Desk):
    answer = await demo.ask(
        """{
            party(reference: "M-000016") {
                balances {
                    balance { minorUnits currency } onHold { minorUnits } deposits { minorUnits } owed { minorUnits }
                    accrued { minorUnits } onSheets { minorUnits } returned { minorUnits }
                }
                nextPayouts { dueDate amount { minorUnits currency } }
                unpaid { state amount { minorUnits currency } ground }
            }
        }"""
    )

    def count(amount: dict[str, str]) -> int:
        return int(amount["minorUnits"])

    (card,) = [each for each in answer["party"]["balances"] if each["balance"]["currency"] == "CNY"]
    parts = [each for each in answer["party"]["unpaid"] if each["amount"]["currency"] == "CNY"]
    assert {each["state"] for each in parts} == {"ACCRUED", "ON_SHEET", "IN_PAYOUT", "ON_HOLD", "RETENTION"}
    assert sum(count(each["amount"]) for each in parts) == sum(
        count(card[name]) for name in ("balance", "onHold", "deposits")
    ) - count(card["owed"])
    assert all(each["ground"] for each in parts if each["state"] in ("ON_HOLD", "RETENTION"))
    assert count(card["balance"]) == sum(count(card[name]) for name in ("accrued", "onSheets", "returned"))
    assert "CNY" in [each["amount"]["currency"] for each in answer["party"]["nextPayouts"]]


async def test_the_demo_shows_a_receipt_that_is_matched_one_that_is_so_in_part_and_one_of_nobody(demo: Desk):
    answer = await demo.ask(
        """{
            receipts(first: 10) {
                nodes { matched { minorUnits } unidentified { minorUnits } isOverdue matches { sheet { number } } }
            }
        }"""
    )

    shown = answer["receipts"]["nodes"]
    states = [tuple(int(each[name]["minorUnits"]) > 0 for name in ("matched", "unidentified")) for each in shown]
    assert states == [(True, True), (True, False), (False, True)]
    assert [len(each["matches"]) for each in shown] == [1, 1, 0]
    assert shown[-1]["isOverdue"] is True


async def test_the_demos_statement_agrees_with_its_balance(demo: Desk):
    answer = await demo.ask(
        """{
            statement(party: "M-000001", currency: "CNY", from: "2024-12-01", to: "2027-01-01") {
                opening { minorUnits } closing { minorUnits } lines { balance { minorUnits } }
            }
            party(reference: "M-000001") { balances { balance { minorUnits currency } } }
        }"""
    )

    (balance,) = [each["balance"] for each in answer["party"]["balances"] if each["balance"]["currency"] == "CNY"]
    assert answer["statement"]["opening"]["minorUnits"] == "0"
    assert answer["statement"]["closing"]["minorUnits"] == balance["minorUnits"]
    assert answer["statement"]["lines"][-1]["balance"]["minorUnits"] == balance["minorUnits"]
