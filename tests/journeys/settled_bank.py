"""The bank of a journey: a sandbox beside the commands, and the accounts that it pays between."""

import asyncio
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import uvicorn

from app.channels.sandbox.server import Sandbox
from app.channels.sandbox.state_sql import SandboxState
from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.settlement.payouts.accounts import register_payee_accounts, register_paying_account
from ledger.settlement.payouts.model import AccountRegistered, PayeeAccountDraft, PayingAccountDraft
from ledger.settlement.payouts.numbers import read_number
from tests.app.cli.commands import Commands
from tests.journeys.gateways import find_free_port
from tests.waiting import HANGS_S

KEY = "journey"
REGISTERED = datetime(2016, 1, 1, tzinfo=UTC)


class JourneyBank:
    """What its operator does there."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str, **said: Any) -> Any:
        response = httpx.post(
            f"{self.url}{path}", json=said, headers={"Authorization": f"Bearer {KEY}"}, timeout=HANGS_S
        )
        assert response.status_code == 200, response.text
        return response.json()

    def pay_everything(self) -> None:
        """What was accepted is paid, and there is a statement of it."""
        if self.ask("/settle")["transfers"]:
            self.ask("/statements")

    def transfers(self) -> list[dict[str, Any]]:
        response = httpx.get(f"{self.url}/transfers", headers={"Authorization": f"Bearer {KEY}"}, timeout=HANGS_S)
        listed: list[dict[str, Any]] = response.json()["transfers"]
        return listed


@contextmanager
def run_bank(commands: Commands, folder: Path) -> Iterator[JourneyBank]:
    """A sandbox in a thread of its own, which the commands pay through."""
    state, port = SandboxState(folder / "sandbox.sqlite"), find_free_port()
    config = uvicorn.Config(Sandbox(state, key=KEY).build(), port=port, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    url = f"http://127.0.0.1:{port}"
    commands.environment |= {"SPLITBOOK_SANDBOX_URL": url, "SPLITBOOK_SANDBOX_KEY": KEY}
    try:
        while not server.started:
            assert thread.is_alive(), "the sandbox did not start"
        yield JourneyBank(url)
    finally:
        server.should_exit = True
        thread.join()
        state.close()


def open_accounts(
    commands: Commands, payers: Iterable[tuple[str, str]], payees: Iterable[tuple[tuple[str, str], str]]
) -> None:
    """Accounts of legal entities, and of parties with their holders' names, both by currency."""
    asyncio.run(_open_accounts(commands.environment["SPLITBOOK_DATABASE_URL"], sorted(payers), sorted(payees)))


def fetch(commands: Commands, statement: str, *arguments: Any) -> list[Any]:
    """Ask the store itself, past the program."""

    async def ask() -> list[Any]:
        connection = await asyncpg.connect(commands.environment["SPLITBOOK_DATABASE_URL"])
        try:
            return [tuple(row) for row in await connection.fetch(statement, *arguments)]
        finally:
            await connection.close()

    return asyncio.run(ask())


def run_on(commands: Commands, statement: str) -> None:
    """Change the store itself, past the program."""

    async def run() -> None:
        connection = await asyncpg.connect(commands.environment["SPLITBOOK_DATABASE_URL"])
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


async def _open_accounts(dsn: str, payers: list[tuple[str, str]], payees: list[tuple[tuple[str, str], str]]) -> None:
    actor, database = Actor("treasurer"), await Database.connect(dsn)
    try:
        connection = await asyncpg.connect(dsn)
        platform_id = await connection.fetchval("SELECT platform_id FROM platform")
        await connection.close()
        for entity, currency in payers:
            number = read_number(reference=entity, holder=entity, number=f"OWN-{currency}", bank_code="BANKBRSPXXX")
            # A bank that moves every unit, so that nothing is left on a sheet.
            paying = PayingAccountDraft(entity, f"{entity}-{currency}", currency, number, "sandbox", step_minor=1)
            async with database.write(platform_id) as conn:
                await register_paying_account(conn, draft=paying, actor=actor, now=REGISTERED)
        drafts = [
            PayeeAccountDraft(
                party,
                f"{party}-{currency}",
                currency,
                read_number(reference=party, holder=name, number=f"{place:010}", bank_code="BANKBRSPXXX"),
            )
            for place, ((party, currency), name) in enumerate(payees)
        ]
        async with database.write(platform_id) as conn:
            outcomes = await register_payee_accounts(conn, drafts=drafts, actor=actor, now=REGISTERED)
        assert all(isinstance(outcome, AccountRegistered) for outcome in outcomes)
    finally:
        await database.close()
