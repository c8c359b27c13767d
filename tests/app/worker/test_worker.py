"""What is due is done once, by the dates it was due on, whenever a worker comes round to it."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from app.previewing import preview_closing
from app.worker.kinds import list_work
from app.worker.planning import find_tick, plan_due
from app.worker.work import Errand, Progress, Work, repeat
from app.worker.worker import Tally, Worker
from ledger.actor import SYSTEM, Actor
from ledger.calendars.china import CN_2020
from ledger.calendars.publishing import publish_calendar
from ledger.db.errors import DatabaseUnavailable
from ledger.db.transacting import Connection
from ledger.jobs.model import JobDraft
from ledger.jobs.queueing import plan_jobs
from ledger.journal.model import EventDraft
from ledger.journal.posting import write_entries
from ledger.reporting.due_work import count_ended
from ledger.settlement.sheets.model import Status
from ledger.settlement.terms.changing import change_terms
from ledger.settlement.terms.parsing import parse_change
from tests.ledger.settlement.sheets.world import TESTER, World, at
from tests.waiting import wait_until

WORK = list_work({}, {})


def worker(world: World, when: str, *work: Work, name: str = "w1") -> Worker:
    now = at(when)
    return Worker(world.database, work or WORK, lambda: now, platform_id=world.platform_id, name=name)


async def run(world: World, when: str, *work: Work) -> Tally:
    return await worker(world, when, *work).run_once()


async def plan(world: World, *kinds: str, key: str = "1") -> None:
    async with world.database.write(world.platform_id) as conn:
        await plan_jobs(conn, drafts=[JobDraft(kind, key, at("2024-01-01")) for kind in kinds])


async def jobs(world: World) -> list[tuple[str, str, int, str]]:
    rows = await world.rows("SELECT kind, status, attempts, error FROM job ORDER BY job_id")
    return [tuple(row) for row in rows]


async def tell(conn: Connection, world: World, said: str) -> None:
    """An effect that would show if it happened twice."""
    event = EventDraft("test.told", f"test/{said}", at("2024-01-01"), (), "{}")
    await write_entries(conn, drafts=(), events=[event], actor=TESTER)


async def force(world: World, statement: str) -> None:
    async with world.database.write(world.platform_id) as conn:
        await conn.execute(statement)


async def told(world: World) -> list[str]:
    rows = await world.rows("SELECT subject FROM log_event WHERE kind = 'test.told' ORDER BY sequence")
    return [row["subject"].removeprefix("test/") for row in rows]


async def test_sheets_open_close_and_go_on_by_themselves(world: World):
    await world.earn("M1", 1_000, "2024-06-03")

    tally = await run(world, "2024-07-02")

    (sheet,) = await world.sheets("M1")
    assert (sheet.period_end, sheet.total, sheet.status) == (at("2024-07-01"), 1_000, Status.CONFIRM_PENDING)
    assert tally.failed == 0
    assert (tally.counts["sheets.close lines"], tally.counts["sheets.close advanced"]) == (1, 1)
    assert {status for _, status, _, _ in await jobs(world)} == {"DONE"}


async def test_how_far_it_is_is_told_as_it_goes_on_and_adds_up(world: World):
    await world.earn("M1", 1_000, "2024-06-03")
    told: Counter[str] = Counter()
    found = worker(world, "2024-07-02")
    found.stepped = told.update
    async with world.database.read(world.platform_id) as conn:
        assert await count_ended(conn, now=at("2024-07-02")) == 0

    tally = await found.run_once()

    summed: Counter[str] = Counter()
    for kind, count in tally.counts.items():
        summed[kind.split()[1]] += count
    assert +told == summed
    assert told["closed"] > 0
    async with world.database.read(world.platform_id) as conn:
        still = await count_ended(conn, now=at("2024-07-02"))
        later = await count_ended(conn, now=at("2024-08-01"))
    opened = [sheet for sheet in await world.sheets(closed=False) if sheet.status is Status.OPEN]
    assert (still, later) == (0, len([sheet for sheet in opened if sheet.period_end <= at("2024-08-01")]))
    assert later > 0


async def test_when_nothing_is_due_there_are_no_jobs(world: World):
    assert (await run(world, "2024-06-01")).jobs == 0
    await world.earn("M1", 1_000, "2024-06-03")
    await run(world, "2024-06-03T12:00")
    before = await jobs(world)

    assert (await run(world, "2024-06-03T12:10")).jobs == 0
    assert await jobs(world) == before


async def test_a_worker_that_was_away_for_days_makes_the_same_sheets(world: World):
    for party in ("M1", "M2"):
        await world.set_terms(party=party, cycle="T+2", confirmation="NONE")
    for day in ("2024-07-01", "2024-07-02", "2024-07-03"):
        await world.earn("M1", 10, f"{day}T09:00")
    for day in ("2024-07-02", "2024-07-03", "2024-07-04"):
        await run(world, f"{day}T00:00:05")
    for day in ("2024-07-01", "2024-07-02", "2024-07-03"):
        await world.earn("M2", 10, f"{day}T09:00")

    await run(world, "2024-07-06T17:30")

    on_time = [(s.period_start, s.period_end, s.due_date, s.total) for s in await world.sheets("M1") if s.total]
    later = [(s.period_start, s.period_end, s.due_date, s.total) for s in await world.sheets("M2") if s.total]
    assert later == on_time
    assert [str(due) for _, _, due, _ in later] == ["2024-07-03", "2024-07-04", "2024-07-05"]


async def test_silence_confirms_and_what_is_not_paid_is_told_when_it_is_due(world: World):
    await world.set_terms(party="M1", cycle="MONTHLY", dueDays=1, confirmation="DEEMED", confirmationDays=7)
    await world.earn("M1", 1_000, "2024-06-03")
    await run(world, "2024-07-01T00:01")

    await run(world, "2024-07-08T00:00")
    (sheet,) = await world.sheets("M1")
    assert sheet.status is Status.CONFIRM_PENDING
    await run(world, "2024-07-08T00:02")

    (sheet,) = await world.sheets("M1")
    assert sheet.status is Status.PAYMENT_PENDING
    assert [actor for status, actor in await world.history(sheet.sheet_id) if status == "CONFIRMED"] == ["system"]
    assert len(await world.rows("SELECT 1 FROM log_event WHERE kind = 'sheet.overdue'")) == 1


async def test_a_new_version_of_a_calendar_dates_unpaid_sheets_anew(world: World):
    await world.set_terms(party="M1", cycle="T+2", confirmation="NONE")
    async with world.database.write(world.platform_id) as conn:
        await publish_calendar(conn, calendars=CN_2020[:1], actor=TESTER, now=at("2020-01-01"))
    await world.set_terms(party="M1", calendar="CN-2020")
    await world.earn("M1", 1_000, "2020-01-23T10:00")
    await run(world, "2020-01-24T00:01")
    (sheet,) = await world.sheets("M1")
    assert str(sheet.due_date) == "2020-02-01"

    async with world.database.write(world.platform_id) as conn:
        await publish_calendar(conn, calendars=CN_2020, actor=TESTER, now=at("2020-01-27"))
    tally = await run(world, "2020-01-27")

    assert str((await world.sheet(sheet.sheet_id)).due_date) == "2020-02-04"
    assert tally.counts["sheets.redate calendars"] == 1
    changes = await world.rows(
        "SELECT due_date_before, due_date_after FROM sheet_history WHERE due_date_after IS NOT NULL"
    )
    assert [(str(before), str(after)) for before, after in changes if str(before) == "2020-02-01"] == [
        ("2020-02-01", "2020-02-04")
    ]
    assert (await run(world, "2020-01-27T00:01")).counts["sheets.redate calendars"] == 0


async def test_terms_that_change_now_cut_the_open_sheet(world: World):
    await world.earn("M1", 1_000, "2024-07-03")
    await run(world, "2024-07-03T12:00")

    await world.set_terms(party="M1", cycle="WEEKLY", validFrom="2024-07-17")
    await run(world, "2024-07-17T12:00")

    (closed,) = await world.sheets("M1")
    assert (closed.period_start, closed.period_end) == (at("2024-07-01"), at("2024-07-17"))
    ends = [sheet.period_end for sheet in await world.sheets("M1", closed=False)]
    assert ends[:2] == [at("2024-07-17"), at("2024-07-22")]


async def test_terms_that_changed_while_no_worker_was_there_cut_the_sheet_before_it_closes(world: World):
    await world.earn("M1", 1_000, "2024-07-03")
    await run(world, "2024-07-03T12:00")
    await world.set_terms(party="M1", cycle="WEEKLY", validFrom="2024-07-17")
    await world.earn("M1", 200, "2024-07-20")
    foretold, _ = await preview_closing(
        world.database, platform_id=world.platform_id, actor=SYSTEM, now=at("2024-08-01T12:00")
    )

    await run(world, "2024-08-01T12:00")

    closed = [(sheet.period_start, sheet.period_end, sheet.total) for sheet in await world.sheets("M1")]
    assert closed == [
        (at("2024-07-01"), at("2024-07-17"), 1_000),
        (at("2024-07-17"), at("2024-07-22"), 200),
        (at("2024-07-22"), at("2024-07-29"), 0),
    ]
    assert closed == [(each.period_start, each.period_end, each.total_minor) for each in foretold]


async def test_terms_of_a_role_cut_the_open_sheets_of_everybody_in_it(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ledger.settlement.following.STRETCH", 2)  # a long log, in short
    for party in ("M1", "M2"):
        await world.earn(party, 1_000, "2024-07-03")
    await run(world, "2024-07-03T12:00")

    await world.set_terms(role="MERCHANT", cycle="WEEKLY", validFrom="2024-07-17")
    tally = await run(world, "2024-07-17T12:00")

    assert tally.counts["sheets.realign changes"] == 1
    closed = [(sheet.party, sheet.period_end) for sheet in await world.sheets()]
    assert sorted(closed) == [("M1", at("2024-07-17")), ("M2", at("2024-07-17"))]
    assert (await run(world, "2024-07-17T12:01")).counts["sheets.realign changes"] == 0


async def test_a_preview_is_what_a_run_does_and_writes_nothing(world: World):
    await world.earn("M1", 1_000, "2024-05-03")
    await world.earn("M1", -300, "2024-06-03")
    head = (await world.rows("SELECT sequence FROM log_head"))[0]["sequence"]

    sheets, is_more = await preview_closing(
        world.database, platform_id=world.platform_id, actor=SYSTEM, now=at("2024-07-02")
    )

    assert [(s.party, s.period_end, s.total_minor, s.lines) for s in sheets] == [
        ("M1", at("2024-06-01"), 1_000, 1),
        ("M1", at("2024-07-01"), -300, 1),
    ]
    assert not is_more
    assert (await world.rows("SELECT sequence FROM log_head"))[0]["sequence"] == head
    assert await world.rows("SELECT 1 FROM sheet") == []
    await run(world, "2024-07-02")
    done = [(s.period_end, s.total) for s in await world.sheets("M1")]
    assert done == [(s.period_end, s.total_minor) for s in sheets]


async def test_a_preview_goes_by_terms_that_no_worker_has_seen_yet(world: World):
    await world.earn("M1", 1_000, "2024-07-03")
    await world.earn("M1", 70, "2024-07-18")
    await run(world, "2024-07-03T12:00")
    await world.set_terms(party="M1", cycle="WEEKLY", validFrom="2024-07-17")
    now = at("2024-07-23")

    sheets, _ = await preview_closing(world.database, platform_id=world.platform_id, actor=SYSTEM, now=now)

    seen = [(s.period_end, s.total_minor, s.due_date) for s in sheets]
    assert [(end, total) for end, total, _ in seen] == [(at("2024-07-17"), 1_000), (at("2024-07-22"), 70)]
    await run(world, "2024-07-23")
    assert [(s.period_end, s.total, s.due_date) for s in await world.sheets("M1")] == seen


async def test_a_preview_names_what_came_for_a_closed_party_before_any_worker_did(world: World):
    await world.earn("M1", 1_000, "2024-06-03")
    await world.close("M1")
    await run(world, "2024-07-02")
    await world.earn("M1", -30, "2024-07-05")
    now = at("2024-08-02")

    sheets, _ = await preview_closing(world.database, platform_id=world.platform_id, actor=SYSTEM, now=now)

    assert [(s.party, s.total_minor) for s in sheets] == [("M1", -30)]
    await run(world, "2024-08-02")
    assert [s.total for s in await world.sheets("M1")] == [1_000, -30]


async def test_a_preview_is_made_again_where_terms_change_while_it_is_made(world: World):
    await world.earn("M1", 1_000, "2024-07-03")
    change = parse_change({"party": "M1", "cycle": "WEEKLY", "validFrom": "2024-07-01", "effect": "NOW"})
    now = at("2024-07-23")
    async with world.database.write(world.platform_id) as conn:
        await change_terms(conn, changes=[change], actor=TESTER, now=now)
        preview = asyncio.create_task(
            preview_closing(world.database, platform_id=world.platform_id, actor=SYSTEM, now=now)
        )
        # It has planned by the terms of before, and waits for the log.
        await wait_until(lambda: is_waiting(conn))

    sheets, _ = await preview

    assert [(s.period_end, s.total_minor) for s in sheets if s.lines] == [(at("2024-07-08"), 1_000)]


async def is_waiting(conn: Connection) -> bool:
    """Whether somebody waits for what this transaction has locked; sessions are seen only once in a transaction."""
    waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)) LIMIT 1"
    return await conn.fetchval(waiting) is not None


async def test_two_workers_at_one_tick_do_a_job_once(world: World):
    await plan(world, "test")

    async def act(conn: Connection, now: datetime, actor: Actor) -> Progress:
        await tell(conn, world, "once")
        return Progress({"told": 1}, is_done=True)

    tallies = await asyncio.gather(*(worker(world, "2024-07-01", Work("test", step=act)).run_once() for _ in range(4)))

    assert sorted(tally.jobs for tally in tallies) == [0, 0, 0, 1]
    assert await told(world) == ["once"]


async def test_two_planners_at_one_tick_plan_one_run(world: World):
    await world.earn("M1", 1_000, "2024-06-03")
    kinds = {work.kind: work for work in WORK}

    planned = await asyncio.gather(
        *(plan_due(world.database, world.platform_id, kinds=kinds, now=at("2024-06-03T12:00:30")) for _ in range(4))
    )

    assert sorted(planned) == [0, 0, 0, 1]
    assert [kind for kind, *_ in await jobs(world)] == ["sheets.open"]


async def test_a_step_and_the_end_of_its_job_are_one(world: World):
    await plan(world, "test")
    calls = 0

    async def act(conn: Connection, now: datetime, actor: Actor) -> Progress:
        nonlocal calls
        calls += 1
        await tell(conn, world, f"step {calls}")
        if calls == 2:
            raise ValueError("between the effect and the end")
        return Progress({"told": 1}, is_done=calls > 1)

    tally = await run(world, "2024-07-01", Work("test", step=act))

    assert (tally.jobs, tally.failed) == (1, 1)
    assert await told(world) == ["step 1"]
    assert await jobs(world) == [("test", "READY", 1, "ValueError: between the effect and the end")]
    await force(world, "UPDATE job SET run_after = clock_timestamp()")
    assert (await run(world, "2024-07-01", Work("test", step=act))).failed == 0
    assert await told(world) == ["step 1", "step 3"]
    assert [row[1] for row in await jobs(world)] == ["DONE"]


async def test_a_failed_job_waits_before_it_is_tried_again(world: World):
    await plan(world, "test")

    async def act(conn: Connection, now: datetime, actor: Actor) -> int:
        raise ValueError("always")

    assert (await run(world, "2024-07-01", Work("test", step=repeat("x", act)))).failed == 1
    assert (await run(world, "2024-07-01", Work("test", step=repeat("x", act)))).jobs == 0


async def test_an_errand_keeps_its_job_for_as_long_as_it_takes(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.worker.worker.LEASE", timedelta(seconds=6))  # lengthened after each third of that
    await plan(world, "test")
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow(errand: Errand) -> Mapping[str, int]:
        begun.set()
        await may_end.wait()
        return {"errands": 1}

    first = asyncio.create_task(run(world, "2024-07-01", Work("test", run=slow)))
    await begun.wait()
    ((first_end,),) = await world.rows("SELECT lease_until FROM job")

    async def is_lengthened() -> bool:
        return (await world.rows("SELECT lease_until > $1 FROM job", first_end))[0][0]

    await wait_until(is_lengthened)

    assert (await run(world, "2024-07-01", Work("test", run=slow))).jobs == 0
    may_end.set()
    assert (await first).counts["test errands"] == 1
    assert await jobs(world) == [("test", "DONE", 1, "")]


async def test_an_errand_whose_job_was_lost_is_stopped(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.worker.worker.LEASE", timedelta(milliseconds=150))
    await plan(world, "test")
    begun = asyncio.Event()
    ended: list[str] = []

    async def slow(errand: Errand) -> Mapping[str, int]:
        begun.set()
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            ended.append("stopped")
            raise
        return {}

    running = asyncio.create_task(run(world, "2024-07-01", Work("test", run=slow)))
    await begun.wait()
    # Somebody else has it, and for longer than this worker is there.
    await force(world, "UPDATE job SET lease = lease + 1, lease_until = clock_timestamp() + interval '1 hour'")

    tally = await running
    assert (tally.jobs, tally.failed, ended) == (1, 0, ["stopped"])


async def test_a_worker_that_is_stopped_while_it_loses_its_job_ends(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.worker.worker.LEASE", timedelta(milliseconds=150))
    await plan(world, "test")
    begun = asyncio.Event()

    async def slow(errand: Errand) -> Mapping[str, int]:
        begun.set()
        try:
            await asyncio.sleep(30)
        finally:
            running.cancel()
            await asyncio.sleep(0)
        return {}

    running = asyncio.create_task(run(world, "2024-07-01", Work("test", run=slow)))
    await begun.wait()
    await force(world, "UPDATE job SET lease = lease + 1, lease_until = clock_timestamp() + interval '1 hour'")

    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_worker_that_is_stopped_gives_its_job_back(world: World):
    await plan(world, "test")
    begun = asyncio.Event()

    async def slow(errand: Errand) -> Mapping[str, int]:
        begun.set()
        await asyncio.sleep(30)
        return {}

    running = asyncio.create_task(run(world, "2024-07-01", Work("test", run=slow)))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    (row,) = await world.rows("SELECT status, attempts, lease_until FROM job")
    assert tuple(row) == ("READY", 0, None)


@pytest.mark.parametrize("does", ["rests", "fails", "fails in its transaction"])
async def test_a_worker_that_is_stopped_at_any_moment_has_no_job(world: World, does: str):
    begun = asyncio.Event()

    async def act(errand: Errand) -> Mapping[str, int]:
        begun.set()
        if does == "fails":
            raise ValueError("fails")
        await asyncio.sleep(30)
        return {}

    async def fail(conn: Connection, now: datetime, actor: Actor) -> Progress:
        begun.set()
        raise ValueError("fails")

    work = Work("test", step=fail) if does == "fails in its transaction" else Work("test", run=act)

    async def run_until(stopped: Awaitable[object]) -> float:
        """Run a worker until then, and how long that was."""
        begun.clear()
        await force(world, "UPDATE job SET attempts = 0, run_after = clock_timestamp()")
        began = time.perf_counter()
        running = asyncio.create_task(run(world, "2024-07-01", work))
        await stopped
        lasted = time.perf_counter() - began
        is_stopped = running.cancel()
        await asyncio.wait([running])
        assert running.cancelled() == is_stopped, lasted
        assert await world.rows("SELECT FROM job WHERE lease_until IS NOT NULL") == [], lasted
        return lasted

    await plan(world, "test")
    await run_until(begun.wait())
    has_job = await run_until(begun.wait())
    for moment in range(80):
        await run_until(asyncio.sleep(moment / 50 * has_job))


async def test_a_lost_store_is_not_the_jobs_fault(world: World):
    await plan(world, "test")

    async def act(conn: Connection, now: datetime, actor: Actor) -> Progress:
        raise DatabaseUnavailable

    with pytest.raises(DatabaseUnavailable):
        await run(world, "2024-07-01", Work("test", step=act))

    assert [(row[1], row[3]) for row in await jobs(world)] == [("READY", "")]


async def test_a_worker_goes_on_until_it_is_told_to_stop(world: World):
    await world.earn("M1", 1_000, "2024-06-03")
    running = asyncio.create_task(worker(world, "2024-07-02").run(pause_seconds=0.05))

    async def has_closed() -> bool:
        return [sheet.total for sheet in await world.sheets("M1")] == [1_000]

    await wait_until(has_closed, every=0.05)
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert [sheet.total for sheet in await world.sheets("M1")] == [1_000]


async def test_a_worker_goes_on_whatever_keeps_it_from_its_jobs(world: World, monkeypatch: pytest.MonkeyPatch):
    await plan(world, "test")
    done = asyncio.Event()
    failures = [DatabaseUnavailable(), asyncpg.LockNotAvailableError(), asyncpg.TooManyConnectionsError()]

    async def act(errand: Errand) -> Mapping[str, int]:
        done.set()
        return {}

    async def plan_with_failures(*given: Any, **named: Any) -> int:
        if failures:
            raise failures.pop()
        return await plan_due(*given, **named)

    monkeypatch.setattr("app.worker.worker.plan_due", plan_with_failures)
    running = asyncio.create_task(worker(world, "2024-07-01", Work("test", run=act)).run(pause_seconds=0.01))
    await asyncio.wait([running, asyncio.create_task(done.wait())], return_when=asyncio.FIRST_COMPLETED)
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert done.is_set()


def test_ticks_are_counted_from_one_instant_for_everybody():
    now = datetime(2024, 7, 17, 12, 34, 56, 789, tzinfo=UTC)

    assert find_tick(now, every=timedelta(minutes=15)) == datetime(2024, 7, 17, 12, 30, tzinfo=UTC)
    assert find_tick(now, every=timedelta(minutes=1)) == datetime(2024, 7, 17, 12, 34, tzinfo=UTC)
