"""Files that were written for banks or read from them, each content once."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ledger.actor import Actor
from ledger.compact_json import write_json
from ledger.db.transacting import Connection
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft
from ledger.journal.telling import log_events
from ledger.settlement.payouts import submission_sql as sql


@dataclass(frozen=True, slots=True)
class BankFile:
    """
    A file from a bank: `refusal` says why nothing of it was taken, else `answers` counts what it said. Of one that goes
    OUT, to a bank, `answers` counts the payouts in it.
    """

    channel: str
    name: str
    digest: bytes
    kind: str = ""
    message_id: str = ""
    answers: int = 0
    refusal: str = ""
    direction: Literal["IN", "OUT"] = "IN"


def digest_file(content: bytes) -> bytes:
    """What a file's content is known by."""
    return hashlib.sha256(content).digest()


async def is_recorded(conn: Connection, *, digest: bytes) -> bool:
    """Whether a file of this content was read to its end before; one that was refused was not read."""
    return await sql.find_file(conn, digest=digest)


async def record_file(conn: Connection, file: BankFile, *, actor: Actor, now: datetime) -> bool:
    """
    Keep that a file was written, read or refused, and tell of it; False when its content had been before. Takes the
    log's lock first: of two that keep the same file one waits for the other with nothing in hand.
    """
    await lock_log(conn)
    number = await sql.put_file(
        conn,
        direction=file.direction,
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
    if number is None:
        return False
    said = {
        "file": number,
        "direction": file.direction,
        "kind": file.kind,
        "channel": file.channel,
        "message": file.message_id,
        "name": file.name,
        "sha256": file.digest.hex(),
        "refusal": file.refusal,
        "answers": file.answers,
    }
    event = EventDraft("bank_file.recorded", f"bank-file/{number}", now, (), write_json(said))
    await log_events(conn, events=[event], actor=actor)
    return True
