"""
A statement: the days [start, end), what stood before them, every line dated in them with the balance after it, and what
stood after them. As known in the snapshot; a later line dated in the period makes another statement.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from ledger.compact_json import write_json
from ledger.db.transacting import Connection
from ledger.journal.balances import AsOf, balances
from ledger.journal.errors import BookMissing
from ledger.reporting import sql_accounts, sql_books
from ledger.reporting.accounts import to_line
from ledger.reporting.balances import PAYABLE, day_before
from ledger.reporting.errors import PeriodInvalid, StatementTooLong
from ledger.reporting.model import AccountRow, LineRow, on_side

MOST_LINES = 10_000


class StatementLine(NamedTuple):
    """A line and the statement's balance after it."""

    line: LineRow
    balance: int


class Statement(NamedTuple):
    """Balances are on `side`: an account's normal side, the credit side for a party."""

    start: date
    end: date
    currency: str
    side: str
    opening: int
    lines: tuple[StatementLine, ...]
    closing: int
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class _Outline:
    """What one statement is of: `accounts` by number, each with the names that the seal covers."""

    accounts: Mapping[int, list[str]]
    currency: str
    side: str


async def make_account_statements(
    conn: Connection, *, keys: Sequence[AccountRow], start: date, end: date
) -> list[Statement | StatementTooLong]:
    """
    The statement of each of these accounts, on its normal side, or why there is none. Three statements to the database,
    whatever their number.

    Refusals: PeriodInvalid.
    """
    outlines = []
    for key in keys:
        names = [key.book_reference, key.code, key.party_reference or "", key.currency]
        outlines.append(_Outline({key.account_id: names}, key.currency, key.normal_side))
    return await _make(conn, outlines, start=start, end=end)


async def make_party_statements(
    conn: Connection,
    *,
    keys: Sequence[int],
    currency: str,
    legal_entity: str | None,
    knows_all: bool,
    start: date,
    end: date,
) -> list[Statement | StatementTooLong | BookMissing]:
    """
    What we owed each of these parties in one currency, over its payable accounts, of one legal entity or of all, or why
    there is no statement. Four statements to the database, and one more where a legal entity is given, whatever their
    number. The parties may be seen. Who does not know all legal entities is told of those that owe the party.

    Refusals: PeriodInvalid.
    """
    is_known = legal_entity is None
    if legal_entity is not None and knows_all:
        is_known = await sql_books.find_book(conn, reference=legal_entity) is not None
    held: list[dict[int, list[str]]] = [{} for _ in keys]
    owing: list[set[str | None]] = [set() for _ in keys]
    for row in await sql_accounts.find_held(conn, party_ids=keys, codes=PAYABLE):
        owing[row["position"] - 1].add(row["book_reference"])
        if row["currency"] == currency and legal_entity in (None, row["book_reference"]):
            held[row["position"] - 1][row["account_id"]] = [row["book_reference"], row["code"], currency]
    outlines = [_Outline(accounts, currency, "C") for accounts in held]
    made = await _make(conn, outlines, start=start, end=end)
    return [
        statement
        if is_known or legal_entity in owing[place]
        else BookMissing(field=("legalEntity",), book=str(legal_entity))
        for place, statement in enumerate(made)
    ]


async def _make(
    conn: Connection, outlines: Sequence[_Outline], *, start: date, end: date
) -> list[Statement | StatementTooLong]:
    if not start < end:
        raise PeriodInvalid(field=("to",), start=start.isoformat(), end=end.isoformat())
    pairs = [(number, account_id) for number, outline in enumerate(outlines) for account_id in outline.accounts]
    statements, account_ids = [number for number, _ in pairs], [account_id for _, account_id in pairs]
    opening = [0] * len(outlines)
    before = await balances(conn, account_ids=account_ids, as_of=AsOf(business_date=day_before(start)))
    for number, balance in zip(statements, before, strict=True):
        opening[number] += on_side(balance.debit, balance.credit, outlines[number].side)
    lines: list[list[LineRow]] = [[] for _ in outlines]
    for row in await sql_books.list_period_lines(
        conn, statements=statements, account_ids=account_ids, start=start, end=end, limit=MOST_LINES + 1
    ):
        lines[row["statement"]].append(to_line(row))
    return [
        StatementTooLong(field=("to",), limit=MOST_LINES)
        if len(lines[number]) > MOST_LINES
        else _issue(outline, opening[number], lines[number], start=start, end=end)
        for number, outline in enumerate(outlines)
    ]


def _issue(outline: _Outline, opening: int, rows: Sequence[LineRow], *, start: date, end: date) -> Statement:
    running = opening
    lines = []
    for line in rows:
        running += line.amount if line.side == outline.side else -line.amount
        lines.append(StatementLine(line, running))
    head = [start.isoformat(), end.isoformat(), outline.currency, outline.side, opening]
    sealed = seal(head, lines, outline.accounts, running)
    return Statement(start, end, outline.currency, outline.side, opening, tuple(lines), running, sealed)


def seal(
    head: Sequence[object], lines: Sequence[StatementLine], accounts: Mapping[int, list[str]], closing: int
) -> bytes:
    """
    SHA-256 over JSON without spaces, as docs/statements.md tells strangers: bounds, currency, side, opening; per line
    its account, day, instant, side, amount and balance; closing; pure. Places in the log are left out: a party's key
    would learn from them about others' business.
    """
    content = [
        *head,
        [
            [
                accounts[each.line.account_id],
                each.line.business_date.isoformat(),
                each.line.posted_at.isoformat(),
                each.line.side,
                each.line.amount,
                each.balance,
            ]
            for each in lines
        ],
        closing,
    ]
    return hashlib.sha256(write_json(content).encode()).digest()
