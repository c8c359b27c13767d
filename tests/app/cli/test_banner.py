"""The key that a gateway prints is one that its first query is answered for."""

import asyncio
import json
from pathlib import Path

from app.cli.banner import write_banner
from app.cli.operator_key import KEY_FILE
from app.settings import Settings
from app.store import open_store
from tests.app.cli.commands import Commands, write_lines
from tests.journeys.small_market import PARTIES

OTHER = {"reference": "OTHER", "kind": "OPERATOR", "name": "Another operator"}


def write(commands: Commands, platform: str | None = None) -> str:
    dsn = commands.environment["SPLITBOOK_DATABASE_URL"]

    async def open_and_write() -> str:
        async with open_store(Settings(home=commands.home, database_url=dsn), dsn) as store:
            return await write_banner(store, 8000, platform)

    return asyncio.run(open_and_write())


def test_the_first_query_asks_for_the_platform_of_the_key_that_is_kept(commands: Commands, tmp_path: Path) -> None:
    assert commands.run("import", "parties", write_lines(tmp_path / "one.jsonl", *PARTIES)).exit_code == 0
    first = write(commands)
    kept = (commands.home / KEY_FILE).read_text().strip()

    assert commands.run("import", "parties", write_lines(tmp_path / "two.jsonl", OTHER)).exit_code == 0
    again = write(commands)
    other = write(commands, "OTHER")

    assert kept in first
    assert f"party(reference: {json.dumps('OP')})" in again
    assert kept in again
    assert kept not in other
    assert f"party(reference: {json.dumps('OTHER')})" in other
