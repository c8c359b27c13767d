"""Events that are there at once are answered together: what is asked of the store does not grow with their number."""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.events.feed import Feed
from app.operations.execution import OperationRequest, Runner
from app.operations.limits import Limits
from ledger.access.model import Role
from ledger.db.connecting import Database
from ledger.parties.model import PartyDraft
from tests.app.api.gateway import make_key
from tests.app.events.served import Served, sequences
from tests.ledger.reporting.books import Book
from tests.waiting import Deadlines

EVERYTHING = """subscription($after: String) { events(after: $after) {
    kind cursor sequence occurredAt
    event { kind subject occurredAt postedAt actor payload parties { reference } entry { ...All } entries { ...All } }
} }
fragment All on Entry { id kind document sequence contentHash metadata lines {
    side amount { amount } balanceAfter { amount } account { role { code } party { reference } }
} reversalOf { id } reversedBy { id } }"""


@pytest.fixture
async def book(module_database: str) -> AsyncIterator[Book]:
    """One reading connection, so that all its statements are heard."""
    database = await Database.connect(module_database, writers=1, readers=1)
    yield await Book.open_another(database)
    await database.close()


async def replay(served: Served, *, after: str, key: str | None = None) -> tuple[list[dict[str, Any]], int]:
    """What follows a cursor, and how many statements it takes to tell it."""
    heard: list[str] = []
    async with served.book.database.readers.acquire() as raw:
        raw.add_query_logger(lambda record: heard.append(record.query))
    try:
        async with served.subscribe(query=EVERYTHING, after=after, key=key) as stream:
            *events, _ = await stream.until("CAUGHT_UP")
    finally:
        async with served.book.database.readers.acquire() as raw:
            raw._con._query_loggers.clear()
    # A stream's key is looked up again every few seconds, however many events there are.
    return events, len([word for word in heard if word.split()[0] in ("SELECT", "WITH") and "api_key" not in word])


@pytest.mark.parametrize("party", [None, "A1"])
async def test_a_replay_asks_as_much_for_many_events_as_for_few(
    served: Served, monkeypatch: pytest.MonkeyPatch, party: str | None
) -> None:
    book = served.book
    # It asks beside the replay, sooner or later.
    monkeypatch.setattr(Feed, "_read_on", _rest)
    key = await make_key(book, Role.PARTY, party_id=book.ids[party]) if party else served.key
    for number in range(20):
        await book.register(PartyDraft(f"N{number}", "MERCHANT", "Shop", "A1"))
        await book.owe(("M1", "M3")[number % 2], 10 + number)
    await replay(served, after="", key=key)  # what a connection and the authenticator look up once is not counted

    events, of_all = await replay(served, after="", key=key)
    few, of_few = await replay(served, after=events[-5]["cursor"], key=key)

    assert few == events[-4:]
    assert (len(events) > 40, of_all) == (True, of_few)


async def test_what_is_told_together_costs_no_more_than_a_query_may(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        await served.book.owe("M1", 10 + number)
    (first, *_), _ = await replay(served, after="")
    runner = served.gateway.runner
    one = runner.prepare(OperationRequest(EVERYTHING)).cost
    told = _count_told(monkeypatch)

    runner.limits = dataclasses.replace(runner.limits, cost=4 * one + 1)
    events, _ = await replay(served, after=first["cursor"])

    size = len(events)
    assert told[:-1] == [4] * (size // 4) + [size % 4] * bool(size % 4)


async def test_events_that_take_too_long_together_are_told_fewer_at_a_time(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        await served.book.owe("M1", 10 + number)
    events, _ = await replay(served, after="")
    answer_event = Runner._answer_event

    begun: Counter[int] = Counter()
    snapshots: list[Any] = []

    async def hang_beside_many(self: Runner, prepared: Any, executor: Any, event: Any, context: Any) -> Any:
        snapshots.append(context)
        begun[id(context)] += 1
        if begun[id(context)] > 4:
            deadlines.end()
            await asyncio.Event().wait()
        return await answer_event(self, prepared, executor, event, context)

    deadlines = Deadlines(monkeypatch, seconds=600.0)
    monkeypatch.setattr(Runner, "_answer_event", hang_beside_many)
    served.gateway.runner.limits = Limits(read_seconds=600.0)
    again, _ = await replay(served, after="")

    assert len(events) > 10
    assert max(begun.values()) > 4
    assert sequences(again) == sequences(events)


async def _rest(_: Feed) -> None:
    """Read nothing."""


def _count_told(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    told: list[int] = []
    answer_events = Runner._answer_events

    async def count(*arguments: Any) -> Any:
        told.append(arguments[-1])
        return await answer_events(*arguments)

    monkeypatch.setattr(Runner, "_answer_events", count)
    return told
