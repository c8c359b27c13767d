"""The step after closing: an empty or even sheet is complete, the others are presented to their party, or confirmed."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.journal.log import lock_log
from ledger.noting import Noted, note
from ledger.settlement.sheets import lifecycle_sql
from ledger.settlement.sheets.approving import write_and_renew
from ledger.settlement.sheets.model import Sheet, Status
from ledger.settlement.sheets.netting import find_debts
from ledger.settlement.sheets.planning import Rules
from ledger.settlement.sheets.settling import age_debts, settle_confirmed
from ledger.settlement.sheets.stepping import Steps, to_sheet


async def advance_sheets(conn: Connection, *, actor: Actor, now: datetime, limit: int) -> int:
    """
    Take up to `limit` closed sheets on to their next step and return how many. A sheet waits until everything of its
    party in that legal entity and currency that ends no later has closed, so that debts of the same day are netted.
    The number of statements does not depend on the list.
    """
    if not await lifecycle_sql.find_closed(conn, limit=1):
        # Mostly so, where closing takes sheets on by itself; then nobody who posts has to wait.
        return 0
    await lock_log(conn)
    sheets = [to_sheet(row) for row in await lifecycle_sql.find_closed(conn, limit=limit)]
    if not sheets:
        return 0
    rules = await Rules.load(conn, keys={sheet.key for sheet in sheets})
    steps = Steps(actor, now)
    age_debts(steps, sheets, debts=await find_debts(conn, sheets=sheets), rules=rules)
    confirmed = []
    for sheet in sheets:
        if sheet.total == 0:
            steps.move(sheet, Status.COMPLETED)
        elif sheet.confirmation == "NONE":
            confirmed.append(steps.move(sheet, Status.CONFIRMED, reason=note(Noted.BY_TERMS)))
        else:
            present(steps, sheet)
    await settle_confirmed(conn, steps=steps, sheets=confirmed, rules=rules)
    await write_and_renew(conn, steps=steps)
    return len(sheets)


def present(steps: Steps, sheet: Sheet, *, reason: str = "") -> Sheet:
    """Ask the party to confirm or dispute a sheet; where its terms say so, silence confirms after their days."""
    confirm_by = find_confirm_by(steps.now, sheet)
    said: dict[str, Any] = {"confirmBy": confirm_by.isoformat()} if confirm_by else {}
    return steps.move(sheet._replace(confirm_by=confirm_by), Status.CONFIRM_PENDING, reason=reason, **said)


def find_confirm_by(now: datetime, sheet: Sheet) -> datetime | None:
    """The instant, so many days later at the same local time, at which silence confirms; None where it never does."""
    if sheet.deemed_days is None:
        return None
    zone = ZoneInfo(sheet.zone)
    return (now.astimezone(zone) + timedelta(days=sheet.deemed_days)).astimezone(now.tzinfo)
