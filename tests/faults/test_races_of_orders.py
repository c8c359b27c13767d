"""
Two acts at once on one order, on what was split of it, and on what others say of it, come to what one after the other
comes to.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.approving import decide_all
from ledger.actor import Actor
from ledger.approvals.model import Decision, Verdict
from ledger.charging.channel_days.parsing import parse_channel_file
from ledger.charging.channel_days.recording import record_channel_file
from ledger.charging.override import parse_override
from ledger.charging.overrides import request_override
from ledger.db.connecting import Database
from ledger.parties.moving import move_party
from ledger.settlement.payouts.disputing import hold_disputed
from ledger.settlement.sheets.tails import open_tails
from tests.faults.races import FIRST_LOCK, LOCKS, STATEMENTS, Act, Scene, check, close_all
from tests.ledger.approvals.desk import Desk as Approvers
from tests.ledger.charging.channel_days.files import Line, capture, make_lines, refund
from tests.ledger.charging.fees.desk import Desk, back, fee
from tests.ledger.charging.market import NOW
from tests.ledger.settlement.payouts.till import IBANS, Till
from tests.ledger.settlement.sheets.world import SYSTEM, World, at
from tests.oracle.small_world import paid, plan
from tests.store import Server

TODAY = at("2026-03-10T12:00")
# When things happen; the channel's days are those of the legal entity, which is in UTC.
EARLIER, MARCH_9, MARCH_10 = "2026-01-10T00:00:00Z", "2026-03-09T00:00:00Z", "2026-03-10T00:00:00Z"
ANN, BOB = Actor("ann"), Actor("bob")
OWN = {"party": "M1", "validFrom": "2026-01-01", "validThrough": "2026-12-31", "reason": "volume", "agent": "0.5"}
UNREACHED = frozenset({("open tails", FIRST_LOCK)})
Play = Callable[[World, dict[str, int]], Awaitable[Any]]


@pytest.fixture(scope="module")
async def scene(server: Server) -> AsyncIterator[Scene]:
    """
    O1 is paid. Of O2, D2's share is in suspense. Of O3 a refund is to be paid. O4 is on a sheet of M1 of which a payout
    was created, and charged back since. A fee line of M1 is there, and rates of his own wait for a second person.
    """
    async with server.lend_database() as dsn:
        database = await Database.connect(dsn)
        world = await World.open(database)
        assert isinstance(world, World)
        numbers = await _prepare(world)
        await database.close()
        acts = {name: _play(play, numbers) for name, play in ACTS.items()}
        yield Scene(urlsplit(dsn).path.removeprefix("/"), world.platform_id, acts, _look, UNREACHED)


async def _prepare(world: World) -> dict[str, int]:
    till = Till(world, world.database.dsn)
    till.now = TODAY
    for role in ("MERCHANT", "DISTRIBUTOR", "AGENT"):
        await world.set_terms(role=role, cycle="MONTHLY", confirmation="NONE")
    await till.pay_from()
    await till.fund(20_000_00)
    for party, iban in zip(("M1", "D1", "A1"), IBANS, strict=True):
        await till.pay_to(party, iban=iban)
    await _sell(world, "O4", at=EARLIER)
    await _tell(world, "order.succeeded", "O4", at=EARLIER)
    await world.settle("2026-02-05")
    (created,) = (await till.create(at("2026-02-28").date())).created[:1] or (None,)
    assert created is not None
    await _tell(world, "order.charged_back", "O4", dispute="C4", amount="60.00")
    for order in ("O1", "O2", "O3"):
        await _sell(world, order, at=MARCH_9)
    await world.block("D2")
    await _tell(world, "order.succeeded", "O2")
    await world.unblock("D2")
    await _tell(world, "order.succeeded", "O3")
    await _give_back(world, "O3", "R3", "30.00")
    await Desk(world).accept(fee("F1", "PENALTY", "10.00"))
    for name in ("ann", "bob"):
        await Approvers(world.database, world.platform_id, {}).hire(name)
    async with world.database.write(world.platform_id) as conn:
        requested = await request_override(conn, draft=parse_override(OWN), maker=ANN, now=NOW)
    (item,) = await world.rows("SELECT item FROM suspense_item")
    assert requested.approval_id is not None
    return {"override": requested.approval_id, "item": item["item"]}


def _play(play: Play, numbers: dict[str, int]) -> Act:
    async def act(database: Database, platform_id: int) -> Any:
        return await play(World(database, platform_id), numbers)

    return act


async def _look(database: Database, platform_id: int) -> None:
    """A payment is told again: the gateway knows plans, parties and accounts from then on."""
    await _sell(World(database, platform_id), "O1", at=MARCH_9)


async def _sell(world: World, order: str, *, at: str = MARCH_10) -> Any:
    said = {"order": order, "channelTransaction": f"t-{order}"}
    return await world.record({**paid("100.00", at=at, key=f"{order} paid"), **said})


async def _tell(world: World, kind: str, order: str, *, at: str = MARCH_10, **said: Any) -> Any:
    name = " ".join([order, kind, *(str(said[key]) for key in ("refund", "dispute") if key in said)])
    return await world.record({"event": kind, "id": name, "order": order, "occurredAt": at, **said})


async def _give_back(world: World, order: str, name: str, amount: str) -> Any:
    return await _tell(world, "order.refunded", order, refund=name, lines=[{"line": "1", "amount": amount}])


async def _charge_back(world: World, order: str, name: str, amount: str) -> Any:
    return await _tell(world, "order.charged_back", order, dispute=name, amount=amount)


async def _write(world: World, step: Callable[..., Awaitable[Any]], **said: Any) -> Any:
    async with world.database.write(world.platform_id) as conn:
        return await step(conn, **said)


async def _move(world: World) -> Any:
    return await _write(world, move_party, reference="D1", to="D3", actor=ANN, now=TODAY)


async def _file(world: World, *records: Line, day: str, name: str) -> Any:
    told = [{**each, "occurredAt": f"{day}T00:00:00Z"} for each in records]
    file = parse_channel_file(make_lines(*told, day=day, name=name))
    return await _write(world, record_channel_file, file=file, actor=ANN, now=TODAY)


async def _agree(world: World, approval: int) -> Any:
    (row,) = await world.rows("SELECT digest FROM approval WHERE approval_id = $1", approval)
    said = Decision(approval, row["digest"], Verdict.APPROVE, "seen")
    return await decide_all(world.database, world.platform_id, [said], actor=BOB, now=TODAY)


def _till(world: World) -> Till:
    till = Till(world, world.database.dsn)
    till.now = TODAY
    return till


PENALTY = {"code": "PENALTY", "name": "Penalty", "direction": "CHARGE", "accounts": {"MERCHANT": "2010"}}
DEARER = plan("2026-03-01")
DEARER["commission"]["default"] = "0.60"
OF_MARCH_9 = [capture("O1", "100.00", "0.60"), capture("O3", "99.00", "0.60")]
ACTS: dict[str, Play] = {
    "sell": lambda w, n: _sell(w, "O9"),
    "succeed": lambda w, n: _tell(w, "order.succeeded", "O1"),
    "refund": lambda w, n: _give_back(w, "O1", "R1", "60.00"),
    "refund more": lambda w, n: _give_back(w, "O1", "R2", "80.00"),
    "charge back": lambda w, n: _charge_back(w, "O1", "C1", "60.00"),
    "charge back more": lambda w, n: _charge_back(w, "O1", "C2", "80.00"),
    "pay refund": lambda w, n: _tell(w, "refund.paid", "O3", refund="R3"),
    "reject refund": lambda w, n: _tell(w, "refund.rejected", "O3", refund="R3"),
    "win": lambda w, n: _tell(w, "chargeback.won", "O4", dispute="C4"),
    "lose": lambda w, n: _tell(w, "chargeback.lost", "O4", dispute="C4", liability="SPLIT"),
    "refund disputed": lambda w, n: _give_back(w, "O4", "R4", "30.00"),
    "hold disputed": lambda w, n: _write(w, hold_disputed, now=TODAY, actor=SYSTEM),
    "create payouts": lambda w, n: _till(w).create(TODAY.date()),
    "submit payouts": lambda w, n: _till(w).submit(),
    "close sheets": lambda w, n: close_all(w, "2026-04-01T12:00"),
    "open tails": lambda w, n: _write(w, open_tails, actor=SYSTEM, now=TODAY),
    "release": lambda w, n: w.release(n["item"], "OWNER"),
    "give to splitter": lambda w, n: w.release(n["item"], "SPLITTER"),
    "refund suspended": lambda w, n: _give_back(w, "O2", "R5", "50.00"),
    "charge back suspended": lambda w, n: _charge_back(w, "O2", "C5", "100.00"),
    "block level 1": lambda w, n: w.block("D1"),
    "block level 2": lambda w, n: w.block("D2"),
    "close level 2": lambda w, n: w.close("D2"),
    "close merchant": lambda w, n: w.close("M1"),
    "move level 1": lambda w, n: _move(w),
    "submit fee": lambda w, n: Desk(w).submit(fee("F2", "PENALTY", "4.00")),
    "take back": lambda w, n: Desk(w).submit(back("B1", "F1", "PENALTY", "6.00")),
    "take back more": lambda w, n: Desk(w).submit(back("B2", "F1", "PENALTY", "7.00")),
    "publish items": lambda w, n: Desk(w).publish({**PENALTY, "contra": "4020"}),
    "file": lambda w, n: _file(w, *OF_MARCH_9, day="2026-03-09", name="F1"),
    "same file": lambda w, n: _file(w, *OF_MARCH_9, day="2026-03-09", name="F1 again"),
    "other file": lambda w, n: _file(w, *OF_MARCH_9[:1], day="2026-03-09", name="F2"),
    "next file": lambda w, n: _file(
        w,
        *[capture("O1", "100.00", "0.60"), capture("O9", "99.00", "0.60"), refund("O3", "R3", "30.00")],
        day="2026-03-10",
        name="F3",
    ),
    "agree to rates": lambda w, n: _agree(w, n["override"]),
    "publish dearer plan": lambda w, n: w.publish(DEARER),
}
PAIRS = [
    ("refund", "refund more"), ("charge back", "charge back more"), ("refund", "charge back more"),
    ("refund", "close sheets"), ("pay refund", "reject refund"), ("pay refund", "next file"), ("win", "lose"),
    ("lose", "refund disputed"), ("win", "hold disputed"), ("lose", "hold disputed"),
    ("hold disputed", "hold disputed"), ("hold disputed", "create payouts"), ("hold disputed", "submit payouts"),
    ("hold disputed", "close sheets"), ("win", "submit payouts"), ("release", "give to splitter"),
    ("release", "block level 2"), ("release", "close level 2"), ("release", "refund suspended"),
    ("give to splitter", "close merchant"), ("give to splitter", "charge back suspended"),
    ("give to splitter", "refund suspended"), ("succeed", "block level 1"), ("succeed", "move level 1"),
    ("succeed", "close merchant"), ("succeed", "close sheets"), ("close merchant", "open tails"),
    ("release", "open tails"), ("take back", "take back more"), ("publish items", "submit fee"),
    ("submit fee", "close merchant"), ("file", "same file"), ("file", "other file"), ("file", "next file"),
    ("next file", "sell"), ("agree to rates", "publish dearer plan"), ("agree to rates", "sell"),
    ("publish dearer plan", "sell"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS, ids=" and ".join)
async def test_any_two_at_once_come_to_what_one_after_the_other_does(
    server: Server, scene: Scene, pair: tuple[str, str]
) -> None:
    await check(server, scene, pair, statements=STATEMENTS, locks=LOCKS)
