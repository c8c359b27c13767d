"""From a command to its work: settings, server, store, signals, and every expected error as a sentence and a code."""

import asyncio
import getpass
import shutil
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import typer
import uvloop

from app.api import messages
from app.cli.exits import Exit
from app.cli.language import choose_language
from app.cli.output import say
from app.client import ServerLost, ServerUnusable
from app.embedded.errors import StoreError, StoreFull
from app.exporting.output import OutputClosed, OutputFailed
from app.http.logs import configure_logs
from app.platforms import PlatformNotChosen
from app.settings import Settings, SettingsInvalid, read_settings
from app.store import Store, open_server, open_store
from ledger.actor import Actor
from ledger.db.errors import DatabaseUnavailable, OutcomeUnknown
from ledger.errors import LedgerError

T = TypeVar("T")

# A segment of the server's log is 16 MiB: with less room than that it cannot go on.
ROOM_TO_WORK = 16 * 2**20

_THE_REST: dict[messages.Locale, str] = {
    "en": " What was committed stays; the same command again completes the rest.",
    "zh-CN": "已提交的内容保留；再次执行同一命令即可完成其余部分。",
}
INTERRUPTED = "Interrupted. What was committed stays; the same command again completes the rest."


def run_on_store(work: Callable[[Store], Awaitable[T]], *, posting: bool = False) -> T:
    """Do a command's work on an open store, and close everything again whatever happens."""
    with reporting_errors():
        settings = read_settings()
        keep_quiet(settings)
        with open_server(settings) as dsn:
            return run_async(_with_store(settings, dsn, work, posting=posting))


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run one coroutine to its end. A signal cancels it, so that its transaction is rolled back and all is closed."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_cancel_on_signals(work))


def keep_quiet(settings: Settings) -> None:
    """Leave a command's stderr to its own words, unless the environment asks for logs."""
    configure_logs(settings.log_level if "log_level" in settings.model_fields_set else "CRITICAL")


@contextmanager
def reporting_errors() -> Iterator[None]:
    """Turn every expected error into one sentence on stderr and an exit code."""
    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except (KeyboardInterrupt, asyncio.CancelledError):
        say(INTERRUPTED)
        raise typer.Exit(Exit.INTERRUPTED) from None
    except OutputClosed:
        # What a command would still print, as an import its counts, is for nobody.
        sys.stdout = None
        raise typer.Exit(Exit.PIPE_CLOSED) from None
    except OSError as error:
        say(f"{error.filename or 'A file'} cannot be used: {error.strerror or error}.")
        raise typer.Exit(Exit.STORE) from None
    except (SettingsInvalid, StoreError, ServerUnusable, PlatformNotChosen, OutputFailed, LedgerError) as error:
        say(_tell(error))
        raise typer.Exit(_choose_exit(error)) from None


def command_actor() -> Actor:
    """Who acts when a command writes to the store: the user of the operating system."""
    return Actor(f"cli:{getpass.getuser()}")


async def _with_store(settings: Settings, dsn: str, work: Callable[[Store], Awaitable[T]], *, posting: bool) -> T:
    async with open_store(settings, dsn, posting=posting) as store:
        return await work(store)


async def _cancel_on_signals(work: Coroutine[Any, Any, T]) -> T:
    # Ctrl-C is the runner's own business; these two shall do the same.
    task = asyncio.ensure_future(work)
    if threading.current_thread() is not threading.main_thread():
        return await task
    loop = asyncio.get_running_loop()
    former = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    taken = [number for number, handler in former.items() if handler is signal.default_int_handler]
    for number in taken:
        loop.add_signal_handler(number, task.cancel)
    try:
        return await task
    finally:
        for number in taken:
            loop.remove_signal_handler(number)
            # The loop leaves the system's default behind, which would end the program before the database has stopped.
            signal.signal(number, former[number])


def _choose_exit(error: Exception) -> Exit:
    match error:
        case SettingsInvalid() | PlatformNotChosen():
            return Exit.USAGE
        case StoreError():
            return Exit.STORE
        case ServerUnusable():
            return Exit.SERVER
        case LedgerError(retryable=True):
            return Exit.STORE
    return Exit.REFUSED


def _tell(error: Exception) -> str:
    if isinstance(error, DatabaseUnavailable | OutcomeUnknown) and (full := _find_full_home()) is not None:
        # A server whose disk is full stops, and to its clients that is a connection lost.
        return str(StoreFull(folder=full))
    if isinstance(error, ServerLost):
        return str(error) + _THE_REST["en"]
    if not isinstance(error, LedgerError):
        return str(error)
    locale = choose_language()
    return messages.say(error, locale=locale) + (_THE_REST[locale] if error.retryable else "")


def _find_full_home() -> Path | None:
    settings = read_settings()
    if settings.database_url is not None or not settings.home.exists():
        return None
    return settings.home if shutil.disk_usage(settings.home).free < ROOM_TO_WORK else None
