"""splitbook migrate | doctor | verify."""

import typer

from app.cli.exits import Exit
from app.cli.options import JsonOption
from app.cli.output import print_json, print_line
from app.cli.running import keep_quiet, reporting_errors, run_async
from app.settings import read_settings
from app.store import examine_store, migrate_store, open_server


def migrate(as_json: JsonOption = False) -> None:
    """Bring the schema up to this program's. The embedded store also does it by itself."""
    with reporting_errors():
        settings = read_settings()
        keep_quiet(settings)
        with open_server(settings) as dsn:
            before, after = run_async(migrate_store(settings, dsn))
    if as_json:
        print_json({"before": before, "after": after})
    elif before == after:
        print_line(f"The schema is at revision {after}; there was nothing to do.")
    else:
        print_line(f"The schema went from {f'revision {before}' if before else 'nothing'} to revision {after}.")


def doctor(as_json: JsonOption = False) -> None:
    """Say whether the store can be trusted with a ledger, and why not; exit code 3 when it cannot."""
    with reporting_errors():
        settings = read_settings()
        keep_quiet(settings)
        with open_server(settings) as dsn:
            if settings.database_url is None:
                run_async(migrate_store(settings, dsn))
            findings = run_async(examine_store(settings, dsn))
    if as_json:
        print_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            print_line(f"{'ok  ' if finding.passed else 'FAIL'}  {finding.sentence}")
    if not all(finding.passed for finding in findings):
        raise typer.Exit(Exit.STORE)


def verify() -> None:
    """Stub."""
