"""
/graphql over WebSocket, with a real server and the client of the websockets library.

The close codes are chosen by what official clients do with them: connect again, or give up.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.http.application import create_app
from app.http.gateway import HttpLimits
from app.http.listening import listen
from app.http.protocol import LONGEST_ID, SUBPROTOCOL
from app.http.serving import make_server
from tests.app.world import World, make_world
from tests.waiting import HANGS_S, wait_until

# Official clients come back after these and after no other.
RETRIED = {1012, 1013, 4403, 4408, 4499}


@asynccontextmanager
async def serving(world: World) -> AsyncIterator[str]:
    """The world behind a real server on a free port; the address of its socket."""
    listener = listen("127.0.0.1", 0)
    server = make_server(create_app(world.gateway), world.gateway, drain_seconds=0)
    running = asyncio.create_task(server.serve([listener]))
    await server.listening.wait()
    try:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/graphql"
    finally:
        await server.stop()
        await running


@pytest.fixture
async def world() -> World:
    return make_world(http=HttpLimits(socket_init_seconds=HANGS_S, recheck_seconds=0.1), ttl_seconds=0.1)


@pytest.fixture
async def url(world: World) -> AsyncIterator[str]:
    async with serving(world) as url:
        yield url


def open_socket(url: str, **options: Any) -> connect:
    return connect(url, **{"subprotocols": [SUBPROTOCOL], **options})


async def send(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def receive(socket: ClientConnection) -> dict[str, Any]:
    return json.loads(await asyncio.wait_for(socket.recv(), HANGS_S))


async def init(socket: ClientConnection, key: str) -> None:
    await send(socket, type="connection_init", payload={"Authorization": f"Bearer {key}"})
    assert await receive(socket) == {"type": "connection_ack"}


async def subscribe(socket: ClientConnection, query: str, *, id: str = "1", **payload: Any) -> None:
    await send(socket, type="subscribe", id=id, payload={"query": query, **payload})


async def closing(socket: ClientConnection) -> tuple[int, str]:
    """The code and reason with which the server ends the socket, whatever it says before."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            await asyncio.wait_for(socket.recv(), HANGS_S)
    assert socket.close_code is not None
    return socket.close_code, socket.close_reason or ""


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (["{"], 4400),
        (["[]"], 4400),
        (['"text"'], 4400),
        (["null"], 4400),
        (["1"], 4400),
        (["{}"], 4400),
        (['{"type": 1}'], 4400),
        (['{"type": "ping", "type": "ping"}'], 4400),
        (['{"type": "start", "id": "1"}'], 4400),
        (['{"type": "connection_init", "payload": []}'], 4400),
        ([b"\x00"], 4400),
        ([b'{"type": "ping"}'], 4400),
        (["[" * 1_000], 4400),
        (['{"type": "subscribe", "id": "1", "payload": {"query": "{ number }"}}'], 4401),
        (['{"type": "subscribe", "id": "1"}'], 4401),
        (['{"type": "connection_init"}'], 4401),
        (['{"type": "connection_init", "payload": {"Authorization": 1}}'], 4401),
        (['{"type": "connection_init", "payload": {"Authorization": "Bearer nonsense"}}'], 4401),
        (['{"type": "connection_init", "payload": {"Authorization": "Basic YTpi"}}'], 4401),
        (["x" * 70_000], 1009),
    ],
    ids=range(20),
)
async def test_before_the_connection_is_acknowledged_the_protocol_is_kept_or_the_socket_ends(url, messages, code):
    async with open_socket(url) as socket:
        for message in messages:
            await socket.send(message)

        assert (await closing(socket))[0] == code


async def test_why_a_socket_ends_is_said_in_the_clients_language(url):
    async with open_socket(url, additional_headers={"Accept-Language": "zh"}) as socket:
        await send(socket, type="connection_init", payload={"Authorization": "Bearer nonsense"})

        assert await closing(socket) == (4401, "请求没有有效的 API 密钥；请发送 Authorization: Bearer KEY。")


@pytest.mark.parametrize(
    ("message", "ends"),
    [
        (b'{"type": "ping"}', (4400, "消息须为文本，不能是二进制。")),
        ("[]", (4400, "请求有误：消息须为 JSON 对象。")),
        ("{}", (4400, "消息须有类型。")),
        ('{"type": "come"}', (4400, "没有这种消息。")),
        ('{"type": "subscribe", "id": 1}', (4400, "编号为 1 到 200 个字符的文本。")),
        ('{"type": "connection_init", "payload": 1}', (4400, "payload 须为对象。")),
        ('{"type": "subscribe", "id": "1", "payload": {"query": "{ number }"}}', (4401, "请先初始化连接。")),
    ],
    ids=range(7),
)
async def test_what_breaks_the_protocol_is_said_in_the_clients_language(url, message, ends):
    async with open_socket(url, additional_headers={"Accept-Language": "zh"}) as socket:
        await socket.send(message)

        assert await closing(socket) == ends


@pytest.mark.parametrize("messages", [[], ['{"type": "ping"}']], ids=range(2))
async def test_a_socket_that_is_not_initialised_in_time_ends(messages):
    world = make_world(http=HttpLimits(socket_init_seconds=0.1))
    async with serving(world) as url, open_socket(url) as socket:
        with contextlib.suppress(ConnectionClosed):  # on a busy machine it has ended by then
            for message in messages:
                await socket.send(message)

        assert (await closing(socket))[0] == 4408


async def test_a_message_that_is_no_json_is_refused_as_a_message(url):
    async with open_socket(url) as socket:
        await socket.send("[]")

        assert await closing(socket) == (4400, "The message must be a JSON object.")


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([{"type": "connection_init"}], 4429),
        ([{"type": "subscribe", "payload": {"query": "{ number }"}}], 4400),
        ([{"type": "subscribe", "id": 1, "payload": {"query": "{ number }"}}], 4400),
        ([{"type": "subscribe", "id": "", "payload": {"query": "{ number }"}}], 4400),
        ([{"type": "subscribe", "id": "x" * (LONGEST_ID + 1), "payload": {"query": "{ number }"}}], 4400),
        ([{"type": "subscribe", "id": "1"}], 4400),
        ([{"type": "subscribe", "id": "1", "payload": "{ number }"}], 4400),
        ([{"type": "subscribe", "id": "1", "payload": {"query": 1}}], 4400),
        ([{"type": "subscribe", "id": "1", "payload": {"query": "{ number }", "variables": []}}], 4400),
        ([{"type": "subscribe", "id": "1", "payload": {"query": "{ number }", "operationName": 1}}], 4400),
        ([{"type": "complete"}], 4400),
        ([{"type": "next", "id": "1", "payload": {}}], 4400),
        ([{"type": "subscribe", "id": "1", "payload": {"query": "subscription { wait }"}}] * 2, 4409),
    ],
    ids=range(13),
)
async def test_after_it_too(world, url, messages, code):
    async with open_socket(url) as socket:
        await init(socket, world.key)
        for message in messages:
            await send(socket, **message)

        assert (await closing(socket))[0] == code


@pytest.mark.parametrize("subprotocols", [None, ["graphql-ws"], ["something-else"]])
async def test_other_subprotocols_are_refused_the_legacy_one_included(url, subprotocols):
    async with open_socket(url, subprotocols=subprotocols) as socket:
        assert (await closing(socket))[0] == 4406


async def test_a_key_may_come_in_the_handshake_and_the_parameters_win(world, url):
    header = {"Authorization": f"Bearer {world.key}"}
    async with open_socket(url, additional_headers=header) as socket:
        await send(socket, type="connection_init")
        assert await receive(socket) == {"type": "connection_ack"}
    async with open_socket(url, additional_headers=header) as socket:
        await send(socket, type="connection_init", payload={"Authorization": "Bearer nonsense"})
        assert (await closing(socket))[0] == 4401


async def test_an_expired_key_may_come_back_with_a_fresh_one_and_a_wrong_one_need_not(world, url):
    expired = world.store.add_key(2)
    world.store.expire(expired)

    async with open_socket(url) as socket:
        await send(socket, type="connection_init", payload={"Authorization": f"Bearer {expired}"})
        assert (await closing(socket))[0] == 4403
    assert 4403 in RETRIED
    assert 4401 not in RETRIED


async def test_a_store_that_is_away_is_no_reason_to_give_up(world, url):
    world.store.away = True

    async with open_socket(url) as socket:
        await send(socket, type="connection_init", payload={"Authorization": f"Bearer {world.key}"})
        code, _ = await closing(socket)

    assert code == 1013
    assert code in RETRIED


@pytest.mark.parametrize(("end", "code"), [("revoke", 4401), ("expire", 4403)])
async def test_a_key_that_ends_takes_its_sockets_along_and_no_others(world, url, end, code):
    other = world.store.add_key(2)
    async with open_socket(url) as stays, open_socket(url) as goes:
        await init(stays, world.key)
        await init(goes, other)
        await subscribe(goes, "subscription { wait }")

        getattr(world.store, end)(other)

        assert (await closing(goes))[0] == code
        await send(stays, type="ping")
        assert await receive(stays) == {"type": "pong"}


async def test_a_store_that_goes_away_takes_no_sockets_along(world, url):
    async with open_socket(url) as socket:
        await init(socket, world.key)
        world.store.away = True
        await asyncio.sleep(0.4)

        await send(socket, type="ping")
        assert await receive(socket) == {"type": "pong"}


async def test_a_key_that_could_not_be_looked_at_is_looked_at_again(world, url):
    async with open_socket(url) as socket:
        await init(socket, world.key)
        world.store.is_full = True
        await wait_until(lambda: not world.store.is_full)

        world.store.revoke(world.key)

        assert (await closing(socket))[0] == 4401


async def test_a_subscription_sends_each_event_and_ends(world, url):
    async with open_socket(url) as socket:
        await init(socket, world.key)
        await subscribe(socket, "subscription s($to: Int!) { count(to: $to) }", variables={"to": 2}, operationName="s")

        assert [await receive(socket) for _ in range(3)] == [
            {"id": "1", "type": "next", "payload": {"data": {"count": 1}}},
            {"id": "1", "type": "next", "payload": {"data": {"count": 2}}},
            {"id": "1", "type": "complete"},
        ]
        await subscribe(socket, "subscription { events { name price { amount } friend { name } } }")
        assert (await receive(socket))["payload"]["data"]["events"] == {
            "name": "toy 1",
            "price": {"amount": "1.00"},
            "friend": {"name": "toy 7"},
        }
    assert world.store.open_now == 0


async def test_queries_and_mutations_go_over_a_socket_too(world, url):
    async with open_socket(url) as socket:
        await init(socket, world.key)
        await subscribe(socket, "{ toy { name } }", id="q")
        answer = await receive(socket)
        assert answer["payload"]["data"] == {"toy": {"name": "toy 1"}}
        assert answer["payload"]["extensions"]["asOf"]["sequence"] == "42"
        assert await receive(socket) == {"id": "q", "type": "complete"}
        await subscribe(socket, 'mutation { buy(name: "x") { replayed } }', id="m")
        assert (await receive(socket))["payload"] == {"data": {"buy": {"replayed": False}}}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription s($to: Int!) { count(to: $to) }", "BAD_USER_INPUT"),
        ("subscription a { wait } subscription b { wait }", "OPERATION_RESOLUTION_FAILURE"),
        ("{ " + "a: number " * 31 + "}", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { refuse }", "BAD_USER_INPUT"),
        ("subscription { count(failAt: 1) }", "INTERNAL_SERVER_ERROR"),
    ],
)
async def test_an_operation_that_cannot_run_is_an_error_message_and_the_socket_lives(world, url, query, code):
    async with open_socket(url) as socket:
        await init(socket, world.key)
        for _ in range(2):
            await subscribe(socket, query)
            answer = await receive(socket)
            assert (answer["id"], answer["type"]) == ("1", "error")
            assert [error["extensions"]["code"] for error in answer["payload"]] == [code]
            assert "hunter2" not in json.dumps(answer)


async def test_a_stream_that_breaks_midway_ends_with_a_masked_error_and_is_logged_once(world, url):
    with structlog.testing.capture_logs() as logs:
        async with open_socket(url) as socket:
            await init(socket, world.key)
            await subscribe(socket, "subscription { count(to: 5, failAt: 2) }")
            assert (await receive(socket))["payload"] == {"data": {"count": 1}}
            answer = await receive(socket)

    assert answer["type"] == "error"
    assert [error["extensions"]["code"] for error in answer["payload"]] == ["INTERNAL_SERVER_ERROR"]
    assert "hunter2" not in json.dumps(answer)
    assert [line["event"] for line in logs].count("operation.failed") == 1


async def test_a_completed_operation_stops_its_id_is_free_and_an_unknown_one_is_ignored(world, url):
    async with open_socket(url) as socket:
        await init(socket, world.key)
        await send(socket, type="complete", id="unknown")
        await subscribe(socket, "subscription { wait }")
        assert (await receive(socket))["payload"] == {"data": {"wait": 0}}
        await send(socket, type="complete", id="1")
        await subscribe(socket, "subscription { count(to: 1) }")

        assert (await receive(socket))["payload"] == {"data": {"count": 1}}
        assert await receive(socket) == {"id": "1", "type": "complete"}


async def test_a_ping_is_answered_at_any_time_and_a_pong_is_ignored(world, url):
    async with open_socket(url) as socket:
        await send(socket, type="ping")
        assert await receive(socket) == {"type": "pong"}
        await send(socket, type="pong", payload={"a": 1})
        await init(socket, world.key)
        await send(socket, type="ping", payload={"a": 1})
        assert await receive(socket) == {"type": "pong"}


async def test_a_flood_of_operations_runs_twenty_and_refuses_each_of_the_others(world, url):
    async with open_socket(url) as socket:
        await init(socket, world.key)
        for number in range(1_000):
            await subscribe(socket, "subscription { wait }", id=str(number))
        answers = [await receive(socket) for _ in range(1_000)]

        running = {answer["id"] for answer in answers if answer["type"] == "next"}
        refused = [answer for answer in answers if answer["type"] == "error"]
        assert running == {str(number) for number in range(20)}
        assert len(refused) == 980
        assert {answer["payload"][0]["extensions"]["code"] for answer in refused} == {"THROTTLED"}
        await send(socket, type="complete", id="3")
        await subscribe(socket, "subscription { count(to: 1) }", id="again")
        assert (await receive(socket))["id"] == "again"


async def test_a_socket_that_leaves_cancels_what_it_left(world, url):
    async with open_socket(url) as socket:
        await init(socket, world.key)
        await subscribe(socket, "subscription { wait }")
        await receive(socket)
        assert len(world.gateway.sessions) == 1

    def list_operations() -> list[asyncio.Task[Any]]:
        return [task for task in asyncio.all_tasks() if "Session._run" in repr(task)]

    await wait_until(lambda: not world.gateway.sessions)
    await wait_until(lambda: not list_operations())


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://127.0.0.1:1"])
async def test_a_page_of_another_origin_gets_no_socket(url, origin):
    with pytest.raises(InvalidStatus) as refusal:
        async with open_socket(url, origin=origin):
            pass

    assert refusal.value.response.status_code == 403


async def test_a_page_of_this_origin_does(world, url):
    async with open_socket(url, origin=url.replace("ws:", "http:").removesuffix("/graphql")) as socket:
        await init(socket, world.key)


async def test_messages_are_not_compressed(url):
    async with open_socket(url) as socket:
        assert socket.protocol.extensions == []


async def test_a_full_server_says_try_again_later(world):
    world.gateway = replace(world.gateway, limits=HttpLimits(sockets=1))
    async with serving(world) as url, open_socket(url) as first:
        await init(first, world.key)
        async with open_socket(url) as second:
            assert (await closing(second))[0] == 1013


async def open_initialised(url: str, key: str, **headers: str) -> ClientConnection:
    socket = await open_socket(url, additional_headers=headers)
    await init(socket, key)
    return socket


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        ("en", "TOO_MANY_SOCKETS: This key holds 2 sockets, as many as one may; close one first."),
        ("zh", "TOO_MANY_SOCKETS: 此密钥已有 2 个连接，已达上限；请先关闭一个。"),
    ],
)
async def test_a_key_holds_so_many_sockets_while_others_and_what_it_has_go_on(world, language, reason):
    world.gateway = replace(world.gateway, limits=HttpLimits(sockets_per_key=2))
    other = world.store.add_key(2, actor="ann")
    async with serving(world) as url:
        first, second = [await open_initialised(url, world.key) for _ in range(2)]
        await subscribe(first, "subscription { wait }")
        await receive(first)

        async with open_socket(url, additional_headers={"Accept-Language": language}) as third:
            await send(third, type="connection_init", payload={"Authorization": f"Bearer {world.key}"})
            assert await closing(third) == (1013, reason)

        elsewhere = await open_initialised(url, other)
        async with world.client() as client:
            assert (await client.post("/graphql", json={"query": "{ number }"})).json()["data"] == {"number": "1"}
        await subscribe(second, "{ number }")
        assert (await receive(second))["payload"]["data"] == {"number": "1"}
        await first.close()
        await wait_until(lambda: len(world.gateway.sessions) == 2)
        again = await open_initialised(url, world.key)
        await subscribe(again, "{ number }")
        assert (await receive(again))["payload"]["data"] == {"number": "1"}
        for socket in (second, elsewhere, again):
            await socket.close()


async def test_a_socket_that_was_refused_takes_no_room_from_its_key(world):
    world.gateway = replace(world.gateway, limits=HttpLimits(sockets_per_key=1))
    async with serving(world) as url:
        first = await open_initialised(url, world.key)
        for _ in range(3):
            async with open_socket(url) as refused:
                await send(refused, type="connection_init", payload={"Authorization": f"Bearer {world.key}"})
                assert (await closing(refused))[0] == 1013
        await first.close()
        await wait_until(lambda: not world.gateway.sessions)

        again = await open_initialised(url, world.key)
        await again.close()


async def test_a_key_holds_so_many_subscriptions_over_all_its_sockets_while_others_go_on(world):
    world.gateway = replace(world.gateway, limits=HttpLimits(subscriptions_per_key=2))
    other = world.store.add_key(2, actor="ann")
    async with serving(world) as url:
        first, second, elsewhere = [await open_initialised(url, key) for key in (world.key, world.key, other)]
        for socket in (first, second, elsewhere):
            await subscribe(socket, "subscription { wait }")
            assert (await receive(socket))["type"] == "next"

        await subscribe(second, "subscription { wait }", id="2")
        refused = await receive(second)
        await subscribe(second, "{ number }", id="2")
        asked = [await receive(second), await receive(second)]
        await subscribe(elsewhere, "subscription { wait }", id="2")
        of_another = await receive(elsewhere)
        await first.close()
        await wait_until(lambda: world.gateway.holdings.subscriptions.total() == 3)
        await subscribe(second, "subscription { count(to: 1) }", id="3")
        counted = [await receive(second), await receive(second)]
        await subscribe(second, "subscription { wait }", id="4")
        again = await receive(second)
        for socket in (second, elsewhere):
            await socket.close()

    (error,) = refused["payload"]
    assert (refused["type"], refused["id"]) == ("error", "2")
    assert error["message"] == "This key holds 2 subscriptions, as many as one may; complete one first."
    assert error["extensions"]["code"] == "THROTTLED"
    assert error["extensions"]["reason"] == "TOO_MANY_SUBSCRIPTIONS"
    assert [each["type"] for each in asked] == ["next", "complete"]
    assert of_another["type"] == "next"
    assert [each["type"] for each in counted] == ["next", "complete"]
    assert again["type"] == "next"


async def test_a_subscription_that_is_completed_or_left_makes_room_at_once(world):
    world.gateway = replace(world.gateway, limits=HttpLimits(subscriptions_per_key=1))
    async with serving(world) as url:
        first, second = [await open_initialised(url, world.key) for _ in range(2)]
        await subscribe(first, "subscription { linger }")
        assert (await receive(first))["type"] == "next"

        await send(first, type="complete", id="1")
        await subscribe(first, "subscription { linger }", id="2")
        completed = await receive(first)
        await first.close()
        await wait_until(lambda: len(world.gateway.sessions) == 1)
        await subscribe(second, "subscription { linger }")
        left = await receive(second)

        world.store.may_end.set()
        await second.close()
    assert (completed["type"], completed["id"], left["type"]) == ("next", "2", "next")
    assert not world.gateway.holdings.subscriptions


@pytest.mark.parametrize(("language", "reason"), [("en", "The server is stopping."), ("zh", "服务正在停止。")])
async def test_a_server_that_stops_tells_its_clients_to_come_back(world, language, reason):
    async with serving(world) as url:
        socket = await open_socket(url, additional_headers={"Accept-Language": language})
        await init(socket, world.key)
        await subscribe(socket, "subscription { wait }")
        await receive(socket)

    assert await closing(socket) == (1012, reason)
    assert 1012 in RETRIED


async def test_a_client_that_answers_no_ping_is_let_go_so_that_it_comes_back(world):
    listener = listen("127.0.0.1", 0)
    server = make_server(create_app(world.gateway), world.gateway, drain_seconds=0)
    server.config.ws_ping_interval = server.config.ws_ping_timeout = 0.1
    running = asyncio.create_task(server.serve([listener]))
    await server.listening.wait()
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.getsockname()[1])
    writer.write(
        b"GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
    )
    frames = (await asyncio.wait_for(reader.read(), HANGS_S)).partition(b"\r\n\r\n")[2]
    writer.close()
    await server.stop()
    await running

    # A ping of four bytes, whose content is random, then the closing frame with its code.
    assert (frames[0], frames[1], frames[6]) == (0x89, 4, 0x88)
    assert int.from_bytes(frames[8:10], "big") == 4499
    assert 4499 in RETRIED
