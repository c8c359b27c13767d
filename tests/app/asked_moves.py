"""Moves of money that a second person has to agree to: asked for, taken back, decided and asked for again."""

from collections.abc import Awaitable, Callable
from typing import Any

from app.approving import Withdrawal, decide_all, resubmit_one, withdraw_one
from ledger.actor import Actor
from ledger.approvals.model import Decision, Judged, Verdict
from ledger.db.connecting import Database
from tests.ledger.settlement.deposits.telling import TODAY, discharge, out
from tests.ledger.settlement.holds.telling import hold, lift_all, place_all
from tests.ledger.settlement.second_person import CHECKER
from tests.ledger.settlement.sheets.world import World, at

NOW = at(TODAY)
Act = Callable[[World], Awaitable[Any]]


async def earned(database: Database) -> World:
    """M1 has earned 100.00."""
    world = await World.open(database)
    assert isinstance(world, World)
    await world.earn("M1", 10_000, "2020-01-05")
    return world


def put_on_hold(amount: str, reference: str = "H2", *, of_sheet: bool = False) -> Act:
    async def ask(world: World) -> None:
        of: dict[str, Any] = {}
        if of_sheet:
            await world.settle("2020-02-02")
            of = {"sheet": (await world.sheets("M1"))[0].sheet_id}
        await place_all(world, hold(amount, reference, **of), now=NOW)

    return ask


def lift(amount: str = "", reference: str = "L1") -> Act:
    async def ask(world: World) -> None:
        (row,) = await world.rows("SELECT hold_id FROM hold")
        some = {"amount": amount, "currency": "CNY"} if amount else {}
        said = {"hold": row["hold_id"], "reference": reference, "reason": "Reviewed.", **some}
        await lift_all(world, said, now=NOW)

    return ask


def release(amount: str = "", reference: str = "S1") -> Act:
    async def ask(world: World) -> None:
        (row,) = await world.rows("SELECT min(slice_id) AS slice_id FROM deposit_slice")
        await discharge(world, out("RELEASED", row["slice_id"], amount, reference))

    return ask


async def decide(world: World, verdict: Verdict) -> list[str]:
    """The second person says this of all that waits; where each request stands then."""
    rows = await world.rows("SELECT approval_id, digest FROM approval WHERE status = 'PENDING' ORDER BY approval_id")
    decisions = [Decision(row["approval_id"], row["digest"], verdict, "Looked at.") for row in rows]
    outcomes = await decide_all(world.database, world.platform_id, decisions, actor=CHECKER, now=NOW)
    judged = [outcome for outcome in outcomes if isinstance(outcome, Judged)]
    assert len(judged) == len(outcomes), outcomes
    return [outcome.status.value for outcome in judged]


async def take_back(world: World) -> int:
    """Whoever asked for what waits takes it back; its number."""
    (row,) = await world.rows("SELECT approval_id, maker FROM approval WHERE status = 'PENDING'")
    async with world.database.write(world.platform_id) as conn:
        await withdraw_one(conn, Withdrawal(row["approval_id"], "not yet"), Actor(row["maker"]), NOW)
    return int(row["approval_id"])


async def ask_again(world: World, number: int) -> int:
    """Whoever asked asks again; the number of the request that waits then."""
    (row,) = await world.rows("SELECT maker FROM approval WHERE approval_id = $1", number)
    async with world.database.write(world.platform_id) as conn:
        requested = await resubmit_one(conn, number, Actor(row["maker"]), NOW)
    return requested.approval_id or 0
