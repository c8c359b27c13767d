"""The event stream of a real server, read by real clients."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import asyncpg
import pytest
from gql.transport.exceptions import TransportQueryError

from app.api.cursor import CursorScope
from ledger.access import keys
from ledger.actor import Actor
from tests.app.events.served import (
    EVENTS,
    POST,
    Envelope,
    Served,
    Stream,
    kinds,
    make_entry,
    sequences,
    small_socket,
)
from tests.ledger.reporting.books import Book
from tests.waiting import HANGS_S, wait_until


async def find_head(book: Book) -> int:
    async with book.database.read(book.platform_id) as conn:
        return int(await conn.fetchval("SELECT sequence FROM log_head"))


async def test_a_subscriber_hears_from_now_on_and_is_told_when_now_is(served):
    await served.post("before")

    async with served.subscribe() as stream:
        caught_up = await stream.next()
        (posted,) = await served.post("after")
        event = await stream.next()

    assert (caught_up["kind"], caught_up["event"]) == ("CAUGHT_UP", None)
    assert int(caught_up["sequence"]) == int(posted["sequence"]) - 1
    assert event["kind"] == "EVENT"
    assert event["sequence"] == posted["sequence"]
    assert event["event"] == {
        "kind": "entry.posted",
        "subject": None,
        "payload": None,
        "actor": event["event"]["actor"],
        "parties": [],
        "entry": {"sequence": posted["sequence"], "description": "after"},
    }


async def test_an_empty_cursor_replays_the_log_from_its_first_record(served):
    head = await find_head(served.book)

    async with served.subscribe(after="") as stream:
        taken = await stream.until("CAUGHT_UP")

    assert sequences(taken) == [*range(1, head + 1)]
    assert taken[0]["event"]["kind"] == "party.registered"
    assert int(taken[-1]["sequence"]) == head


async def test_replay_goes_over_into_live_without_gap_or_duplicate_while_others_write(served):
    # Writers write half as many as are read, so a reader catches up however slow a machine is; then fifty more.
    room = asyncio.Semaphore(8)
    stopped = asyncio.Event()

    async def write(name: str) -> None:
        for number in itertools.count():
            await room.acquire()
            if stopped.is_set():
                return
            await served.post(*(f"{name}-{number}-{each}" for each in range(5)))

    async def read(stream: Stream) -> AsyncIterator[Envelope]:
        for number in itertools.count(1):
            envelope = await stream.next()
            for _ in range(10 if envelope["kind"] == "CAUGHT_UP" else number % 10 == 0):
                room.release()
            yield envelope

    await served.post(*(f"before-{number}" for number in range(60)))
    writers = [asyncio.create_task(write(name)) for name in ("a", "b")]
    streams = []
    for _ in range(3):
        async with served.subscribe(after="") as stream:
            envelopes: list[Envelope] = []
            async for envelope in read(stream):
                envelopes.append(envelope)
                if "CAUGHT_UP" in kinds(envelopes[-41:-40]):
                    break
            streams.append(envelopes)
    stopped.set()
    room.release()
    room.release()
    await asyncio.gather(*writers)

    for envelopes in streams:
        assert sequences(envelopes) == [*range(1, len(sequences(envelopes)) + 1)]
        assert kinds(envelopes).count("CAUGHT_UP") == 1


async def test_many_subscribers_hear_the_same(served):
    async def follow() -> list[int]:
        async with served.subscribe() as stream:
            await stream.until("CAUGHT_UP")
            ready.release()
            return sequences(await stream.take(20))

    ready = asyncio.Semaphore(0)
    following = [asyncio.create_task(follow()) for _ in range(8)]
    for _ in following:
        await ready.acquire()
    results = await served.post(*(f"k{number}" for number in range(20)))

    heard = await asyncio.gather(*following)

    assert heard == [[int(result["sequence"]) for result in results]] * 8


async def test_a_reader_goes_on_by_any_cursor_it_has_kept(served):
    async with served.subscribe(after="") as stream:
        first = await stream.take(5)
    await served.post("k1", "k2")
    async with served.subscribe(after=first[-1]["cursor"]) as stream:
        rest = await stream.until("CAUGHT_UP")
    async with served.subscribe(after=rest[-1]["cursor"]) as stream:
        nothing = await stream.until("CAUGHT_UP")

    assert sequences(first + rest) == [*range(1, await find_head(served.book) + 1)]
    assert sequences(nothing) == []


@pytest.mark.parametrize("cursor", ["x", "AAAA", "AYBhbGwgb2YgdGhpcyBpcyBub3Qgb3Vycw"])
async def test_a_cursor_that_is_not_ours_is_refused(served, cursor):
    async with served.subscribe(after=cursor) as stream:
        with pytest.raises(TransportQueryError) as refusal:
            await stream.next()

    assert refusal.value.errors[0]["extensions"]["reason"] == "CURSOR_INVALID"


async def test_a_kind_of_event_that_there_is_not_is_refused(served):
    async with served.subscribe(types=["order.lost"]) as stream:
        with pytest.raises(TransportQueryError) as refusal:
            await stream.next()

    assert refusal.value.errors[0]["extensions"]["reason"] == "INVALID_INPUT"


async def test_only_the_kinds_that_were_asked_for_come(served):
    async with served.subscribe(types=["party.moved", "entry.posted"]) as stream:
        await stream.until("CAUGHT_UP")
        await served.ask('mutation { blockParty(input: {party: "M1", reason: "x"}) { replayed } }')
        await served.ask('mutation { moveParty(input: {party: "M2", to: "A11"}) { replayed } }')
        await served.post("k1")
        moved, posted = await stream.take(2)

    assert (moved["event"]["kind"], posted["event"]["kind"]) == ("party.moved", "entry.posted")
    assert moved["event"]["subject"] == "party/M2"
    assert moved["event"]["payload"] == {"party": "M2", "to": "A11"}
    assert [party["reference"] for party in moved["event"]["parties"]] == ["M2", "A2", "A11"]


async def test_silence_is_broken_by_heartbeats_that_bear_the_place(book):
    async with Served.open(book, heartbeat_seconds=0.2) as served, served.subscribe(types=["order.paid"]) as stream:
        *_, caught_up = await stream.until("CAUGHT_UP")
        (posted,) = await served.post("k1")
        beats = await stream.take(3)
        while int(beats[-1]["sequence"]) < int(posted["sequence"]):
            beats.append(await stream.next())

    assert set(kinds(beats)) == {"HEARTBEAT"}
    assert int(beats[-1]["sequence"]) == int(posted["sequence"]) == int(caught_up["sequence"]) + 1
    assert beats[-1]["event"] is None
    assert beats[-1]["occurredAt"] is None


async def test_a_slow_reader_is_told_to_come_again_and_misses_nothing(book):
    wordy = {"metadata": {"text": "x" * 8_000}}
    query = (
        "subscription($after: String) { events(after: $after) { kind cursor sequence event { entry { metadata } } } }"
    )
    async with Served.open(book, queue_limit=40) as served:
        # Nothing is read ahead: neither by the client nor, beyond 4 kB, by the system.
        async with served.connect(sock=small_socket(served.port), max_queue=1) as connection:
            await connection.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
            first = json.loads(await connection.recv())["payload"]["data"]["events"]
            for batch in range(12):
                await served.post(*(f"k{batch}-{number}" for number in range(100)), **wordy)
            async with asyncio.timeout(HANGS_S):
                messages = [json.loads(await connection.recv())]
                while messages[-1]["type"] == "next":
                    messages.append(json.loads(await connection.recv()))
        heard = [first, *(each["payload"]["data"]["events"] for each in messages[:-1])]
        async with served.subscribe(after=heard[-1]["cursor"]) as stream:
            rest = await stream.until("CAUGHT_UP")

    assert messages[-1] == {"id": "1", "type": "complete"}
    assert kinds(heard) == ["CAUGHT_UP", *["EVENT"] * (len(heard) - 2), "OVERFLOW"]
    assert heard[-1]["sequence"] == heard[-2]["sequence"]
    assert len(sequences(rest)) > 0
    assert sequences(heard + rest) == [int(first["sequence"]) + 1 + number for number in range(1_200)]


async def test_a_log_that_lacks_what_a_cursor_has_seen_says_so(served):
    beyond = served.gateway.services.cursors.encode((10**6,), scope=scope_of(served.book))

    async with served.subscribe(after=beyond) as stream:
        taken = await stream.until("CAUGHT_UP")

    assert kinds(taken) == ["GAP", "CAUGHT_UP"]
    assert int(taken[0]["sequence"]) == await find_head(served.book)


async def test_events_of_another_process_arrive_at_once_by_notification(book):
    async with open_two(book) as (ours, theirs), theirs.subscribe() as stream:
        await stream.until("CAUGHT_UP")
        await wait_until(partial(find_listeners, book))  # one connects in the background
        (posted,) = await ours.post("k1")
        event = await stream.next()

    assert event["sequence"] == posted["sequence"]


async def test_what_nobody_announces_is_found_all_the_same(book):
    async with Served.open(book, poll_seconds=0.2) as served, served.subscribe() as stream:
        await stream.until("CAUGHT_UP")
        sequence = await book.owe("M1", 100)
        event = await stream.next()

    assert int(event["sequence"]) == sequence


async def test_listening_comes_back_after_its_connection_was_cut(book, monkeypatch):
    monkeypatch.setattr("app.events.listening._RETRY_SECONDS", 0.1)
    async with open_two(book) as (ours, theirs), theirs.subscribe() as stream:
        await stream.until("CAUGHT_UP")
        await wait_until(partial(find_listeners, book))
        before = await find_listeners(book)
        cut = await cut_connections(book, "LISTEN%")
        await wait_until(partial(find_others, book, before))
        (posted,) = await ours.post("k1")
        event = await stream.next()

    assert cut == 1
    assert event["sequence"] == posted["sequence"]


async def test_the_stream_goes_on_when_every_connection_was_cut(served):
    async with served.subscribe() as stream:
        await stream.until("CAUGHT_UP")
        cut = await cut_connections(served.book, "%")
        posted = await post_in_the_end(served, "k1", "k2")
        events = await stream.take(2)

    assert cut > 2
    assert sequences(events) == [int(each["sequence"]) for each in posted]


async def test_the_feed_ends_with_its_last_reader(served):
    hub = served.gateway.services.events
    async with served.subscribe() as one, served.subscribe() as other:
        await one.until("CAUGHT_UP")
        await other.until("CAUGHT_UP")
        assert len(hub._feeds) == 1

    await wait_until(lambda: not hub._feeds and not hub._readers)


async def test_a_revoked_key_loses_its_stream_within_five_seconds(served):
    authenticator = served.gateway.authenticator
    assert authenticator._ttl_seconds + served.gateway.limits.recheck_seconds <= 5
    async with served.connect() as connection:
        await connection.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": EVENTS}}))
        await connection.recv()
        async with served.book.database.write(served.book.platform_id) as conn:
            key_id, now = served.key.split("_")[2], served.gateway.services.now()
            await keys.revoke_key(conn, key_id=key_id, actor=Actor("cli"), now=now)
        async with asyncio.timeout(HANGS_S):
            await connection.wait_closed()

    assert connection.close_code == 4401


async def test_an_event_that_a_caller_posts_itself_comes_after_its_own_answer_or_before_and_once(served):
    async with served.subscribe() as stream:
        await stream.until("CAUGHT_UP")
        first = await served.ask(POST, entries=[make_entry("same")])
        again = await served.ask(POST, entries=[make_entry("same")])
        await served.post("other")
        taken = await stream.take(2)

    assert [each["event"]["entry"]["description"] for each in taken] == ["same", "other"]
    assert first["postEntries"]["results"][0]["replayed"] is False
    assert again["postEntries"]["results"][0]["replayed"] is True


@asynccontextmanager
async def open_two(book: Book) -> AsyncIterator[tuple[Served, Served]]:
    """Two gateways over one store that never look unless they are told."""
    async with Served.open(book, poll_seconds=30) as ours, Served.open(book, poll_seconds=30) as theirs:
        yield ours, theirs


async def find_listeners(book: Book) -> set[int]:
    """The connections that listen, and were told so."""
    superuser = await asyncpg.connect(book.database.dsn)
    try:
        rows = await superuser.fetch(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'LISTEN%' AND state = 'idle'"
        )
    finally:
        await superuser.close()
    return {row["pid"] for row in rows}


async def find_others(book: Book, before: set[int]) -> set[int]:
    return await find_listeners(book) - before


async def post_in_the_end(served: Served, *keys: str) -> list[dict[str, Any]]:
    """Post as a caller does who was asked to send again."""
    async with asyncio.timeout(HANGS_S):
        while True:
            try:
                return await served.post(*keys)
            except AssertionError:
                await asyncio.sleep(0.05)


async def cut_connections(book: Book, last_statement: str) -> int:
    superuser = await asyncpg.connect(book.database.dsn)
    try:
        return int(
            await superuser.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE $1",
                last_statement,
            )
        )
    finally:
        await superuser.close()


def scope_of(book: Book) -> CursorScope:
    return CursorScope(book.platform_id, "events", {"scope": None})
