"""
Every kind of work there is, in the order in which one makes the next due.

Names of kinds stand in jobs and in metrics: a kind that is renamed leaves its open jobs to nobody.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta

from app.channels.opening import Channels
from app.sources.pulling import pull_sources
from app.worker import payout_work, sheet_work
from app.worker.work import Errand, Run, Work, repeat
from ledger.actor import Actor
from ledger.approvals.escalating import escalate
from ledger.db.transacting import Connection
from ledger.settlement.deposits.releasing import release_due_slices
from ledger.settlement.deposits.retaining import follow_closed_sheets
from ledger.settlement.holds.lifting import release_due_holds
from ledger.settlement.payouts.disputing import hold_disputed

QUARTER = timedelta(minutes=15)
# Banks and what they leave for us are asked this often when nothing else happens.
FIVE_MINUTES = timedelta(minutes=5)


async def _hold_disputed(conn: Connection, now: datetime, actor: Actor) -> int:
    return await hold_disputed(conn, now=now, actor=actor)


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


def _make_pull(environment: Mapping[str, str]) -> Run:
    async def pull(errand: Errand) -> Mapping[str, int]:
        pulled = await pull_sources(
            errand.database,
            now=errand.now,
            actor=errand.actor,
            environment=environment,
            platform_id=errand.platform_id,
        )
        return {each.name: int(getattr(pulled, each.name)) for each in fields(pulled)}

    return pull


def list_work(channels: Channels, environment: Mapping[str, str]) -> tuple[Work, ...]:
    """
    Every kind of work. `channels` are the ways to banks that this process has opened, `environment` holds the
    credentials of sources under the names that they were registered with.
    """
    return (
        Work("sources.pull", run=_make_pull(environment)),
        *CLOSING,
        Work("sheets.redate", run=sheet_work.redate, every=QUARTER),
        Work("holds.disputes", step=repeat("records", _hold_disputed)),
        Work("deposits.retain", step=repeat("records", _retain)),
        Work("sheets.deem", step=repeat("confirmed", sheet_work.deem)),
        Work("deposits.release", step=repeat("slices", _release_slices)),
        Work("holds.release", step=repeat("holds", _release_holds)),
        Work("payouts.read", run=payout_work.make_read(channels), every=FIVE_MINUTES),
        Work("payouts.query", run=payout_work.make_query(channels), every=FIVE_MINUTES),
        Work("payouts.create", step=payout_work.create_step),
        Work("payouts.submit", run=payout_work.make_submit(channels)),
        Work("sheets.overdue", step=repeat("sheets", sheet_work.overdue)),
        Work("approvals.escalate", run=_escalate, every=QUARTER),
    )


# From the terms of parties to closed sheets and their next step: what `splitbook close` does.
CLOSING: tuple[Work, ...] = (
    Work("sheets.realign", run=sheet_work.realign),
    Work("sheets.open", step=sheet_work.open_step),
    Work("sheets.tails", step=repeat("opened", sheet_work.tails)),
    # Sheets close by the terms of now, also those that have been due for longer than anybody knew of the change.
    Work("sheets.close", step=sheet_work.close_step, first=sheet_work.realign),
)
