"""What accounts and parties stand at: alone, and with everybody below."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.journal.balances import NOW, AsOf, Balance, balances
from ledger.journal.subtree_balances import subtree_balances
from ledger.reporting import sql_accounts, sql_books

# What we owe a party and will pay: on open sheets, on closed ones, and what a bank sent back.
ACCRUED = ("2010", "2020", "2030", "2041", "2042", "2043")
ON_SHEETS = ("2015",)
RETURNED = ("2016",)
# A party's balance is credit minus debit over these.
PAYABLE = ACCRUED + ON_SHEETS + RETURNED
# What is shown beside it: owed but not payable yet, kept as security, and what the party owes us.
ON_HOLD = ("2050",)
DEPOSITS = ("2060",)
OWED = ("1200", "1210", "1220")
_CODES = PAYABLE + ON_HOLD + DEPOSITS + OWED


class PartyBalance(NamedTuple):
    """
    A party's figures in one legal entity and currency. `balance`, which is `accrued`, `on_sheets` and `returned`
    together, `on_hold` and `deposits` are credit minus debit, `owed` (by the party) is debit minus credit.
    """

    legal_entity: str
    currency: str
    balance: int
    accrued: int
    on_sheets: int
    returned: int
    on_hold: int
    deposits: int
    owed: int


class _Sum(NamedTuple):
    legal_entity: str
    currency: str
    code: str
    debit: int
    credit: int


async def load_balances(conn: Connection, *, keys: Sequence[int], as_of: AsOf = NOW) -> list[Balance]:
    """
    Balances of accounts; one statement, two where a moment is given.

    Refusals: InvalidInput for a sequence that the log has not reached.
    """
    return await balances(conn, account_ids=keys, as_of=as_of)


async def load_party_balances(
    conn: Connection, *, keys: Sequence[int], as_of: AsOf = NOW
) -> list[tuple[PartyBalance, ...]]:
    """
    Parties' own figures per legal entity and currency; two statements, three where a moment is given.

    Refusals: InvalidInput for a sequence that the log has not reached.
    """
    rows = await sql_accounts.find_held(conn, party_ids=keys, codes=_CODES)
    found = await balances(conn, account_ids=[row["account_id"] for row in rows], as_of=as_of)
    sums: list[list[_Sum]] = [[] for _ in keys]
    for row, balance in zip(rows, found, strict=True):
        place = (row["book_reference"], row["currency"], row["code"])
        sums[row["position"] - 1].append(_Sum(*place, balance.debit, balance.credit))
    return [_add_up(each) for each in sums]


async def load_subtree_balances(
    conn: Connection, *, keys: Sequence[int], as_of: AsOf = NOW
) -> list[tuple[PartyBalance, ...]]:
    """
    Figures of parties with everybody below them, of the tree as it stood then. Statements: two now, at most five on a
    day and seven at a sequence, whatever the number of parties and members.

    Refusals: InvalidInput for a sequence that the log has not reached, SubtreeAtSequence.
    """
    totals = await subtree_balances(conn, party_ids=keys, business_date=as_of.business_date, sequence=as_of.sequence)
    books = {
        row["book_id"]: row["reference"]
        for row in await sql_books.find_books(conn, book_ids=sorted({total.book_id for total in totals}))
    }
    sums: dict[int, list[_Sum]] = defaultdict(list)
    for total in totals:
        place = (books[total.book_id], total.currency, total.code)
        sums[total.party_id].append(_Sum(*place, total.debit, total.credit))
    return [_add_up(sums[key]) for key in keys]


def day_before(day: date) -> date:
    """The business date whose end is the beginning of this day."""
    return date.fromordinal(max(day.toordinal() - 1, 1))


def _add_up(sums: Iterable[_Sum]) -> tuple[PartyBalance, ...]:
    places: dict[tuple[str, str], list[_Sum]] = defaultdict(list)
    for each in sums:
        if each.code in _CODES:
            places[each.legal_entity, each.currency].append(each)

    def credit_minus_debit(found: Sequence[_Sum], codes: Sequence[str]) -> int:
        return sum(each.credit - each.debit for each in found if each.code in codes)

    return tuple(
        PartyBalance(
            legal_entity,
            currency,
            balance=credit_minus_debit(found, PAYABLE),
            accrued=credit_minus_debit(found, ACCRUED),
            on_sheets=credit_minus_debit(found, ON_SHEETS),
            returned=credit_minus_debit(found, RETURNED),
            on_hold=credit_minus_debit(found, ON_HOLD),
            deposits=credit_minus_debit(found, DEPOSITS),
            owed=-credit_minus_debit(found, OWED),
        )
        for (legal_entity, currency), found in sorted(places.items())
    )
