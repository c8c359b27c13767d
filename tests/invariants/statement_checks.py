"""
Statements beside the lines that they are of: nothing is left out between two of them, and their hash is made as
docs/statements.md tells strangers.
"""

import hashlib
import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from ledger.parties.finding import find_parties
from ledger.reporting.accounts import find_accounts
from ledger.reporting.balances import load_party_balances
from ledger.reporting.statements import Statement, make_account_statements, make_party_statements
from tests.invariants.story import BEGIN, CURRENCIES, ENTITIES, Story

# What a party is owed and will be paid.
_PAYABLE = ("2010", "2015", "2016", "2020", "2030", "2041", "2042", "2043")
_LINES = """
    SELECT a.account_id, a.book_reference AS entity, a.code, coalesce(a.party_reference, '') AS party, a.currency,
        a.normal_side, l.side, l.amount, e.business_date, e.posted_at
    FROM line AS l INNER JOIN entry AS e ON e.sequence = l.sequence
    INNER JOIN account AS a ON a.account_id = l.account_id
    ORDER BY e.business_date, e.sequence, l.position
"""


class _Booked(NamedTuple):
    """A line on the books: what it is on in the words of a hash, and how much it adds on the statement's side."""

    account: list[str]
    day: date
    posted_at: str
    side: str
    amount: int
    added: int


async def check_statements(story: Story) -> None:
    """Of every account, and of every party by legal entity and of all together, of three periods that follow on."""
    rows = await story.market.rows(_LINES)
    now = story.now.date()
    bounds = [BEGIN.date() - timedelta(days=5), now - timedelta(days=17), now - timedelta(days=3), date(2030, 1, 1)]
    for start, end in itertools.pairwise(bounds):
        if start < end:
            await _check_accounts(story, rows, start=start, end=end)
            await _check_parties(story, rows, start=start, end=end)


async def _check_accounts(story: Story, rows: Sequence[Any], *, start: date, end: date) -> None:
    lines: dict[int, list[_Booked]] = defaultdict(list)
    sides = {row["account_id"]: row["normal_side"] for row in rows}
    for row in rows:
        names = [row["entity"], row["code"], row["party"], row["currency"]]
        lines[row["account_id"]].append(_read(row, names, side=row["normal_side"]))
    async with story.database.read(story.platform_id) as conn:
        found = [each for each in await find_accounts(conn, keys=sorted(lines), scope=None) if each is not None]
        made = await make_account_statements(conn, keys=found, start=start, end=end)
    assert [each.account_id for each in found] == sorted(lines)
    for account, statement in zip(found, made, strict=True):
        assert isinstance(statement, Statement)
        assert (statement.start, statement.end) == (start, end)
        _check(statement, lines[account.account_id], currency=account.currency, side=sides[account.account_id])


async def _check_parties(story: Story, rows: Sequence[Any], *, start: date, end: date) -> None:
    async with story.database.read(story.platform_id) as conn:
        ids = {name: party.party_id for name, party in (await find_parties(conn, references=story.payees)).items()}
        keys = [ids[name] for name in story.payees]
        cards = await load_party_balances(conn, keys=keys)
        for currency in CURRENCIES:
            for entity in (None, *ENTITIES):
                given: Mapping[str, Any] = {"currency": currency, "legal_entity": entity, "knows_all": True}
                made = await make_party_statements(conn, keys=keys, start=start, end=end, **given)
                for name, card, statement in zip(story.payees, cards, made, strict=True):
                    assert isinstance(statement, Statement)
                    mine = [
                        _read(row, [row["entity"], row["code"], currency], side="C")
                        for row in rows
                        if (row["party"], row["currency"]) == (name, currency)
                        and row["code"] in _PAYABLE
                        and entity in (None, row["entity"])
                    ]
                    _check(statement, mine, currency=currency, side="C")
                    balances: Counter[str | None] = Counter()
                    for each in card:
                        if each.currency == currency:
                            balances[each.legal_entity] += each.balance
                            balances[None] += each.balance
                    if all(line.day < end for line in mine):
                        assert statement.closing == balances[entity], (name, entity, currency)


def _check(statement: Statement, booked: Iterable[_Booked], *, currency: str, side: str) -> None:
    """A statement says what these lines are, and nothing else."""
    lines, (start, end) = list(booked), (statement.start, statement.end)
    opening = running = sum(line.added for line in lines if line.day < start)
    listed: list[list[Any]] = []
    for line in lines:
        if start <= line.day < end:
            running += line.added
            listed.append([line.account, line.day.isoformat(), line.posted_at, line.side, line.amount, running])
    content = [start.isoformat(), end.isoformat(), currency, side, opening, listed, running]
    told: list[list[object]] = []
    for line, balance in statement.lines:
        head = [line.business_date.isoformat(), line.posted_at.isoformat()]
        told.append([*head, line.side, line.amount, balance])
    assert (statement.opening, told, statement.closing) == (opening, [line[1:] for line in listed], running)
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    assert statement.content_hash == hashlib.sha256(text.encode()).digest(), text


def _read(row: Any, account: list[str], *, side: str) -> _Booked:
    added = row["amount"] if row["side"] == side else -row["amount"]
    posted_at = row["posted_at"].isoformat()
    return _Booked(account, row["business_date"], posted_at, row["side"], row["amount"], added)
