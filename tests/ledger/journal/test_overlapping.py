"""Batches in flight together, and lists posted a stretch at a time, make the book of one after the other."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Coroutine, Generator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import coroutine
from typing import Any

import pytest

from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.journal.closing import close_period
from ledger.journal.log import lock_log
from ledger.journal.model import EntryDraft, EventDraft, Posted, Refused
from ledger.journal.posting import Written, post_entries, write_entries
from ledger.parties.moving import move_party
from ledger.verify.verifying import verify
from tests.ledger.journal.test_posting import codes
from tests.ledger.journal.test_several_lists import post_lists, read_book
from tests.ledger.journal.world import ACTOR, NOW, World, open_world

SALE = "D 1100 CNY 5 / C 2010 M1 CNY 5"
MIRROR = "C 1100 CNY 5 / D 2010 M1 CNY 5"
Writing = asyncio.Future[Written]


async def write(world: World, drafts: Sequence[EntryDraft], events: Sequence[EventDraft] = ()) -> Written:
    async with world.database.write(world.platform_id) as conn:
        return await write_entries(conn, drafts=drafts, events=events, actor=ACTOR)


async def check(world: World) -> None:
    records = await world.fetch("SELECT sequence FROM log_record ORDER BY sequence")
    assert [record["sequence"] for record in records] == list(range(1, len(records) + 1))
    async with world.database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


def tell(*entries: int) -> EventDraft:
    return EventDraft("told", f"entries/{entries}", NOW, (), "{}", entries=entries)


def draw_rivals(world: World, batch: int, *, size: int) -> list[EntryDraft]:
    """A batch that shares accounts, keys and a floor with the others, some with other content, and some of it wrong."""
    drafts = []
    for place in range(size):
        amount = place % 9 + 1
        lines, key = f"D 1100 CNY {amount} / C 2010 M{place % 3 + 1} CNY {amount}", f"own-{batch}-{place}"
        match place % 10:
            case 0:
                key = f"shared-{place}"
            case 1:
                lines, key = f"D 1100 CNY {batch + 1} / C 2010 M1 CNY {batch + 1}", f"contended-{place}"
            case 2:
                lines = f"C 1010 CNY {amount} / D 5040 CNY {amount}"
            case 3:
                lines = f"D 1010 CNY {batch + 1} / C 4040 CNY {batch + 1}"
            case 4:
                lines = f"D 1100 EUR {amount} / C 2010 M{place % 3 + 1} EUR {amount}"
            case 5 if place > size // 2:
                key = f"own-{batch}-{place - size // 2 // 90 * 90}"  # the same parties and amount
            case 6:
                lines = f"D 1100 CNY {amount} / C 9999 CNY {amount}"
        drafts.append(world.draft(lines, key=key))
    return drafts


@pytest.mark.parametrize("count", [2, 4])
async def test_batches_in_flight_together_make_the_book_of_one_after_the_other(database: Database, count: int) -> None:
    together, apart = await open_world(database), await open_world(database)
    # Nobody has used the platform yet: what is remembered of it begins with these.
    batches = [draw_rivals(together, batch, size=1_000) for batch in range(count)]

    outcomes = [written.outcomes for written in await asyncio.gather(*(write(together, each) for each in batches))]

    def first_of(batch: int) -> int:
        return min(one.sequence for one in outcomes[batch] if isinstance(one, Posted) and not one.replayed)

    for batch in sorted(range(count), key=first_of):
        serial = (await write(apart, draw_rivals(apart, batch, size=1_000))).outcomes
        assert codes(serial) == codes(outcomes[batch])
        assert [one.sequence for one in serial if isinstance(one, Posted)] == [
            one.sequence for one in outcomes[batch] if isinstance(one, Posted)
        ]
    assert {"BALANCE_FLOOR", "IDEMPOTENCY_CONFLICT", "ACCOUNT_MISSING"} <= {
        code for each in outcomes for code in codes(each)
    }
    assert await read_book(together) == await read_book(apart)
    await check(together)


# One below, and at each length from which lists are cut into more stretches.
@pytest.mark.parametrize("length", [419, 420, 899, 900])
async def test_what_is_refused_and_replayed_does_not_depend_on_stretches(database: Database, length: int) -> None:
    whole, cut = await open_world(database), await open_world(database)
    drafts = draw_rivals(cut, 0, size=length)

    at_once = await post_lists(whole, [draw_rivals(whole, 0, size=length)])
    in_parts = await post_lists(cut, [drafts[start : start + 50] for start in range(0, length, 50)])

    assert codes(at_once) == codes(in_parts)
    assert {"posted", "replayed", "BALANCE_FLOOR", "ACCOUNT_MISSING"} <= set(codes(at_once))
    assert await read_book(whole) == await read_book(cut)


async def test_an_entry_of_a_list_is_reversed_once_by_later_stretches_of_it(world: World) -> None:
    log = (await world.fetch("SELECT sequence FROM log_head"))[0]["sequence"]
    drafts = [world.draft(SALE) for _ in range(900)]
    for place in (100, 500, 899):
        drafts[place] = replace(world.draft(MIRROR, source="REVERSAL"), reversal_of=log + 1)

    outcomes = await world.post(*drafts)

    assert [place for place, code in enumerate(codes(outcomes)) if code != "posted"] == [500, 899]
    for place in (500, 899):
        refused = outcomes[place]
        assert isinstance(refused, Refused)
        assert refused.error.code == "ALREADY_REVERSED"
        assert refused.error.facts == {"entry": log + 1, "reversed_by": log + 101}
    await check(world)


async def test_an_event_of_entries_of_several_stretches_comes_after_the_last_of_them(world: World) -> None:
    log = (await world.fetch("SELECT sequence FROM log_head"))[0]["sequence"]
    drafts = [world.draft(SALE) for _ in range(900)]
    drafts[700] = world.draft("D 1100 CNY 5 / C 9999 CNY 5")

    written = await write(world, drafts, [tell(), tell(0, 59, 60, 500), tell(3), tell(1, 700), tell(899)])

    # The third waits for the one before it; the fourth has an entry that was refused.
    numbers = [event.sequence - log if event else None for event in written.events]
    assert numbers == [1, 503, 504, None, 903]
    told = await world.fetch("SELECT sequence, payload FROM log_event WHERE kind = 'told' ORDER BY sequence")
    assert [(each["sequence"] - log, json.loads(each["payload"]).get("entries", [])) for each in told] == [
        (1, []),
        (503, [log + 2, log + 61, log + 62, log + 502]),
        (504, [log + 5]),
        (903, [log + 902]),
    ]
    await check(world)


# Others work in other databases of the server.
_WAITING = "SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()"


@asynccontextmanager
async def kept_waiting(world: World, drafts: Sequence[EntryDraft]) -> AsyncIterator[tuple[Connection, Writing]]:
    """A transaction that has the log, and a batch that is prepared as far as it can be without."""
    await world.post(*(replace(draft, key=f"before-{draft.key}") for draft in drafts[:3]))  # accounts are known by now
    async with world.database.write(world.platform_id) as conn:
        await lock_log(conn)
        writing = asyncio.ensure_future(write(world, drafts))
        async with asyncio.timeout(30):
            while not await world.fetch(_WAITING):  # noqa: ASYNC110 -- the server tells nobody
                await asyncio.sleep(0.01)
        for _ in range(len(drafts)):
            await asyncio.sleep(0)
        yield conn, writing


async def test_a_batch_that_waited_is_judged_by_the_days_that_were_closed_meanwhile(world: World) -> None:
    yesterday = world.today - timedelta(days=1)
    drafts = [world.draft(SALE, day=yesterday) for _ in range(500)]

    async with kept_waiting(world, drafts) as (conn, writing):
        book = world.ids["LE"]
        await close_period(conn, book_id=book, through=yesterday, actor=ACTOR, now=datetime.now(UTC))

    assert codes((await writing).outcomes) == ["PERIOD_CLOSED"] * 500
    await check(world)


async def test_a_batch_that_waited_is_added_below_those_who_are_above_by_then(world: World) -> None:
    drafts = [world.draft(SALE) for _ in range(500)]

    async with kept_waiting(world, drafts) as (conn, writing):
        await move_party(conn, reference="A11", to="A2", actor=ACTOR, now=NOW)

    assert codes((await writing).outcomes) == ["posted"] * 500
    await check(world)


async def test_a_batch_that_waited_hears_of_keys_floors_and_reversals_of_the_one_before(world: World) -> None:
    sale = await world.post_lines(SALE)
    await world.post_lines("D 1010 CNY 5 / C 4040 CNY 5")
    spent = "C 1010 CNY 5 / D 5040 CNY 5"
    mirror = replace(world.draft(MIRROR, source="REVERSAL"), reversal_of=sale.sequence)
    await world.post(world.draft(SALE, key="long ago"))
    drafts = [world.draft(SALE) for _ in range(495)]
    drafts += [world.draft(SALE, key="contended"), world.draft(SALE, key="long ago")]
    drafts += [replace(mirror, key="mirror"), world.draft(spent), world.draft(SALE, key="same")]

    async with kept_waiting(world, drafts) as (conn, writing):
        others = [replace(mirror, key="other"), world.draft(spent), world.draft(SALE, key="same")]
        others += [world.draft(MIRROR, key="contended")]
        assert codes(await post_entries(conn, drafts=others, actor=ACTOR)) == ["posted"] * 4

    ends = ["posted", "IDEMPOTENCY_CONFLICT", "replayed", "ALREADY_REVERSED", "BALANCE_FLOOR", "replayed"]
    assert codes((await writing).outcomes)[-6:] == ends
    await check(world)


async def test_a_batch_that_is_cancelled_wherever_it_waits_is_posted_or_not_and_leaves_the_log(world: World) -> None:
    counts: list[int] = []
    is_cancelled = True
    while is_cancelled:
        at = len(counts) + 1
        drafts = [world.draft(SALE, key=f"{at}-{place}") for place in range(420)]
        async with asyncio.TaskGroup() as calls:
            rival = calls.create_task(write(world, [world.draft(SALE) for _ in range(130)]))
            await asyncio.sleep(0)
            posting = calls.create_task(interrupted(write(world, drafts), at=at))

        assert codes(rival.result().outcomes) == ["posted"] * 130
        (row,) = await world.fetch("SELECT count(*) AS n FROM entry WHERE idempotency_key LIKE $1", f"{at}-%")
        counts.append(row["n"])
        is_cancelled = posting.cancelled()

    assert set(counts) == {0, 420}
    assert counts[-1] == 420
    assert len(counts) > 20
    await check(world)


async def interrupted(work: Coroutine[Any, Any, Any], *, at: int) -> None:
    """Do the work, and cancel it where it waits for the nth time."""
    await _interrupted(work, at)


@coroutine
def _interrupted(work: Coroutine[Any, Any, Any], at: int) -> Generator[Any, Any, None]:
    task = asyncio.current_task()
    assert task is not None
    error: BaseException | None = None
    for step in itertools.count(1):
        try:
            awaited = work.throw(error) if error else work.send(None)
        except StopIteration:
            return
        if step == at:
            task.cancel()
        error = None
        try:
            yield awaited
        except BaseException as raised:
            error = raised
