"""
Totals of everyone below a party, per account code, book and currency. `add_to_subtrees` is the one seam: another way of
keeping them would change this file.

A party's own accounts are not counted in its row: their last lines say what they stand at. So the many parties that
have nobody below them have no rows, and an entry adds to its parties' ancestors only (measured with three ancestors
each: 0.9 rows an entry instead of 2.9, a sixth of the server's time).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from ledger.db import columns
from ledger.db.transacting import Connection
from ledger.journal import balance_sql, subtree_sql
from ledger.journal.model import Account, AccountKey, EntryDraft

REMEMBERED = 1_000_000
_NO_ROWS = columns.numbers(())

# code, book, currency -> party -> gross [debit, credit]
Sums = dict[tuple[str, int, str], dict[int, list[int]]]


# party -> its path in the tree: itself first, the root last
Paths = Mapping[int, Sequence[int]]


class Moved(NamedTuple):
    """Gross [debit, credit] per business date and account, and where those accounts belong."""

    days: dict[date, dict[int, list[int]]]
    keys: dict[int, AccountKey]


class Deltas(NamedTuple):
    """
    What a batch adds to the totals of its posting day, as columns, and of that the late part: per account, and per
    subtree.
    """

    totals: list[str]
    late_accounts: dict[tuple[int, date], list[int]]
    late_totals: dict[date, Sums]


def remembered_paths(conn: Connection, *, party_ids: set[int]) -> tuple[Paths, int] | None:
    """The paths of these parties as the process last knew them, with the version of the tree they belong to."""
    paths: Paths | None = conn.memory.get("paths")
    if paths is None or not paths.keys() >= party_ids:
        return None
    return paths, conn.memory["tree_version"]


async def resolve_paths(conn: Connection, *, party_ids: set[int], tree_version: int) -> Paths:
    """
    Each party's path in the tree at `tree_version`, which the caller read under the log's lock. A new party changes no
    path; a move changes the version, and everything remembered is forgotten.
    """
    memory = conn.memory
    if memory.get("tree_version") != tree_version or len(memory["paths"]) > REMEMBERED:
        memory["paths"], memory["tree_version"] = {}, tree_version
    paths: dict[int, tuple[int, ...]] = memory["paths"]
    missing = party_ids.difference(paths)
    if not missing:
        return paths
    found = await find_paths(conn, party_ids=list(missing))
    conn.after_commit(lambda: paths.update(found))
    return {**{party_id: paths[party_id] for party_id in party_ids - missing}, **found}


async def find_paths(conn: Connection, *, party_ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """Each party's path in the tree as this transaction sees it."""
    rows = await subtree_sql.find_paths(conn, party_ids=party_ids)
    return {row["party_id"]: tuple(row["path"]) for row in rows}


def sum_moved(entries: Iterable[tuple[date, EntryDraft, Sequence[Account]]]) -> Moved:
    """Add up entries, given as (business date, draft, accounts of its lines), per day and account."""
    moved = Moved({}, {})
    for business_date, draft, accounts in entries:
        day = moved.days.setdefault(business_date, {})
        for line, account in zip(draft.lines, accounts, strict=True):
            account_id = account.account_id
            sums = day.get(account_id)
            if sums is None:
                sums = day[account_id] = [0, 0]
                moved.keys[account_id] = account.key
            sums[0 if line.side == "D" else 1] += line.amount
    return moved


def draw_totals(moved: Moved, *, paths: Paths) -> list[str]:
    """What was moved, for all ancestors of each party, as columns; no look at the dates."""
    totals: Sums = {}
    for accounts in moved.days.values():
        _climb(totals, accounts, moved.keys, paths)
    return _columns(_flatten(totals))


def to_deltas(moved: Moved, totals: list[str], *, paths: Paths, posting_day: date) -> Deltas:
    """The totals together with their late part: what is dated on another day than it is posted on."""
    deltas = Deltas(totals, {}, {})
    for business_date, accounts in moved.days.items():
        if business_date != posting_day:
            deltas.late_accounts.update({(account_id, business_date): sums for account_id, sums in accounts.items()})
            _climb(deltas.late_totals.setdefault(business_date, {}), accounts, moved.keys, paths)
    return deltas


async def add_to_subtrees(conn: Connection, *, deltas: Deltas, day: date) -> None:
    """Write what a batch adds to the totals of its posting day; the posting transaction's last statements."""
    if deltas.totals[0] != _NO_ROWS:
        await subtree_sql.add_subtree_days(conn, day=day, deltas=deltas.totals)
    if deltas.late_accounts:
        late = sorted(deltas.late_accounts.items())
        await subtree_sql.add_account_late(
            conn,
            day=day,
            deltas=[
                columns.numbers([account_id for (account_id, _), _ in late]),
                columns.days([business_date for (_, business_date), _ in late]),
                columns.numbers([sums[0] for _, sums in late]),
                columns.numbers([sums[1] for _, sums in late]),
            ],
        )
    below = [(row, day) for day, totals in deltas.late_totals.items() for row in _flatten(totals)]
    if below:
        dated = columns.days([business_date for _, business_date in below])
        await subtree_sql.add_subtree_late(conn, day=day, deltas=[*_columns([row for row, _ in below]), dated])


async def shift_subtree(
    conn: Connection, *, party_id: int, leaves: Sequence[int], joins: Sequence[int], day: date
) -> None:
    """
    Move a party's totals now from the ancestors it leaves to those it joins, on today's rows, so that a total of a past
    day is that of the tree as it stood then. Costs its depth, not its size. The caller holds the log's lock.
    """
    totals: Sums = {}
    for row in await balance_sql.find_subtree_totals_now(conn, party_ids=[party_id]):
        parties = totals.setdefault((row["code"], row["book_id"], row["currency"]), {})
        for ancestors, sign in ((leaves, -1), (joins, 1)):
            for ancestor in ancestors:
                sums = parties.setdefault(ancestor, [0, 0])
                sums[0] += sign * row["debit"]
                sums[1] += sign * row["credit"]
    await add_to_subtrees(conn, deltas=Deltas(_columns(_flatten(totals)), {}, {}), day=day)
    await balance_sql.insert_moved(conn, party_ids=sorted(set(leaves) ^ set(joins)), day=day)
    await subtree_sql.advance_tree(conn)


def _climb(totals: Sums, accounts: Mapping[int, Sequence[int]], keys: Mapping[int, AccountKey], paths: Paths) -> None:
    """Add what each account moved to all ancestors of its party."""
    for account_id, (debit, credit) in accounts.items():
        book_id, code, party_id, currency = keys[account_id]
        if party_id is None:
            continue
        parties = totals.setdefault((code, book_id, currency), {})
        for ancestor in paths[party_id][1:]:
            sums = parties.get(ancestor)
            if sums is None:
                parties[ancestor] = [debit, credit]
            else:
                sums[0] += debit
                sums[1] += credit


def _flatten(totals: Sums) -> list[tuple[int, str, int, str, int, int]]:
    """One row a total, in the order of the key: writers that forgot the lock would queue, not deadlock."""
    return [
        (party_id, code, book_id, currency, sums[0], sums[1])
        for (code, book_id, currency), parties in totals.items()
        for party_id, sums in sorted(parties.items())
    ]


def _columns(rows: Sequence[tuple[int, str, int, str, int, int]]) -> list[str]:
    return [
        columns.numbers([row[0] for row in rows]),
        columns.texts([row[1] for row in rows]),
        columns.numbers([row[2] for row in rows]),
        columns.texts([row[3] for row in rows]),
        columns.numbers([row[4] for row in rows]),
        columns.numbers([row[5] for row in rows]),
    ]
