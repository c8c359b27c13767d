"""Payouts and channels together: workers that are killed, run twice, or find nobody there."""

import asyncio
from collections.abc import Awaitable
from datetime import time, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from app.channels.file.folders import FileChannel
from app.channels.protocol import ChannelUnreachable, FetchedFile, Handed
from app.paying import hearing, sending
from ledger.db.connecting import Database
from ledger.settlement.payouts import submitting
from ledger.settlement.payouts.model import Outcome, Submission, Verdict
from tests.app.channels.samples import camt053, entry, pain002
from tests.app.channels.sandboxes import Bank, open_channel, open_sandbox
from tests.ledger.settlement.payouts.till import ACTOR, TODAY, Till


@pytest.fixture
async def till(database: Database) -> Till:
    return await Till.open(database)


@pytest.fixture
async def filing(database: Database) -> Till:
    """A till whose bank is written to by files."""
    return await Till.open(database, channel="file")


class Killed(BaseException):
    """The process is gone."""


class Fragile(FileChannel):
    """A file channel whose process is killed right after the file was written."""

    async def submit(self, submission: Submission) -> Handed:
        await super().submit(submission)
        raise Killed


async def send(till: Till, **channels: Any) -> sending.Sent:
    return await sending.submit(till.database, till.platform_id, now=till.now, actor=ACTOR, channels=channels)


async def read(till: Till, **channels: Any) -> hearing.FilesRead:
    return await hearing.read_files(till.database, till.platform_id, now=till.now, actor=ACTOR, channels=channels)


async def ask(till: Till, **channels: Any) -> int:
    return await hearing.query_unknown(till.database, till.platform_id, now=till.now, actor=ACTOR, channels=channels)


async def due(till: Till) -> list[int]:
    run = await sending.create_due(till.database, till.platform_id, now=till.now, actor=ACTOR)
    return [each.payout_id for each in run.created]


async def test_a_payout_goes_all_the_way_to_the_sandbox_and_back_by_its_statements(till: Till, tmp_path: Path):
    sheet = await till.sheet("M1", 1_141_86)
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as sandbox:
        (payout,) = await due(till)
        sent = await send(till, sandbox=sandbox)
        assert (sent.payout_ids, sent.handed_over) == ((payout,), 1)
        assert await till.status(payout) == "ACCEPTED"
        await bank.ask("/settle", fee=15)
        await bank.ask("/statements")

        counts = await read(till, sandbox=sandbox)

        assert (counts.read, counts.applied, counts.unmatched) == (1, 1, 0)
        assert await till.status(payout) == "PAID"
        await bank.ask("/return", key=(await till.payout(payout)).channel_key)
        await bank.ask("/statements")
        await read(till, sandbox=sandbox)

    assert await till.status(payout) == "RETURNED"
    assert await till.net("2016 M1, 2190, 1010, 5010") == [1_141_86, 0, -9_999_85, -15]
    assert await till.sheet_figures(sheet) == ("PAYING", 0, 1_141_86, 0, 0)
    assert await till.unmatched() == []


async def test_what_was_paid_and_came_back_between_two_statements_is_on_the_next_as_both(till: Till, tmp_path: Path):
    await till.sheet("M1", 50_00)
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as sandbox:
        (payout,) = await due(till)
        await send(till, sandbox=sandbox)
        await bank.ask("/settle", fee=15)
        await bank.ask("/return", key=(await till.payout(payout)).channel_key)
        await bank.ask("/statements")

        counts = await read(till, sandbox=sandbox)

    assert (counts.applied, counts.unmatched, await till.status(payout)) == (2, 0, "RETURNED")
    assert await till.net("2016 M1, 2190, 1010") == [50_00, 0, -9_999_85]


async def test_a_worker_killed_between_file_and_state_leaves_one_file_and_the_next_goes_on(
    filing: Till, tmp_path: Path
):
    await filing.sheet("M1", 50_00)
    (payout,) = await due(filing)
    with pytest.raises(Killed):
        await send(filing, file=Fragile(tmp_path))
    (written,) = (tmp_path / "out").iterdir()
    before = written.read_bytes()

    again = await send(filing, file=FileChannel(tmp_path))
    third = await send(filing, file=FileChannel(tmp_path))

    assert [path.name for path in (tmp_path / "out").iterdir()] == [written.name]
    assert written.read_bytes() == before
    assert (again.payout_ids, again.handed_over, third.handed_over) == ((), 1, 0)
    assert await filing.status(payout) == "SUBMITTED"
    assert await filing.templates() == ["PAYOUT_SUBMITTED"]
    files = await filing.market.rows("SELECT message_id, name FROM bank_file")
    assert [(row["message_id"], row["name"]) for row in files] == [(written.stem, written.name)]


async def test_two_workers_at_the_same_tick_make_one_run(till: Till, tmp_path: Path):
    for party in ("M1", "D1", "A1"):
        await till.sheet(party, 50_00)
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as sandbox:

        async def work() -> None:
            await due(till)
            await send(till, sandbox=sandbox)

        await asyncio.gather(*(work() for _ in range(4)))

        assert [each["times"] for each in await bank.transfers()] == [1, 1, 1]
    assert await till.templates() == ["PAYOUT_SUBMITTED"] * 3


async def test_a_run_sends_what_the_account_can_pay_and_says_who_waits_however_many_one_transaction_looks_at(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(submitting, "MOST_WAITING", 2)
    till = await Till.open(database, cash=130_00, channel="file")
    for day in range(9, 0, -1):
        await till.sheet("M1", 20_00, due=TODAY - timedelta(days=day))
        await due(till)
    await till.market.block("M1")
    for day, party in ((8, "D1"), (7, "A1"), (6, "D1"), (5, "A1"), (4, "D1"), (3, "A1")):
        await till.sheet(party, 30_00, due=TODAY - timedelta(days=day))
        await due(till)

    sent = await send(till, file=FileChannel(tmp_path))

    assert (len(sent.payout_ids), len(set(sent.payout_ids))) == (4, 4)
    reasons = [each.reason for each in sent.waiting]
    assert sorted(reasons) == ["BANK_BALANCE", "BEHIND_ANOTHER", *["PARTY_BLOCKED"] * 9]
    assert len({each.payout_id for each in sent.waiting}) == 11
    assert await till.net("1010, 2190") == [-130_00, 120_00]


@pytest.mark.parametrize(("after", "status"), [(True, "ACCEPTED"), (False, "FAILED")])
async def test_a_lost_answer_leaves_a_payout_unknown_until_it_is_asked_about(
    till: Till, tmp_path: Path, after: bool, status: str
):
    await till.sheet("M1", 50_00)
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as sandbox:
        await bank.behave({"do": "lose", "after": after})
        (payout,) = await due(till)
        await send(till, sandbox=sandbox)
        assert await till.status(payout) == "UNKNOWN"
        await send(till, sandbox=sandbox)
        assert await due(till) == []

        assert await ask(till, sandbox=sandbox) == 1

        assert await till.status(payout) == status
        assert [each["times"] for each in await bank.transfers()] == [1 if after else 0]


async def test_a_bank_that_is_not_there_got_nothing_and_the_next_round_hands_over(till: Till, tmp_path: Path):
    await till.sheet("M1", 50_00)
    (payout,) = await due(till)
    async with open_channel(Bank("http://127.0.0.1:9")) as nowhere:
        sent = await send(till, sandbox=nowhere)
        assert (sent.payout_ids, sent.handed_over, sent.unreachable) == ((payout,), 0, ("sandbox",))
        assert await till.status(payout) == "SUBMITTED"
    assert (await send(till)).unreachable == ("sandbox",)

    async with open_sandbox(tmp_path) as bank, open_channel(bank) as sandbox:
        assert (await send(till, sandbox=sandbox)).handed_over == 1
    assert await till.status(payout) == "ACCEPTED"


class Answering:
    """A bank that answers at once, and tells who hears it."""

    name = "sandbox"
    is_repeatable = False

    def __init__(self, *, is_there: bool = True) -> None:
        self.is_there = is_there
        self.has: set[int] = set()
        self.heard = asyncio.Event()

    async def submit(self, submission: Submission) -> Handed:
        self.heard.set()
        if not self.is_there:
            raise ChannelUnreachable(channel=self.name)
        self.has.add(submission.submission_id)
        return Handed({payment.key: Outcome(Verdict.ACCEPTED) for payment in submission.payments})


@pytest.mark.parametrize(("is_there", "moments"), [(True, 8), (False, 24)])
async def test_who_is_stopped_at_any_moment_has_recorded_what_the_bank_said_or_leaves_all_of_it(
    till: Till, is_there: bool, moments: int
) -> None:
    await till.sheet("M1", 1_00)
    bank = Answering(is_there=is_there)

    async def send_until(stopped: Awaitable[object]) -> float:
        """Send what waits until then, and how long that was."""
        bank.heard.clear()
        began = perf_counter()
        sending = asyncio.create_task(send(till, sandbox=bank))
        await stopped
        lasted = perf_counter() - began
        is_stopped = sending.cancel()
        await asyncio.wait([sending])
        assert sending.cancelled() == is_stopped, lasted
        rows = await till.market.rows("SELECT submission_id, claimed_at, answered_at FROM payout_submission")
        assert {row["submission_id"] for row in rows if row["answered_at"]} == bank.has, lasted
        assert {row["submission_id"] for row in rows if row["claimed_at"]} == bank.has, lasted
        return lasted

    await due(till)
    sends = await send_until(bank.heard.wait())
    for moment in range(moments):
        if is_there:  # else what was sent before still waits
            await till.sheet("M1", 1_00)
            await due(till)
        await send_until(asyncio.sleep(moment / moments * 1.5 * sends))


@pytest.mark.parametrize("later", [timedelta(minutes=6), -timedelta(days=30)])
async def test_a_call_that_was_begun_and_never_recorded_is_unknown_after_a_while_and_never_made_again(
    till: Till, tmp_path: Path, later: timedelta
):
    class Dying:
        name = "sandbox"
        is_repeatable = False

        async def submit(self, submission: Submission) -> Handed:
            raise Killed

    await till.sheet("M1", 50_00)
    (payout,) = await due(till)
    with pytest.raises(Killed):
        await send(till, sandbox=Dying())

    async with open_sandbox(tmp_path) as bank, open_channel(bank) as sandbox:
        await send(till, sandbox=sandbox)
        assert await till.status(payout) == "SUBMITTED"
        till.now += later  # by the clock of whoever looks: the one that died may have been a month ahead
        await send(till, sandbox=sandbox)
        assert await till.status(payout) == "UNKNOWN"
        assert await bank.transfers() == []
        await ask(till, sandbox=sandbox)
    assert await till.status(payout) == "FAILED"


async def test_a_file_cut_in_half_is_refused_whole_kept_with_its_reason_and_read_once_it_is_whole(
    filing: Till, tmp_path: Path
):
    await filing.sheet("M1", 50_00)
    (payout,) = await due(filing)
    channel = FileChannel(tmp_path)
    await send(filing, file=channel)
    key = (await filing.payout(payout)).channel_key
    whole = camt053(entry(key, "50.00"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in/stmt.xml").write_bytes(whole[: len(whole) // 2])

    refused = await read(filing, file=channel)
    (tmp_path / "in/stmt.xml").write_bytes(whole)
    read_now = await read(filing, file=channel)
    (tmp_path / "in/copy.xml").write_bytes(whole)
    again = await read(filing, file=channel)

    assert (refused.refused, refused.read, refused.applied) == (1, 0, 0)
    assert (read_now.refused, read_now.read, read_now.applied) == (0, 1, 1)
    assert (again.repeated, again.applied, again.unmatched) == (1, 0, 0)
    assert (tmp_path / "in/refused/stmt.xml").exists()
    assert await filing.status(payout) == "PAID"
    kept = await filing.market.rows("SELECT refusal FROM bank_file WHERE direction = 'IN' ORDER BY bank_file_id")
    assert ["cut off" in row["refusal"] for row in kept] == [True, False]


async def test_a_bank_refuses_a_whole_message_and_each_of_its_payouts_has_failed(filing: Till, tmp_path: Path):
    await filing.sheet("M1", 50_00)
    await filing.sheet("D1", 7_00)
    payouts = await due(filing)
    channel = FileChannel(tmp_path)
    await send(filing, file=channel)
    (written,) = (tmp_path / "out").iterdir()
    content = pain002(group="RJCT").replace(b"SB1-7", written.stem.encode())

    counts = await hearing.read_file(
        filing.database, filing.platform_id, FetchedFile("r.xml", content), channel="file", now=filing.now, actor=ACTOR
    )

    assert (counts.applied, counts.unmatched) == (2, 0)
    assert [await filing.status(payout) for payout in payouts] == ["FAILED", "FAILED"]
    assert await filing.net("2015 M1, 2015 D1, 2190") == [50_00, 7_00, 0]


async def test_a_file_about_payouts_of_somebody_else_is_read_and_every_answer_kept(filing: Till):
    content = camt053(entry("SB77-P1", "1.00"), entry("SB77-P2", "2.00"), message="foreign")

    counts = await hearing.read_file(
        filing.database, filing.platform_id, FetchedFile("s.xml", content), channel="file", now=filing.now, actor=ACTOR
    )

    assert (counts.applied, counts.unmatched) == (0, 2)
    assert [refusal for _, refusal in await filing.unmatched()] == ["ANSWER_UNKNOWN_PAYOUT"] * 2


async def test_a_payout_sent_after_the_cut_off_is_for_the_next_working_day(database: Database):
    till = await Till.open(database, cut_off=time(16, 0))
    await till.sheet("M1", 1_00)
    await till.sheet("D1", 1_00)
    first, second = await due(till)
    till.now = till.now.replace(day=6, hour=7, minute=59)  # Friday, 15:59 in Shanghai
    await till.submit(first)
    till.now += timedelta(minutes=2)
    await till.submit(second)

    rows = await till.market.rows("SELECT execution_date FROM payout_submission ORDER BY submission_id")
    assert [row["execution_date"].isoformat() for row in rows] == ["2026-03-06", "2026-03-09"]
