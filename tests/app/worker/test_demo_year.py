"""The demo's year is settled by the worker's own work, and leaves something to be tried."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from app.cli.demonstrating import NEWCOMERS_ORDERS, NEWCOMERS_SEED
from app.cli.running import command_actor
from app.demo.marketplace import Marketplace
from app.demo.parties import OPERATOR
from app.importing.marketplace import load_marketplace
from app.importing.outcomes import Counts
from app.platforms import choose_platform
from app.worker.demo_year import settle_demo
from ledger.access import keys
from ledger.access.model import Role
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.verify.verifying import verify

# What there is besides orders, by its state.
COUNTS = """
SELECT 'hold' AS kind, CASE WHEN lifted_minor = amount_minor THEN 'LIFTED' ELSE 'HELD' END AS state FROM hold
UNION ALL SELECT 'slice', status FROM deposit_slice
UNION ALL SELECT 'adjustment', status FROM adjustment
UNION ALL SELECT 'approval', status FROM approval
UNION ALL SELECT 'fee line', item FROM fee_line
UNION ALL SELECT 'dispute', CASE WHEN answered_at IS NULL THEN 'OPEN' ELSE 'ANSWERED' END FROM sheet_dispute
"""
# Of what ended long ago: what was given back of a hold or a deposit later is on its way once more.
UNSETTLED = """
SELECT DISTINCT status FROM sheet WHERE period_end < '2025-11-01'
AND status NOT IN ('PAID', 'COMPLETED', 'CARRIED_FORWARD', 'COLLECTED')
AND sheet_id NOT IN (SELECT sheet_id FROM sheet_movement WHERE amount_minor < 0)
"""


@asynccontextmanager
async def settled(dsn: str, *, orders: int, seed: int) -> AsyncIterator[Connection]:
    """A marketplace whose year was settled, to be read."""
    database = await Database.connect(dsn, writers=1, readers=1)
    marketplace, actor = Marketplace(orders=orders, seed=seed), command_actor()
    await load_marketplace(
        database, marketplace, platform=OPERATOR, actor=actor, counts=Counts(), on_batch=lambda paid, rejected: None
    )
    platform = await choose_platform(database, OPERATOR)
    await settle_demo(database, marketplace, platform_id=platform.platform_id, actor=actor)
    async with database.read(platform.platform_id) as conn:
        yield conn
    await database.close()


async def count(conn: Connection) -> dict[tuple[str, str], int]:
    rows = await conn.fetch(f"SELECT kind, state, count(*) AS size FROM ({COUNTS}) AS found GROUP BY kind, state")
    return {(row["kind"], row["state"]): row["size"] for row in rows}


async def test_a_newcomer_finds_some_of_everything_and_what_waits_for_a_word(fresh_database: str) -> None:
    async with settled(fresh_database, orders=NEWCOMERS_ORDERS, seed=NEWCOMERS_SEED) as conn:
        found = await count(conn)
        held = await conn.fetch("SELECT status, held_minor FROM sheet WHERE held_minor > 0")
        operators = await keys.find_live_actors(conn, role=Role.OPERATOR, now=datetime.now(UTC))
        report = await verify(conn)

    assert found == {
        ("hold", "LIFTED"): 2,
        ("hold", "HELD"): 1,
        ("slice", "RELEASED"): 6,
        ("slice", "HELD"): 14,
        ("adjustment", "POSTED"): 3,
        ("adjustment", "REJECTED"): 1,
        ("adjustment", "PROPOSED"): 1,
        ("approval", "GRANTED"): 1,
        ("approval", "REJECTED"): 1,
        ("approval", "PENDING"): 1,
        ("fee line", "STORAGE"): 13,
        ("fee line", "ADVERTISING"): 12,
        ("dispute", "ANSWERED"): 1,
        ("dispute", "OPEN"): 1,
    }
    assert [(row["status"], row["held_minor"]) for row in held] == [("CONFIRM_PENDING", 235_801)]
    # The one who agreed during the year is gone: the first operator's key is the newcomer's.
    assert operators == frozenset()
    assert report.agrees, report.disagreement


@pytest.mark.parametrize(("orders", "seed"), [(60, 3), (0, 1)])
async def test_any_demos_year_is_paid_but_for_its_end_and_verifies(fresh_database: str, orders: int, seed: int) -> None:
    async with settled(fresh_database, orders=orders, seed=seed) as conn:
        rows = await conn.fetch("SELECT status, count(*) AS size FROM payout GROUP BY status")
        unsettled = await conn.fetch(UNSETTLED)
        report = await verify(conn)

    payouts = {row["status"]: row["size"] for row in rows}
    assert payouts.keys() <= {"PAID", "CREATED"}
    assert orders == 0 or payouts["PAID"] > payouts["CREATED"] > 0
    assert unsettled == []
    assert report.agrees, report.disagreement
