"""Bank accounts: read strictly, masked, changed only by a new one."""

import pytest

from ledger.approvals.model import Kind
from ledger.journal.model import Refused
from ledger.settlement.payouts import submitting
from ledger.settlement.payouts.errors import BankNumberInvalid, PayingAccountConflict
from ledger.settlement.payouts.model import PayeeAccountDraft, Secret
from ledger.settlement.payouts.numbers import is_another, mask, read_number
from ledger.settlement.payouts.steps import find_step
from ledger.verify.verifying import verify
from tests.ledger.settlement.payouts.till import IBANS, Till
from tests.ledger.settlement.second_person import ask_a_second_person


@pytest.mark.parametrize(
    ("number", "shown"),
    [("DE89370400440532013000", "DE••••3000"), ("6217000123456789", "••••6789"), ("12345678", "••••••78")],
)
def test_most_of_a_number_is_covered(number, shown):
    assert mask(number) == shown


@pytest.mark.parametrize(
    "given",
    [
        {"iban": "DE89370400440532013001"},
        {"iban": "DE8937040044053201300X0"},
        {"iban": "89370400440532013000"},
        {"iban": "de89370400440532013000"},
        {"number": "12"},
        {"number": "12 34 56"},
        {"number": "x" * 35},
        {},
        {"iban": "DE89370400440532013000", "number": "1234"},
        {"number": "1234", "bank_code": "DEUT"},
    ],
)
def test_a_mistyped_number_is_refused_without_being_repeated(given):
    with pytest.raises(BankNumberInvalid) as refused:
        read_number(reference="main", holder="H", **given)

    assert not any(text in str(refused.value) for text in given.values())


@pytest.mark.parametrize("holder", ["", "x" * 141, "a\x00b", "a\ufffe", "a\nb", "\ud800"])
def test_a_holder_is_a_name_that_a_payment_file_can_say(holder):
    with pytest.raises(BankNumberInvalid, match="holder"):
        read_number(reference="main", holder=holder, number="12345678")


@pytest.mark.parametrize(
    ("said", "known", "is_other"),
    [
        ("6217-0001/22", "6217-0001/22", False),
        ("62170001 22", "6217-0001/22", False),
        ("000621700012", "62170001-2", False),
        ("0532013000", "DE89370400440532013000", False),
        ("37040044/0532013000", "0532013000", False),
        ("6217****0122", "6217-0001/22", False),
        ("XXXXXX9999", "6217-0001/22", False),
        ("22", "6217-0001/22", False),
        ("9999-9999", "6217-0001/22", True),
        ("6217-0001/23", "6217-0001/22", True),
        ("GB82WEST12345698765432", "DE89370400440532013000", True),
    ],
)
def test_a_number_is_another_where_neither_is_in_the_other(said: str, known: str, is_other: bool):
    assert is_another(said, known) is is_other


def test_a_number_shows_itself_to_nobody_by_accident():
    secret = Secret("DE89370400440532013000")
    number = read_number(reference="r", holder="H", iban="DE89370400440532013000")

    assert "3704" not in f"{secret!r} {secret} {number!r} {[secret]}"
    assert secret.reveal() == number.identifier.reveal()


async def test_the_account_registered_last_is_paid_and_payouts_made_before_keep_theirs(till: Till):
    await till.sheet("M1", 10_00)
    first = (await till.create_one()).payout_id
    replayed = await till.pay_to("M1", iban="DE89370400440532013000")
    await till.pay_to("M1", iban="NL91ABNA0417164300", reference="new")
    await till.sheet("M1", 20_00)
    second = (await till.create_one()).payout_id

    retired = await till.pay_to("M1", iban="DE89370400440532013000")

    assert replayed.replayed
    rows = await till.market.rows(
        "SELECT p.payout_id, a.reference FROM payout AS p INNER JOIN payee_account AS a USING (payee_account_id)"
        " ORDER BY p.payout_id"
    )
    assert [tuple(row) for row in rows] == [(first, "M1-1"), (second, "new")]
    assert isinstance(retired, Refused)
    assert retired.error.code == "BANK_ACCOUNT_CONFLICT"


async def test_two_accounts_in_one_call_are_as_one_after_the_other_also_when_it_comes_again(till: Till):
    both = [_read("M1-2", IBANS[1]), _read("M1-3", IBANS[2])]
    outcomes = [
        await till.pay_to_all(*drafts)
        for drafts in (both, both, [*both[::-1], _read("M1-4", "NL91ABNA0417164300")], both)
    ]

    said = [[each.error.code if isinstance(each, Refused) else each.replayed for each in told] for told in outcomes]
    refused = "BANK_ACCOUNT_CONFLICT"
    assert said == [[False, False], [refused, True], [True, refused, False], [refused, refused]]
    assert all(each.account_id for each in outcomes[0])
    rows = await till.market.rows("SELECT reference, retired_at FROM payee_account ORDER BY payee_account_id")
    standing = [row["reference"] for row in rows if row["reference"][:2] == "M1" and row["retired_at"] is None]
    assert (len(rows), standing) == (len(IBANS) + 3, ["M1-4"])


async def test_an_account_that_another_of_the_same_call_replaces_is_not_said_to_stand(till: Till):
    outcomes = await till.pay_to_all(_read("M1-2", IBANS[1]), _read("M1-1", "DE89370400440532013000"))

    assert [isinstance(each, Refused) for each in outcomes] == [False, True]
    async with till.database.read(till.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


def _read(reference: str, iban: str) -> PayeeAccountDraft:
    number = read_number(reference=reference, holder="M1 shop", iban=iban)
    return PayeeAccountDraft("M1", reference, "CNY", number, "")


async def test_the_way_a_legal_entity_pays_may_change_and_its_number_may_not(till: Till):
    again = await till.pay_from()
    other = await till.pay_from(channel="file", fee_minor=10)

    (row,) = await till.market.rows("SELECT channel, fee_minor, identifier FROM paying_account")
    assert (again.replayed, other.replayed) == (True, False)
    assert tuple(row) == ("file", 10, "CH9300762011623852957")
    for changed in ({"iban": IBANS[1]}, {"reference": "B2"}):
        with pytest.raises(PayingAccountConflict, match="Bank account B1 of LE for CNY ") as refused:
            await till.pay_from(**changed)
        assert not any(iban in str(refused.value) for iban in IBANS)


def test_a_channel_moves_what_it_can_of_each_currency():
    assert [find_step("sandbox", currency) for currency in ("CNY", "HUF", "ISK", "JPY", "KWD")] == [1, 100, 1, 1, 10]
    assert (find_step("file", "KWD"), find_step("another", "HUF")) == (1, 1)


async def test_nothing_is_sent_to_an_account_that_its_party_has_replaced(till: Till):
    sheet = await till.sheet("M1", 50_00)
    old = await till.create_one()
    await till.pay_to("M1", iban=IBANS[1], reference="M1-2")

    assert [each.reason for each in (await till.submit()).waiting] == ["PAYEE_ACCOUNT_RETIRED"]
    assert await till.net("2015 M1, 2190") == [50_00, 0]
    await till.cancel(old.payout_id)
    new = await till.create_one()

    assert new.draft.payee.payee_account_id != old.draft.payee.payee_account_id
    await till.pay(new.payout_id)
    assert await till.sheet_figures(sheet) == ("PAID", 0, 50_00, 50_00, 0)


async def test_payouts_that_wait_for_approval_keep_no_other_waiting(till: Till, monkeypatch: pytest.MonkeyPatch):
    await ask_a_second_person(till.market, Kind.PAYOUT, currency="CNY", from_amount_minor=40_00)
    await till.sheet("M1", 50_00)
    await till.create()
    await till.sheet("D1", 10_00, role="DISTRIBUTOR")
    (small,) = (await till.create()).created
    monkeypatch.setattr(submitting, "MOST_WAITING", 1)

    assert (await till.submit()).payout_ids == (small.payout_id,)
