"""Payout files and bank files that go wrong: killed workers, files cut in half, words in any order, twice, foreign."""

import asyncio
import itertools
from datetime import timedelta
from pathlib import Path

import pytest

from app.channels.file.folders import FileChannel
from app.channels.protocol import Handed
from app.paying import hearing
from ledger.db.connecting import Database
from ledger.settlement.payouts.errors import PayoutCannotBeRetried
from ledger.settlement.payouts.model import Submission
from ledger.verify import payouts as checks
from ledger.verify.snapshot import Snapshot
from tests.app.channels.samples import camt053, entry, pain002
from tests.app.test_paying import Killed, due, read, send
from tests.ledger.settlement.payouts.test_laws import RELEASE, go_round_the_code
from tests.ledger.settlement.payouts.till import Till


@pytest.fixture
async def till(database: Database) -> Till:
    """50.00 for M1 wait to be paid by file; the bank answers later in the day."""
    till = await Till.open(database, channel="file")
    await till.sheet("M1", 50_00)
    till.now += timedelta(hours=3)
    return till


class DiesFirst(FileChannel):
    """A file channel whose process is killed after it has claimed the submission and before it writes the file."""

    async def submit(self, submission: Submission) -> Handed:
        raise Killed


async def sent(till: Till, folder: Path) -> tuple[int, str]:
    """A payout whose file was written: its number and its key."""
    (payout,) = await due(till)
    await send(till, file=FileChannel(folder))
    (folder / "in").mkdir()
    return payout, (await till.payout(payout)).channel_key


async def deliver(till: Till, folder: Path, *files: bytes) -> hearing.FilesRead:
    """The bank leaves these files, each before the next."""
    counts = hearing.FilesRead()
    for place, content in enumerate(files):
        (folder / f"in/{place}.xml").write_bytes(content)
        counts = counts.plus(await read(till, file=FileChannel(folder)))
    return counts


async def figures(till: Till, payout: int) -> tuple[str, list[int], list[tuple[str, str]]]:
    return await till.status(payout), await till.net("2015 M1, 2016 M1, 2190, 1010"), await till.unmatched()


async def test_a_worker_killed_between_claim_and_file_leaves_none_and_the_next_writes_it_once(
    till: Till, tmp_path: Path
) -> None:
    (payout,) = await due(till)
    with pytest.raises(Killed):
        await send(till, file=DiesFirst(tmp_path))
    assert not (tmp_path / "out").exists()
    (claimed,) = await till.market.rows("SELECT message_id, claimed_at, answered_at FROM payout_submission")
    assert (claimed["claimed_at"], claimed["answered_at"]) == (till.now, None)

    handed = [await send(till, file=FileChannel(tmp_path)) for _ in range(3)]

    assert [each.handed_over for each in handed] == [1, 0, 0]
    assert [each.payout_ids for each in handed] == [(), (), ()]
    assert [path.name for path in (tmp_path / "out").iterdir()] == [f"{claimed['message_id']}.xml"]
    assert await till.templates() == ["PAYOUT_SUBMITTED"]
    assert len(await till.market.rows("SELECT 1 FROM payout_submission")) == 1
    assert await till.status(payout) == "SUBMITTED"


async def test_a_payout_file_cut_in_half_is_whole_under_the_same_name_once_the_next_worker_was_there(
    till: Till, tmp_path: Path
) -> None:
    class DiesWriting(FileChannel):
        async def submit(self, submission: Submission) -> Handed:
            await super().submit(submission)
            (written,) = (tmp_path / "out").iterdir()
            whole.append(written.read_bytes())
            written.write_bytes(whole[0][: len(whole[0]) // 2])
            raise Killed

    whole: list[bytes] = []
    await due(till)
    with pytest.raises(Killed):
        await send(till, file=DiesWriting(tmp_path))

    await send(till, file=FileChannel(tmp_path))

    (written,) = (tmp_path / "out").iterdir()
    assert written.read_bytes() == whole[0]
    (file,) = await till.market.rows("SELECT message_id FROM bank_file WHERE direction = 'OUT'")
    assert file["message_id"] == written.stem


async def test_workers_at_the_same_tick_write_one_file(till: Till, tmp_path: Path) -> None:
    async def work() -> None:
        await due(till)
        await send(till, file=FileChannel(tmp_path))

    await asyncio.gather(*(work() for _ in range(5)))

    assert len(list((tmp_path / "out").iterdir())) == 1
    assert await till.templates() == ["PAYOUT_SUBMITTED"]
    assert len(await till.market.rows("SELECT 1 FROM bank_file")) == 1
    assert len(await till.market.rows("SELECT 1 FROM payout_submission")) == 1


async def test_accepted_by_one_report_and_rejected_by_the_next_comes_back_once(till: Till, tmp_path: Path) -> None:
    payout, key = await sent(till, tmp_path)
    assert (await deliver(till, tmp_path, pain002(f"{key} ACSP"))).applied == 1
    assert await till.status(payout) == "ACCEPTED"

    counts = await deliver(
        till, tmp_path, pain002(f"{key} RJCT AC04", message="R2"), pain002(f"{key} RJCT AC04", message="R3")
    )

    assert (counts.read, counts.applied, counts.unmatched) == (2, 1, 1)
    assert await figures(till, payout) == ("FAILED", [50_00, 0, 0, -10_000_00], [])
    assert await till.templates() == ["PAYOUT_SUBMITTED", "PAYOUT_FAILED"]


async def test_checks_that_a_bank_reports_are_no_acceptance_and_their_rejection_is_a_failure(
    till: Till, tmp_path: Path
) -> None:
    payout, key = await sent(till, tmp_path)
    await deliver(till, tmp_path, pain002(f"{key} ACCP"))
    assert await till.status(payout) == "SUBMITTED"

    await deliver(till, tmp_path, pain002(f"{key} RJCT AC04", message="R2"))

    assert await figures(till, payout) == ("FAILED", [50_00, 0, 0, -10_000_00], [])


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_the_same_words_in_any_order_and_twice_end_the_same(
    till: Till, tmp_path: Path, order: tuple[int, ...]
) -> None:
    payout, key = await sent(till, tmp_path)
    back = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
    words = [
        pain002(f"{key} ACSP"),
        camt053(entry(key, "50.00"), message="C1"),
        camt053(entry(key, "50.00", side="CRDT", more=back, reference="back"), message="C2"),
    ]

    await deliver(till, tmp_path, *(words[place] for place in order), *(words[place] for place in order))

    status, money, waiting = await figures(till, payout)
    assert (status, money, waiting) == ("RETURNED", [0, 50_00, 0, -10_000_00], [])
    assert await till.templates() == ["PAYOUT_SUBMITTED", "PAYOUT_PAID", "PAYOUT_RETURNED"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
async def test_acceptance_and_rejection_in_any_order_give_the_money_back_once(
    till: Till, tmp_path: Path, order: tuple[int, ...]
) -> None:
    payout, key = await sent(till, tmp_path)
    words = [pain002(f"{key} ACSP"), pain002(f"{key} RJCT AC04", message="R2")]

    await deliver(till, tmp_path, *(words[place] for place in order))

    assert await figures(till, payout) == ("FAILED", [50_00, 0, 0, -10_000_00], [])
    assert await till.templates() == ["PAYOUT_SUBMITTED", "PAYOUT_FAILED"]


async def test_a_statement_of_another_amount_or_of_nobody_moves_nothing_and_keeps_the_money_claimed(
    till: Till, tmp_path: Path
) -> None:
    payout, key = await sent(till, tmp_path)

    counts = await deliver(
        till, tmp_path, camt053(entry(key, "49.99")), camt053(entry("SB99-P9", "50.00"), message="C2")
    )

    assert (counts.read, counts.applied, counts.unmatched) == (2, 0, 2)
    status, money, waiting = await figures(till, payout)
    assert (status, money) == ("SUBMITTED", [0, 0, 50_00, -10_000_00])
    assert [refusal for _, refusal in waiting] == ["ANSWER_AMOUNT_DIFFERS", "ANSWER_UNKNOWN_PAYOUT"]
    # A rejection is not believed while a statement says that money has left.
    await deliver(till, tmp_path, pain002(f"{key} RJCT AC04"))
    assert await till.status(payout) == "SUBMITTED"
    assert await due(till) == []


async def test_a_status_report_cut_anywhere_is_refused_whole_and_moves_nothing(till: Till, tmp_path: Path) -> None:
    payout, key = await sent(till, tmp_path)
    whole = pain002(f"{key} RJCT AC04")
    cuts = [whole[:size] for size in range(1, len(whole), 97)]

    counts = await deliver(till, tmp_path, *cuts)

    assert (counts.refused, counts.read, counts.applied) == (len(cuts), 0, 0)
    assert await till.status(payout) == "SUBMITTED"
    assert (await deliver(till, tmp_path, whole)).applied == 1
    assert await till.status(payout) == "FAILED"
    files = await till.market.rows("SELECT refusal FROM bank_file WHERE direction = 'IN' ORDER BY bank_file_id")
    assert [row["refusal"] != "" for row in files] == [True] * len(cuts) + [False]
    async with till.database.read(till.platform_id) as conn:
        snapshot = Snapshot(conn, "", lambda _c, _r: None, 1_000, [])
        for check in (checks.check_payouts, checks.check_claims, checks.check_transit):
            assert await check(snapshot) is None


@pytest.mark.parametrize("settled", ["ACSC", "ACCC"])
@pytest.mark.parametrize("accepted_first", [True, False])
async def test_a_rejection_of_what_the_report_says_has_left_is_not_believed(
    till: Till, tmp_path: Path, settled: str, accepted_first: bool
) -> None:
    payout, key = await sent(till, tmp_path)
    before = [pain002(f"{key} ACSP")] if accepted_first else []

    await deliver(till, tmp_path, *before, pain002(f"{key} {settled}", message="R2"))
    await deliver(till, tmp_path, pain002(f"{key} RJCT AC04", message="R3"))

    status, money, waiting = await figures(till, payout)
    assert (status, money) == ("ACCEPTED", [0, 0, 50_00, -10_000_00])
    assert [refusal for _, refusal in waiting] == ["ANSWER_CONTRADICTS"]
    with pytest.raises(Exception, match="BANK_SAYS_PAID"):
        await go_round_the_code(till, RELEASE.format("FAILED"), payout)
    # The statement decides: the money has left, and comes back as a return.
    back = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
    await deliver(
        till,
        tmp_path,
        camt053(entry(key, "50.00")),
        camt053(entry(key, "50.00", side="CRDT", more=back, reference="back"), message="C2"),
    )
    assert (await figures(till, payout))[:2] == ("RETURNED", [0, 50_00, 0, -10_000_00])


async def test_what_the_report_says_has_left_after_its_rejection_is_not_paid_again_before_a_person_saw_it(
    till: Till, tmp_path: Path
) -> None:
    payout, key = await sent(till, tmp_path)

    await deliver(till, tmp_path, pain002(f"{key} RJCT AC04"), pain002(f"{key} ACSC", message="R2"))

    status, money, waiting = await figures(till, payout)
    assert (status, money, [refusal for _, refusal in waiting]) == (
        "FAILED", [50_00, 0, 0, -10_000_00], ["ANSWER_OUT_OF_ORDER"],
    )  # fmt: skip
    with pytest.raises(PayoutCannotBeRetried) as refused:
        await till.retry(payout)
    assert refused.value.facts["code"] == "BANK_SAYS_PAID"
    await till.dismiss(f"S-{key}")
    assert (await till.retry(payout)).draft.net == 50_00
