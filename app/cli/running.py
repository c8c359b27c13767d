"""From a command to its work: settings, server, store, signals, and every expected error as a sentence and a code."""

import asyncio
import getpass
import shutil
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import typer
import uvloop

from app.cli.errors import FileUnusable, PortUnusable, Said
from app.cli.exits import Exit
from app.cli.language import check_language, tell
from app.cli.output import say
from app.cli.progress import show_migrating
from app.client import ServerUnusable
from app.embedded.errors import StoreError, StoreFull
from app.exporting.output import OutputClosed
from app.http.logs import configure_logs
from app.interrupts import handing_interrupts_to
from app.platforms import PlatformNotChosen
from app.settings import Settings, SettingsInvalid, read_settings
from app.store import Store, open_server, open_store
from app.system_words import say_failure
from ledger.actor import Actor
from ledger.db.errors import DatabaseUnavailable, OutcomeUnknown
from ledger.errors import ExpectedError, LedgerError

T = TypeVar("T")

# A segment of the server's log is 16 MiB: with less room than that it cannot go on.
ROOM_TO_WORK = 16 * 2**20


def run_on_store(work: Callable[[Store], Awaitable[T]], *, posting: bool = False, progress: bool | None = None) -> T:
    """
    Do a command's work on an open store, and close everything again whatever happens. `progress`: whether it is shown
    how far a store is that has to be migrated before, as for show_progress.
    """
    with reporting_errors():
        settings = read_settings()
        keep_quiet(settings)
        with open_server(settings) as dsn:
            return run_async(_with_store(settings, dsn, work, posting=posting, progress=progress))


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """
    Run one coroutine to its end. Each signal cancels it once more, so that its transaction is rolled back and all is
    closed; one that comes when the work has ended interrupts the command once the loop is closed.
    """
    stopping = _Stopping()
    with (
        handing_interrupts_to(stopping.take),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        result = runner.run(stopping.heed(work))
    if stopping.is_left:
        raise KeyboardInterrupt
    return result


def keep_quiet(settings: Settings) -> None:
    """Leave a command's stderr to its own words, unless the environment asks for logs."""
    configure_logs(settings.log_level if "log_level" in settings.model_fields_set else "CRITICAL")


@contextmanager
def reporting_errors() -> Iterator[None]:
    """Turn every expected error into one sentence on stderr and an exit code; that of the language comes first."""
    try:
        check_language()
        yield
    except (typer.Exit, typer.Abort):
        raise
    except (KeyboardInterrupt, asyncio.CancelledError):
        say_interrupted()
        raise typer.Exit(Exit.INTERRUPTED) from None
    except OutputClosed:
        # What a command would still print, as an import its counts, is for nobody.
        sys.stdout = None
        raise typer.Exit(Exit.PIPE_CLOSED) from None
    except OSError as error:
        say(tell(FileUnusable(place=error.filename or Said.A_FILE, reason=say_failure(error))))
        raise typer.Exit(Exit.STORE) from None
    except ExpectedError as error:
        say(_tell(error))
        raise typer.Exit(_choose_exit(error)) from None


def say_interrupted() -> None:
    """Say that a command was ended, and how it is gone on with."""
    say(tell(Said.INTERRUPTED, Said.THE_REST))


def command_actor() -> Actor:
    """Who acts when a command writes to the store: the user of the operating system."""
    return Actor(f"cli:{getpass.getuser()}")


async def _with_store(
    settings: Settings, dsn: str, work: Callable[[Store], Awaitable[T]], *, posting: bool, progress: bool | None
) -> T:
    async with open_store(settings, dsn, posting=posting, showing=show_migrating(progress)) as store:
        return await work(store)


class _Stopping:
    """What the signals that come while a loop runs do to its one task. `is_left`: one came too late to be heeded."""

    def __init__(self) -> None:
        self._task: asyncio.Task[Any] | None = None
        self._left = 0

    @property
    def is_left(self) -> bool:
        return self._left > 0

    async def heed(self, work: Coroutine[Any, Any, T]) -> T:
        self._task = asyncio.current_task()
        if self._left:
            self._cancel()
        return await work

    def take(self) -> None:
        """
        Cancel the task when the loop has its turn next: an interrupt raised from here could leave the loop itself
        between two states, and it could not be closed any more. Told again, whatever lets nothing have its turn, as
        what waits for a line of a terminal, is interrupted where it is.
        """
        self._left += 1
        if self._task is None or self._task.done():
            return
        loop = self._task.get_loop()
        if self._left > 1 and asyncio.current_task(loop) is not None:
            raise KeyboardInterrupt
        loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        if self._task is not None and self._task.cancel():
            self._left -= 1


def _choose_exit(error: ExpectedError) -> Exit:
    match error:
        case SettingsInvalid() | PlatformNotChosen():
            return Exit.USAGE
        case StoreError():
            return Exit.STORE
        case ServerUnusable():
            return Exit.SERVER
        case PortUnusable():
            return Exit.PORT
        case LedgerError(retryable=True):
            return Exit.STORE
    return Exit.REFUSED


def _tell(error: ExpectedError) -> str:
    if isinstance(error, DatabaseUnavailable | OutcomeUnknown) and (full := _find_full_home()) is not None:
        # A server whose disk is full stops, and to its clients that is a connection lost.
        return tell(StoreFull(folder=full))
    return tell(error, Said.THE_REST) if error.retryable else tell(error)


def _find_full_home() -> Path | None:
    settings = read_settings()
    if settings.database_url is not None or not settings.home.exists():
        return None
    return settings.home if shutil.disk_usage(settings.home).free < ROOM_TO_WORK else None
