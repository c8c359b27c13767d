"""splitbook migrate | doctor | verify."""

from dataclasses import asdict

import typer

from app.cli.errors import Said
from app.cli.exits import Exit
from app.cli.language import tell
from app.cli.options import JsonOption, PlatformOption, ProgressOption
from app.cli.output import print_json, print_line
from app.cli.progress import Advance, Unit, Work, show_migrating, show_progress
from app.cli.running import keep_quiet, reporting_errors, run_async, run_on_store
from app.platforms import choose_platform
from app.settings import read_settings
from app.store import Store, examine_store, migrate_store, open_server
from ledger.errors import Count, Remark
from ledger.verify.model import Report
from ledger.verify.verifying import CHECKS
from ledger.verify.verifying import verify as verify_platform

_MARKS = {True: "ok  ", False: "FAIL"}


def migrate(*, progress: ProgressOption = None, as_json: JsonOption = False) -> None:
    """Bring the schema up to this program's. The embedded store also does it by itself."""

    with reporting_errors():
        settings = read_settings()
        keep_quiet(settings)
        with open_server(settings) as dsn:
            before, after = run_async(migrate_store(settings, dsn, showing=show_migrating(progress)))
    if as_json:
        print_json({"before": before, "after": after})
    elif before == after:
        print_line(tell(Remark(Said.SCHEMA_STAYS, revision=after)))
    elif before is None:
        print_line(tell(Remark(Said.SCHEMA_MADE, revision=after)))
    else:
        print_line(tell(Remark(Said.SCHEMA_MIGRATED, before=before, after=after)))


def doctor(as_json: JsonOption = False) -> None:
    """Say whether the store can be trusted with a ledger, and why not; exit code 3 when it cannot."""
    with reporting_errors():
        settings = read_settings()
        keep_quiet(settings)
        with open_server(settings) as dsn:
            if settings.database_url is None:
                run_async(migrate_store(settings, dsn, showing=show_migrating()))
            findings = run_async(examine_store(settings, dsn))
    if as_json:
        print_json([{"check": each.check, "passed": each.passed, "sentence": str(each.remark)} for each in findings])
    else:
        for finding in findings:
            print_line(f"{_MARKS[finding.passed]}  {tell(finding.remark)}")
    if not all(finding.passed for finding in findings):
        raise typer.Exit(Exit.STORE)


def verify(*, platform: PlatformOption = None, as_json: JsonOption = False, progress: ProgressOption = None) -> None:
    """Derive every number of a platform again from its lines; exit code 1 names the first row that disagrees."""

    async def work(store: Store) -> Report:
        chosen = await choose_platform(store.database, platform)
        with show_progress(Work.VERIFYING, total=len(CHECKS), unit=Unit.ROWS, wanted=progress) as advance:
            async with store.database.read(chosen.platform_id) as conn:
                return await verify_platform(conn, progress=_Rows(advance).report)

    report = run_on_store(work, progress=progress)
    found = report.disagreement
    place = {"platform": report.platform, "sequence": Count(report.sequence)}
    if as_json:
        print_json({**asdict(report), "agrees": report.agrees, "sentence": found and found.sentence})
    elif found is None:
        print_line(tell(Remark(Said.ALL_AGREE, **place, checks=len(report.checks))))
    else:
        print_line(tell(Remark(Said.ONE_DISAGREES, **place, check=found.check, found=found.remark)))
    if found is not None:
        raise typer.Exit(Exit.REFUSED)


class _Rows:
    """Adds up the rows of the checks, which each count from zero."""

    def __init__(self, advance: Advance) -> None:
        self._advance = advance
        self._check, self._checks, self._before, self._now = "", 0, 0, 0

    def report(self, check: str, read: int) -> None:
        """Hear how far a check is."""
        if check != self._check:
            self._check, self._checks, self._before = check, self._checks + 1, self._before + self._now
        self._now = read
        self._advance(self._checks - 1, self._before + read)
