"""What many parties owe is taken of what they are to be paid in transactions of a bounded size, before any is paid."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest

from app.lanes.calls import Call
from app.lanes.payout_kinds import RUN_PAYOUTS
from app.paying import sending
from app.previewing import preview_paying
from app.worker.payout_work import create_step
from ledger.db.connecting import Database
from ledger.db.errors import DatabaseUnavailable, OutcomeUnknown
from ledger.db.transacting import Connection
from ledger.settlement.payouts import creating
from ledger.settlement.payouts.model import Run
from ledger.settlement.sheets import lifecycle_sql, unpaid
from tests.faults.between import COMMITTED, between_statements, listening
from tests.invariants.killing import Killed
from tests.ledger.settlement.payouts.till import IBANS, Till
from tests.ledger.settlement.sheets.world import SYSTEM, World
from tests.statements import gather_asked

THROUGH = date(2026, 3, 31)
PARTIES = ("M1", "M2", "D1")
EARNED = {"M1": "2010", "M2": "2010", "D1": "2041"}


async def open_indebted(database: Database) -> Till:
    """Three parties are to be paid 100.00 each of two sheets, and have owed 30.00 since those were confirmed."""
    world = await World.open(database)
    assert isinstance(world, World)
    for role in ("MERCHANT", "SUPPLIER", "DISTRIBUTOR"):
        await world.set_terms(role=role, confirmation="NONE")
    for month in ("2025-11-15", "2025-12-15"):
        for party in PARTIES:
            await world.earn(party, 50_00, month, code=EARNED[party])
    await world.settle("2026-01-02")
    for party in PARTIES:
        await world.earn(party, -30_00, "2026-01-15", code="2080" if party != "D1" else "2041")
    await world.settle("2026-02-02")
    till = Till(world, world.database.dsn)
    await till.pay_from()
    for party, iban in zip(PARTIES, IBANS, strict=False):
        await till.pay_to(party, iban=iban)
    await till.fund(10_000_00)
    return till


async def netted(till: Till) -> list[int]:
    """How much of each sheet that is to be paid went to a debt."""
    rows = await till.market.rows("SELECT netted_minor FROM sheet WHERE total_minor > 0 ORDER BY due_date, sheet_id")
    return [row["netted_minor"] for row in rows]


async def by_worker(till: Till) -> Run:
    while True:
        async with till.database.write(till.platform_id) as conn:
            if (await create_step(conn, till.now, SYSTEM)).is_done:
                return Run((), ())


async def by_command(till: Till) -> Run:
    return await sending.create_due(till.database, till.platform_id, now=till.now, actor=SYSTEM, through=THROUGH)


async def by_mutation(till: Till) -> Run:
    call = Call(SYSTEM, till.now, THROUGH)
    (run,) = await RUN_PAYOUTS.run_batch(till.database, till.platform_id, [call])
    assert isinstance(run, Run)
    return run


async def test_one_transaction_nets_a_part_and_creates_nothing_before_the_last(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpaid, "SHEETS_AT_ONCE", 2)
    till = await open_indebted(database)

    first = await till.create(THROUGH)

    assert first == Run((), (), is_netting=True)
    assert await netted(till) == [30_00] * 2 + [0] * 4
    assert (await till.create(THROUGH)).is_netting
    assert await netted(till) == [30_00] * 3 + [0] * 3
    last = await till.create(THROUGH)
    assert ([each.draft.net for each in last.created], last.is_netting) == ([70_00] * 3, False)


@pytest.mark.parametrize("run", [by_worker, by_command, by_mutation])
async def test_who_is_killed_anywhere_between_leaves_nothing_half_done(
    database: Database, monkeypatch: pytest.MonkeyPatch, run: Callable[[Till], Awaitable[Run]]
) -> None:
    monkeypatch.setattr(unpaid, "SHEETS_AT_ONCE", 2)
    till = await open_indebted(database)
    till.now += timedelta(days=60)

    kills = 0

    with listening():
        for most in count(1):
            left = count(most, -1)

            async def die(statement: str, left: "count[int]" = left) -> None:
                if statement != COMMITTED and not next(left):
                    raise Killed

            try:
                with between_statements(die):
                    await run(till)
                break
            except Killed:
                kills += 1

    assert kills > 30
    rows = await till.market.rows("SELECT net_minor FROM payout ORDER BY payout_id")
    assert [row["net_minor"] for row in rows] == [70_00] * 3
    assert await netted(till) == [30_00] * 3 + [0] * 3
    assert await till.net("1200 M1, 1200 M2, 1200 D1, 2015 M1, 2015 M2, 2015 D1") == [0, 0, 0, 70_00, 70_00, 70_00]


async def test_who_may_not_net_keeps_nobody_behind_him_from_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpaid, "SHEETS_AT_ONCE", 1)
    till = await open_indebted(database)
    world = till.market
    assert isinstance(world, World)
    await world.set_terms(party="M1", confirmation="NONE", netting=False)

    run = await by_command(till)

    assert sorted(each.draft.net for each in run.created) == [70_00, 70_00, 100_00]


async def test_what_goes_wrong_once_something_was_netted_is_not_said_to_have_written_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpaid, "SHEETS_AT_ONCE", 2)
    till = await open_indebted(database)
    commits = count(1)

    async def lose(statement: str) -> None:
        if statement == COMMITTED and next(commits) == 1:
            monkeypatch.setattr(creating, "create_due_payouts", refuse)

    async def refuse(*_: object, **__: object) -> Run:
        raise DatabaseUnavailable

    with listening(), between_statements(lose), pytest.raises(OutcomeUnknown):
        await by_mutation(till)

    assert await netted(till) == [30_00] * 2 + [0] * 4


async def test_who_owes_from_more_sheets_than_are_looked_at_is_not_paid_beside_the_rest(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpaid, "SHEETS_AT_ONCE", 3)
    find_debts = lifecycle_sql.find_debts

    async def find_two(conn: Connection, **said: Any) -> list[Any]:
        """As if no more were looked at."""
        return (await find_debts(conn, **said))[:2]

    monkeypatch.setattr(lifecycle_sql, "find_debts", find_two)
    world = await World.open(database)
    assert isinstance(world, World)
    for role in ("MERCHANT", "SUPPLIER"):
        await world.set_terms(role=role, confirmation="NONE")
    for month in ("2025-11-15", "2025-12-15"):
        await world.earn("M1", 50_00, month)
    await world.settle("2026-01-02")
    for month in (1, 2, 3):
        await world.earn("M1", -10_00, f"2026-{month:02}-15", code="2080")
        await world.settle(f"2026-{month + 1:02}-02")
    till = Till(world, world.database.dsn)
    await till.pay_from()
    await till.pay_to("M1", iban=IBANS[0])

    run = await by_command(till)

    assert [each.draft.net for each in run.created] == [70_00]
    assert await till.net("1200 M1") == [0]


async def test_a_preview_nets_all_of_it_and_writes_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpaid, "SHEETS_AT_ONCE", 2)
    till = await open_indebted(database)
    steps: list[int] = []

    foretold = await preview_paying(
        till.database, platform_id=till.platform_id, actor=SYSTEM, through=THROUGH, now=till.now, report=steps.append
    )

    assert steps == [1, 2]
    assert [each.draft.net for each in foretold.created] == [70_00] * 3
    assert await netted(till) == [0] * 6


async def test_netting_many_takes_as_many_statements_as_netting_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    till = await open_indebted(database)
    counts = []
    for most in (1, 1_000):
        monkeypatch.setattr(unpaid, "SHEETS_AT_ONCE", most)
        async with till.database.write(till.platform_id) as conn:
            with gather_asked(conn) as asked:
                netted_now = await unpaid.net_before_payment(conn, through=THROUGH, actor=SYSTEM, now=till.now)
        counts.append((len(asked), netted_now.is_more))

    assert await netted(till) == [30_00] * 3 + [0] * 3
    (one, is_more), (many, is_more_after) = counts
    assert (is_more, is_more_after) == (True, False)
    assert many <= one
