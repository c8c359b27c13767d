"""The hash of a statement can be made from its text, as docs/statements.md says."""

import hashlib
import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.reporting.model import LineRow
from ledger.reporting.statements import StatementLine, seal
from tests.app.api.gateway import Desk

PAGE = (Path(__file__).parents[3] / "docs" / "statements.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```\n(\[.*\])\n([0-9a-f]{64})\n```$", PAGE, re.MULTILINE)

ASKED = """from to currency side opening { minorUnits } closing { minorUnits } contentHash
    lines { businessDate postedAt side amount { minorUnits } balance { minorUnits }
        account { legalEntity { reference } role { code } party { reference } currency } }"""
OF_ACCOUNT = f"""query ($from: LocalDate!, $to: LocalDate!, $party: String!) {{
    accounts(first: 1, filter: {{party: $party}}) {{ nodes {{ statement(from: $from, to: $to) {{ {ASKED} }} }} }} }}"""
OF_PARTY = f"""query ($from: LocalDate!, $to: LocalDate!, $party: String!) {{ party(reference: $party) {{
    statement(from: $from, to: $to, currency: "CNY") {{ {ASKED} }} }} }}"""


def write_text(statement: dict[str, Any], *, is_of_account: bool) -> str:
    """The text that the page says, written as a stranger would who has the page and an answer."""

    def quote(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def read_side(side: str) -> str:
        return {"CREDIT": "C", "DEBIT": "D"}[side]

    lines = []
    for line in statement["lines"]:
        account = line["account"]
        party = account["party"]["reference"] if account["party"] else ""
        names = [account["legalEntity"]["reference"], account["role"]["code"]]
        names += [party, account["currency"]] if is_of_account else [account["currency"]]
        posted = line["postedAt"].removesuffix("Z").removesuffix(".000000") + "+00:00"
        texts = [f"[{','.join(map(quote, names))}]", quote(line["businessDate"]), quote(posted)]
        lines.append(
            f"[{','.join(texts)},{quote(read_side(line['side']))},{line['amount']['minorUnits']},"
            f"{line['balance']['minorUnits']}]"
        )
    head = [statement["from"], statement["to"], statement["currency"], read_side(statement["side"])]
    ends = statement["opening"]["minorUnits"], statement["closing"]["minorUnits"]
    return f"[{','.join(map(quote, head))},{ends[0]},[{','.join(lines)}],{ends[1]}]"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(("text", "found"), EXAMPLES)
def test_the_examples_of_the_page_have_their_hashes(text: str, found: str) -> None:
    assert digest(text) == found


def test_the_page_has_an_example_of_an_account_of_a_party_and_of_nothing() -> None:
    assert [[len(line[0]) for line in json.loads(text)[5]] for text, _ in EXAMPLES] == [[4, 4], [3], []]


@pytest.mark.parametrize(("text", "found"), EXAMPLES)
def test_the_program_makes_the_hashes_of_the_page(text: str, found: str) -> None:
    *head, lines, closing = json.loads(text)
    accounts = {place: line[0] for place, line in enumerate(lines)}
    rows = [
        StatementLine(
            LineRow(
                9, 1, place, side, amount, head[2], 1, 0, 0, date.fromisoformat(day), datetime.fromisoformat(at), "C"
            ),
            balance,
        )
        for place, (_, day, at, side, amount, balance) in enumerate(lines)
    ]

    assert seal(head, rows, accounts, closing).hex() == found


@pytest.mark.parametrize(("query", "path"), [(OF_ACCOUNT, ("accounts", "nodes", 0)), (OF_PARTY, ("party",))])
async def test_a_stranger_makes_the_hash_from_an_answer(
    desk: Desk, today: date, query: str, path: tuple[str | int, ...]
) -> None:
    await desk.book.owe("M1", 25_000, day=today - timedelta(days=9))
    await desk.book.owe("M1", 9_000, day=today - timedelta(days=2))
    await desk.book.post("D 2010/M1 40000, C 2020/A1 40000")
    bounds = {"from": str(today - timedelta(days=5)), "to": str(today + timedelta(days=1)), "party": "M1"}

    found: list[str] = []
    for key in (desk.key, await desk.key_of("M1")):
        answer: Any = await desk.ask(query, key=key, **bounds)
        for each in path:
            answer = answer[each]
        statement = answer["statement"]
        assert len(statement["lines"]) == 2
        assert statement["closing"]["minorUnits"] == "-6000"
        assert digest(write_text(statement, is_of_account="accounts" in path)) == statement["contentHash"]
        found.append(statement["contentHash"])

    assert len({*found}) == 1  # it is the same for all who see it
