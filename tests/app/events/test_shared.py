"""Many listeners of one event are told of it by one execution; what they may see is still their own."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from ledger.access.model import Role
from tests.app.api.gateway import make_key
from tests.app.events.served import EVENTS, Served
from tests.ledger.reporting.books import Book

LISTENERS = 12


async def test_an_event_is_executed_once_for_all_who_listen_alike(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Served.open(book) as served, AsyncExitStack() as stack:
        executed: list[Any] = []
        runner = served.gateway.runner
        answer_event = runner._answer_event

        async def count(prepared: Any, executor: Any, event: Any, context: Any) -> Any:
            executed.append(event)
            return await answer_event(prepared, executor, event, context)

        monkeypatch.setattr(type(runner), "_answer_event", lambda self, *arguments: count(*arguments))
        colleague = await make_key(book, Role.OPERATOR)
        streams = [
            await stack.enter_async_context(served.subscribe(key=(served.key, colleague)[number % 2]))
            for number in range(LISTENERS)
        ]
        for stream in streams:
            await stream.until("CAUGHT_UP")
        executed.clear()

        for number in range(5):
            await served.post(f"one-{number}")
            heard = await asyncio.gather(*(stream.next() for stream in streams))
            assert heard == [heard[0]] * LISTENERS

    events = [each for each in executed if each.event is not None]
    # Alone each listener would have had its own: 60. A socket that is a moment late has its own, too.
    assert 5 <= len(events) <= 15


async def test_a_party_beside_the_operator_hears_its_own_part(book: Book) -> None:
    async with Served.open(book) as served, AsyncExitStack() as stack:
        key = await make_key(book, Role.PARTY, party_id=book.ids["M1"])
        operator = await stack.enter_async_context(served.subscribe(query=EVENTS))
        party = await stack.enter_async_context(served.subscribe(key=key, query=EVENTS))
        for stream in (operator, party):
            await stream.until("CAUGHT_UP")

        sequence = await book.owe("M1", 700)
        served.gateway.services.events.committed(book.platform_id)
        everything, own = await operator.next(), await party.next()

    assert everything["event"]["entry"]["sequence"] == str(sequence)
    assert everything["event"]["actor"] == "test"
    assert (own["event"]["kind"], own["event"]["actor"], own["event"]["entry"]["sequence"]) == (
        "entry.posted",
        None,
        None,
    )
    assert own["cursor"] != everything["cursor"]
