"""One snapshot per operation, on a real event loop; the store's transaction is played by a recording one."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from app.api.loaders import Loaders
from app.api.snapshot import LogPosition, Snapshot
from ledger.db.errors import DatabaseUnavailable
from ledger.errors import InvalidInput
from tests.waiting import wait_until

POSITION = LogPosition(7, datetime(2026, 1, 31, tzinfo=UTC))


class Store:
    """Counts what is open and how many functions run on one connection at once."""

    def __init__(self) -> None:
        self.opened = 0
        self.endings: list[str] = []
        self.running = 0
        self.most_at_once = 0

    @asynccontextmanager
    async def read(self) -> AsyncIterator[str]:
        self.opened += 1
        try:
            yield f"conn {self.opened}"
        except ConnectionError as lost:
            self.endings.append("lost")
            raise DatabaseUnavailable() from lost
        except BaseException as failure:
            self.endings.append(type(failure).__name__)
            raise
        self.endings.append("given back")

    async def ask(self, conn: str, *, turns: int = 2, fail: Exception | None = None) -> str:
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        try:
            for _ in range(turns):
                await asyncio.sleep(0)
            if fail is not None:
                raise fail
            return conn
        finally:
            self.running -= 1

    def snapshot(self) -> Snapshot:
        async def find_position(conn: object) -> LogPosition:
            return POSITION

        return Snapshot(open_read=self.read, find_position=find_position)  # type: ignore[arg-type]


async def test_all_reads_of_an_operation_share_one_transaction_and_take_turns():
    store = Store()
    snapshot = store.snapshot()

    answers = await asyncio.gather(*(snapshot.run(store.ask) for _ in range(5)))
    await snapshot.close()

    assert answers == ["conn 1"] * 5
    assert (store.opened, store.most_at_once, store.endings) == (1, 1, ["given back"])


async def test_an_operation_that_reads_nothing_opens_nothing():
    store = Store()
    snapshot = store.snapshot()

    await snapshot.close()

    assert (store.opened, snapshot.is_open) == (0, False)


async def test_a_renewed_snapshot_is_a_new_transaction():
    store = Store()
    snapshot = store.snapshot()

    assert await snapshot.run(store.ask) == "conn 1"
    await snapshot.renew()
    assert await snapshot.run(store.ask) == "conn 2"
    await snapshot.close()

    assert store.endings == ["given back", "given back"]


async def test_nothing_is_read_once_the_operation_was_answered():
    store = Store()
    snapshot = store.snapshot()
    await snapshot.close()

    with pytest.raises(RuntimeError):
        await snapshot.run(store.ask)
    assert store.opened == 0


async def test_a_refusal_leaves_the_snapshot_usable():
    store = Store()
    snapshot = store.snapshot()

    with pytest.raises(InvalidInput):
        await snapshot.run(store.ask, fail=InvalidInput(reason="no"))
    assert await snapshot.run(store.ask) == "conn 1"
    await snapshot.close()


async def test_a_failure_ends_the_snapshot_instead_of_mixing_two_moments_into_one_answer():
    store = Store()
    snapshot = store.snapshot()

    with pytest.raises(ZeroDivisionError):
        await snapshot.run(store.ask, fail=ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await snapshot.run(store.ask)
    await snapshot.close()

    assert (store.opened, store.endings) == (1, ["ZeroDivisionError"])


async def test_a_lost_connection_is_named_as_one_to_everybody_who_reads_on():
    store = Store()
    snapshot = store.snapshot()

    for fail in (ConnectionResetError(), None):
        with pytest.raises(DatabaseUnavailable):
            await snapshot.run(store.ask, fail=fail)
    await snapshot.close()

    assert store.endings == ["lost"]


async def test_a_field_that_gives_up_does_not_take_its_siblings_transaction_along():
    store = Store()
    snapshot = store.snapshot()
    gives_up = asyncio.create_task(snapshot.run(store.ask, turns=5))
    sibling = asyncio.create_task(snapshot.run(store.ask))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    gives_up.cancel()

    assert await sibling == "conn 1"
    await snapshot.close()
    assert (store.opened, store.endings) == (1, ["given back"])


async def test_closing_cuts_off_what_still_runs_and_rolls_back():
    store = Store()
    snapshot = store.snapshot()
    forgotten = asyncio.create_task(snapshot.run(store.ask, turns=1_000_000))
    await wait_until(lambda: store.running)
    forgotten.cancel()

    await snapshot.close()

    assert (store.running, store.endings) == (0, ["CancelledError"])


async def test_the_position_is_read_once_and_again_after_a_renewal():
    store = Store()
    snapshot = store.snapshot()

    assert await snapshot.position() == await snapshot.position() == POSITION
    await snapshot.renew()
    await snapshot.position()
    await snapshot.close()

    assert store.opened == 2


class Names:
    """A batch function that remembers what it was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[list[int], str]] = []

    async def find(self, conn: str, *, keys: Sequence[int], language: str = "en") -> list[str]:
        self.calls.append((list(keys), language))
        return [f"{language} {key}" for key in keys]


async def test_keys_of_one_turn_are_asked_for_together_once_each_and_in_order():
    names = Names()
    loaders = Loaders(Store().snapshot())

    answers = await asyncio.gather(*(loaders.load(names.find, key) for key in (3, 1, 3, 2)))

    assert answers == ["en 3", "en 1", "en 3", "en 2"]
    assert names.calls == [([3, 1, 2], "en")]


async def test_what_was_loaded_is_remembered_until_the_snapshot_is_renewed():
    names = Names()
    loaders = Loaders(Store().snapshot())

    await loaders.load(names.find, 1)
    await loaders.load(names.find, 1)
    assert names.calls == [([1], "en")]
    loaders.forget()
    await loaders.load(names.find, 1)

    assert names.calls == [([1], "en"), ([1], "en")]


async def test_other_arguments_are_other_loaders():
    names = Names()
    loaders = Loaders(Store().snapshot())

    answers = await asyncio.gather(loaders.load(names.find, 1), loaders.load(names.find, 1, language="zh"))

    assert answers == ["en 1", "zh 1"]
    assert sorted(names.calls) == [([1], "en"), ([1], "zh")]


async def test_a_failed_load_fails_for_everybody_who_asked_and_for_nobody_else():
    async def refuse(conn: str, *, keys: Sequence[int]) -> list[str]:
        raise InvalidInput(reason="no")

    names = Names()
    loaders = Loaders(Store().snapshot())

    answers = await asyncio.gather(
        loaders.load(refuse, 1), loaders.load(refuse, 2), loaders.load(names.find, 3), return_exceptions=True
    )

    assert [type(answer) for answer in answers] == [InvalidInput, InvalidInput, str]
