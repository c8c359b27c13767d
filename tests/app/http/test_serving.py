"""A server's orderly end, with a real one on a free port."""

import asyncio
import socket

import httpx
import pytest

from app.http.application import create_app
from app.http.serving import listen, make_server
from tests.app.world import make_world

BUY = {"query": 'mutation { buy(name: "half a second") { replayed userErrors { code } } }'}


async def test_a_stopping_server_says_so_first_answers_what_is_in_flight_and_takes_no_more():
    world = make_world()
    listener = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = make_server(create_app(world.gateway), world.gateway, drain_seconds=0.3)
    running = asyncio.create_task(server.serve([listener]))
    await server.listening.wait()
    headers = {"Authorization": f"Bearer {world.key}"}
    async with httpx.AsyncClient(base_url=url, headers=headers) as busy, httpx.AsyncClient(base_url=url) as prober:
        ready = await prober.get("/readyz")
        in_flight = asyncio.create_task(busy.post("/graphql", json=BUY))
        await asyncio.sleep(0.1)
        stopping = asyncio.create_task(server.stop())
        await asyncio.sleep(0.1)
        unready = await prober.get("/readyz")
        answer = await in_flight
        await asyncio.gather(stopping, running)

        assert (ready.status_code, unready.status_code) == (200, 503)
        assert answer.json() == {"data": {"buy": {"replayed": False, "userErrors": []}}}
        with pytest.raises(httpx.TransportError):
            await prober.get("/readyz")


async def test_a_port_in_use_is_known_before_anything_starts():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        with pytest.raises(OSError, match="in use"):
            listen("127.0.0.1", taken.getsockname()[1])


async def test_every_caller_in_a_lane_is_answered_before_the_program_ends():
    world = make_world()
    app = create_app(world.gateway)

    async with app.router.lifespan_context(app), world.client() as client:
        calls = [asyncio.create_task(client.post("/graphql", json=BUY)) for _ in range(3)]
        await asyncio.sleep(0.1)

    assert [(await call).status_code for call in calls] == [200, 200, 200]
