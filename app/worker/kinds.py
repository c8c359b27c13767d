"""
Every kind of work there is, in the order in which one makes the next due.

Names of kinds stand in jobs and in metrics: a kind that is renamed leaves its open jobs to nobody.
"""

import os
from dataclasses import fields
from datetime import datetime, timedelta

from app.sources.pulling import pull_sources
from app.worker import sheet_work
from app.worker.work import Errand, Work, repeat
from ledger.actor import Actor
from ledger.approvals.escalating import escalate
from ledger.db.transacting import Connection
from ledger.settlement.deposits.releasing import release_due_slices
from ledger.settlement.deposits.retaining import follow_closed_sheets
from ledger.settlement.holds.lifting import release_due_holds

QUARTER = timedelta(minutes=15)


async def _retain(conn: Connection, now: datetime, actor: Actor) -> int:
    return await follow_closed_sheets(conn, now=now, actor=actor)


async def _release_slices(conn: Connection, now: datetime, actor: Actor) -> int:
    return await release_due_slices(conn, now=now, actor=actor)


async def _release_holds(conn: Connection, now: datetime, actor: Actor) -> int:
    return await release_due_holds(conn, now=now, actor=actor)


async def _escalate(errand: Errand) -> dict[str, int]:
    looks, after = 0, 0
    while True:
        async with errand.database.write(errand.platform_id) as conn:
            last = await escalate(conn, actor=errand.actor, now=errand.now, after=after)
        looks += 1
        if last is None:
            return {"looks": looks}
        after = last


async def _pull(errand: Errand) -> dict[str, int]:
    # A source names the variable that its credential is in, so this is the one place that needs all of them.
    pulled = await pull_sources(
        errand.database,
        now=errand.now,
        actor=errand.actor,
        environment=os.environ,
        platform_id=errand.platform_id,
    )
    return {each.name: int(getattr(pulled, each.name)) for each in fields(pulled)}


WORK: tuple[Work, ...] = (
    Work("sources.pull", run=_pull),
    Work("sheets.realign", run=sheet_work.realign),
    Work("sheets.open", step=sheet_work.open_step),
    Work("sheets.close", step=sheet_work.close_step),
    Work("sheets.redate", run=sheet_work.redate, every=QUARTER),
    Work("deposits.retain", step=repeat("records", _retain)),
    Work("sheets.deem", step=repeat("confirmed", sheet_work.deem)),
    Work("deposits.release", step=repeat("slices", _release_slices)),
    Work("holds.release", step=repeat("holds", _release_holds)),
    Work("sheets.overdue", step=repeat("sheets", sheet_work.overdue)),
    Work("approvals.escalate", run=_escalate, every=QUARTER),
)
