"""A server's orderly end, with a real one on a free port."""

import asyncio
from functools import partial

import httpx

from app.http.application import create_app
from app.http.listening import listen
from app.http.serving import make_server
from app.lanes.metrics import WAITING
from tests.app.world import make_world
from tests.waiting import wait_until

BUY = {"query": 'mutation { buy(name: "when told") { replayed userErrors { code } } }'}


async def test_a_stopping_server_says_so_first_answers_what_is_in_flight_and_takes_no_more():
    world = make_world()
    listener = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = make_server(create_app(world.gateway), world.gateway, drain_seconds=1)
    running = asyncio.create_task(server.serve([listener]))
    await server.listening.wait()
    headers = {"Authorization": f"Bearer {world.key}"}
    async with httpx.AsyncClient(base_url=url, headers=headers) as busy, httpx.AsyncClient(base_url=url) as prober:
        ready = await prober.get("/readyz")
        in_flight = asyncio.create_task(busy.post("/graphql", json=BUY))
        await wait_until(lambda: world.store.selling)
        stopping = asyncio.create_task(server.stop())
        await wait_until(lambda: world.gateway.draining)
        unready = await prober.get("/readyz")
        await wait_until(partial(is_closed, url))
        assert not in_flight.done()
        world.store.may_sell.set()
        answer = await in_flight
        await asyncio.gather(stopping, running)

        assert (ready.status_code, unready.status_code) == (200, 503)
        assert answer.json() == {"data": {"buy": {"replayed": False, "userErrors": []}}}


async def is_closed(url: str) -> bool:
    """Whether nobody is let in any more."""
    try:
        async with httpx.AsyncClient(base_url=url) as late:
            await late.get("/readyz")
    except httpx.TransportError:
        return True
    return False


async def test_every_caller_in_a_lane_is_answered_before_the_program_ends():
    world = make_world()
    app = create_app(world.gateway)

    async with app.router.lifespan_context(app), world.client() as client:
        calls = [asyncio.create_task(client.post("/graphql", json=BUY)) for _ in range(3)]
        await wait_until(lambda: len(world.store.selling) + WAITING.labels("sell")._value.get() == 3)
        asyncio.get_running_loop().call_later(0.1, world.store.may_sell.set)

    assert [(await call).status_code for call in calls] == [200, 200, 200]
