"""splitbook worker | close."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from app.channels.opening import open_channels
from app.cli.errors import Said
from app.cli.exits import Exit
from app.cli.language import tell
from app.cli.options import JsonOption, PlatformOption, ProgressOption
from app.cli.output import print_json, print_line, say
from app.cli.progress import Advance, Unit, Work, show_migrating, show_progress
from app.cli.running import reporting_errors, run_async, run_on_store
from app.cli.usage import CommandLineWrong, Usage
from app.clock import Clock, read_utc
from app.http.logs import configure_logs
from app.platforms import choose_platform
from app.previewing import MOST_SHEETS, preview_closing
from app.settings import Settings, read_settings
from app.store import Store, open_server, open_store
from app.worker.closing import close_all
from app.worker.kinds import list_work
from app.worker.running import Stepped
from app.worker.worker import Tally, Worker
from ledger.actor import SYSTEM
from ledger.errors import Count, Remark
from ledger.journal.dating import check_instant
from ledger.journal.errors import DateTooFarAhead
from ledger.money import format_amount
from ledger.reporting.due_work import ClosingSheet, count_ended

NowOption = Annotated[
    str | None, typer.Option("--now", metavar="INSTANT", help="Go by this instant, such as 2026-08-01T00:00:00Z.")
]

OnePlatformOption = Annotated[
    str | None, typer.Option("--platform", metavar="REF", help="Only this platform; without it, all of them.")
]


def worker(
    *,
    once: Annotated[bool, typer.Option("--once", help="Do what is due and end.")] = False,
    now: NowOption = None,
    pause: Annotated[float, typer.Option("--pause", metavar="SECONDS", min=0.05, help="Between two looks.")] = 5.0,
    platform: OnePlatformOption = None,
    progress: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """
    Do what is due: close sheets, take what silence confirms, release, pull, pay; on all platforms, until Ctrl-C.

    Any number of workers may run. Work that was missed is done by the same dates as if nobody had been away. With --now
    the clock begins at that instant and goes on; with --once it stands still. Exit code 1 when a job failed.
    """
    began = _read_instant(now)
    if not once:
        with reporting_errors():
            settings = read_settings()
            configure_logs(settings.log_level)
            with open_server(settings) as dsn:
                run_async(_work_on(settings, dsn, platform, _start_clock(began), pause))
        return

    async def work(store: Store) -> Tally:
        async with _open_worker(store, platform, _stop_clock(began)) as found:
            with show_progress(Work.WORKING_OFF, total=None, unit=Unit.STEPS, wanted=progress) as advance:
                found.stepped = _count_steps(advance)
                return await found.run_once()

    _tell(run_on_store(work, posting=True, progress=progress), as_json=as_json)


def close(
    *,
    preview: Annotated[bool, typer.Option("--preview", help="Only say what would close; write nothing.")] = False,
    now: NowOption = None,
    platform: PlatformOption = None,
    progress: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """
    Close the sheets whose period is over, or with --preview say which would close and with what totals.

    A worker does the same by itself. Sheets that somebody else has (a worker, who changes a calendar) are waited for as
    long as they get fewer; exit code 1 when some are left, or a job failed.
    """
    clock = _stop_clock(_read_instant(now))
    if preview:

        async def look(store: Store) -> tuple[list[ClosingSheet], bool]:
            chosen = await choose_platform(store.database, platform)
            instant = clock()
            async with store.database.read(chosen.platform_id) as conn:
                ended = min(await count_ended(conn, now=instant), MOST_SHEETS)
            with show_progress(Work.PREVIEWING, total=ended, unit=Unit.SHEETS, wanted=progress) as advance:
                return await preview_closing(
                    store.database,
                    platform_id=chosen.platform_id,
                    actor=SYSTEM,
                    now=instant,
                    # Those that open and end meanwhile, after a long absence, are beyond the total.
                    report=lambda done: advance(min(done, ended), done),
                )

        _show(*run_on_store(look, progress=progress), as_json=as_json)
        return

    async def work(store: Store) -> tuple[Tally, int]:
        chosen = await choose_platform(store.database, platform)
        instant = clock()
        async with store.database.read(chosen.platform_id) as conn:
            ended = await count_ended(conn, now=instant)
        with show_progress(Work.CLOSING, total=ended, unit=Unit.SHEETS, wanted=progress) as advance:
            stepped = _count_closed(advance, ended)
            return await close_all(store.database, platform_id=chosen.platform_id, now=instant, stepped=stepped)

    done, left = run_on_store(work, posting=True, progress=progress)
    _tell(done, left=left, as_json=as_json)


async def _work_on(settings: Settings, dsn: str, platform: str | None, clock: Clock, pause: float) -> None:
    async with (
        open_store(settings, dsn, posting=True, showing=show_migrating()) as store,
        _open_worker(store, platform, clock) as found,
    ):
        say(tell(Said.WORKING))
        try:
            await found.run(pause_seconds=pause)
        except asyncio.CancelledError:
            say(tell(Said.STOPPED))


@asynccontextmanager
async def _open_worker(store: Store, platform: str | None, clock: Clock) -> AsyncIterator[Worker]:
    chosen = None if platform is None else (await choose_platform(store.database, platform)).platform_id
    async with open_channels(store.settings) as channels:
        yield Worker(store.database, list_work(channels, os.environ), clock, platform_id=chosen)


def _count_closed(advance: Advance, ended: int) -> Stepped:
    """Tell of closed sheets; those that open and end meanwhile, after a long absence, are beyond the total."""
    closed = 0

    def hear(counts: Mapping[str, int]) -> None:
        nonlocal closed
        closed += counts.get("closed", 0)
        advance(min(closed, ended), closed)

    return hear


def _count_steps(advance: Advance) -> Stepped:
    """Tell of steps: nobody knows how many there will be."""
    steps = 0

    def hear(counts: Mapping[str, int]) -> None:
        nonlocal steps
        steps += 1
        advance(steps, steps)

    return hear


def _read_instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    wrong = CommandLineWrong(Remark(Usage.NO_NOW, given=text), option="--now")
    try:
        given = datetime.fromisoformat(text)
        instant = given.astimezone(UTC)
    except (ValueError, OverflowError):
        raise wrong from None
    if given.tzinfo is None:
        raise wrong
    try:
        # What is closed stays closed: a year typed wrongly would close and open sheets for every period until then.
        check_instant(instant, now=read_utc(), field=("now",))
    except DateTooFarAhead as refusal:
        raise CommandLineWrong(refusal, option="--now") from None
    return instant


def _stop_clock(instant: datetime | None) -> Clock:
    return read_utc if instant is None else lambda: instant


def _start_clock(instant: datetime | None) -> Clock:
    if instant is None:
        return read_utc
    began = time.monotonic()
    return lambda: instant + timedelta(seconds=time.monotonic() - began)


def _tell(tally: Tally, *, left: int | None = None, as_json: bool) -> None:
    """What was done; and of closing by hand, how many sheets it left."""
    if as_json:
        some = {} if left is None else {"left": left}
        print_json({"jobs": tally.jobs, "failed": tally.failed, **some, **tally.counts})
    else:
        done = ", ".join(f"{kind}: {count:,}" for kind, count in sorted(tally.counts.items()))
        print_line(tell(Remark(Said.JOBS_DONE, jobs=Count(tally.jobs), done=done or Said.NOTHING_DUE)))
    if tally.failed:
        say(tell(Remark(Said.JOBS_FAILED, jobs=Count(tally.failed))))
    if left:
        say(tell(Remark(Said.SHEETS_LEFT, sheets=Count(left))))
    if tally.failed or left:
        raise typer.Exit(Exit.REFUSED)


def _show(sheets: list[ClosingSheet], is_more: bool, *, as_json: bool) -> None:
    for sheet in sheets:
        start, end = (each.astimezone(ZoneInfo(sheet.zone)) for each in (sheet.period_start, sheet.period_end))
        total = format_amount(sheet.total_minor, currency=sheet.currency)
        if as_json:
            facts = sheet._asdict() | {"period_start": start.isoformat(), "period_end": end.isoformat(), "total": total}
            print_json(facts | {"due_date": sheet.due_date.isoformat()})
        else:
            period = f"[{start:%Y-%m-%d %H:%M}, {end:%Y-%m-%d %H:%M})"
            whose = f"{sheet.party}  {sheet.legal_entity}  {sheet.role}  {sheet.mode}"
            facts = {"lines": Count(sheet.lines), "amount": f"{total} {sheet.currency}", "due": sheet.due_date}
            print_line(tell(Remark(Said.SHEET_WOULD_CLOSE, whose=whose, period=period, **facts)))
    if not as_json:
        words = Said.AT_LEAST_WOULD_CLOSE if is_more else Said.SHEETS_WOULD_CLOSE
        print_line(tell(Remark(words, sheets=Count(len(sheets)))))
