"""The cash that is needed, once what parties owe from closed sheets is taken off, as a payout run does."""

from collections import Counter
from datetime import date
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting import sql_cash_needed as sql
from ledger.reporting.netted import find_netted
from ledger.reporting.payouts import PayingAccountRow, list_paying_accounts


class CashNeed(NamedTuple):
    """
    What a legal entity has to pay on a day: payouts that wait to be sent, sheets that may be paid, and what waits for
    somebody's word, on sheets and in payouts that came back; of sheets less what of them goes to debts. `account` is
    None where the entity has no account in the currency. `short_minor` is how much is missing for everything up to and
    including this day that may be paid; what is upcoming is not counted.
    """

    legal_entity: str
    currency: str
    due_date: date
    created_minor: int
    payable_minor: int
    upcoming_minor: int
    account: PayingAccountRow | None
    short_minor: int


async def find_cash_needed(conn: Connection, *, through: date) -> list[CashNeed]:
    """
    The cash that is needed by a day, per legal entity, currency and due date, in that order; three statements, and
    eight more at most where a party owes something that will be netted first.
    """
    accounts = {(each.legal_entity, each.currency): each for each in await list_paying_accounts(conn)}
    left = {place: account.available_minor for place, account in accounts.items()}
    netted = await _find_netted(conn)
    needs: list[CashNeed] = []
    for row in await sql.sum_cash_needed(conn, through=through):
        where = (row["legal_entity"], row["currency"])
        payable, upcoming = (
            row[name] - netted[*where, row["due_date"], may_be_paid]
            for name, may_be_paid in (("payable_minor", True), ("upcoming_minor", False))
        )
        if not (row["created_minor"] or payable or upcoming):
            continue
        left[where] = left.get(where, 0) - row["created_minor"] - payable
        short = max(-left[where], 0)
        needs.append(
            CashNeed(*where, row["due_date"], row["created_minor"], payable, upcoming, accounts.get(where), short)
        )
    return needs


async def _find_netted(conn: Connection) -> Counter[tuple[str, str, date, bool]]:
    """What sheets pay of debts, by legal entity, currency, due date and whether they may be paid now."""
    rows = await sql.find_indebted(conn)
    taken = await find_netted(conn, amounts={row["sheet_id"]: row["payable_minor"] for row in rows})
    netted: Counter[tuple[str, str, date, bool]] = Counter()
    for row in rows:
        place = (row["legal_entity"], row["currency"], row["due_date"], row["may_be_paid"])
        netted[place] += taken.get(row["sheet_id"], 0)
    return netted
