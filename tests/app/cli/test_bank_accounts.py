"""splitbook payout account: bank accounts by hand, on the store and over the API, and no number ever shown."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import Result

from ledger.db.connecting import Database
from tests.app.cli.commands import Commands
from tests.journeys.gateways import run_gateway
from tests.ledger.charging.market import Market
from tests.ledger.settlement.payouts.till import IBANS

NUMBER = b"NL91 ABNA 0417 1643 00\n"
SECRETS = ("0417164300", "0417 1643 00", "532013000")
OF_M1 = ("payout", "account", "M1", "main", "--currency", "CNY", "--holder", "M1 shop")
OF_LE = ("payout", "account", "LE", "B1", "--currency", "CNY", "--holder", "Marketplace Ltd", "--channel", "file")


@pytest.fixture
async def market(fresh_database: str) -> AsyncIterator[Market]:
    database = await Database.connect(fresh_database)
    yield await Market.open(database)
    await database.close()


async def test_a_partys_account_is_registered_once_and_shown_covered(market: Market, commands: Commands) -> None:
    first = await asyncio.to_thread(commands.run, *OF_M1, "--json", stdin=NUMBER)
    again = await asyncio.to_thread(commands.run, *OF_M1, stdin=NUMBER)

    shown = {"owner": "M1", "reference": "main", "masked": "NL••••4300", "replayed": False}
    assert (first.exit_code, json.loads(first.stdout)) == (0, shown)
    assert (again.exit_code, again.stdout) == (0, "M1 main NL••••4300: was there already.\n")
    (row,) = await market.rows("SELECT currency, holder, identifier, withholding_rule FROM payee_account")
    assert tuple(row) == ("CNY", "M1 shop", "NL91ABNA0417164300", "")
    told = await market.rows("SELECT payload FROM log_event WHERE kind = 'bank_account.registered'")
    printed = [first.output, again.output, *(row["payload"] for row in told)]
    assert not any(secret in text for text in printed for secret in SECRETS)


async def test_a_legal_entitys_account_is_registered_with_the_way_it_is_paid_from(
    market: Market, commands: Commands, tmp_path: Path
) -> None:
    secret = tmp_path / "number"
    secret.write_text("6217-0001\n", encoding="utf-8")
    secret.chmod(stat.S_IRUSR)
    way = ("--other", "--number-file", secret, "--cut-off", "16:00", "--step", "1.00", "--fee", "0.30")

    done = await asyncio.to_thread(commands.ask, *OF_LE, *way)

    assert done == {"owner": "LE", "reference": "B1", "masked": "••••0001", "replayed": False}
    (row,) = await market.rows(
        "SELECT channel, calendar, cut_off::text AS cut_off, step_minor, fee_minor, scheme FROM paying_account"
    )
    assert tuple(row) == ("file", "MON-FRI", "16:00:00", 100, 30, "OTHER")


async def test_what_is_refused_says_why_and_not_the_number(market: Market, commands: Commands) -> None:
    await asyncio.to_thread(commands.run, *OF_M1, stdin=NUMBER)

    other = await asyncio.to_thread(commands.run, *OF_M1, stdin=IBANS[0].encode())
    told = await asyncio.to_thread(commands.run, *OF_M1, "--json", stdin=IBANS[0].encode())
    mistyped = await asyncio.to_thread(commands.run, *OF_M1, stdin=b"NL91ABNA0417164301")
    nobody = await asyncio.to_thread(commands.run, "payout", "account", "M9", *OF_M1[3:], stdin=NUMBER)
    empty = await asyncio.to_thread(commands.run, *OF_M1, stdin=b"\n")
    fee_of_party = await asyncio.to_thread(commands.run, *OF_M1, "--fee", "1.00", stdin=NUMBER)
    late = await asyncio.to_thread(commands.run, *OF_LE, "--cut-off", "25:00", stdin=NUMBER)

    assert (other.exit_code, "[BANK_ACCOUNT_CONFLICT]" in other.stderr) == (1, True)
    assert (told.exit_code, json.loads(told.stdout)["code"]) == (1, "BANK_ACCOUNT_CONFLICT")
    assert (mistyped.exit_code, "check digits" in mistyped.stderr) == (1, True)
    assert (nobody.exit_code, "[PARTY_MISSING]" in nobody.stderr) == (1, True)
    assert [each.exit_code for each in (empty, fee_of_party, late)] == [2, 2, 2]
    everything = [other, told, mistyped, nobody, empty, fee_of_party, late]
    assert not any(secret in each.output for each in everything for secret in (*SECRETS, "0417164301"))
    assert len(await market.rows("SELECT 1 FROM payee_account")) == 1


async def test_a_gateway_registers_the_same_accounts(market: Market, commands: Commands) -> None:
    created = await asyncio.to_thread(commands.run, "key", "create", "--role", "operator", "--name", "ann")
    key = created.stdout.strip()

    def work() -> list[Result]:
        with run_gateway(commands) as url:
            there = ("--url", url, "--key", key, "--json")
            return [
                commands.run(*OF_M1, *there, stdin=NUMBER),
                commands.run(*OF_LE, "--step", "1.00", "--fee", "0.30", *there, stdin=IBANS[1].encode()),
                commands.run(*OF_M1, *there, stdin=IBANS[0].encode()),
            ]

    party, entity, refused = await asyncio.to_thread(work)

    assert json.loads(party.stdout) == {"owner": "M1", "reference": "main", "masked": "NL••••4300", "replayed": False}
    assert json.loads(entity.stdout)["masked"] == "GB••••5432"
    assert (refused.exit_code, json.loads(refused.stdout)["code"]) == (1, "BANK_ACCOUNT_CONFLICT")
    assert not any(secret in each.output for each in (party, entity, refused) for secret in SECRETS)
    (row,) = await market.rows("SELECT channel, step_minor, fee_minor FROM paying_account")
    assert tuple(row) == ("file", 100, 30)
