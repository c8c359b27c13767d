"""
A statement: the days [start, end), what stood before them, every line dated in them with the balance after it, and what
stood after them. As known in the snapshot; a later line dated in the period makes another statement.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.journal.balances import AsOf, balances
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


async def make_account_statement(conn: Connection, *, account: AccountRow, start: date, end: date) -> Statement:
    """
    One account's statement, on its normal side. Three statements to the database.

    Refusals, first match wins: PeriodInvalid, StatementTooLong.
    """
    name = [account.book_reference, account.code, account.party_reference or "", account.currency]
    return await _make(
        conn,
        accounts={account.account_id: name},
        currency=account.currency,
        side=account.normal_side,
        start=start,
        end=end,
    )


async def make_party_statement(
    conn: Connection, *, party_id: int, currency: str, legal_entity: str | None, start: date, end: date
) -> Statement:
    """
    What we owed a party in one currency, over its payable accounts, of one legal entity or of all. Four statements to
    the database. The party may be seen.

    Refusals, first match wins: PeriodInvalid, StatementTooLong.
    """
    accounts = {
        row["account_id"]: [row["book_reference"], row["code"], currency]
        for row in await sql_accounts.find_held(conn, party_ids=[party_id], codes=PAYABLE)
        if row["currency"] == currency and legal_entity in (None, row["book_reference"])
    }
    return await _make(conn, accounts=accounts, currency=currency, side="C", start=start, end=end)


async def _make(
    conn: Connection, *, accounts: dict[int, list[str]], currency: str, side: str, start: date, end: date
) -> Statement:
    if not start < end:
        raise PeriodInvalid(field=("to",), start=start.isoformat(), end=end.isoformat())
    before = await balances(conn, account_ids=list(accounts), as_of=AsOf(business_date=day_before(start)))
    opening = sum(on_side(balance.debit, balance.credit, side) for balance in before)
    rows = await sql_books.list_period_lines(
        conn, account_ids=list(accounts), start=start, end=end, limit=MOST_LINES + 1
    )
    if len(rows) > MOST_LINES:
        raise StatementTooLong(field=("to",), limit=MOST_LINES)
    running = opening
    lines = []
    for row in rows:
        line = to_line(row)
        running += line.amount if line.side == side else -line.amount
        lines.append(StatementLine(line, running))
    seal = _seal([start.isoformat(), end.isoformat(), currency, side, opening], lines, accounts, running)
    return Statement(start, end, currency, side, opening, tuple(lines), running, seal)


def _seal(
    head: Sequence[object], lines: Sequence[StatementLine], accounts: dict[int, list[str]], closing: int
) -> bytes:
    """
    SHA-256 over JSON without spaces: bounds, currency, side, opening; per line its account, day, instant, side, amount
    and balance; closing. Places in the log are left out: a party's key would learn from them about others' business.
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
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).digest()
