"""
What a party and everyone below it stand at, now or at a business date, per account code, book and currency.

The tree is the one at the end of the posting day asked for; a party registered later counts under its first parent.
Totals are one look-up each and one per account of the party's own, however many parties stand below. Only where a move
changed who stands below a party and late lines overlap the day are they added up over the members' accounts instead:
the late rows of ancestors are those of the tree at the time of posting, which is then another one.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.journal import balance_sql as sql


class SubtreeBalance(NamedTuple):
    """Gross sums in minor units of everything ever posted to this code by the party and everyone below it."""

    party_id: int
    code: str
    book_id: int
    currency: str
    debit: int
    credit: int


async def subtree_balances(
    conn: Connection, *, party_ids: Sequence[int], business_date: date | None = None
) -> list[SubtreeBalance]:
    """
    Read the totals of subtrees, by party, code, book and currency; places where nothing was posted are left out.

    One statement now, at most four at a business date, whatever the number of parties and members.
    """
    wanted = sorted(set(party_ids))
    if business_date is None:
        rows = await sql.find_subtree_totals_now(conn, party_ids=wanted)
        return [SubtreeBalance(*row) for row in rows]
    moved = {row["party_id"] for row in await sql.find_moved(conn, party_ids=wanted, day=business_date)}
    steady = [party_id for party_id in wanted if party_id not in moved]
    cut = (await sql.find_bounds(conn, sequence=0, day=business_date))["end_of_day"]
    rows = await sql.find_subtree_totals_on(conn, party_ids=steady, day=business_date, cut=cut) if steady else []
    if moved:
        rows = rows + await sql.sum_members_on(conn, party_ids=sorted(moved), day=business_date, cut=cut)
    return sorted(SubtreeBalance(*row) for row in rows)
