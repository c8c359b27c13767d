"""What a party owes is collected, or given up."""

from datetime import datetime
from zoneinfo import ZoneInfo

from ledger.actor import Actor
from ledger.approvals.digests import write_content
from ledger.db.transacting import Connection
from ledger.journal.books import resolve_books
from ledger.journal.log import lock_log
from ledger.journal.model import CREDIT, DEBIT, AccountKey, EntryDraft, LineDraft
from ledger.money import format_amount
from ledger.settlement.sheets.errors import SheetMissing, SheetStatusRefused, Why
from ledger.settlement.sheets.fixing import RECEIVABLE_CODE, cut_amount
from ledger.settlement.sheets.model import MovementKind, Sheet, Status, Take
from ledger.settlement.sheets.payable import find_sheets, judge_take, record_take
from ledger.settlement.sheets.stepping import Steps, write_and_post

BAD_DEBT_CODE = "5030"


async def collect_sheet(conn: Connection, *, sheet_id: int, reason: str, actor: Actor, now: datetime) -> Sheet:
    """
    Collect what a party owes from a sheet instead of carrying it forward; a replay where that is being done.

    Refusals, first match wins: SheetMissing, SheetStatusRefused.
    """
    await lock_log(conn)
    sheet = (await find_sheets(conn, sheet_ids=[sheet_id])).get(sheet_id)
    if sheet is None:
        raise SheetMissing(field=("sheet",), sheet=sheet_id)
    if sheet.status is Status.COLLECTING:
        return sheet
    if sheet.status not in (Status.RECEIVABLE, Status.CARRIED_FORWARD):
        needed = (Status.RECEIVABLE, Status.CARRIED_FORWARD)
        raise SheetStatusRefused(
            field=("sheet",), sheet=sheet_id, status=sheet.status, step=Why.COLLECTING, needed=needed
        )
    steps = Steps(actor, now)
    collecting = steps.move(sheet, Status.COLLECTING, reason=reason)
    await write_and_post(conn, steps=steps)
    return collecting


async def write_off(conn: Connection, *, steps: Steps, sheet: Sheet, approval_id: int) -> Sheet:
    """Give up what is owed from a sheet, as was agreed to; gathered in `steps`. Refusals: those of take_from_sheets."""
    amount = sheet.owed
    take = Take(sheet.sheet_id, MovementKind.WRITTEN_OFF, amount, f"approval/{approval_id}")
    refusal = judge_take(sheet, take)
    if refusal is not None:
        raise refusal
    book = (await resolve_books(conn, book_ids={sheet.key.book_id}))[sheet.key.book_id]
    written_off = record_take(steps, sheet, take)
    party_id, book_id, _, _, currency = sheet.key
    draft = EntryDraft(
        # With spaces, which no caller's key has.
        key=f"sheet {sheet.sheet_id} written off by {approval_id}",
        book_id=book_id,
        business_date=steps.now.astimezone(ZoneInfo(book.time_zone)).date(),
        lines=tuple(
            LineDraft(AccountKey(book_id, code, party_id, currency), side, part)
            for code, side in ((BAD_DEBT_CODE, DEBIT), (RECEIVABLE_CODE, CREDIT))
            for part in cut_amount(amount)
        ),
        source="RULE",
        template="SHEET_WRITTEN_OFF",
        document=take.reference,
        document_line=str(sheet.sheet_id),
        cause=take.reference,
        moves_off_closed_day=True,
    )
    steps.post(draft, sheet=written_off, kind="sheet.given_up", amount=format_amount(amount, currency=currency))
    return written_off


def describe_write_off(sheet: Sheet) -> str:
    """Exactly what will be given up, as the text that is approved."""
    return write_content(
        {
            "action": "WRITE_OFF",
            "sheet": sheet.sheet_id,
            "party": sheet.party,
            "legalEntity": sheet.legal_entity,
            "currency": sheet.key.currency,
            "owedMinor": sheet.owed,
        }
    )
