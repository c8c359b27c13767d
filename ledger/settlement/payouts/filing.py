"""Files that were written for banks or read from them, each content once."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.settlement.payouts import submission_sql as sql


@dataclass(frozen=True, slots=True)
class BankFile:
    """A file from a bank: `refusal` says why nothing of it was taken, else `answers` counts what it said."""

    channel: str
    name: str
    digest: bytes
    kind: str = ""
    message_id: str = ""
    answers: int = 0
    refusal: str = ""


def digest_file(content: bytes) -> bytes:
    """What a file's content is known by."""
    return hashlib.sha256(content).digest()


async def is_recorded(conn: Connection, *, digest: bytes) -> bool:
    """Whether a file of this content was read to its end before; one that was refused was not read."""
    return await sql.find_file(conn, digest=digest)


async def record_file(conn: Connection, file: BankFile, *, actor: Actor, now: datetime) -> bool:
    """Keep that a file was read or refused; False when its content had been before."""
    return await sql.put_file(
        conn,
        direction="IN",
        kind=file.kind,
        channel=file.channel,
        message_id=file.message_id,
        name=file.name,
        digest=file.digest,
        refusal=file.refusal,
        answers=file.answers,
        actor=actor.name,
        now=now,
    )
