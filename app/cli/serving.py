"""splitbook serve: the gateway, with everything that a newcomer needs to ask it something."""

import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from app.cli import banner, demonstrating
from app.cli.errors import Said
from app.cli.language import tell
from app.cli.options import PlatformOption
from app.cli.output import say
from app.cli.ports import OTHER_PORT, take_port
from app.cli.progress import Unit, Work, show_migrating, show_progress
from app.cli.refusals import Refusals
from app.cli.running import command_actor, reporting_errors, run_async
from app.demo import settlement
from app.demo.marketplace import Marketplace
from app.demo.parties import OPERATOR
from app.embedded.locks import DemoStage, demo_lock, is_demo_begun
from app.http.logs import configure_logs
from app.importing.outcomes import Counts
from app.platforms import choose_platform, list_all_platforms
from app.settings import Settings, read_settings
from app.store import Store, open_server, open_store
from app.worker.demo_standing import DemoStanding, find_standing
from app.worker.demo_year import settle_demo
from ledger.db.alone import working_alone

DemoOption = Annotated[
    bool, typer.Option("--demo/--no-demo", help="Load the demo marketplace when the store has no platform yet.")
]

# Any constant will do that is no other lock of ours: one loads the demo at a time per database.
DEMO_LOCK = 7_020_261_122
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
    from app.cli.gateway import run_gateway  # noqa: PLC0415 -- no other command waits until the schema is loaded

    async with open_store(settings, dsn, posting=True, showing=show_migrating()) as store:
        if demo:
            await fill_empty_store(store)
        welcome = await banner.write_banner(store, listener.getsockname()[1], platform)
        await run_gateway(store, listener, welcome)
    say(tell(Said.STOPPED))


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
