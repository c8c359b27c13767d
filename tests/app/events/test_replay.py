"""A party's replay is looked up or walked, whichever is faster, and is the same either way."""

from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from app.events import following, pages
from app.events.following import adapt_reach, follow
from app.events.hub import EventHub
from app.events.pages import PAGE_RECORDS, SignalKind, Wanted
from ledger.reporting import log
from tests.ledger.reporting.books import Book


@pytest.fixture
async def hub(book: Book) -> AsyncIterator[EventHub]:
    hub = EventHub(book.database)
    yield hub
    await hub.close()


async def replay(hub: EventHub, book: Book, *roots: str, kinds: frozenset[str] | None = None) -> list[int]:
    """The places that a reader from the beginning hears of until he has caught up."""
    wanted = Wanted(kinds, tuple(book.ids[root] for root in roots))
    heard = []
    async with aclosing(follow(hub, platform_id=book.platform_id, wanted=wanted, after=0)) as stretches:
        async for signals in stretches:
            if signals[-1].kind is SignalKind.CAUGHT_UP:
                return heard
            assert {signal.kind for signal in signals} == {SignalKind.EVENT}
            heard += [signal.position for signal in signals]
    raise AssertionError("the stream ended")


@pytest.mark.parametrize(("page_size", "reach"), [(2, 1), (2, 7), (5, 3), (500, 10_000)])
async def test_a_looked_up_replay_is_the_walked_one(
    hub: EventHub, book: Book, monkeypatch: pytest.MonkeyPatch, page_size: int, reach: int
) -> None:
    for number in range(12):
        await book.owe(f"M{number % 3 + 1}", 10 + number)
        if number % 4 == 0:
            await book.move("A11", "A2" if number % 8 else "A1")
    monkeypatch.setattr(pages, "PAGE_RECORDS", page_size)
    monkeypatch.setattr(following, "PAGE_RECORDS", page_size)
    monkeypatch.setattr(following, "FIRST_REACH", reach)
    roots = [("M1",), ("A1",), ("A2", "M2"), ("D1",), ("LE-JP",), ("A1", "M1")]

    looked_up = [await replay(hub, book, *each) for each in roots]
    of_kind = await replay(hub, book, "M1", kinds=frozenset({"ENTRY"}))
    monkeypatch.setattr(log, "MOST_MEMBERS", 0)
    walked = [await replay(hub, book, *each) for each in roots]

    assert looked_up == walked
    assert of_kind == await replay(hub, book, "M1", kinds=frozenset({"ENTRY"}))
    assert (len(of_kind), len(looked_up[0]) > 4, len(looked_up[3])) == (4, True, 2)


async def test_a_party_with_little_reads_few_pages_of_a_long_log(
    hub: EventHub, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        await book.owe("M2", 10 + number)
    monkeypatch.setattr(pages, "PAGE_RECORDS", 4)
    monkeypatch.setattr(following, "PAGE_RECORDS", 4)
    monkeypatch.setattr(following, "FIRST_REACH", 8)
    asked: list[str] = []
    for name in ("read_page", "read_page_of"):
        monkeypatch.setattr(hub.source, name, _count(getattr(hub.source, name), asked))

    heard = await replay(hub, book, "D2")
    few = list(asked)
    asked.clear()
    await replay(hub, book)

    assert len(heard) == 1
    assert few.count("read_page") == 0
    assert len(few) <= 4
    assert asked.count("read_page") > 15


def _count(call, asked):  # type: ignore[no-untyped-def]
    async def counted(*arguments, **named):  # type: ignore[no-untyped-def]
        asked.append(call.__name__)
        return await call(*arguments, **named)

    return counted


def test_the_next_page_looks_further_after_little_and_less_far_after_much() -> None:
    assert adapt_reach(10_000, found=3) == 40_000
    assert adapt_reach(10_000, found=PAGE_RECORDS // 2) == 10_000
    assert adapt_reach(10_000, found=PAGE_RECORDS) == 2_500
    assert adapt_reach(PAGE_RECORDS, found=PAGE_RECORDS) == PAGE_RECORDS
