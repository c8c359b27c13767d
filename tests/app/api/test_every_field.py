"""
Every field of the schema, asked for by a party before and after strangers do business: not a byte of it changes.

Depth and cost have bounds in a gateway; here they are off, so that a document for each query asks for all below it.
"""

from dataclasses import fields
from typing import Any

import httpx
import pytest
from graphql import build_schema

from app.http.application import create_app
from app.operations.execution import Runner
from app.operations.limits import Limits
from tests.app.api.every_field import list_documents
from tests.app.api.gateway import SCHEMA, Desk, make_gateway
from tests.app.api.test_receipts import RECORD, do
from tests.app.api.test_sheets import DISPUTE, END_OF_MARCH, sheet_of, world
from tests.app.api.test_withholding import AGREE, CLAIM, PLACE, PROPOSE, RECEIVE, adjustment, agreement, hold
from tests.ledger.settlement.sheets.world import World
from tests.oracle.small_world import later, refunded

__all__ = ["world"]

QUERY = build_schema(SCHEMA.as_str()).query_type
MONEY = {"amount": "3.00", "currency": "CNY"}


@pytest.fixture
async def unbounded(desk: Desk) -> Desk:
    """The desk with a gateway that bounds no document."""
    none: dict[str, Any] = {each.name: 10**9 for each in fields(Limits) if not each.name.endswith("_seconds")}
    gateway = make_gateway(desk.book.database)
    gateway.runner = Runner(SCHEMA, Limits(**none, read_seconds=60.0))
    desk.client = httpx.AsyncClient(transport=httpx.ASGITransport(create_app(gateway)), base_url="http://testserver")
    return desk


async def do_business(desk: Desk, party: str) -> None:
    """A party's sheet is disputed, money of it is held, kept and claimed, it is fined, and somebody pays for it."""
    sheet = await sheet_of(desk, party)
    await do(desk, DISPUTE, {"sheet": sheet["id"], "reason": f"of {party}"})
    steps = (
        (PLACE, hold("2.00", f"H-{party}", party=party, sheet=sheet["id"])),
        (AGREE, agreement(reference=f"W-{party}", party=party)),
        (PROPOSE, {"adjustments": [adjustment("PENALTY", "1.00", f"X-{party}", party=party)]}),
    )
    for mutation, given in steps:
        assert (await do(desk, mutation, given))["userErrors"] == []
    cash = {"agreement": f"W-{party}", "reference": f"C-{party}", "amount": MONEY, "startDate": "2025-04-01"}
    (kept,) = (await do(desk, RECEIVE, cash))["slices"]
    claim = {"slice": kept["id"], "reference": f"Q-{party}", "order": "O1", "reason": "a broken lamp"}
    assert (await do(desk, CLAIM, claim))["userErrors"] == []
    came = {"reference": f"R-{party}", "legalEntity": "LE", "bankAccount": "B", "amount": MONEY, "payer": party}
    await do(desk, RECORD, {"receipts": [{**came, "valueDate": "2025-04-01"}]})
    await desk.book.owe(party, 700, document=f"order/of-{party}")


async def read_everything(desk: Desk, key: str, party: str) -> dict[str, bytes]:
    """What is answered to each document; all of them are answered."""
    assert QUERY is not None
    answers = {}
    for document in list_documents(QUERY, party=party, depth=2):
        answer = await desk.send(document, key=key)
        assert b"errors" not in answer.content[:20], (document[:200], answer.text[:500])
        answers[document] = answer.content
    return answers


async def test_whatever_strangers_do_changes_nothing_that_a_party_can_ask_for(unbounded: Desk, world: World) -> None:
    desk = unbounded
    await world.settle(END_OF_MARCH)
    await do_business(desk, "M1")
    above = await desk.key_of("A1")
    before = await read_everything(desk, above, "M1")

    await do_business(desk, "M2")
    await world.accept(refunded("r2", "5.00", line="2"), later("refund.paid", refund="r2"))
    after = await read_everything(desk, above, "M1")

    assert len(before) > 40
    for document, answer in before.items():
        assert after[document] == answer, document[:200]
