"""Closing from end to end: as many transactions as it takes, each of which leaves everything in order."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

import asyncpg

from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.settlement.sheets.advancing import advance_sheets
from ledger.settlement.sheets.claiming import claim_lines
from ledger.settlement.sheets.claiming_sql import LINES_AT_ONCE
from ledger.settlement.sheets.opening import open_sheets
from ledger.settlement.sheets.realigning import realign_changed
from ledger.settlement.sheets.sweeping import sweep_sheets
from ledger.settlement.sheets.tails import open_tails

Taken = TypeVar("Taken")

# A thousand sheets hold the log for about 0.1 s on a small machine.
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Closed:
    """What one run did: sheets opened ahead, sheets fixed, lines claimed, sheets taken to their next step."""

    opened: int = 0
    fixed: int = 0
    lines: int = 0
    advanced: int = 0


async def close_sheets(
    database: Database,
    *,
    platform_id: int,
    actor: Actor,
    now: datetime,
    at_once: int = AT_ONCE,
    lines_at_once: int = LINES_AT_ONCE,
) -> Closed:
    """
    Open what is to be open by the terms of now, and close every sheet whose boundary has passed by `now`.

    Boundaries come from the rule, so it does not matter when this runs. Any number may run at once; killed anywhere,
    the next run goes on where this one was. A sheet of more than `lines_at_once` lines is closed by several steps.
    Raises the journal's refusals.
    """
    await realign_changed(database, platform_id=platform_id, actor=actor, now=now)
    opened = await open_due_sheets(database, platform_id=platform_id, actor=actor, now=now)
    opened += await _take(database, platform_id, partial(open_tails, actor=actor, now=now))
    fixed = lines = advanced = 0
    sweep = partial(sweep_sheets, actor=actor, now=now, limit=at_once, lines_at_once=lines_at_once)
    while True:
        swept = await _take(database, platform_id, sweep)
        await asyncio.sleep(swept.rest.total_seconds())
        claimed = await claim_all(database, platform_id=platform_id, actor=actor, now=now, at_once=at_once)
        async with database.write(platform_id) as conn:
            moved = await advance_sheets(conn, actor=actor, now=now, limit=at_once)
        fixed += swept.fixed
        lines += swept.lines + claimed
        advanced += swept.advanced + moved
        if not (swept.fixed or claimed or moved):
            return Closed(opened, fixed, lines, advanced)


async def open_due_sheets(database: Database, *, platform_id: int, actor: Actor, now: datetime) -> int:
    """Open every sheet that is to be open by now; how many that were."""
    count = 0
    while True:
        opened = await _take(database, platform_id, partial(open_sheets, actor=actor, now=now))
        count += opened.sheets
        if not opened.is_more:
            return count
        await asyncio.sleep(opened.rest.total_seconds())


async def claim_all(database: Database, *, platform_id: int, actor: Actor, now: datetime, at_once: int) -> int:
    """Claim the lines of every sheet that is closing and that nobody else works on; how many lines."""
    lines = 0
    while True:
        async with database.write(platform_id) as conn:
            claimed = await claim_lines(conn, actor=actor, now=now, limit=at_once)
        if claimed is None:
            return lines
        lines += claimed


async def _take(database: Database, platform_id: int, step: Callable[[Connection], Awaitable[Taken]]) -> Taken:
    """Take a step in a transaction of its own; again where its ground has changed meanwhile, which is rare."""
    while True:
        try:
            async with database.write(platform_id) as conn:
                return await step(conn)
        except asyncpg.SerializationError:
            continue
