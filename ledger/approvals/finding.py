"""What was agreed to, for those who are about to do it, and what waits, for those who change what it is about."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ledger.approvals import sql
from ledger.approvals.model import ApprovalRequest, Kind
from ledger.db.transacting import Connection


class Waiting(NamedTuple):
    """A request that waits for people to agree."""

    approval_id: int
    kind: Kind
    subject: str
    digest: bytes


async def find_waiting(conn: Connection, *, kinds: Sequence[Kind], subjects: Sequence[str]) -> list[Waiting]:
    """The requests of these kinds that wait on these subjects; one statement."""
    asked = [(kind.value, subject) for kind in kinds for subject in subjects]
    if not asked:
        return []
    rows = await sql.find_waiting(conn, kinds=[kind for kind, _ in asked], subjects=[subject for _, subject in asked])
    return [Waiting(row["approval_id"], Kind(row["kind"]), row["subject"], row["digest"]) for row in rows]


async def find_same(conn: Connection, *, requests: Mapping[int, ApprovalRequest]) -> dict[int, int]:
    """
    Those of these that were asked for before in just these words and wait still: the number of the request by the same
    key. Whoever asks again hears what he heard first, whatever has changed since. One statement.
    """
    kinds, subjects = {each.kind for each in requests.values()}, {each.subject for each in requests.values()}
    found = await find_waiting(conn, kinds=sorted(kinds), subjects=sorted(subjects))
    numbers = {(each.kind, each.subject, each.digest): each.approval_id for each in found}
    keys = {place: (each.kind, each.subject, each.digest) for place, each in requests.items()}
    return {place: numbers[key] for place, key in keys.items() if key in numbers}


async def find_granted(conn: Connection, *, kind: Kind, subject: str, digest: bytes) -> int | None:
    """
    Find the last granted request of exactly this kind, subject and digest; None when nobody agreed to that.

    A grant does not wear off by being used: whoever may do a thing only once keeps the approval's id with it.
    """
    return await sql.find_granted(conn, kind=kind.value, subject=subject, digest=digest)
