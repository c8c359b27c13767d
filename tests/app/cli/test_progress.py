"""What takes longer than a second says how far it is, where it is asked to."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from app.cli import progress, running
from ledger.db.revisions import MIGRATIONS
from tests.app.channels.samples import camt053, entry
from tests.app.cli.commands import Commands, write_lines
from tests.app.cli.test_payouts import till
from tests.app.cli.test_working import market
from tests.journeys.gateways import run_gateway
from tests.ledger.settlement.payouts.till import Till
from tests.oracle.small_world import PARTIES
from tests.store import Server

__all__ = ["market", "till"]


@pytest.fixture(autouse=True)
def at_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step is said; as a rule one every two seconds is."""
    monkeypatch.setattr(progress, "_LINE_EVERY_S", 0.0)


@pytest.fixture
async def unmigrated(server: Server) -> AsyncIterator[str]:
    async with server.lend_database(template="template0") as dsn:
        yield dsn


def test_migrating_says_how_many_revisions_of_how_many(unmigrated: str, tmp_path: Path) -> None:
    revisions = len([*MIGRATIONS.glob("versions/[0-9]*.py")])

    made = Commands(unmigrated, tmp_path / "home").run("migrate", "--progress")

    lines = made.stderr.splitlines()
    assert len(lines) == revisions
    assert re.fullmatch(r"Migrating: 1 revisions?, [\d,]+/s, 1 %, \d+ s left", lines[0])
    assert re.fullmatch(rf"Migrating: {revisions} revisions, [\d,]+/s, 100 %, 0 s left", lines[-1])


def test_a_command_that_migrates_the_embedded_store_before_its_work_says_how_far_it_is(
    unmigrated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In the place of the embedded server, which would have to be started.
    monkeypatch.setattr(running, "open_server", lambda settings: nullcontext(unmigrated))
    store = Commands("", tmp_path / "home")
    file = write_lines(tmp_path / "parties.jsonl", *PARTIES)

    first = store.run("import", "parties", file, "--progress")
    again = store.run("import", "parties", file, "--progress")

    revisions = len([*MIGRATIONS.glob("versions/[0-9]*.py")])
    lines = [line for line in first.stderr.splitlines() if line.startswith("Migrating")]
    assert len(lines) == revisions
    assert re.fullmatch(rf"Migrating: {revisions} revisions, [\d,]+/s, 100 %, 0 s left", lines[-1])
    assert re.search(r"^Importing parties.jsonl: \d+ lines, [\d,]+/s, 100 %, 0 s left$", first.stderr, re.M)
    assert (again.exit_code, "Migrating" in again.stderr) == (0, False)


def test_a_preview_of_closing_says_how_many_sheets_of_how_many(market: Commands) -> None:
    market.ask("close", "--now", "2025-02-10T00:00:00Z")

    previewed = market.run("close", "--preview", "--progress", "--now", "2025-03-05T00:00:00Z")

    sheets = len(previewed.stdout.splitlines()) - 1
    assert sheets > 0
    assert re.search(rf"^Previewing: {sheets} sheets, [\d,]+/s, 100 %, 0 s left$", previewed.stderr, re.M)


def test_an_export_over_the_api_says_how_far_it_is_in_the_log(market: Commands, tmp_path: Path) -> None:
    key = market.run("key", "create", "--role", "auditor", "--name", "bob").stdout.strip()

    with run_gateway(market) as url:
        over_the_api = ("--url", url, "--key", key, "--progress", "--output", tmp_path / "export")
        entries = market.run("export", "entries", *over_the_api).stderr.splitlines()
        balances = market.run("export", "balances", *over_the_api).stderr.splitlines()

    exported = len(market.run("export", "entries").stdout.splitlines())
    accounts = len(market.run("export", "balances").stdout.splitlines()) - 1
    assert re.fullmatch(rf"Exporting: {exported} rows, [\d,]+/s, [1-9]\d %, \d+ s left", entries[-1])
    assert re.fullmatch(rf"Exporting: {accounts} rows, [\d,]+/s", balances[-1])


async def test_reading_files_says_how_many_answers(till: Till, commands: Commands, tmp_path: Path) -> None:
    (payout,) = (await asyncio.to_thread(commands.ask, "payout", "run"))["created"]
    key = (await till.payout(payout["payout"])).channel_key
    files = [tmp_path / "one.xml", tmp_path / "two.xml"]
    for file, amount in zip(files, ("1141.86", "1.00"), strict=True):
        file.write_bytes(camt053(entry(key, amount)))

    read = await asyncio.to_thread(commands.run, "payout", "files", "--progress", *files)

    said = [line.partition(",")[0] for line in read.stderr.splitlines()]
    assert said == ["Reading files: 1 answers", "Reading files: 2 answers"]


def test_nothing_is_said_unasked_where_there_is_no_terminal(unmigrated: str, tmp_path: Path) -> None:
    assert Commands(unmigrated, tmp_path / "home").run("migrate").stderr == ""
