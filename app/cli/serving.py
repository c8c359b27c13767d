"""splitbook serve: the gateway, with everything that a newcomer needs to ask it something."""

import asyncio
import errno
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated

import typer

from app.channels.opening import open_channels
from app.cli import banner, demonstrating
from app.cli.errors import PortTaken, PortUnusable, Said
from app.cli.language import tell
from app.cli.options import PlatformOption
from app.cli.output import print_line, say
from app.cli.progress import Unit, Work, show_progress
from app.cli.refusals import Refusals
from app.cli.running import command_actor, reporting_errors, run_async
from app.clock import read_utc
from app.demo import settlement
from app.demo.marketplace import Marketplace
from app.demo.parties import OPERATOR
from app.embedded.locks import DemoStage, demo_lock, is_demo_begun
from app.exporting.output import OutputFailed
from app.guarding import guard_embedded_server
from app.http.application import create_app
from app.http.gateway import Gateway
from app.http.logs import configure_logs
from app.http.serving import GatewayServer, listen, make_server
from app.importing.outcomes import Counts
from app.main import build_gateway
from app.memory import settle_memory
from app.platforms import choose_platform, list_all_platforms
from app.settings import Settings, read_settings
from app.store import Store, open_server, open_store
from app.system_words import say_failure
from app.worker.demo_standing import DemoStanding, find_standing
from app.worker.demo_year import settle_demo
from app.worker.kinds import list_work
from app.worker.worker import Worker
from ledger.db.alone import working_alone

DemoOption = Annotated[
    bool, typer.Option("--demo/--no-demo", help="Load the demo marketplace when the store has no platform yet.")
]

# Any constant will do that is no other lock of ours: one loads the demo at a time per database.
DEMO_LOCK = 7_020_261_122
OTHER_PORT = "PORT=8001"
_LOADING, _SETTLING = "loading", "settling"


def serve(demo: DemoOption = True, platform: PlatformOption = None) -> None:
    """
    Serve the gateway on 127.0.0.1 and port 8000, or PORT, until Ctrl-C.

    Starts the embedded database, migrates it, loads the demo into an empty store, makes an operator key where there is
    none, and prints the URL, the key and a first query. --platform says whose key, where there are several.
    """
    with reporting_errors():
        settings = read_settings()
        configure_logs(settings.log_level)
        logging.getLogger("alembic").setLevel(logging.WARNING)  # a newcomer's first lines are not about revisions
        # Taken first: if somebody else has the port, that is said before anything slow begins.
        with take_port(settings.host, settings.port, other=OTHER_PORT) as listener, open_server(settings) as dsn:
            run_async(_open_and_serve(settings, dsn, listener, demo=demo, platform=platform))


async def _open_and_serve(
    settings: Settings, dsn: str, listener: socket.socket, *, demo: bool, platform: str | None
) -> None:
    async with open_store(settings, dsn, posting=True) as store:
        if demo:
            await fill_empty_store(store)
        welcome = await banner.write_banner(store, listener.getsockname()[1], platform)
        gateway = build_gateway(store)
        server = make_server(create_app(gateway), gateway, host=settings.host, port=settings.port)
        beside = [asyncio.create_task(guard_embedded_server(store))]
        if settings.worker:
            beside.append(asyncio.create_task(_work(store, gateway)))
        try:
            await _serve(server, store.settings, listener, welcome)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.wait(beside)
    say(tell(Said.STOPPED))


async def _work(store: Store, gateway: Gateway) -> None:
    """Do what is due in the gateway's own process; subscribers hear of it at once."""
    committed = gateway.services.events.committed
    async with open_channels(store.settings) as channels:
        worker = Worker(store.database, list_work(channels, os.environ), read_utc, committed=committed)
        await worker.run(pause_seconds=store.settings.worker_pause_seconds)


async def fill_empty_store(store: Store) -> None:
    """
    Load the demo where there is no platform yet, or the rest of one whose loading was cut short. Of gateways that start
    at once, one does, and the others wait: those of one home for its lock, those of one database for the store's.
    """
    async with _filling_alone(store):
        # The home need not be writable where the database is elsewhere and has what it needs.
        found = [each.reference for each in await list_all_platforms(store.database)]
        if store.is_embedded or not found or is_demo_begun(store.settings.home):
            await _fill_from_home(store)
        elif found == [OPERATOR]:
            await _complete_from_elsewhere(store)


@asynccontextmanager
async def _filling_alone(store: Store) -> AsyncIterator[None]:
    if store.is_embedded:
        yield  # whoever works on it has its home, and the lock there
        return
    async with working_alone(store.dsn, lock=DEMO_LOCK, on_wait=_say_waiting):
        yield


def _say_waiting() -> None:
    say(tell(Said.WAITING_FOR_DEMO))


async def _fill_from_home(store: Store) -> None:
    async with demo_lock(store.settings.home, _say_waiting) as stage:
        found = [each.reference for each in await list_all_platforms(store.database)]
        if not found:
            say(tell(Said.LOADING_DEMO))
        elif found == [OPERATOR] and stage.read() == _LOADING:
            say(tell(Said.LOADING_REST))
        elif stage.read() == _SETTLING:
            say(tell(Said.YEAR_INTERRUPTED))
            stage.write("")
            return
        else:
            return
        configure_logs("WARNING")  # nor about the demo's year, which the worker goes through job by job
        await _load_demo(store, stage)
        configure_logs(store.settings.log_level)


async def _complete_from_elsewhere(store: Store) -> None:
    """
    Go on where the loader of another home was killed: how far it came is in that home, and in the book. Nobody loads
    any more, because the store's lock is ours.
    """
    platform = await choose_platform(store.database, OPERATOR)
    standing = await find_standing(store.database, _newcomers(), platform_id=platform.platform_id)
    match standing:
        case DemoStanding.PARTIAL:
            say(tell(Said.LOADING_REST))
            async with demo_lock(store.settings.home, _say_waiting) as stage:
                configure_logs("WARNING")
                await _load_demo(store, stage)
                configure_logs(store.settings.log_level)
        case DemoStanding.EMPTY:
            say(tell(Said.NO_ORDER_YET))
        case DemoStanding.LOADED:
            say(tell(Said.YEAR_NOT_CLOSED))
        case DemoStanding.PARTLY_SETTLED:
            say(tell(Said.YEAR_INTERRUPTED))


def _newcomers() -> Marketplace:
    return Marketplace(orders=demonstrating.NEWCOMERS_ORDERS, seed=demonstrating.NEWCOMERS_SEED)


async def _load_demo(store: Store, stage: DemoStage) -> None:
    stage.write(_LOADING)
    marketplace = _newcomers()
    refusals = Refusals(as_json=False)
    await demonstrating.load(store, marketplace, platform=OPERATOR, counts=Counts(), refusals=refusals, progress=True)
    say(tell(Said.SETTLING_YEAR))
    # What is loaded is keyed and may be loaded again; the year is lived once.
    stage.write(_SETTLING)
    platform = await choose_platform(store.database, OPERATOR)
    with show_progress(Work.SETTLING, total=len(settlement.SETTLED_AT), unit=Unit.STEPS, wanted=True) as advance:
        await settle_demo(
            store.database, marketplace, platform_id=platform.platform_id, actor=command_actor(), report=advance
        )
    stage.write("")


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
        raise _refuse_port(settings.host, settings.port, OTHER_PORT, error) from None


def take_port(host: str, port: int, *, other: str) -> socket.socket:
    """Listen there. `other` is how another port is chosen. Errors: PortUnusable."""
    try:
        return listen(host, port)
    except OSError as error:
        raise _refuse_port(host, port, other, error) from None


def _refuse_port(host: str, port: int, other: str, error: OSError) -> PortUnusable:
    if error.errno == errno.EADDRINUSE:
        return PortTaken(port=port, host=host, other=other)
    return PortUnusable(port=port, host=host, other=other, reason=say_failure(error))
