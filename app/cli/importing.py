"""splitbook import parties | calendars | terms | fee-plan | fee-items | fee-lines | events | receipts."""

import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Generic, Protocol, TypeVar

import typer

from app.cli.errors import Said
from app.cli.exits import Exit
from app.cli.language import tell
from app.cli.options import JsonOption, KeyOption, PlatformOption, ProgressOption, UrlOption
from app.cli.output import print_json, print_line
from app.cli.progress import Unit, Work, show_progress
from app.cli.refusals import Refusals
from app.cli.remote import run_on_server
from app.cli.running import command_actor, run_on_store
from app.cli.usage import CommandLineWrong, Usage
from app.client import Client
from app.importing import remote
from app.importing.batches import BATCH_LINES, Parse
from app.importing.documents import read_document
from app.importing.events import make_event_writer
from app.importing.fee_lines import make_fee_line_writer, publish_items
from app.importing.lines import BYTE_ORDER_MARK, LONGEST_LINE, check_beginning, read_lines
from app.importing.outcomes import Counts, LineInvalid, Refusal, Rejected, Why
from app.importing.plans import publish_document
from app.importing.receipts import make_receipt_writer
from app.importing.running import import_lines
from app.importing.terms import make_calendar_writer, make_terms_writer
from app.importing.writers import Outcome, PartyWriter, Send, Sender
from app.platforms import choose_platform
from app.refusals import What
from app.store import Store
from ledger.actor import Actor
from ledger.calendars.parsing import parse_calendar
from ledger.charging.fees.items import parse_items
from ledger.charging.fees.parsing import parse_fee_line
from ledger.charging.parsing import parse_event
from ledger.charging.plan import parse_plan
from ledger.db.connecting import Database
from ledger.errors import LedgerError, Remark
from ledger.parties.parsing import parse_party
from ledger.settlement.receipts.parsing import parse_bank_receipt
from ledger.settlement.terms.parsing import parse_change

Item = TypeVar("Item")

commands = typer.Typer(
    help="Read parties, calendars, terms, fees, events and receipts from files.", no_args_is_help=True
)

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The file; - is stdin.")]


OpenWriter = Callable[[Database, str | None], Awaitable[Sender[Item]]]


def _add_command(
    name: str,
    *,
    help: str,
    parse: Parse[Item],
    open_writer: OpenWriter[Item],
    write_remote: Callable[[Client], Sender[Item]],
    remote_lines: int = remote.BATCH_LINES,
) -> None:
    """A command for one kind of JSON Lines: into the store that `open_writer` is given, or over the API."""

    def import_file(
        file: FileArgument,
        *,
        platform: PlatformOption = None,
        url: UrlOption = None,
        key: KeyOption = None,
        progress: ProgressOption = None,
        as_json: JsonOption = False,
    ) -> None:
        run = _Import(file, parse, progress=progress, as_json=as_json)

        async def on_store(store: Store) -> None:
            writer = await open_writer(store.database, platform)
            await run.lines(writer.send)

        async def on_server(client: Client) -> None:
            await run.lines(write_remote(client).send, batch_lines=remote_lines)

        run.finish(on_store, on_server, platform=platform, url=url, key=key)

    commands.command(name, help=help)(import_file)


def _in_platform(make_writer: Callable[..., Sender[Item]]) -> OpenWriter[Item]:
    """Open the writer of the platform that was named, or of the only one there is."""

    async def open_writer(database: Database, platform: str | None) -> Sender[Item]:
        chosen = await choose_platform(database, platform)
        return make_writer(database, chosen.platform_id, actor=command_actor())

    return open_writer


async def _open_party_writer(database: Database, platform: str | None) -> PartyWriter:
    return PartyWriter(database, platform=platform, actor=command_actor())


_add_command(
    "parties",
    help="Register parties from JSON Lines, parents before children.\n\n"
    "Without --platform, an OPERATOR in the file creates or finds the platform of its own name.",
    parse=parse_party,
    open_writer=_open_party_writer,
    write_remote=remote.write_parties,
)
_add_command(
    "calendars",
    help="Publish versions of calendars from JSON Lines.",
    parse=parse_calendar,
    open_writer=_in_platform(make_calendar_writer),
    write_remote=remote.write_calendars,
    remote_lines=remote.CALENDAR_LINES,
)
_add_command(
    "terms",
    help="Change how roles and parties settle, from JSON Lines.",
    parse=parse_change,
    open_writer=_in_platform(make_terms_writer),
    write_remote=remote.write_terms,
)
_add_command(
    "events",
    help="Record order events from JSON Lines; the events of one order in their order.",
    parse=parse_event,
    open_writer=_in_platform(make_event_writer),
    write_remote=remote.write_events,
)


_add_command(
    "fee-lines",
    help="Submit fee lines that were made elsewhere, from JSON Lines.",
    parse=parse_fee_line,
    open_writer=_in_platform(make_fee_line_writer),
    write_remote=remote.write_fee_lines,
)
_add_command(
    "receipts",
    help="Record what came to the bank, a line of its statement each, from JSON Lines.",
    parse=parse_bank_receipt,
    open_writer=_in_platform(make_receipt_writer),
    write_remote=remote.write_receipts,
    remote_lines=remote.RECEIPT_LINES,
)


class Publish(Protocol):
    """Publishes one document in a store."""

    def __call__(
        self, database: Database, platform_id: int, document: Mapping[str, Any], *, actor: Actor
    ) -> Awaitable[Outcome]: ...


def _add_document_command(
    name: str,
    *,
    help: str,
    parse: Callable[[Mapping[str, Any]], object],
    publish: Publish,
    publish_remote: Callable[[Client, Mapping[str, Any]], Awaitable[Outcome]],
) -> None:
    """A command for one JSON document: into the store, or over the API."""

    def import_document(
        file: FileArgument,
        *,
        platform: PlatformOption = None,
        url: UrlOption = None,
        key: KeyOption = None,
        as_json: JsonOption = False,
    ) -> None:
        run = _Import(file, dict, progress=None, as_json=as_json)

        async def on_store(store: Store) -> None:
            chosen = await choose_platform(store.database, platform)
            actor = command_actor()
            await run.document(lambda document: publish(store.database, chosen.platform_id, document, actor=actor))

        async def on_server(client: Client) -> None:
            async def publish_sound(document: Mapping[str, Any]) -> Outcome:
                # What is wrong by itself is the document's refusal; the API refuses the request for some of it.
                try:
                    parse(document)
                except LedgerError as error:
                    return Refusal.of(error)
                return await publish_remote(client, document)

            await run.document(publish_sound)

        run.finish(on_store, on_server, platform=platform, url=url, key=key)

    commands.command(name, help=help)(import_document)


_add_document_command(
    "fee-plan",
    help="Publish a fee plan from one JSON document.",
    parse=parse_plan,
    publish=publish_document,
    publish_remote=remote.publish_document,
)
_add_document_command(
    "fee-items",
    help="Publish versions of fee items from one JSON document.",
    parse=parse_items,
    publish=publish_items,
    publish_remote=remote.publish_items,
)


class _Import(Generic[Item]):
    """One import from its file to its exit code."""

    def __init__(self, file: Path, parse: Parse[Item], *, progress: bool | None, as_json: bool) -> None:
        if str(file) != "-" and (not file.exists() or file.is_dir() or not os.access(file, os.R_OK)):
            raise CommandLineWrong(Remark(Usage.NO_FILE, file=file), option="FILE")
        self._file = file
        self._parse = parse
        self._progress = progress
        self._as_json = as_json
        self._refusals = Refusals(as_json=as_json)
        self._counts = Counts()
        self._began = time.monotonic()

    async def lines(self, send: Send[Item], *, batch_lines: int = BATCH_LINES) -> None:
        """Import the file line by line."""
        counts, title = self._counts, Remark(Work.IMPORTING, file=self._file.name)
        with (
            _open(self._file) as (file, size),
            show_progress(title, total=size, unit=Unit.LINES, wanted=self._progress) as advance,
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
                raise LineInvalid(reason=Why.DOCUMENT_BYTES, most=LONGEST_LINE)
            check_beginning(raw)
            outcome = await publish(read_document(raw.removeprefix(BYTE_ORDER_MARK), what=What.A_DOCUMENT))
        except LineInvalid as invalid:
            outcome = Refusal.of(invalid)
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
                run_on_store(on_store, posting=True, progress=self._progress)
            else:
                run_on_server(on_server, url, key, platform, as_json=self._as_json)
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
            words = Said.IMPORTED_AT_RATE if seconds > 1 else Said.IMPORTED
            rate = f"{self._counts.lines / seconds:,.0f}"
            counts = self._counts.describe()
            print_line(tell(Remark(words, file=self._file.name, counts=counts, seconds=f"{seconds:.1f}", rate=rate)))


@contextmanager
def _open(path: Path) -> Iterator[tuple[BinaryIO, int | None]]:
    if str(path) == "-":
        yield sys.stdin.buffer, None
        return
    with path.open("rb") as file:
        size = path.stat().st_size
        yield file, size or None  # a pipe with a name has no size
