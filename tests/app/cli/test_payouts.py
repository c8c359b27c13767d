"""splitbook payout and sandbox, as a person types them."""

import asyncio
import json
import re
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from ledger.db.connecting import Database
from ledger.settlement.payouts.model import AnswerKind, Verdict
from tests.app.channels.samples import camt053, entry
from tests.app.channels.sandboxes import KEY, open_sandbox
from tests.app.cli.commands import Commands
from tests.journeys.gateways import find_free_port
from tests.ledger.settlement.payouts.till import IBANS, Till
from tests.waiting import HANGS_S, wait_until

NO_ACCOUNT = "the party has no account to be paid on in this currency [NO_PAYEE_ACCOUNT]"


@pytest.fixture
async def till(fresh_database: str) -> AsyncIterator[Till]:
    """1,141.86 for M1 by file, 5.00 for D2 who has no account."""
    database = await Database.connect(fresh_database)
    till = await Till.open(database, channel="file")
    await till.sheet("M1", 1_141_86)
    await till.sheet("D2", 5_00, role="DISTRIBUTOR")
    yield till
    await database.close()


async def test_a_run_is_previewed_then_pays_once_and_the_banks_file_ends_it(
    till: Till, commands: Commands, tmp_path: Path
):
    preview = await asyncio.to_thread(commands.ask, "payout", "run", "--preview")
    told = await asyncio.to_thread(commands.run, "payout", "run", "--preview")
    first = await asyncio.to_thread(commands.ask, "payout", "run")
    second = await asyncio.to_thread(commands.ask, "payout", "run")

    assert [(row["payout"], row["party"], row["amount"]) for row in preview["created"]] == [(None, "M1", "1141.86")]
    assert preview["sent"] == []
    assert told.stdout.splitlines() == [
        "would pay: M1 1141.86 CNY from LE",
        f"waits: D2 5.00 CNY due {preview['waiting'][0]['due']}: {NO_ACCOUNT}",
        "1 would be created, 1 would wait.",
    ]
    (created,) = first["created"]
    assert (first["sent"], first["handed_over"]) == ([created["payout"]], 1)
    assert [(row["party"], row["reason"]) for row in first["waiting"]] == [("D2", "NO_PAYEE_ACCOUNT")]
    assert (second["created"], second["sent"], second["handed_over"]) == ([], [], 0)
    (written,) = (commands.home / "channel/out").iterdir()
    key = (await till.payout(created["payout"])).channel_key
    assert f"<EndToEndId>{key}</EndToEndId>" in written.read_text(encoding="utf-8")

    statement = tmp_path / "statement.xml"
    statement.write_bytes(camt053(entry(key, "1141.86")))
    half = tmp_path / "half.xml"
    half.write_bytes(statement.read_bytes()[:200])
    counts = await asyncio.to_thread(commands.ask, "payout", "files", statement)
    refused = await asyncio.to_thread(commands.run, "payout", "files", half)
    again = await asyncio.to_thread(commands.ask, "payout", "files", statement)
    endless = await asyncio.to_thread(commands.run, "payout", "files", "/dev/zero")

    assert (endless.exit_code, "it has more than" in endless.stderr) == (1, True)
    assert (counts["read"], counts["applied"], again["repeated"]) == (1, 1, 1)
    assert (refused.exit_code, "cut off" in refused.stderr) == (1, True)
    assert await till.status(created["payout"]) == "PAID"


async def test_a_person_reads_who_is_paid_and_who_waits(till: Till, commands: Commands):
    await till.sheet("A1", 7_00, role="AGENT", status="CONFIRM_PENDING")

    result = await asyncio.to_thread(commands.run, "payout", "run", "--no-send", "--progress")

    assert result.exit_code == 0
    assert re.search(r"^payout \d+: M1 1141\.86 CNY from LE$", result.stdout, re.M)
    assert f"waits: D2 5.00 CNY due 2026-03-02: {NO_ACCOUNT}" in result.stdout
    assert result.stdout.splitlines()[-2:] == [
        "1 closed sheet waits for its party to confirm it.",
        "1 created, 0 sent, 1 waiting.",
    ]
    assert (await asyncio.to_thread(commands.run, "payout", "run", "--through", "soon")).exit_code == 2


async def test_why_somebody_waits_is_said_in_the_language_of_who_reads(till: Till, commands: Commands):
    commands.environment["SPLITBOOK_LANGUAGE"] = "zh"
    await till.fund(-10_000_00)

    told = await asyncio.to_thread(commands.run, "payout", "run")
    data = await asyncio.to_thread(commands.ask, "payout", "run")

    number = data["waiting"][-1]["payout"]
    assert told.stdout.splitlines()[1:] == [
        "等待：D2 5.00 CNY，到期日 2026-03-02：主体没有此币种的收款账户 [NO_PAYEE_ACCOUNT]",
        f"等待：出款单 {number}，付给 M1 1141.86 CNY，到期日 2026-03-02：付款账户余额不足 [BANK_BALANCE]",
        "已建立 1，已提交 0，等待 2。",
    ]
    assert [row["reason"] for row in data["waiting"]] == ["NO_PAYEE_ACCOUNT", "BANK_BALANCE"]


async def test_how_many_failed_or_came_back_is_said_until_somebody_has_them_paid_again(till: Till, commands: Commands):
    await till.sheet("D1", 7_00, role="DISTRIBUTOR")
    failed, returned = [each.payout_id for each in (await till.create()).created]
    await till.submit(failed)
    await till.outcome(failed, Verdict.REFUSED, reason="AC04")
    await till.pay(returned)
    await till.answer(AnswerKind.RETURNED, returned)

    both = await asyncio.to_thread(commands.run, "payout", "run")
    await till.retry(failed)
    commands.environment["SPLITBOOK_LANGUAGE"] = "zh"
    one = await asyncio.to_thread(commands.run, "payout", "run", "--preview")
    counted = await asyncio.to_thread(commands.ask, "payout", "run", "--preview")
    await till.retry(returned)
    none = await asyncio.to_thread(commands.ask, "payout", "run", "--preview")

    assert (
        "2 payouts failed or came back, and no run pays them again:"
        " `retryPayout` does, once somebody has seen to the reason."
    ) in both.stdout.splitlines()
    assert "1 张出款单失败或被退回，不会自动重付；请查明原因后以 `retryPayout` 重付。" in one.stdout.splitlines()
    assert (counted["to_retry"], none["to_retry"]) == (1, 0)


async def test_a_person_reads_what_the_bank_refused_and_of_what_nobody_knows_whether_it_was_paid(
    fresh_database: str, commands: Commands, tmp_path: Path
):
    database = await Database.connect(fresh_database)
    till = await Till.open(database)
    await till.sheet("M1", 50_00)
    async with open_sandbox(tmp_path) as bank:
        commands.environment |= {"SPLITBOOK_SANDBOX_URL": bank.url, "SPLITBOOK_SANDBOX_KEY": KEY}
        await bank.behave({"do": "refuse", "reason": "AC04"}, {"do": "lose"}, {"do": "lose"})

        first = await asyncio.to_thread(commands.run, "payout", "run")
        failed = int(re.findall(r"^payout (\d+)", first.stdout, re.M)[0])
        again = await till.retry(failed)
        lost = await asyncio.to_thread(commands.run, "payout", "run")
        await till.sheet("D1", 7_00, role="DISTRIBUTOR")
        told = await asyncio.to_thread(commands.ask, "payout", "run")
    await database.close()

    assert (first.exit_code, first.stdout.splitlines()[1:]) == (
        0,
        [
            f"refused by the bank: payout {failed} to M1 50.00 CNY: AC04",
            "1 payout failed or came back, and no run pays it again:"
            " `retryPayout` does, once somebody has seen to the reason.",
            "1 created, 1 sent, 0 waiting.",
        ],
    )
    assert lost.stdout.splitlines() == [
        f"outcome unknown: payout {again.payout_id} to M1 50.00 CNY: the answer was lost; a worker asks the bank",
        "0 created, 1 sent, 0 waiting.",
    ]
    (created,) = told["created"]
    assert told["refused"] == []
    assert told["unknown"] == [
        {
            "payout": created["payout"],
            "party": "D1",
            "amount": "7.00",
            "currency": "CNY",
            "reason": "the answer was lost",
        }
    ]


async def test_a_person_reads_what_was_taken_back_before_the_bank_had_it(
    fresh_database: str, commands: Commands, tmp_path: Path
):
    database = await Database.connect(fresh_database)
    till = await Till.open(database)
    await till.pay_from(currency="USD", iban=IBANS[2], reference="B2")
    await till.pay_to("D1", iban=IBANS[1], currency="USD", reference="D1-2")
    await till.fund(10_00, currency="USD")
    await till.sheet("M1", 50_00)
    await till.sheet("D1", 7_00, role="DISTRIBUTOR", currency="USD")
    async with open_sandbox(tmp_path) as bank:
        commands.environment |= {"SPLITBOOK_SANDBOX_URL": bank.url, "SPLITBOOK_SANDBOX_KEY": KEY}
        await bank.behave({"do": "delay", "seconds": 3})

        running = asyncio.create_task(asyncio.to_thread(commands.run, "payout", "run"))
        # While the bank has the one and not the other yet.
        await wait_until(lambda: till.market.rows("SELECT 1 FROM payout_submission WHERE claimed_at IS NOT NULL"))
        await till.market.block("M1")
        await till.market.block("D1")
        told = await running
        (row,) = await till.market.rows("SELECT payout_id FROM payout WHERE status = 'FAILED'")
        transfers = await bank.transfers()
    await database.close()

    assert [each["currency"] for each in transfers] == ["CNY"]
    assert told.stdout.splitlines()[2:] == [
        f"taken back before a bank had it: payout {row['payout_id']} to D1 7.00 USD: the party is blocked"
        " [PARTY_BLOCKED]",
        "1 payout failed or came back, and no run pays it again:"
        " `retryPayout` does, once somebody has seen to the reason.",
        "2 created, 2 sent, 0 waiting.",
    ]


def test_the_sandbox_listens_on_loopback_until_it_is_told_to_stop(commands: Commands):
    port = find_free_port()
    process = commands.start("sandbox", "--port", port, "--state", str(commands.home / "bank.sqlite"))

    def answers() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).json() == {"status": "ok"}
        except httpx.ConnectError:
            return False

    try:
        asyncio.run(wait_until(lambda: process.poll() is not None or answers()))
        assert process.poll() is None
        assert httpx.get(f"http://127.0.0.1:{port}/files", trust_env=False).status_code == 401
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=HANGS_S)
    finally:
        process.kill()
    assert f"The sandbox listens on http://127.0.0.1:{port}" in said
    assert process.returncode in (0, 130)
    assert json.dumps(said).count("Traceback") == 0


def test_a_sandbox_whose_port_is_in_use_says_so_and_nothing_else(commands: Commands):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = commands.run("sandbox", "--port", port)

    assert (refused.exit_code, refused.stdout) == (5, "")
    assert refused.stderr == (
        f"Port {port} on 127.0.0.1 is in use; stop what listens there or choose another, --port 8011.\n"
    )
    assert not (commands.home / "sandbox.sqlite").exists()
