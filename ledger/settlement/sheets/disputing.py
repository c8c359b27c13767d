"""A party objects to a closed sheet; the platform answers, with adjustments or without, and presents it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.errors import InvalidInput, InvariantBroken
from ledger.journal.log import lock_log
from ledger.settlement.sheets import lifecycle_sql
from ledger.settlement.sheets.advancing import present
from ledger.settlement.sheets.confirming import is_deemed
from ledger.settlement.sheets.errors import (
    SheetAlreadyDeemed,
    SheetLineMissing,
    SheetNotDisputed,
    SheetNotPresented,
    Why,
)
from ledger.settlement.sheets.model import Sheet, Status
from ledger.settlement.sheets.payable import find_sheets
from ledger.settlement.sheets.speaking import Wish, refuse_strangers
from ledger.settlement.sheets.stepping import Steps, write_and_post

MAX_LINES = 1_000
MAX_TEXT = 4_000


@dataclass(frozen=True, slots=True)
class Objection:
    """
    Which lines of a sheet (places in the log and positions in their entry; none is the whole sheet) are wrong and why,
    with the SHA-256 of the evidence, and the party (its number) whose key says so; None is who speaks for the platform.
    """

    sheet_id: int
    reason: str
    lines: Sequence[tuple[int, int]] = ()
    evidence: bytes | None = None
    party_id: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the platform says to a sheet's open dispute, and the adjustments (references) that it made for it."""

    sheet_id: int
    text: str
    adjustments: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Disputed:
    """A sheet as it stands now, and the number of its dispute."""

    sheet: Sheet
    dispute_id: int


async def dispute_sheet(conn: Connection, *, objection: Objection, actor: Actor, now: datetime) -> Disputed:
    """
    Object to a sheet that waits for its party; what silence would have confirmed waits for the answer.

    Refusals, first match wins: InvalidInput, SheetMissing, SheetOfAnotherParty, SheetNotPresented, SheetAlreadyDeemed,
        SheetLineMissing.
    """
    _check_text(objection.reason, field="reason")
    if len(objection.lines) > MAX_LINES:
        raise InvalidInput(field=("lines",), reason=Why.DISPUTED_LINES, most=MAX_LINES)
    if objection.evidence is not None and len(objection.evidence) != 32:
        raise InvalidInput(field=("evidenceSha256",), reason=Why.EVIDENCE_BYTES)
    await lock_log(conn)
    sheet = await _get_sheet(conn, objection.sheet_id, objection.party_id)
    if sheet.status is not Status.CONFIRM_PENDING:
        raise SheetNotPresented(field=("sheet",), sheet=sheet.sheet_id, status=sheet.status)
    if sheet.confirm_by is not None and is_deemed(sheet, now=now):
        raise SheetAlreadyDeemed(
            field=("sheet",), sheet=sheet.sheet_id, confirm_by=sheet.confirm_by.isoformat(timespec="seconds")
        )
    sequences, positions = [line[0] for line in objection.lines], [line[1] for line in objection.lines]
    for entry, position in await lifecycle_sql.find_lines_missing(
        conn, sheet_id=sheet.sheet_id, sequences=sequences, positions=positions
    ):
        place = str(objection.lines.index((entry, position)))
        raise SheetLineMissing(field=("lines", place), sheet=sheet.sheet_id, position=position)
    number = await lifecycle_sql.insert_dispute(
        conn, values=(sheet.sheet_id, now, actor.name, objection.reason, objection.evidence, sequences, positions)
    )
    steps = Steps(actor, now)
    disputed = steps.move(
        sheet._replace(confirm_by=None), Status.DISPUTED, reason=objection.reason, dispute=number, lines=len(sequences)
    )
    await write_and_post(conn, steps=steps)
    return Disputed(disputed, number)


async def answer_dispute(conn: Connection, *, answer: Answer, actor: Actor, now: datetime) -> Disputed:
    """
    Answer a sheet's dispute and present it again; its days of silence begin anew. Adjustments are documents of their
    own: their entries are on the open sheet, because a closed one takes none.

    Refusals, first match wins: InvalidInput, SheetMissing, SheetNotDisputed.
    """
    _check_text(answer.text, field="answer")
    await lock_log(conn)
    sheet = await _get_sheet(conn, answer.sheet_id, None)
    if sheet.status is not Status.DISPUTED:
        raise SheetNotDisputed(field=("sheet",), sheet=sheet.sheet_id, status=sheet.status)
    number = await lifecycle_sql.answer_dispute(
        conn, sheet_id=sheet.sheet_id, at=now, actor=actor.name, answer=answer.text, adjustments=answer.adjustments
    )
    if number is None:
        raise InvariantBroken(f"sheet {sheet.sheet_id} is disputed and has no open dispute")
    steps = Steps(actor, now)
    if answer.adjustments:
        facts: dict[str, Any] = {"dispute": number, "adjustments": list(answer.adjustments)}
        sheet = steps.move(sheet, Status.ADJUSTED, reason=answer.text, **facts)
    presented = present(steps, sheet, reason=answer.text)
    await write_and_post(conn, steps=steps)
    return Disputed(presented, number)


async def _get_sheet(conn: Connection, sheet_id: int, party_id: int | None) -> Sheet:
    known = await find_sheets(conn, sheet_ids=[sheet_id])
    for refusal in await refuse_strangers(conn, wishes=[Wish(sheet_id, party_id)], known=known):
        if refusal is not None:
            raise refusal
    return known[sheet_id]


def _check_text(text: str, *, field: str) -> None:
    if not text.strip() or len(text) > MAX_TEXT or "\x1f" in text or "\x00" in text:
        raise InvalidInput(field=(field,), reason=Why.TEXT_NEEDED, most=MAX_TEXT)
