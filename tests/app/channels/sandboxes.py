"""A sandbox that listens on loopback for as long as a test runs, and a person who tells it how to behave."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from app.channels.sandbox.client import SandboxChannel
from app.channels.sandbox.server import Sandbox
from app.channels.sandbox.state_sql import SandboxState
from tests.waiting import HANGS_S

KEY = "test-key"


class Bank:
    """The other side: `ask` speaks to the sandbox as its operator does."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def ask(self, path: str, **said: Any) -> dict[str, Any]:
        async with self._open() as client:
            response = await client.post(path, json=said)
            assert response.status_code == 200, response.text
            found: dict[str, Any] = response.json()
            return found

    async def get(self, path: str) -> httpx.Response:
        async with self._open() as client:
            return await client.get(path)

    async def transfers(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = (await self.get("/transfers")).json()["transfers"]
        return listed

    async def behave(self, *behaviours: dict[str, Any]) -> None:
        await self.ask("/script", behaviours=list(behaviours))

    def _open(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, headers={"Authorization": f"Bearer {KEY}"}, timeout=HANGS_S)


@asynccontextmanager
async def open_sandbox(folder: Path) -> AsyncIterator[Bank]:
    """A sandbox over the state in `folder`, on a port of its own."""
    state = SandboxState(folder / "sandbox.sqlite")
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(Sandbox(state, key=KEY).build(), log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:  # noqa: ASYNC110 -- the server has a flag and no event
            await asyncio.sleep(0.01)
        yield Bank(f"http://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        server.should_exit = True
        await serving
        listener.close()
        state.close()


@asynccontextmanager
async def open_channel(bank: Bank, *, key: str = KEY) -> AsyncIterator[SandboxChannel]:
    channel = SandboxChannel(bank.url, key=key, timeout_s=HANGS_S)
    try:
        yield channel
    finally:
        await channel.close()
