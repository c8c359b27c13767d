"""What was agreed to, for those who are about to do it."""

from ledger.approvals import sql
from ledger.approvals.model import Kind
from ledger.db.transacting import Connection


async def find_granted(conn: Connection, *, kind: Kind, subject: str, digest: bytes) -> int | None:
    """
    Find the last granted request of exactly this kind, subject and digest; None when nobody agreed to that.

    A grant does not wear off by being used: whoever may do a thing only once keeps the approval's id with it.
    """
    return await sql.find_granted(conn, kind=kind.value, subject=subject, digest=digest)
