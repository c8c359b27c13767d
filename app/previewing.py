"""What a closing or a payout run would do: it is done, looked at, and rolled back, so it is what would happen."""

from collections.abc import Callable
from datetime import date, datetime
from itertools import count

import asyncpg

from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.reporting.due_work import ClosingSheet, find_first_end, find_last_step, list_fixed_sheets
from ledger.reporting.payout_preview import preview_run
from ledger.settlement.payouts.creating import withhold_and_net
from ledger.settlement.payouts.model import Run
from ledger.settlement.sheets.claiming import claim_lines
from ledger.settlement.sheets.fixing import fix_sheets
from ledger.settlement.sheets.opening import open_sheets
from ledger.settlement.sheets.realigning import realign_at_once
from ledger.settlement.sheets.tails import open_tails

AT_ONCE = 1_000
# The log waits while a preview is made: about a second for so many sheets.
MOST_SHEETS = 10_000

# `report(done)`: how many there are so far.
Report = Callable[[int], None]


class _Seen(Exception):
    """Rolls the transaction back."""


async def preview_closing(
    database: Database, *, platform_id: int, actor: Actor, now: datetime, report: Report = lambda done: None
) -> tuple[list[ClosingSheet], bool]:
    """
    The sheets that a run at `now` would close, with their totals, the earliest first, and whether there are more than
    about ten thousand of them: then these are the first. `report` hears of sheets. Nothing is written.
    """
    sheets: list[ClosingSheet] = []
    is_more = False
    while True:
        try:
            async with database.write(platform_id) as conn:
                before = await find_last_step(conn)
                is_more = await _take_steps(conn, actor, now, report)
                sheets = await list_fixed_sheets(conn, after_step=before)
                raise _Seen
        except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
            # Terms have changed meanwhile; or, as all steps are of one transaction, somebody who closes had what the
            # second locks and waited for what the first has.
            continue
        except _Seen:
            return sheets, is_more


async def preview_paying(
    database: Database,
    *,
    platform_id: int,
    actor: Actor,
    through: date | None,
    now: datetime,
    report: Report = lambda done: None,
) -> Run:
    """
    The payouts that a run at `now` would create, and what would wait then, also of payouts that there are, once what
    has to stay is held and retained, and what is owed is netted, as a run does first. Nothing is written. The log waits
    meanwhile: about a second for each thousand payers that owe, of which `report` hears as steps.
    """
    run = Run((), ())
    try:
        async with database.write(platform_id) as conn:
            steps = count(1)
            while await withhold_and_net(conn, through=through, actor=actor, now=now):
                report(next(steps))
            run = await preview_run(conn, through=through, now=now)
            raise _Seen
    except _Seen:
        return run


async def _take_steps(conn: Connection, actor: Actor, now: datetime, report: Report) -> bool:
    """All of closing but what comes after it; whether there is more than is looked at."""
    await realign_at_once(conn, actor=actor, now=now)
    while (await open_sheets(conn, actor=actor, now=now)).is_more:
        pass
    await open_tails(conn, actor=actor, now=now)
    return await _close(conn, actor, now, report)


async def _close(conn: Connection, actor: Actor, now: datetime, report: Report) -> bool:
    """Fix what is due; lines are claimed only where further periods of the same party wait for it."""
    fixed = 0
    while True:
        while fresh := await fix_sheets(conn, actor=actor, now=now, limit=AT_ONCE):
            fixed += fresh
            report(fixed)
            if fixed >= MOST_SHEETS:
                return True
        first_end = await find_first_end(conn)
        if first_end is None or first_end > now:
            return False
        while await claim_lines(conn, actor=actor, now=now, limit=AT_ONCE) is not None:
            pass
