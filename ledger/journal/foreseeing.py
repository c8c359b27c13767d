"""
What a long list asks before it has the log, so that whoever waits for the lock waits less: which of its keys are used,
and the paths of its parties. Under the lock only what came after that is looked at.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ledger.db.columns import SEPARATOR
from ledger.db.transacting import Connection
from ledger.journal import sql
from ledger.journal.judging import Known
from ledger.journal.log import Head
from ledger.journal.model import Posted
from ledger.journal.preparing import Batch
from ledger.journal.subtrees import Paths, resolve_paths

# Shorter lists pay more for another statement than others gain by it.
LONG = 420


class Foreseen(NamedTuple):
    """What was posted under the keys of a list when the log ended at `sequence`, and its paths in the tree of then."""

    sequence: int
    tree_version: int
    known: dict[str, Known]
    paths: Paths

    def sees(self, head: Head) -> bool:
        """Whether little enough has come since that it costs less than asking for everything."""
        return head.sequence - self.sequence <= sql.MISSED_AT_MOST


async def foresee(conn: Connection, *, batch: Batch) -> Foreseen:
    """Ask for what the lock protects before it is taken. What is found may be out of date, and says as of when."""
    row = await sql.foresee(conn, keys=[batch.drafts[place].key for place in batch.found])
    tree_version = row["tree_version"]
    paths = await resolve_paths(conn, party_ids=batch.holders, tree_version=tree_version)
    own = {party_id: paths[party_id] for party_id in batch.holders}
    return Foreseen(row["sequence"], tree_version, read_known(row), own)


async def add_later(conn: Connection, known: dict[str, Known], *, keys: Sequence[str], later: str | None) -> None:
    """Learn what was posted under `keys` since `known` was read; `later` are all keys that were used since."""
    used = set(later.split(SEPARATOR)).intersection(keys) if later else set()
    if used:
        known.update(read_known(await sql.foresee(conn, keys=sorted(used))))


def read_known(row: sql.Row) -> dict[str, Known]:
    """What is posted already under the keys of a list."""
    columns = [row[name] or () for name in ("keys", "fingerprints", "sequences", "posted_ats", "business_dates")]
    return {
        key: Known(mark, Posted(number, True, at, day)) for key, mark, number, at, day in zip(*columns, strict=True)
    }
