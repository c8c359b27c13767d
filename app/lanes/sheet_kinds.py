"""Settlement sheets in lanes."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from app.lanes.calls import Call, make_batch_kind, make_single_kind
from app.lanes.registry import LaneKind
from app.previewing import preview_closing
from ledger.actor import Actor
from ledger.approvals.model import Requested
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.journal.model import Refused
from ledger.reporting.due_work import ClosingSheet, count_ended
from ledger.settlement.adjustments.answering import answer_with_adjustments
from ledger.settlement.sheets.approving import (
    request_invoice_override,
    request_sheet_approval,
    request_write_off,
)
from ledger.settlement.sheets.closing import Closed, close_sheets
from ledger.settlement.sheets.confirming import Confirmation, Confirmed, confirm_sheets
from ledger.settlement.sheets.disputing import Answer, Disputed, Objection, dispute_sheet
from ledger.settlement.sheets.ending import end_sheet
from ledger.settlement.sheets.model import Sheet
from ledger.settlement.sheets.writing_off import collect_sheet


class SheetReason(NamedTuple):
    """A sheet by number, and why."""

    sheet_id: int
    reason: str


async def _confirm(
    conn: Connection, confirmations: list[Confirmation], actor: Actor, now: datetime
) -> Sequence[Confirmed | Refused]:
    return await confirm_sheets(conn, confirmations=confirmations, actor=actor, now=now)


async def _dispute(conn: Connection, objection: Objection, actor: Actor, now: datetime) -> Disputed:
    return await dispute_sheet(conn, objection=objection, actor=actor, now=now)


async def _answer(conn: Connection, answer: Answer, actor: Actor, now: datetime) -> Disputed:
    return await answer_with_adjustments(conn, answer=answer, actor=actor, now=now)


async def _ask_again(conn: Connection, sheet_id: int, actor: Actor, now: datetime) -> Sheet:
    return await request_sheet_approval(conn, sheet_id=sheet_id, actor=actor, now=now)


async def _override(conn: Connection, wanted: SheetReason, actor: Actor, now: datetime) -> Requested:
    return await request_invoice_override(conn, sheet_id=wanted.sheet_id, reason=wanted.reason, actor=actor, now=now)


async def _write_off(conn: Connection, wanted: SheetReason, actor: Actor, now: datetime) -> Requested:
    return await request_write_off(conn, sheet_id=wanted.sheet_id, reason=wanted.reason, actor=actor, now=now)


async def _collect(conn: Connection, wanted: SheetReason, actor: Actor, now: datetime) -> Sheet:
    return await collect_sheet(conn, sheet_id=wanted.sheet_id, reason=wanted.reason, actor=actor, now=now)


async def _end(conn: Connection, sheet_id: int, actor: Actor, now: datetime) -> Sheet:
    return await end_sheet(conn, sheet_id=sheet_id, actor=actor, now=now)


class Closing(NamedTuple):
    """What a closing did, and how many sheets are still to be closed, as somebody else has them."""

    closed: Closed
    left: int


async def _close(database: Database, platform_id: int, calls: Sequence[Call[None]]) -> Sequence[Closing | Refused]:
    """One run for everybody who asked for it at once."""
    last = calls[-1]
    closed = await close_sheets(database, platform_id=platform_id, actor=last.actor, now=last.now)
    async with database.read(platform_id) as conn:
        closing = Closing(closed, await count_ended(conn, now=last.now))
    return [closing for _ in calls]


CONFIRM_SHEETS = make_batch_kind("confirm_sheets", _confirm)
DISPUTE_SHEET = make_single_kind("dispute_sheet", _dispute)
ANSWER_DISPUTE = make_single_kind("answer_dispute", _answer)
REQUEST_SHEET_APPROVAL = make_single_kind("request_sheet_approval", _ask_again)
OVERRIDE_INVOICE = make_single_kind("override_invoice", _override)
WRITE_OFF_SHEET = make_single_kind("write_off_sheet", _write_off)
COLLECT_SHEET = make_single_kind("collect_sheet", _collect)
END_SHEET = make_single_kind("end_sheet", _end)
CLOSE_SHEETS: LaneKind[Call[None], Closing | Refused] = LaneKind("close_sheets", _close, batch_limit=100)


class Preview(NamedTuple):
    """What a closing would do: the sheets with their totals, and whether there are more than these."""

    sheets: list[ClosingSheet]
    is_more: bool


async def _preview(database: Database, platform_id: int, calls: Sequence[Call[None]]) -> Sequence[Preview | Refused]:
    last = calls[-1]
    preview = Preview(*await preview_closing(database, platform_id=platform_id, actor=last.actor, now=last.now))
    return [preview for _ in calls]


PREVIEW_CLOSING: LaneKind[Call[None], Preview | Refused] = LaneKind("preview_closing", _preview, batch_limit=100)
