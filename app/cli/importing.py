"""splitbook import parties | calendars | terms | fee-plan | events."""

import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Generic, TypeVar

import typer

from app.cli.exits import Exit
from app.cli.options import JsonOption, KeyOption, PlatformOption, ProgressOption, UrlOption
from app.cli.output import print_json, print_line
from app.cli.progress import show_progress
from app.cli.refusals import Refusals
from app.cli.remote import run_on_server
from app.cli.running import command_actor, run_on_store
from app.client import Client
from app.importing import remote
from app.importing.batches import BATCH_LINES, Parse
from app.importing.documents import read_document
from app.importing.events import make_event_writer
from app.importing.lines import LONGEST_LINE, read_lines
from app.importing.outcomes import Counts, LineInvalid, Refusal, Rejected
from app.importing.plans import publish_document
from app.importing.running import import_lines
from app.importing.terms import make_calendar_writer, make_terms_writer
from app.importing.writers import Outcome, PartyWriter, Send
from app.platforms import choose_platform
from app.store import Store
from ledger.calendars.parsing import parse_calendar
from ledger.charging.parsing import parse_event
from ledger.parties.parsing import parse_party
from ledger.settlement.terms.parsing import parse_change

Item = TypeVar("Item")

commands = typer.Typer(help="Read parties, calendars, terms, fee plans and events from files.", no_args_is_help=True)

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The file; - is stdin.")]


@commands.command("parties")
def import_parties(
    file: FileArgument,
    *,
    platform: PlatformOption = None,
    url: UrlOption = None,
    key: KeyOption = None,
    progress: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """
    Register parties from JSON Lines, parents before children.

    Without --platform, an OPERATOR in the file creates or finds the platform of its own name.
    """
    run = _Import(file, parse_party, progress=progress, as_json=as_json)

    async def on_store(store: Store) -> None:
        await run.lines(PartyWriter(store.database, platform=platform, actor=command_actor()).send)

    async def on_server(client: Client) -> None:
        await run.lines(remote.write_parties(client).send, batch_lines=remote.BATCH_LINES)

    run.finish(on_store, on_server, platform=platform, url=url, key=key)


@commands.command("calendars")
def import_calendars(
    file: FileArgument,
    *,
    platform: PlatformOption = None,
    url: UrlOption = None,
    key: KeyOption = None,
    progress: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish versions of calendars from JSON Lines."""
    run = _Import(file, parse_calendar, progress=progress, as_json=as_json)

    async def on_store(store: Store) -> None:
        chosen = await choose_platform(store.database, platform)
        await run.lines(make_calendar_writer(store.database, chosen.platform_id, actor=command_actor()).send)

    async def on_server(client: Client) -> None:
        await run.lines(remote.write_calendars(client).send, batch_lines=remote.CALENDAR_LINES)

    run.finish(on_store, on_server, platform=platform, url=url, key=key)


@commands.command("terms")
def import_terms(
    file: FileArgument,
    *,
    platform: PlatformOption = None,
    url: UrlOption = None,
    key: KeyOption = None,
    progress: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change how roles and parties settle, from JSON Lines."""
    run = _Import(file, parse_change, progress=progress, as_json=as_json)

    async def on_store(store: Store) -> None:
        chosen = await choose_platform(store.database, platform)
        await run.lines(make_terms_writer(store.database, chosen.platform_id, actor=command_actor()).send)

    async def on_server(client: Client) -> None:
        await run.lines(remote.write_terms(client).send, batch_lines=remote.BATCH_LINES)

    run.finish(on_store, on_server, platform=platform, url=url, key=key)


@commands.command("events")
def import_events(
    file: FileArgument,
    *,
    platform: PlatformOption = None,
    url: UrlOption = None,
    key: KeyOption = None,
    progress: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record order events from JSON Lines; the events of one order in their order."""
    run = _Import(file, parse_event, progress=progress, as_json=as_json)

    async def on_store(store: Store) -> None:
        chosen = await choose_platform(store.database, platform)
        await run.lines(make_event_writer(store.database, chosen.platform_id, actor=command_actor()).send)

    async def on_server(client: Client) -> None:
        await run.lines(remote.write_events(client).send, batch_lines=remote.BATCH_LINES)

    run.finish(on_store, on_server, platform=platform, url=url, key=key)


@commands.command("fee-plan")
def import_fee_plan(
    file: FileArgument,
    *,
    platform: PlatformOption = None,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish a fee plan from one JSON document."""
    run = _Import(file, dict, progress=False, as_json=as_json)

    async def on_store(store: Store) -> None:
        chosen = await choose_platform(store.database, platform)
        actor = command_actor()
        await run.document(lambda document: publish_document(store.database, chosen.platform_id, document, actor=actor))

    async def on_server(client: Client) -> None:
        await run.document(lambda document: remote.publish_document(client, document))

    run.finish(on_store, on_server, platform=platform, url=url, key=key)


class _Import(Generic[Item]):
    """One import from its file to its exit code."""

    def __init__(self, file: Path, parse: Parse[Item], *, progress: bool | None, as_json: bool) -> None:
        if str(file) != "-" and (not file.exists() or file.is_dir() or not os.access(file, os.R_OK)):
            raise typer.BadParameter(f"{file} is not there, or is no file that can be read", param_hint="FILE")
        self._file = file
        self._parse = parse
        self._progress = progress
        self._as_json = as_json
        self._refusals = Refusals(as_json=as_json)
        self._counts = Counts()
        self._began = time.monotonic()

    async def lines(self, send: Send[Item], *, batch_lines: int = BATCH_LINES) -> None:
        """Import the file line by line."""
        counts = self._counts
        with (
            _open(self._file) as (file, size),
            show_progress(f"Importing {self._file.name}", total=size, unit="lines", wanted=self._progress) as advance,
        ):

            def report(rejected: Sequence[Rejected]) -> None:
                self._refusals.report(rejected)
                advance(counts.bytes_read, counts.lines)

            await import_lines(
                read_lines(file), parse=self._parse, send=send, counts=counts, on_batch=report, batch_lines=batch_lines
            )

    async def document(self, publish: Callable[[dict[str, Any]], Awaitable[Outcome]]) -> None:
        """Import the file as one document."""
        with _open(self._file) as (file, _):
            raw = file.read(LONGEST_LINE + 1)
        try:
            if len(raw) > LONGEST_LINE:
                raise LineInvalid(f"The document is longer than {LONGEST_LINE} bytes.")
            outcome = await publish(read_document(raw, what="document"))
        except LineInvalid as invalid:
            outcome = Refusal("INVALID_JSON", str(invalid))
        if isinstance(outcome, Refusal):
            self._counts.refused += 1
            self._refusals.report([Rejected(1, outcome)])
        elif outcome.replayed:
            self._counts.replayed += 1
        else:
            self._counts.recorded += 1

    def finish(
        self,
        on_store: Callable[[Store], Awaitable[None]],
        on_server: Callable[[Client], Awaitable[None]],
        *,
        platform: str | None,
        url: str | None,
        key: str | None,
    ) -> None:
        """Do the work, print the counts however it ended, and choose the exit code."""
        ended = False
        try:
            if url is None:
                run_on_store(on_store, posting=True)
            else:
                run_on_server(on_server, url, key, platform)
            ended = True
        finally:
            # Also after Ctrl-C and a lost database: what was counted is in the book.
            if ended or self._counts.lines:
                self._print_counts()
        if self._counts.refused:
            raise typer.Exit(Exit.REFUSED)

    def _print_counts(self) -> None:
        seconds = time.monotonic() - self._began
        if self._as_json:
            print_json({"file": str(self._file), **self._counts.totals(), "seconds": f"{seconds:.1f}"})
        else:
            rate = f", {self._counts.lines / seconds:,.0f}/s" if seconds > 1 else ""
            print_line(f"{self._file.name}: {self._counts.describe('lines')} ({seconds:.1f} s{rate}).")


@contextmanager
def _open(path: Path) -> Iterator[tuple[BinaryIO, int | None]]:
    if str(path) == "-":
        yield sys.stdin.buffer, None
        return
    with path.open("rb") as file:
        size = path.stat().st_size
        yield file, size or None  # a pipe with a name has no size
