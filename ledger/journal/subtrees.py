"""
Totals of a party and everyone below it, per account code, book and currency. `add_to_subtrees` is the one seam: another
way of keeping them would change this file.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from ledger.db.transacting import Connection
from ledger.journal import sql
from ledger.journal.judging import Accepted, SubtreeKey, subtree_keys

REMEMBERED = 1_000_000


class Deltas(NamedTuple):
    """What a batch adds: gross [debit, credit] per subtree, and the late ones per account and per subtree."""

    totals: dict[SubtreeKey, list[int]]
    late_accounts: dict[tuple[int, date], list[int]]
    late_subtrees: dict[tuple[SubtreeKey, date], list[int]]


Paths = Mapping[int, Sequence[int]]


async def resolve_paths(conn: Connection, *, party_ids: set[int], tree_version: int) -> Paths:
    """
    Each party's path (itself first, root last) in the tree at `tree_version`, which the caller read under the log's
    lock. A new party changes no path; a move changes the version, and everything remembered is forgotten.
    """
    memory = conn.memory
    if memory.get("tree_version") != tree_version or len(memory["paths"]) > REMEMBERED:
        memory["paths"], memory["tree_version"] = {}, tree_version
    paths: dict[int, tuple[int, ...]] = memory["paths"]
    missing = [party_id for party_id in party_ids if party_id not in paths]
    if not missing:
        return paths
    found = {row["party_id"]: tuple(row["path"]) for row in await sql.find_paths(conn, party_ids=missing)}
    conn.after_commit(lambda: paths.update(found))
    return {**{party_id: paths[party_id] for party_id in party_ids if party_id in paths}, **found}


def sum_deltas(accepted: Sequence[Accepted], *, paths: Paths, posting_day: date) -> Deltas:
    """Add up what these entries mean for every total they touch."""
    deltas = Deltas({}, {}, {})
    per_account: dict[int, list[int]] = {}
    keys: dict[int, tuple[SubtreeKey, ...]] = {}
    for entry in accepted:
        late = entry.business_date != posting_day
        for line, account in zip(entry.prepared.draft.lines, entry.prepared.accounts, strict=True):
            side = 0 if line.side == "D" else 1
            account_id = account.account_id
            sums = per_account.get(account_id)
            if sums is None:
                sums = per_account[account_id] = [0, 0]
                keys[account_id] = tuple(subtree_keys(account, paths))
            sums[side] += line.amount
            if late:
                deltas.late_accounts.setdefault((account_id, entry.business_date), [0, 0])[side] += line.amount
    for account_id, (debit, credit) in per_account.items():
        _spread(deltas.totals, keys[account_id], debit, credit)
    for (account_id, day), (debit, credit) in deltas.late_accounts.items():
        _spread(deltas.late_subtrees, [(key, day) for key in keys[account_id]], debit, credit)
    return deltas


async def add_to_subtrees(conn: Connection, *, deltas: Deltas, day: date) -> None:
    """Write what a batch adds to the totals of its posting day; the posting transaction's last statements."""
    if deltas.totals:
        keys = sorted(deltas.totals)
        sums = [deltas.totals[key] for key in keys]
        columns = [list(column) for column in zip(*keys, strict=True)]
        await sql.add_subtree_days(
            conn, day=day, deltas=[*columns, [debit for debit, _ in sums], [credit for _, credit in sums]]
        )
    if deltas.late_accounts:
        late = sorted(deltas.late_accounts.items())
        await sql.add_account_late(
            conn,
            day=day,
            deltas=[
                [account_id for (account_id, _), _ in late],
                [business_date for (_, business_date), _ in late],
                [sums[0] for _, sums in late],
                [sums[1] for _, sums in late],
            ],
        )
    if deltas.late_subtrees:
        below = sorted(deltas.late_subtrees.items())
        columns = [list(column) for column in zip(*(key for (key, _), _ in below), strict=True)]
        await sql.add_subtree_late(
            conn,
            day=day,
            deltas=[
                *columns,
                [business_date for (_, business_date), _ in below],
                [sums[0] for _, sums in below],
                [sums[1] for _, sums in below],
            ],
        )


Key = TypeVar("Key")


async def shift_subtree(
    conn: Connection, *, party_id: int, leaves: Sequence[int], joins: Sequence[int], day: date
) -> None:
    """
    Move a party's totals now from the ancestors it leaves to those it joins, on today's rows, so that a total of a past
    day is that of the tree as it stood then. Costs its depth, not its size. The caller holds the log's lock.
    """
    totals: dict[SubtreeKey, list[int]] = {}
    for row in await sql.find_latest_subtree(conn, party_id=party_id):
        place = (row["code"], row["book_id"], row["currency"])
        for ancestors, sign in ((leaves, -1), (joins, 1)):
            for ancestor in ancestors:
                sums = totals.setdefault((ancestor, *place), [0, 0])
                sums[0] += sign * row["debit"]
                sums[1] += sign * row["credit"]
    await add_to_subtrees(conn, deltas=Deltas(totals, {}, {}), day=day)
    await sql.advance_tree(conn)


def _spread(totals: dict[Key, list[int]], keys: Sequence[Key], debit: int, credit: int) -> None:
    for key in keys:
        sums = totals.get(key)
        if sums is None:
            totals[key] = [debit, credit]
        else:
            sums[0] += debit
            sums[1] += credit
