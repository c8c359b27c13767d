"""Work on sheets, put together from what their package does."""

from datetime import datetime

from app.worker.work import Errand, Progress
from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.reporting.due_work import find_outdated_calendars
from ledger.settlement.sheets.advancing import advance_sheets
from ledger.settlement.sheets.claiming import claim_lines
from ledger.settlement.sheets.closing import AT_ONCE
from ledger.settlement.sheets.confirming import deem_confirmed
from ledger.settlement.sheets.due import redate_sheets, tell_overdue
from ledger.settlement.sheets.opening import open_sheets
from ledger.settlement.sheets.realigning import realign_changed
from ledger.settlement.sheets.sweeping import sweep_sheets
from ledger.settlement.sheets.tails import open_tails


async def open_step(conn: Connection, now: datetime, actor: Actor) -> Progress:
    """Open the sheets of new accounts, and those of periods that begin soon."""
    opened = await open_sheets(conn, actor=actor, now=now)
    return Progress({"opened": opened.sheets}, is_done=not opened.is_more, rest=opened.rest)


async def tails(conn: Connection, now: datetime, actor: Actor) -> int:
    """Open a sheet for what comes for a closed party after its last one."""
    return await open_tails(conn, actor=actor, now=now)


async def close_step(conn: Connection, now: datetime, actor: Actor) -> Progress:
    """
    One transaction of closing. What is closing is claimed first, then what is closed goes on, and only then are further
    sheets fixed: so whoever was killed leaves little behind, and the log is held for one part at a time.
    """
    claimed = await claim_lines(conn, actor=actor, now=now, limit=AT_ONCE)
    if claimed is not None:
        return Progress({"lines": claimed}, is_done=False)
    advanced = await advance_sheets(conn, actor=actor, now=now, limit=AT_ONCE)
    if advanced:
        return Progress({"advanced": advanced}, is_done=False)
    swept = await sweep_sheets(conn, actor=actor, now=now, limit=AT_ONCE)
    counts = {"closed": swept.fixed, "lines": swept.lines, "advanced": swept.advanced}
    return Progress(counts, is_done=swept.fixed == 0, rest=swept.rest)


async def deem(conn: Connection, now: datetime, actor: Actor) -> int:
    """Confirm what silence has confirmed."""
    return await deem_confirmed(conn, now=now)


async def overdue(conn: Connection, now: datetime, actor: Actor) -> int:
    """Tell of what was not paid by its day."""
    return await tell_overdue(conn, actor=actor, now=now)


async def redate(errand: Errand) -> dict[str, int]:
    """Date anew what an earlier version of a calendar has dated, a thousand sheets at a time."""
    async with errand.database.read(errand.platform_id) as conn:
        outdated = await find_outdated_calendars(conn)
    looked_at = 0
    for calendar, version in outdated:
        after: int | None = 0
        while after is not None:
            async with errand.database.write(errand.platform_id) as conn:
                after = await redate_sheets(
                    conn, calendar=calendar, version=version, actor=errand.actor, now=errand.now, after=after
                )
            looked_at += after is not None
    return {"calendars": len(outdated), "parts": looked_at}


async def realign(errand: Errand) -> dict[str, int]:
    """Cut open sheets by terms that have changed since the last time."""
    changes = await realign_changed(errand.database, platform_id=errand.platform_id, actor=errand.actor, now=errand.now)
    return {"changes": changes}
