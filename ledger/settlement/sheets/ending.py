"""Ending the period of a party that settles on demand."""

from datetime import datetime

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.journal.log import lock_log
from ledger.journal.telling import log_events
from ledger.settlement.sheets import opening_sql
from ledger.settlement.sheets.errors import SheetClosed, SheetMissing, SheetNotOnDemand
from ledger.settlement.sheets.model import Sheet, Status
from ledger.settlement.sheets.opening import list_period_columns
from ledger.settlement.sheets.planning import Rules, follow_plan
from ledger.settlement.sheets.stepping import to_sheet
from ledger.settlement.sheets.telling import tell
from ledger.settlement.terms.model import OPEN_END


async def end_sheet(conn: Connection, *, sheet_id: int, actor: Actor, now: datetime) -> Sheet:
    """
    End an open sheet of a party that settles on demand at this instant; the next closing closes it. The sheet is locked
    before the log, as closing does it.

    Refusals, first match wins: SheetMissing, SheetClosed, SheetNotOnDemand.
    """
    row = await opening_sql.lock_sheet(conn, sheet_id=sheet_id)
    if row is None:
        raise SheetMissing(field=("sheet",), sheet=sheet_id)
    sheet = to_sheet(row)
    if sheet.status is not Status.OPEN:
        raise SheetClosed(field=("sheet",), sheet=sheet_id)
    if sheet.period_end < OPEN_END or now <= sheet.period_start:
        period_end = sheet.period_end.isoformat(timespec="seconds")
        raise SheetNotOnDemand(field=("sheet",), sheet=sheet_id, period_end=period_end)
    rules = await Rules.load(conn, keys=[sheet.key])
    ended = sheet._replace(period_end=now)
    plan = rules.plan_again(ended)
    await lock_log(conn)
    ended = follow_plan(ended, plan)
    await opening_sql.set_periods(conn, sheets=list_period_columns([(ended, plan)]))
    await log_events(conn, events=[tell(ended, now=now, kind="sheet.redated")], actor=actor)
    return ended
