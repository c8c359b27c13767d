"""Statements that are asked for many at a time."""

import json
from datetime import date, timedelta

import pytest

from ledger.reporting import statements
from tests.app.api.gateway import Desk


async def test_statements_of_a_list_are_those_asked_for_one_by_one(desk: Desk, today: date):
    for number, reference in enumerate(("M1", "M2", "M3"), start=1):
        await desk.book.owe(reference, 100 * number, day=today - timedelta(days=5 * number))
        await desk.book.owe(reference, 10 * number)
        await desk.book.post(f"D 2010/{reference} 7, C 2020/A1 7")
    bounds = {"from": str(today - timedelta(days=8)), "to": str(today + timedelta(days=1))}
    asked = 'statement(currency: "CNY", from: $from, to: $to) { opening { minorUnits } contentHash lines { side } }'
    given = "($from: LocalDate!, $to: LocalDate!)"

    listed = await desk.ask(f"query {given} {{ parties(first: 100) {{ nodes {{ reference {asked} }} }} }}", **bounds)
    alone = [
        (await desk.ask(f"query {given} {{ party(reference: {json.dumps(name)}) {{ {asked} }} }}", **bounds))["party"]
        for name in ("A1", "M1", "M2", "M3", "LE")
    ]

    found = {node["reference"]: {"statement": node["statement"]} for node in listed["parties"]["nodes"]}
    assert [found[name] for name in ("A1", "M1", "M2", "M3", "LE")] == alone
    assert [len(each["statement"]["lines"]) for each in alone] == [3, 3, 2, 2, 0]
    assert [each["statement"]["opening"]["minorUnits"] for each in alone] == ["0", "0", "200", "300", "0"]


async def test_a_statement_that_is_too_long_is_refused_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(statements, "MOST_LINES", 2)
    for reference in ("M1", "M1", "M1", "M2"):
        await desk.book.owe(reference, 100)

    answer = await desk.send(
        """{ parties(first: 100, filter: {kind: MERCHANT}) { nodes { reference
            statement(currency: "CNY", from: "2020-01-01", to: "2100-01-01") { closing { minorUnits } } } } }"""
    )

    (error,) = answer.json()["errors"]
    assert (error["extensions"]["reason"], error["path"]) == (
        "STATEMENT_TOO_LONG",
        ["parties", "nodes", 0, "statement"],
    )


async def test_a_statement_of_a_legal_entity_that_there_is_none_of_is_refused(desk: Desk, today: date):
    await desk.book.owe("M1", 500)
    period = f'currency: "CNY", from: "{today}", to: "{today + timedelta(days=1)}"'
    asked = f'{period}, legalEntity: "LE-CM") {{ closing {{ amount }} }}'

    for query in (f'{{ statement(party: "M1", {asked} }}', f'{{ party(reference: "M1") {{ statement({asked} }} }}'):
        (error,) = (await desk.send(query)).json()["errors"]
        assert (error["message"], error["extensions"]["reason"]) == ("There is no legal entity LE-CM.", "BOOK_MISSING")
        known = await desk.ask(query.replace("LE-CM", "LE"))
        assert known.get("party", known)["statement"] == {"closing": {"amount": "5.00"}}


async def test_a_party_hears_of_no_legal_entity_that_does_not_owe_it(desk: Desk, today: date):
    await desk.book.owe("M1", 500)
    period = f'currency: "CNY", from: "{today}", to: "{today + timedelta(days=1)}"'
    asked = f'{{ statement(party: "M1", {period}, legalEntity: "LE-JP") {{ closing {{ amount }} }} }}'
    key = await desk.key_of("M1")

    refused = [await desk.refused(asked.replace("LE-JP", name), key=key) for name in ("LE-JP", "LE-NONE")]

    assert refused == ["BOOK_MISSING", "BOOK_MISSING"]
    assert await desk.ask(asked) == {"statement": {"closing": {"amount": "0.00"}}}
    own = await desk.ask(asked.replace("LE-JP", "LE"), key=key)
    assert own == {"statement": {"closing": {"amount": "5.00"}}}
