"""
The gateway of `serve`, from an open store to its orderly end.

Of all commands this one alone needs the schema of the API, which takes as long to load as everything else: `serving`
reaches for it when it serves.
"""

import asyncio
import os
import socket
from contextlib import suppress

from app.channels.opening import open_channels
from app.cli.errors import Said
from app.cli.language import tell
from app.cli.output import print_line, say
from app.cli.ports import OTHER_PORT, refuse_port
from app.clock import read_utc
from app.exporting.output import OutputFailed
from app.guarding import guard_embedded_server
from app.http.application import create_app
from app.http.gateway import Gateway
from app.http.serving import GatewayServer, make_server
from app.main import build_gateway
from app.memory import settle_memory
from app.settings import Settings
from app.store import Store
from app.worker.kinds import list_work
from app.worker.worker import Worker


async def run_gateway(store: Store, listener: socket.socket, welcome: str) -> None:
    """Serve the store until this is cancelled, which is its orderly end. Errors: PortUnusable."""
    gateway = build_gateway(store)
    server = make_server(create_app(gateway), gateway, host=store.settings.host, port=store.settings.port)
    beside = [asyncio.create_task(guard_embedded_server(store))]
    if store.settings.worker:
        beside.append(asyncio.create_task(_work(store, gateway)))
    try:
        await _serve(server, store.settings, listener, welcome)
    finally:
        for task in beside:
            task.cancel()
        await asyncio.wait(beside)


async def _work(store: Store, gateway: Gateway) -> None:
    """Do what is due in the gateway's own process; subscribers hear of it at once."""
    committed = gateway.services.events.committed
    async with open_channels(store.settings) as channels:
        worker = Worker(store.database, list_work(channels, os.environ), read_utc, committed=committed)
        await worker.run(pause_seconds=store.settings.worker_pause_seconds)


async def _serve(server: GatewayServer, settings: Settings, listener: socket.socket, welcome: str) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not serving.done():  # noqa: ASYNC110 -- the server has a flag and no event
            await asyncio.sleep(0.01)
        if server.started:
            settle_memory()
            with suppress(OutputFailed):  # on a full disk it serves all the same
                print_line(welcome)
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        say(tell(Said.STOPPING))
        await server.stop()
        await serving
    except OSError as error:
        raise refuse_port(settings.host, settings.port, OTHER_PORT, error) from None
