"""
What a party and everyone below it stand at: now, at a sequence, at a business date, and at one as known at a sequence;
per account code, book and currency.

The tree is the one at the sequence, or at the end of the posting day asked for; a party registered later counts under
its first parent. Totals are one look-up each and one per account of the party's own, however many parties stand below:

- At a sequence S they are those at the end of the posting day before S's, and the lines of S's day up to S besides; or,
  where that is nearer, those at the end of S's day without the lines after S.
- At a business date, where a move changed who stands below a party and late lines overlap the day, they are added up
  over the members' accounts instead: the late rows of ancestors are those of the tree at the time of posting, which is
  then another one. The same is done where a move of S's day changed who stands below, and where both a date and a
  sequence are asked for.

What could not be answered in reasonable time is refused, and never approximated.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.errors import InvalidInput, LedgerError
from ledger.journal import balance_sql as sql
from ledger.journal import subtree_at_sql as at_sql
from ledger.journal.balances import AsOf, balances
from ledger.journal.errors import Why

# Records of the log between S and the nearer end of its day: at four lines an entry a stretch of 800,000 lines is read.
MOST_RECORDS = 200_000
# Accounts of members that are added up one by one, a few look-ups each.
MOST_ACCOUNTS = 100_000


class SubtreeAtSequence(LedgerError):
    """Totals of subtrees are kept per posting day; within a day they are added up, and that has its limits."""

    code = "SUBTREE_AT_SEQUENCE"
    sentence = (
        "The subtree at sequence {sequence} would be a sum over more than {limit} {what}; ask for a business date,"
        " for a sequence nearer to a day's end, or for parties further down."
    )


class SubtreeBalance(NamedTuple):
    """Gross sums in minor units of everything ever posted to this code by the party and everyone below it."""

    party_id: int
    code: str
    book_id: int
    currency: str
    debit: int
    credit: int


async def subtree_balances(
    conn: Connection, *, party_ids: Sequence[int], business_date: date | None = None, sequence: int | None = None
) -> list[SubtreeBalance]:
    """
    Read the totals of subtrees, by party, code, book and currency; places where nothing was posted are left out.

    One statement now, at most four at a business date and at most six at a sequence, whatever the number of parties and
    members.

    Refusals: InvalidInput for a sequence that the log has not reached, SubtreeAtSequence where more than MOST_RECORDS
        records or MOST_ACCOUNTS accounts would have to be added up.
    """
    wanted = sorted(set(party_ids))
    if sequence is not None:
        return await _find_at(conn, wanted, sequence, business_date)
    if business_date is None:
        rows = await sql.find_subtree_totals_now(conn, party_ids=wanted)
    else:
        rows = await _find_on(conn, wanted, business_date)
    return sorted(SubtreeBalance(*row) for row in rows)


async def _find_on(conn: Connection, wanted: Sequence[int], day: date) -> list[sql.Row]:
    moved = {row["party_id"] for row in await sql.find_moved(conn, party_ids=wanted, day=day)}
    steady = [party_id for party_id in wanted if party_id not in moved]
    cut = (await sql.find_bounds(conn, sequence=0, day=day))["end_of_day"]
    rows = await sql.find_subtree_totals_on(conn, party_ids=steady, day=day, cut=cut) if steady else []
    if moved:
        rows = rows + await sql.sum_members_on(conn, party_ids=sorted(moved), day=day, cut=cut)
    return rows


async def _find_at(
    conn: Connection, wanted: Sequence[int], sequence: int, business_date: date | None
) -> list[SubtreeBalance]:
    bounds = await sql.find_bounds(conn, sequence=sequence, day=business_date or date.max)
    if not 0 <= sequence <= bounds["last"]:
        raise InvalidInput(
            field=("asOf", "sequence"), reason=Why.SEQUENCE_AHEAD, last=bounds["last"], sequence=sequence
        )
    as_of = AsOf(sequence, business_date)
    if business_date is not None:
        return await _add_up_members(conn, wanted, as_of, tree_at=min(sequence, bounds["end_of_day"]))
    # Every record of the log, also of a move alone, lies in a posting day; an empty log has none.
    day = bounds["known_day"] or date.max
    moved = {row["party_id"] for row in await at_sql.find_moved_on(conn, party_ids=wanted, day=day)}
    steady = [party_id for party_id in wanted if party_id not in moved]
    found: list[SubtreeBalance] = []
    if steady:
        stretch = _choose_stretch(sequence, bounds)
        rows = await at_sql.find_subtree_totals_at(conn, party_ids=steady, sequence=sequence, day=day, stretch=stretch)
        found += [SubtreeBalance(*row) for row in rows]
    if moved:
        found += await _add_up_members(conn, sorted(moved), as_of, tree_at=sequence)
    return sorted(found)


def _choose_stretch(sequence: int, bounds: sql.Row) -> at_sql.Stretch:
    """
    The lines to add to the totals before S's day, or to take from those at its end: whichever are fewer records.

    Refusals: SubtreeAtSequence.
    """
    before, end = bounds["before_known_day"], bounds["end_of_known_day"]
    stretch = at_sql.Stretch(before, sequence, 1)
    if end is not None and end - sequence < sequence - before:
        stretch = at_sql.Stretch(sequence, end, -1)
    if stretch.through - stretch.after > MOST_RECORDS:
        raise SubtreeAtSequence(field=("as_of", "sequence"), sequence=sequence, limit=MOST_RECORDS, what=Why.RECORDS)
    return stretch


async def _add_up_members(
    conn: Connection, wanted: Sequence[int], as_of: AsOf, *, tree_at: int
) -> list[SubtreeBalance]:
    """Totals over the accounts of all members as the tree stood at a sequence. Refusals: SubtreeAtSequence."""
    rows = await at_sql.find_member_accounts(conn, party_ids=wanted, sequence=tree_at, limit=MOST_ACCOUNTS + 1)
    if len(rows) > MOST_ACCOUNTS:
        raise SubtreeAtSequence(
            field=("as_of", "sequence"), sequence=as_of.sequence, limit=MOST_ACCOUNTS, what=Why.ACCOUNTS
        )
    found = await balances(conn, account_ids=[row["account_id"] for row in rows], as_of=as_of)
    sums: dict[tuple[int, str, int, str], list[int]] = defaultdict(lambda: [0, 0])
    for row, balance in zip(rows, found, strict=True):
        place = sums[row["party_id"], row["code"], row["book_id"], row["currency"]]
        place[0] += balance.debit
        place[1] += balance.credit
    return sorted(SubtreeBalance(*key, *place) for key, place in sums.items() if any(place))
