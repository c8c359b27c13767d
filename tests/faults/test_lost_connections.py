"""
The connection is lost before every statement of a posting, the answer to COMMIT is lost, the process is killed: a retry
with the same keys finds or makes exactly one entry each, and nothing half-written is ever there.
"""

import asyncio
import itertools
import signal
import sys
from collections.abc import AsyncIterator

import pytest

from ledger.charging.recording import Recorded
from ledger.db.connecting import Database
from ledger.db.errors import DatabaseUnavailable, OutcomeUnknown
from ledger.journal.model import EntryDraft, Posted
from ledger.journal.posting import post_entries
from ledger.parties.model import PartyDraft
from ledger.verify.verifying import verify
from tests.faults import poster
from tests.faults.proxy import Proxy, open_proxy
from tests.ledger.charging.market import Market
from tests.ledger.journal.world import ACTOR, World, open_world
from tests.oracle.small_world import SUCCEEDED, paid

_parties = itertools.count(1)


@pytest.fixture
async def direct(module_database: str) -> AsyncIterator[Database]:
    database = await Database.connect(module_database, writers=1, readers=2)
    yield database
    await database.close()


@pytest.fixture
async def world(direct: Database) -> World:
    return await open_world(direct)


@pytest.fixture
async def proxy(module_database: str) -> AsyncIterator[Proxy]:
    async with open_proxy(module_database) as proxy:
        yield proxy


@pytest.fixture
async def lossy(proxy: Proxy) -> AsyncIterator[Database]:
    """The store behind the proxy."""
    database = await Database.connect(proxy.dsn, writers=1, readers=1)
    yield database
    await database.close()


async def draw_up(world: World) -> list[EntryDraft]:
    """A batch for a merchant of its own, whose accounts are not open yet."""
    name = f"shop-{next(_parties)}"
    await world.register(PartyDraft(name, "MERCHANT", name, "A11"))
    return poster.batch(book=world.ids["LE"], party=world.ids[name], day=world.today)


def draw_up_again(world: World) -> list[EntryDraft]:
    """A batch for a merchant that is there already."""
    return poster.batch(book=world.ids["LE"], party=world.ids["M1"], day=world.today)


async def count_entries(world: World) -> int:
    return int((await world.fetch("SELECT count(*) AS n FROM entry"))[0]["n"])


async def check_book(world: World | Market) -> None:
    async with world.database.read(world.platform_id) as conn:
        report = await verify(conn)
    assert report.disagreement is None


async def test_a_connection_lost_before_any_statement_leaves_nothing(
    proxy: Proxy, lossy: Database, direct: Database
) -> None:
    lost_at: list[str] = []
    while "COMMIT" not in lost_at:
        world = await open_world(direct)
        drafts = await draw_up(world)
        rows = await world.count_rows()
        proxy.cut_when(lambda number, _text: number > len(lost_at))
        with pytest.raises((DatabaseUnavailable, OutcomeUnknown)) as lost:
            await poster.post(lossy, world.platform_id, drafts)
        lost_at.append(proxy.seen[-1])
        # A COMMIT that was sent may have arrived; the program cannot know that it did not.
        assert lost.type is (OutcomeUnknown if lost_at[-1] == "COMMIT" else DatabaseUnavailable)
        assert await world.count_rows() == rows, f"statement {len(lost_at)} left something behind"

        proxy.count()
        first = await poster.post(lossy, world.platform_id, drafts)
        again = await poster.post(lossy, world.platform_id, drafts)

        posted = [outcome for outcome in (*first, *again) if isinstance(outcome, Posted)]
        assert [outcome.replayed for outcome in posted] == [False, False, True, True]
        assert await count_entries(world) == 2
        await check_book(world)
    assert len(lost_at) > 8


async def test_a_connection_lost_while_an_order_is_split_leaves_nothing(
    proxy: Proxy, lossy: Database, direct: Database
) -> None:
    lost_at: list[str] = []
    while "COMMIT" not in lost_at:
        market = await Market.open(direct)
        await market.accept(paid("100.00"))
        behind = Market(lossy, market.platform_id)
        rows = await market.count_rows()
        proxy.cut_when(lambda number, _text: number > len(lost_at))
        with pytest.raises((DatabaseUnavailable, OutcomeUnknown)) as lost:
            await behind.record(SUCCEEDED)
        lost_at.append(proxy.seen[-1])
        assert lost.type is (OutcomeUnknown if lost_at[-1] == "COMMIT" else DatabaseUnavailable)
        assert await market.count_rows() == rows, f"statement {len(lost_at)} left something behind"

        proxy.count()
        (first,) = await behind.record(SUCCEEDED)
        (again,) = await behind.record(SUCCEEDED)

        assert isinstance(first, Recorded)
        assert isinstance(again, Recorded)
        assert (first.replayed, again.replayed, again.sequence) == (False, True, first.sequence)
        await check_book(market)
    assert len(lost_at) > 8


async def test_a_stalled_client_frees_the_log(direct: Database, world: World, module_database: str) -> None:
    """Five seconds after its last word; what it wrote is gone, and it learns of it."""
    stalled = await Database.connect(module_database, writers=1, readers=1)

    async def stall() -> None:
        async with stalled.write(world.platform_id) as conn:
            await post_entries(conn, drafts=draw_up_again(world), actor=ACTOR)
            stalls.set()
            await goes_on.wait()

    stalls, goes_on = asyncio.Event(), asyncio.Event()
    stalling = asyncio.create_task(stall())
    await stalls.wait()
    outcomes = await poster.post(direct, world.platform_id, draw_up_again(world))

    goes_on.set()
    assert [one.replayed for one in outcomes if isinstance(one, Posted)] == [False, False]
    with pytest.raises((DatabaseUnavailable, OutcomeUnknown)):
        await stalling
    await check_book(world)
    await stalled.close()


async def test_a_swallowed_answer_to_commit_is_unknown_and_the_key_tells(
    proxy: Proxy, lossy: Database, world: World
) -> None:
    drafts = await draw_up(world)

    proxy.swallow("COMMIT")
    with pytest.raises(OutcomeUnknown):
        await poster.post(lossy, world.platform_id, drafts)
    proxy.count()

    assert await count_entries(world) == 2
    outcomes = await poster.post(lossy, world.platform_id, drafts)
    stored = await world.fetch("SELECT sequence, posted_at FROM entry ORDER BY sequence")
    assert [(one.replayed, one.sequence, one.posted_at) for one in outcomes if isinstance(one, Posted)] == [
        (True, row["sequence"], row["posted_at"]) for row in stored
    ]
    assert await count_entries(world) == 2
    await check_book(world)


async def test_a_lost_connection_is_replaced(proxy: Proxy, lossy: Database, world: World) -> None:
    for _ in range(3):
        proxy.cut_when(lambda number, _text: number == 3)
        with pytest.raises(DatabaseUnavailable):
            await poster.post(lossy, world.platform_id, await draw_up(world))
    proxy.count()

    assert all(isinstance(one, Posted) for one in await poster.post(lossy, world.platform_id, await draw_up(world)))


async def kill_at(number: int, proxy: Proxy, world: World, drafts: list[EntryDraft]) -> str:
    """
    Run the poster in a process of its own and kill it when it sends its n-th statement, or its COMMIT if that comes
    first; none of it reaches the server. Returns the statement's text.
    """
    party = drafts[0].lines[1].account.party_id
    arguments = [proxy.dsn, str(world.platform_id), str(world.ids["LE"]), str(party), world.today.isoformat()]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.faults.poster", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert await process.stdout.readline() == b"connected\n"

    def kill(seen: int, text: str) -> bool:
        if seen == number or text == "COMMIT":
            process.send_signal(signal.SIGKILL)
            return True
        return False

    proxy.cut_when(kill)
    process.stdin.write(b"\n")
    assert await process.wait() == -signal.SIGKILL
    last = proxy.seen[-1]
    proxy.count()
    return last


async def check_killed(number: int, proxy: Proxy, world: World) -> str:
    drafts = await draw_up(world)
    before = await world.count_rows()

    killed_at = await kill_at(number, proxy, world, drafts)

    assert await world.count_rows() == before
    outcomes = await poster.post(world.database, world.platform_id, drafts)
    assert [one.replayed for one in outcomes if isinstance(one, Posted)] == [False, False]
    await check_book(world)
    return killed_at


@pytest.mark.parametrize("number", [2, 6, 99], ids=["after BEGIN", "half-way", "at COMMIT"])
async def test_a_killed_process_leaves_nothing(proxy: Proxy, world: World, number: int) -> None:
    assert (await check_killed(number, proxy, world) == "COMMIT") == (number == 99)


@pytest.mark.slow
async def test_a_process_killed_before_any_statement_leaves_nothing(proxy: Proxy, direct: Database) -> None:
    for number in itertools.count(1):
        if await check_killed(number, proxy, await open_world(direct)) == "COMMIT":
            break
    assert number > 8
