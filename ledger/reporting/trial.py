"""The trial balance of a legal entity: what was ever debited and credited, per code and currency."""

from collections import defaultdict
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.journal.balances import AsOf, balances
from ledger.journal.subtree_balances import subtree_balances
from ledger.reporting import sql_books
from ledger.reporting.model import on_side


class TrialRow(NamedTuple):
    """Gross sums of all accounts of a code in a currency; `balance` is on the code's normal side."""

    code: str
    name: str
    account_class: str
    normal_side: str
    currency: str
    debit: int
    credit: int
    balance: int


async def make_trial_balance(
    conn: Connection, *, legal_entity: str, currency: str | None, as_of: AsOf
) -> list[TrialRow] | None:
    """
    The rows by code and currency, those where nothing was posted left out; None for an unknown legal entity.

    Now and on a day the parties' accounts come from the totals of the whole tree, so the cost does not grow with their
    number; at a sequence every account of the book is looked up.

    Refusals: InvalidInput for a sequence that the log has not reached.
    """
    book_id = await sql_books.find_book(conn, reference=legal_entity)
    if book_id is None:
        return None
    at_sequence = as_of.sequence is not None
    accounts = await sql_books.list_book_accounts(conn, book_id=book_id, with_parties=at_sequence)
    found = await balances(conn, account_ids=[row["account_id"] for row in accounts], as_of=as_of)
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row, balance in zip(accounts, found, strict=True):
        _add(sums[row["code"], row["currency"]], balance.debit, balance.credit)
    if not at_sequence:
        platform = await sql_books.find_platform(conn)
        roots = [platform["operator_id"]] if platform and platform["operator_id"] else []
        for total in await subtree_balances(conn, party_ids=roots, business_date=as_of.business_date):
            if total.book_id == book_id:
                _add(sums[total.code, total.currency], total.debit, total.credit)
    chart = {row["code"]: row for row in await sql_books.list_chart(conn)}
    return [
        TrialRow(
            code,
            chart[code]["name"],
            chart[code]["account_class"],
            chart[code]["normal_side"],
            money,
            debit,
            credit,
            on_side(debit, credit, chart[code]["normal_side"]),
        )
        for (code, money), (debit, credit) in sorted(sums.items())
        if (debit or credit) and currency in (None, money)
    ]


def _add(sums: list[int], debit: int, credit: int) -> None:
    sums[0] += debit
    sums[1] += credit
