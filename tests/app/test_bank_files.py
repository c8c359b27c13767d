"""Files that banks leave: several platforms in one folder, days of the bank's clock, and files that nobody foresaw."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.channels.file.folders import FileChannel
from app.channels.protocol import FetchedFile
from app.paying import hearing
from ledger.db.connecting import Database
from ledger.settlement.payouts import answering, submitting
from ledger.settlement.payouts.errors import PayoutCannotBeRetried
from ledger.settlement.payouts.keys import find_platform
from ledger.settlement.payouts.model import AnswerKind, BankAnswer, Verdict
from tests.app.channels.samples import camt053, entry, pain002
from tests.app.test_paying import ask, due, read, send
from tests.ledger.settlement.payouts.till import ACTOR, Till, make_answer
from tests.waiting import wait_until

_SOMEBODY_WAITS = (
    "SELECT count(*) FROM pg_locks AS l WHERE NOT l.granted AND pg_backend_pid() = ANY (pg_blocking_pids(l.pid))"
)


async def hand_over(database: Database, folder: Path, zone: str = "Asia/Shanghai") -> tuple[Till, int, str]:
    """A platform with a payout of 50.00 whose file was written: its number and its key."""
    till = await Till.open(database, channel="file", zone=zone)
    await till.sheet("M1", 50_00)
    (payout,) = await due(till)
    await send(till, file=FileChannel(folder))
    return till, payout, (await till.payout(payout)).channel_key


def leave(folder: Path, name: str, content: bytes) -> None:
    (folder / "in").mkdir(exist_ok=True)
    (folder / "in" / name).write_bytes(content)


async def files_of(till: Till) -> list[tuple[str, int]]:
    rows = await till.market.rows("SELECT name, answers FROM bank_file WHERE direction = 'IN' ORDER BY bank_file_id")
    return [(row["name"], row["answers"]) for row in rows]


async def test_whoever_reads_a_statement_of_several_platforms_tells_each_what_is_said_of_its_payouts(
    database: Database, tmp_path: Path
) -> None:
    one, first, key = await hand_over(database, tmp_path)
    other, second, foreign = await hand_over(database, tmp_path)
    leave(tmp_path, "all.xml", camt053(*(entry(name, "50.00") for name in (key, foreign, "SB99999-P1", "X"))))

    counts = await read(one, file=FileChannel(tmp_path))
    late = await read(other, file=FileChannel(tmp_path))

    assert (counts.read, counts.applied, counts.unmatched) == (1, 2, 2)
    assert late == hearing.FilesRead()
    assert [await one.status(first), await other.status(second)] == ["PAID", "PAID"]
    assert await one.unmatched() == [(f"E-{name}/1", "ANSWER_UNKNOWN_PAYOUT") for name in ("SB99999-P1", "X")]
    assert await other.unmatched() == []
    assert (await files_of(one), await files_of(other)) == ([("all.xml", 3)], [("all.xml", 1)])


async def test_a_bank_that_refuses_the_message_of_another_platform_is_heard_by_that_platform(
    database: Database, tmp_path: Path
) -> None:
    one, mine, _ = await hand_over(database, tmp_path)
    other, payout, _ = await hand_over(database, tmp_path)
    (message,) = await other.market.rows("SELECT message_id FROM payout_submission")
    leave(tmp_path, "r.xml", pain002(group="RJCT").replace(b"SB1-7", message["message_id"].encode()))

    counts = await read(one, file=FileChannel(tmp_path))

    assert (counts.applied, counts.unmatched) == (1, 0)
    assert [await other.status(payout), await one.status(mine)] == ["FAILED", "SUBMITTED"]


@pytest.mark.parametrize(
    ("name", "platform"),
    [("SB7-P12", 7), ("SB7-12", 7), ("SB12-P1", 12), ("SB0-P1", None), ("SB7-P", None), ("xSB7-P1", None), ("", None)],
)
def test_the_names_of_payouts_and_submissions_say_whose_they_are(name: str, platform: int | None) -> None:
    assert find_platform(name) == platform


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "UTC", "Asia/Shanghai", "Pacific/Auckland", "Pacific/Midway"])
async def test_what_a_bank_booked_on_a_day_is_booked_on_that_day_wherever_the_entity_is(
    database: Database, tmp_path: Path, zone: str
) -> None:
    till, payout, key = await hand_over(database, tmp_path, zone=zone)
    leave(tmp_path, "s.xml", camt053(entry(key, "50.00")).replace(b"<Dt>2026-03-02<", b"<Dt>2026-04-01<"))

    await read(till, file=FileChannel(tmp_path))

    assert await till.status(payout) == "PAID"
    rows = await till.market.rows("SELECT business_date FROM entry WHERE template = 'PAYOUT_PAID'")
    assert [row["business_date"].isoformat() for row in rows] == ["2026-04-01"]
    (kept,) = await till.market.rows(
        "SELECT (occurred_at AT TIME ZONE $1)::text AS told FROM bank_answer WHERE status = 'APPLIED'", zone
    )
    assert kept["told"] == "2026-04-01 00:00:00"


async def test_a_statement_that_comes_again_in_another_file_is_a_replay(database: Database, tmp_path: Path) -> None:
    till, payout, key = await hand_over(database, tmp_path, zone="America/Sao_Paulo")
    content = camt053(entry(key, "50.00"))
    leave(tmp_path, "a.xml", content)
    leave(tmp_path, "b.xml", content + b"\n")

    counts = await read(till, file=FileChannel(tmp_path))

    assert (counts.read, counts.applied, counts.unmatched) == (2, 2, 0)
    assert await till.status(payout) == "PAID"
    assert await till.templates() == ["PAYOUT_SUBMITTED", "PAYOUT_PAID"]


_ELSEWHERE = "<RltdPties><CdtrAcct><Id><IBAN>GB82WEST12345698765432</IBAN></Id></CdtrAcct></RltdPties>"
_AT_HOME = "<RltdPties><CdtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></CdtrAcct></RltdPties>"


@pytest.mark.parametrize(
    ("payer", "payee", "which"),
    [("CH9300762011623852957", _ELSEWHERE, "PAYEE"), ("FR1420041010050500013M02606", _AT_HOME, "PAYER")],
)
async def test_what_left_another_account_or_went_to_another_moves_nothing_however_often_it_is_said(
    database: Database, tmp_path: Path, payer: str, payee: str, which: str
) -> None:
    till, payout, key = await hand_over(database, tmp_path)
    wrong = camt053(entry(key, "50.00", more=payee)).replace(b"CH9300762011623852957", payer.encode())

    for name, content in (("a.xml", wrong), ("b.xml", wrong + b"\n")):
        leave(tmp_path, name, content)
        counts = await read(till, file=FileChannel(tmp_path))
        assert (counts.applied, counts.unmatched) == (0, 1)

    assert await till.status(payout) == "SUBMITTED"
    assert await till.net("2190, 1010") == [50_00, -10_000_00]
    (kept,) = await till.market.rows("SELECT refusal, refusal_text, tries FROM bank_answer")
    assert tuple(kept) == (
        "ANSWER_ACCOUNT_DIFFERS",
        f"The answer names another {which} account than that of payout {payout}.",
        2,
    )
    leave(tmp_path, "c.xml", camt053(entry(key, "50.00", more=_AT_HOME), message="RIGHT"))
    assert (await read(till, file=FileChannel(tmp_path))).applied == 1
    assert await till.status(payout) == "PAID"


class Stumbling(FileChannel):
    """A file channel in which something breaks that nobody foresaw, after each file of this name."""

    async def put_away(self, file: FetchedFile, *, refused: bool) -> None:
        if file.name == "a.xml":
            raise KeyError("a way to break")
        await super().put_away(file, refused=refused)


async def test_a_file_that_breaks_keeps_none_behind_it_from_being_read_and_is_named(
    database: Database, tmp_path: Path
) -> None:
    till, payout, key = await hand_over(database, tmp_path)
    leave(tmp_path, "a.xml", camt053(message="NOTHING"))
    leave(tmp_path, "b.xml", camt053(entry(key, "50.00")))

    with pytest.raises(hearing.BankFileBroke, match=r"a\.xml of file: KeyError"):
        await read(till, file=Stumbling(tmp_path))

    assert await till.status(payout) == "PAID"
    assert [path.name for path in (tmp_path / "in").glob("*.xml")] == ["a.xml"]


async def test_a_file_that_was_refused_is_refused_again_and_put_with_the_refused(
    database: Database, tmp_path: Path
) -> None:
    till, _, key = await hand_over(database, tmp_path)
    for name in ("cut.xml", "again.xml"):
        leave(tmp_path, name, camt053(entry(key, "50.00"))[:-9])

        counts = await read(till, file=FileChannel(tmp_path))

        assert (counts.refused, counts.repeated) == (1, 0)
        assert (tmp_path / "in/refused" / name).exists()
    assert await files_of(till) == [("cut.xml", 0)]


class Silent(FileChannel):
    """A bank that says nothing of what it is asked about; `asked` are the lists of keys."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, name="sandbox")
        self.asked: list[list[str]] = []

    async def query(self, keys: Sequence[str]) -> list[BankAnswer]:
        self.asked.append(list(keys))
        return []


async def test_a_bank_is_asked_about_everything_unknown_so_many_at_a_time(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submitting, "MOST_PAYMENTS", 2)
    till = await Till.open(database)
    for party in ("M1", "D1", "A1"):
        await till.sheet(party, 50_00)
    payouts = await due(till)
    await till.submit()
    for payout in (payouts[0], payouts[2]):
        await till.outcome(payout, Verdict.UNKNOWN)
    bank = Silent(tmp_path)

    assert await ask(till, sandbox=bank) == 0

    keys = [(await till.payout(payout)).channel_key for payout in payouts]
    assert bank.asked == [keys[:2], keys[2:]]


async def pay_two(database: Database, folder: Path) -> tuple[Till, tuple[int, int], tuple[str, str]]:
    """A platform with payouts of 50.00 and 70.00 in one file that was written: their numbers and keys."""
    till = await Till.open(database, channel="file")
    await till.sheet("M1", 50_00)
    await till.sheet("D1", 70_00, role="DISTRIBUTOR")
    one, other = await due(till)
    await send(till, file=FileChannel(folder))
    return till, (one, other), ((await till.payout(one)).channel_key, (await till.payout(other)).channel_key)


@pytest.mark.parametrize("is_one_file", [True, False])
async def test_entries_of_one_number_in_one_or_two_statements_of_one_name_are_as_many_answers(
    database: Database, tmp_path: Path, is_one_file: bool
) -> None:
    till, numbers, (one, other) = await pay_two(database, tmp_path)
    entries = [entry(one, "50.00", reference="1"), entry(other, "70.00", reference="1")]
    for place, part in enumerate([entries] if is_one_file else [[each] for each in entries]):
        leave(tmp_path, f"{place}.xml", camt053(*part))

    counts = await read(till, file=FileChannel(tmp_path))

    assert (counts.applied, counts.unmatched) == (2, 0)
    assert [await till.status(each) for each in numbers] == ["PAID", "PAID"]
    assert await till.net("2190, 1010") == [0, -9_880_00]


async def test_a_payment_and_its_way_back_may_have_one_number(database: Database, tmp_path: Path) -> None:
    till, (payout, _), (key, _) = await pay_two(database, tmp_path)
    back = entry(key, "50.00", reference="1", side="CRDT", reversal="1")
    leave(tmp_path, "s.xml", camt053(entry(key, "50.00", reference="1"), back))

    counts = await read(till, file=FileChannel(tmp_path))

    assert (counts.applied, counts.unmatched) == (2, 0)
    assert await till.status(payout) == "RETURNED"


async def test_what_a_statement_books_back_under_our_name_came_back_or_waits_for_a_person(
    database: Database, tmp_path: Path
) -> None:
    till, (one, other), (key, less) = await pay_two(database, tmp_path)
    leave(tmp_path, "s.xml", camt053(entry(key, "50.00"), entry(less, "70.00")))
    back = entry(key, "50.00", reference="3", side="CRDT"), entry(less, "69.00", reference="4", side="CRDT")
    leave(tmp_path, "t.xml", camt053(*back, message="C2"))

    await read(till, file=FileChannel(tmp_path))

    assert [await till.status(each) for each in (one, other)] == ["RETURNED", "PAID"]
    assert await till.unmatched() == [("4/1", "ANSWER_AMOUNT_DIFFERS")]
    assert await till.net("1010") == [-9_930_00]


async def test_what_a_statement_says_twice_is_booked_once_and_a_person_sees_to_the_second(
    database: Database, tmp_path: Path
) -> None:
    till, (payout, _), (key, _) = await pay_two(database, tmp_path)
    content = camt053(*[entry(key, "50.00", reference="1")] * 2)
    leave(tmp_path, "s.xml", content)
    leave(tmp_path, "t.xml", content + b"\n")

    counts = await read(till, file=FileChannel(tmp_path))

    assert (counts.read, await till.status(payout)) == (2, "PAID")
    assert await till.unmatched() == [("1/1#2", "ANSWER_REPEATED")]
    assert await till.net("1010") == [-9_950_00]


async def test_a_return_that_was_reversed_is_not_paid_again_unseen(database: Database, tmp_path: Path) -> None:
    till, (payout, _), (key, _) = await pay_two(database, tmp_path)
    returned = entry(key, "50.00", reference="2", side="CRDT", reversal="true")
    leave(tmp_path, "s.xml", camt053(entry(key, "50.00", reference="1"), returned))
    leave(tmp_path, "t.xml", camt053(entry(key, "50.00", reference="3", reversal="true"), message="C2"))

    await read(till, file=FileChannel(tmp_path))

    assert await till.status(payout) == "RETURNED"
    assert await till.unmatched() == [("3/1", "ANSWER_REPEATED")]
    with pytest.raises(PayoutCannotBeRetried, match="BANK_SAYS_PAID"):
        await till.retry(payout)


async def test_a_report_that_names_all_its_statuses_alike_is_heard_of_each(database: Database, tmp_path: Path) -> None:
    till, numbers, (one, other) = await pay_two(database, tmp_path)
    content = pain002(f"{one} ACSP", f"{other} RJCT AC04")
    leave(tmp_path, "r.xml", content.replace(f"S-{one}".encode(), b"X").replace(f"S-{other}".encode(), b"X"))

    counts = await read(till, file=FileChannel(tmp_path))

    assert (counts.applied, counts.unmatched) == (2, 0)
    assert [await till.status(each) for each in numbers] == ["ACCEPTED", "FAILED"]


async def test_a_bank_that_refuses_a_message_for_one_of_its_payments_has_refused_the_others(
    database: Database, tmp_path: Path
) -> None:
    till, numbers, (_, named) = await pay_two(database, tmp_path)
    (row,) = await till.market.rows("SELECT message_id FROM payout_submission")
    content = pain002(f"{named} RJCT AC04", group="RJCT").replace(b"SB1-7", row["message_id"].encode())
    leave(tmp_path, "r.xml", content)

    counts = await read(till, file=FileChannel(tmp_path))

    assert (counts.applied, counts.unmatched) == (2, 0)
    assert [await till.status(each) for each in numbers] == ["FAILED", "FAILED"]
    assert await till.net("2190, 2015 M1, 2015 D1") == [0, 50_00, 70_00]


async def book_batch(till: Till, folder: Path, amount: str, *, charge: str = "") -> hearing.FilesRead:
    """A statement that books the only message of the platform at once."""
    (row,) = await till.market.rows("SELECT message_id FROM payout_submission")
    said = (
        f'<Ntry><NtryRef>1</NtryRef><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>2026-03-02</Dt></BookgDt>{charge}<NtryDtls><Btch><PmtInfId>{row['message_id']}</PmtInfId>"
        "<NbOfTxs>2</NbOfTxs></Btch></NtryDtls></Ntry>"
    )
    leave(folder, "batch.xml", camt053(said))
    return await read(till, file=FileChannel(folder))


async def test_a_batch_that_a_bank_books_at_once_is_each_of_its_payments(database: Database, tmp_path: Path) -> None:
    till, numbers, _ = await pay_two(database, tmp_path)
    charge = '<Chrgs><Rcrd><Amt Ccy="CNY">0.30</Amt><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>'

    counts = await book_batch(till, tmp_path, "120.30", charge=charge)

    assert (counts.applied, counts.unmatched) == (2, 0)
    assert [await till.status(each) for each in numbers] == ["PAID", "PAID"]
    assert await till.net("2190, 1010, 5010") == [0, -9_879_70, -30]


async def test_a_batch_is_of_those_that_the_bank_did_not_refuse(database: Database, tmp_path: Path) -> None:
    till, numbers, (key, _) = await pay_two(database, tmp_path)
    leave(tmp_path, "r.xml", pain002(f"{key} RJCT AC04"))
    await read(till, file=FileChannel(tmp_path))

    counts = await book_batch(till, tmp_path, "70.00")

    assert (counts.applied, [await till.status(each) for each in numbers]) == (1, ["FAILED", "PAID"])


async def test_a_batch_of_another_amount_is_for_a_person(database: Database, tmp_path: Path) -> None:
    till, numbers, _ = await pay_two(database, tmp_path)

    counts = await book_batch(till, tmp_path, "119.99")

    assert (counts.applied, counts.unmatched) == (0, 1)
    assert [await till.status(each) for each in numbers] == ["SUBMITTED", "SUBMITTED"]
    assert [refusal for _, refusal in await till.unmatched()] == ["ANSWER_UNKNOWN_PAYOUT"]


@pytest.mark.parametrize(
    ("amount", "statuses", "left"),
    [("70.00", ["FAILED", "PAID"], []), ("120.00", ["FAILED", "SUBMITTED"], ["ANSWER_UNKNOWN_PAYOUT"])],
)
async def test_a_batch_is_divided_by_what_stands_once_nobody_else_writes(
    database: Database, tmp_path: Path, amount: str, statuses: list[str], left: list[str]
) -> None:
    """Another reader has a report that refuses one of its payments, and has not committed."""
    till, numbers, (key, _) = await pay_two(database, tmp_path)
    refusal = make_answer(AnswerKind.REFUSED, key, reason="AC04", amount=50_00)

    async with database.write(till.platform_id) as conn:
        await answering.record_bank_answers(conn, answers=[refusal], actor=ACTOR, now=till.now)
        reading = asyncio.create_task(book_batch(till, tmp_path, amount))
        await wait_until(lambda: conn.fetchval(_SOMEBODY_WAITS))
    await reading

    assert [await till.status(each) for each in numbers] == statuses
    assert [refusal for _, refusal in await till.unmatched()] == left
