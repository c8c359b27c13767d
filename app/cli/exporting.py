"""splitbook export balances | entries | fee-differences | channel-differences."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from app.cli.options import JsonOption, KeyOption, OutputOption, PlatformOption, ProgressOption, UrlOption, read_day
from app.cli.output import goes_to_a_file
from app.cli.progress import Advance, Unit, Work, show_progress
from app.cli.remote import run_on_server
from app.cli.running import run_on_store
from app.cli.usage import CommandLineWrong, Usage
from app.client import Client
from app.exporting import local, remote
from app.exporting.output import open_output
from app.platforms import choose_platform
from app.store import Store
from ledger.db.transacting import Connection
from ledger.errors import Remark
from ledger.exports.balances import count_accounts
from ledger.exports.entries import count_entries
from ledger.reporting.channel_days import ChannelDayFilter
from ledger.reporting.fee_lines import ComparisonFilter

commands = typer.Typer(help="Write the book to a file or to stdout.", no_args_is_help=True)

_ADVANCE_EVERY = 200


class Wanted(NamedTuple):
    """What every export may be told: of which platform, to which file, from which server with which key."""

    platform: str | None
    output: Path | None
    url: str | None
    key: str | None
    progress: bool | None


@commands.command("balances")
def export_balances(
    *,
    platform: PlatformOption = None,
    output: OutputOption = None,
    as_json: JsonOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    progress: ProgressOption = None,
) -> None:
    """
    Write CSV, one row per account that ever had a line.

    The columns are legal_entity, account_code, party (empty for the platform's own), currency, and the gross debit and
    credit ever posted, in minor units. References are written as they are: a spreadsheet may take one that begins with
    = for a formula. With --json each row is a line of JSON.
    """
    _export(
        Wanted(platform, output, url, key, progress),
        from_server=lambda client, advance: remote.write_balances(client, as_json, advance=advance),
        from_store=lambda conn: local.write_balances(conn, as_json),
        count=count_accounts,
    )


@commands.command("entries")
def export_entries(
    *,
    platform: PlatformOption = None,
    output: OutputOption = None,
    as_json: JsonOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    progress: ProgressOption = None,
) -> None:
    """Write JSON Lines, one entry a line in the order of the log, with everything that its content hash covers."""
    _export(
        Wanted(platform, output, url, key, progress),
        from_server=lambda client, advance: remote.write_entries(client, advance=advance),
        from_store=local.write_entries,
        count=count_entries,
    )


@commands.command("fee-differences")
def export_fee_differences(
    *,
    paid_from: Annotated[
        str | None, typer.Option("--paid-from", metavar="INSTANT", help="Orders paid from then on, e.g. 2026-01-01.")
    ] = None,
    paid_to: Annotated[
        str | None, typer.Option("--paid-to", metavar="INSTANT", help="Orders paid before then; without a zone, UTC.")
    ] = None,
    unmatched: Annotated[
        bool, typer.Option("--unmatched", help="Also the period's orders of which nothing was submitted.")
    ] = False,
    platform: PlatformOption = None,
    output: OutputOption = None,
    as_json: JsonOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    progress: ProgressOption = None,
) -> None:
    """
    Write CSV, one row per fee that is not the same here and in the lines that another system submitted to be compared.

    The columns are order, line, legal_entity, party, item, reason (MISSING_OWN, MISSING_SUBMITTED, AMOUNT_DIFFERS),
    currency, and the two amounts in minor units, positive where the party gets money. With --json each row is a line of
    JSON.
    """
    matching = ComparisonFilter(_read_instant(paid_from, "--paid-from"), _read_instant(paid_to, "--paid-to"), unmatched)
    _export(
        Wanted(platform, output, url, key, progress),
        from_server=lambda client, advance: _count(
            remote.write_fee_differences(client, as_json, matching=matching), advance
        ),
        from_store=partial(local.write_fee_differences, as_json=as_json, matching=matching),
    )


@commands.command("channel-differences")
def export_channel_differences(
    *,
    channel: Annotated[str | None, typer.Option("--channel", metavar="NAME", help="Days of this channel.")] = None,
    from_day: Annotated[str | None, typer.Option("--from", metavar="DAY", help="Days from this one on.")] = None,
    through_day: Annotated[str | None, typer.Option("--through", metavar="DAY", help="Days up to this one.")] = None,
    platform: PlatformOption = None,
    output: OutputOption = None,
    as_json: JsonOption = False,
    url: UrlOption = None,
    key: KeyOption = None,
    progress: ProgressOption = None,
) -> None:
    """
    Write CSV, one row per payment or refund of which a payment channel's file of a day says something else than is
    booked here, the newest day first; not those that a person has set aside.

    The columns are day, channel, legal_entity, file, reason (BOOK_MISSING, CHANNEL_MISSING, TOLD_TWICE, ENTITY_DIFF,
    CURRENCY_DIFF, AMOUNT_DIFF, FEE_DIFF), kind (CAPTURE, REFUND), order, name, record, and what the channel told and
    what is booked, in minor units, of FEE_DIFF the fees, each with its currency. With --json each row is a line of
    JSON.
    """
    days = (read_day(from_day, "--from"), read_day(through_day, "--through"))
    matching = ChannelDayFilter(channel, None, *days, is_open=True)
    _export(
        Wanted(platform, output, url, key, progress),
        from_server=lambda client, advance: _count(
            remote.write_channel_differences(client, as_json, matching=matching), advance
        ),
        from_store=partial(local.write_channel_differences, as_json=as_json, matching=matching),
    )


def _read_instant(text: str | None, option: str) -> datetime | None:
    try:
        found = None if text is None else datetime.fromisoformat(text)
        # In UTC, because the first and the last day there is have instants that no other zone can tell.
        return found and (found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise CommandLineWrong(Remark(Usage.INSTANT_FORM), option=option) from None


def _export(
    wanted: Wanted,
    *,
    from_server: Callable[[Client, Advance], AsyncIterator[str]],
    from_store: Callable[[Connection], AsyncIterator[str]],
    count: Callable[[Connection], Awaitable[int]] | None = None,
) -> None:
    """Write the rows of a server where one is given, else those of the store; `count` says beforehand how many."""
    if wanted.url is not None:
        run_on_server(
            lambda client: _write(partial(from_server, client), wanted), wanted.url, wanted.key, wanted.platform
        )
        return

    async def work(store: Store) -> None:
        chosen = await choose_platform(store.database, wanted.platform)
        async with store.database.read(chosen.platform_id) as conn:
            total = None if count is None else await count(conn)
            await _write(partial(_count, from_store(conn)), wanted, total=total)

    run_on_store(work, progress=wanted.progress)


async def _write(draw: Callable[[Advance], AsyncIterator[str]], wanted: Wanted, *, total: int | None = None) -> None:
    # On a terminal the rows themselves show how far it is, and a bar would be drawn across them, or across who reads
    # them from a pipe.
    hidden = wanted.output is None and wanted.progress is None and not goes_to_a_file()
    bar = False if hidden else wanted.progress
    with (
        open_output(wanted.output) as file,
        show_progress(Work.EXPORTING, total=total, unit=Unit.ROWS, wanted=bar) as advance,
    ):
        async for row in draw(advance):
            file.write(row)


async def _count(rows: AsyncIterator[str], advance: Advance) -> AsyncIterator[str]:
    """The same rows; how far it is follows from their number."""
    count = 0
    async for row in rows:
        yield row
        count += 1
        if count % _ADVANCE_EVERY == 0:
            advance(count, count)
