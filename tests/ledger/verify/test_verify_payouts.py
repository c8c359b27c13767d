"""Payouts against entries and sheets: what the program wrote agrees, and what was changed is named."""

import pytest

from ledger.db.connecting import Database
from ledger.settlement.payouts.model import AnswerKind, Verdict
from ledger.verify.verifying import verify
from tests.ledger.settlement.payouts.till import IBANS, Till
from tests.ledger.settlement.sheets.world import World, at
from tests.ledger.verify.test_verify import superuser


@pytest.fixture(scope="module")
async def till(database: Database) -> Till:
    """Payouts at every point of their life, of sheets that were really closed; D1's has tax withheld."""
    world = await World.open(database)
    assert isinstance(world, World)
    for role in ("MERCHANT", "DISTRIBUTOR", "AGENT"):
        await world.set_terms(role=role, cycle="MONTHLY", confirmation="NONE")
    till = Till(world, database.dsn)
    till.now = at("2026-03-10T12:00")
    await till.pay_from(reference="B0", iban="GB82WEST12345698765432")
    await till.pay_from(fee_minor=30)
    await till.fund(20_000_00)
    for party, iban in zip(("M1", "M2", "A1"), IBANS, strict=True):
        await till.pay_to(party, iban=iban)
    await till.pay_to("D1", iban="NL91ABNA0417164300", rule="CN-LABOUR")
    codes = {"M1": "2010", "M2": "2010", "A1": "2020", "D1": "2041"}
    for party, code in codes.items():
        await world.earn(party, 1_000_00, "2026-01-15", code=code)
        await world.earn(party, 500_00, "2026-02-15", code=code)
    await world.settle("2026-03-05")
    created = {each.draft.party_id: each.payout_id for each in (await till.create(at("2026-04-30").date())).created}
    numbers = {party: created[await world.id_of(party)] for party in codes}
    await till.submit(numbers["M1"], numbers["D1"])
    await till.answer(AnswerKind.PAID, numbers["M1"], fee=15)
    await till.answer(AnswerKind.PAID, numbers["D1"])
    await till.answer(AnswerKind.RETURNED, numbers["D1"])
    await till.cancel((await till.retry(numbers["D1"])).payout_id)
    await till.retry(numbers["D1"])
    await till.submit(numbers["M2"])
    await till.outcome(numbers["M2"], Verdict.REFUSED)
    await till.submit((await till.retry(numbers["M2"])).payout_id)
    for name in ("seen to", "waits"):
        await till.answer(AnswerKind.PAID, numbers["M1"], reference=name, bank_reference=name)
    await till.dismiss("seen to")
    return till


async def test_what_the_program_wrote_agrees(till: Till) -> None:
    rows = await till.market.rows("SELECT status FROM payout ORDER BY payout_id")
    assert sorted(row["status"] for row in rows) == [
        "CANCELLED",
        "CREATED",
        "CREATED",
        "FAILED",
        "PAID",
        "RETURNED",
        "SUBMITTED",
    ]
    async with till.database.read(till.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


SENT = "status = 'SUBMITTED'"
TAMPERINGS = {
    "a payment that is shown as under way": (
        "UPDATE payout SET status = 'ACCEPTED', transit_minor = net_minor WHERE status = 'PAID'",
        "what sheets leave to be paid",
    ),
    "a payment that never was": (
        f"UPDATE payout SET status = 'PAID', transit_minor = 0 WHERE {SENT} AND takes_from = '2015'",
        "what sheets leave to be paid",
    ),
    "what was withheld": (
        "UPDATE payout SET withheld_minor = withheld_minor + 1, gross_minor = gross_minor + 1 WHERE withheld_minor > 0"
        " AND status = 'RETURNED'",
        "payouts",
    ),
    "how much is under way": (
        f"UPDATE payout SET net_minor = net_minor - 1, gross_minor = gross_minor - 1, transit_minor = transit_minor - 1"
        f" WHERE {SENT}",
        "payouts",
    ),
    "what a payout took": (
        "UPDATE payout_sheet SET taken_minor = taken_minor + 1 WHERE stands = 'PAID'",
        "claims of payouts",
    ),
    "a release": ("UPDATE payout_sheet SET stands = 'PAID' WHERE stands = 'RELEASED'", "claims of payouts"),
    "when an account was replaced": (
        "UPDATE paying_account SET retired_at = retired_at - interval '1 s' WHERE retired_at IS NOT NULL",
        "what was told of bank accounts",
    ),
    "what was taxed": (
        "UPDATE payout SET taxed_minor = taxed_minor - 1 WHERE taxed_minor > 0",
        "what was told of payouts",
    ),
    "what was taxed without a rule": (
        f"UPDATE payout SET taxed_minor = 1 WHERE tax_rule = '' AND {SENT}",
        "what was told of payouts",
    ),
    "the month of a tax": (
        "UPDATE payout SET tax_month = tax_month - interval '1 month' WHERE submitted_at IS NOT NULL",
        "what was told of payouts",
    ),
    "a tax of a sheet": (
        "UPDATE payout_sheet SET withheld_minor = withheld_minor - 1 WHERE withheld_minor > 0",
        "claims of payouts",
    ),
    "from which account": (
        "UPDATE payout SET paying_account_id = (SELECT min(o.paying_account_id) FROM paying_account AS o"
        " WHERE o.platform_id = payout.platform_id AND o.retired_at IS NOT NULL) WHERE status = 'CREATED'",
        "what was told of payouts",
    ),
    "what came back and was not paid again": (
        "UPDATE payout_sheet SET stands = 'RETURNED' WHERE stands = 'REPLACED'",
        "what was told of payouts",
    ),
    "a claim that is nobody's": (
        "INSERT INTO payout_sheet SELECT platform_id, payout_id + 1000, sheet_id, taken_minor, withheld_minor, stands"
        " FROM payout_sheet WHERE stands = 'RELEASED'",
        "what was told of payouts",
    ),
    "what was claimed and released": (
        "UPDATE payout_sheet SET taken_minor = taken_minor + 1 WHERE stands = 'RELEASED'",
        "what was told of payouts",
    ),
    "of which sheets it was claimed and released": (
        "UPDATE payout_sheet AS s SET taken_minor = o.taken_minor FROM payout_sheet AS o WHERE s.stands = 'RELEASED'"
        " AND o.payout_id = s.payout_id AND o.sheet_id <> s.sheet_id",
        "what was taken of sheets",
    ),
    "when a sheet was paid": (
        "UPDATE sheet_movement SET moved_at = moved_at + interval '1 s' WHERE kind = 'PAID' AND amount_minor > 0"
        " AND reference IN (SELECT 'payout/' || p.payout_id FROM payout AS p WHERE p.status = 'PAID')",
        "what was taken of sheets",
    ),
    "when a payment that came back was heard of": (
        "UPDATE sheet_movement SET moved_at = moved_at + interval '1 s' WHERE kind = 'PAID' AND amount_minor > 0"
        " AND reference IN (SELECT 'payout/' || p.payout_id FROM payout AS p WHERE p.status = 'RETURNED')",
        "what was taken of sheets",
    ),
    "when what paid it again ended": (
        "UPDATE payout SET ended_at = ended_at + interval '1 s' WHERE status = 'CANCELLED' AND takes_from = '2016'",
        "what was told of payouts",
    ),
    "who gave a claim back": (
        "UPDATE sheet_movement SET actor = 'x' WHERE kind = 'PAYOUT' AND amount_minor < 0",
        "what was taken of sheets",
    ),
    "a message that sent nothing": (
        "INSERT INTO payout_submission (platform_id, submission_id, paying_account_id, channel, execution_date,"
        " submitted_at) OVERRIDING SYSTEM VALUE SELECT platform_id, submission_id + 1000, paying_account_id, channel,"
        " execution_date, submitted_at FROM payout_submission",
        "what was told of payouts",
    ),
    "an account that nothing came after": (
        "UPDATE paying_account SET retired_at = now() WHERE retired_at IS NULL",
        "what was told of bank accounts",
    ),
    "an account of no book": (
        "INSERT INTO paying_account OVERRIDING SYSTEM VALUE"
        " SELECT platform_id, paying_account_id + 1000, book_id + 1000, reference, currency, holder, scheme,"
        " identifier, masked, bank_code, channel, calendar, cut_off, step_minor, fee_minor,"
        " registered_at, retired_at FROM paying_account",
        "what was told of bank accounts",
    ),
    "an answer that waits": ("DELETE FROM bank_answer WHERE reference = 'waits'", "answers of banks"),
    "of what it is": ("UPDATE bank_answer SET channel_key = 'SB1-P1' WHERE reference = 'waits'", "answers of banks"),
    "of which payout": (
        "UPDATE bank_answer SET payout_id = payout_id + 1 WHERE reference = 'waits'",
        "answers of banks",
    ),
    "that nobody has seen to it": (
        "UPDATE bank_answer SET status = 'DISMISSED', applied_at = now() WHERE reference = 'waits'",
        "answers of banks",
    ),
    "that somebody has seen to it": (
        "UPDATE bank_answer SET status = 'UNMATCHED', applied_at = NULL WHERE reference = 'seen to'",
        "answers of banks",
    ),
}


@pytest.mark.parametrize(("statement", "check"), TAMPERINGS.values(), ids=TAMPERINGS)
async def test_what_was_changed_is_named(till: Till, statement: str, check: str) -> None:
    async with superuser(till.market, statement) as conn:
        disagreement = (await verify(conn)).disagreement

    assert disagreement is not None
    assert disagreement.check == check


async def test_a_payout_goes_to_the_account_that_stood_when_it_was_made(database: Database) -> None:
    world = await World.open(database)
    assert isinstance(world, World)
    await world.set_terms(role="MERCHANT", cycle="MONTHLY", confirmation="NONE")
    till = Till(world, database.dsn)
    till.now = at("2026-03-10T12:00")
    await till.pay_from()
    await till.fund(20_000_00)
    for reference, iban in zip(("old", "new"), IBANS, strict=False):
        await till.pay_to("M1", iban=iban, reference=reference)
    await world.earn("M1", 1_000_00, "2026-01-15")
    await world.settle("2026-02-05")
    await till.create_one()
    async with database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None
    change = """
        UPDATE payout SET payee_account_id = (
            SELECT o.payee_account_id FROM payee_account AS o
            WHERE o.platform_id = payout.platform_id AND o.reference = 'old'
        ) WHERE platform_id = %d
    """

    async with superuser(till.market, change % world.platform_id) as conn:
        disagreement = (await verify(conn)).disagreement

    assert disagreement is not None
    assert (disagreement.table, disagreement.found, disagreement.expected) == (
        "payout",
        {"payee": "old"},
        {"payee": "new"},
    )


async def test_of_what_came_back_only_what_is_paid_again_is_replaced(database: Database) -> None:
    """The fee that the party bore was all of January's sheet: nothing of that came back."""
    world = await World.open(database)
    assert isinstance(world, World)
    await world.set_terms(role="MERCHANT", cycle="MONTHLY", confirmation="NONE")
    till = Till(world, database.dsn)
    till.now = at("2026-03-10T12:00")
    await till.pay_from(fee_minor=30)
    await till.fund(20_000_00)
    await till.pay_to("M1", iban=IBANS[0])
    await world.earn("M1", 20, "2026-01-15")
    await world.earn("M1", 50_00, "2026-02-15")
    await world.settle("2026-03-05")
    first = (await till.create_one(at("2026-04-30").date())).payout_id
    await till.pay(first)
    await till.answer(AnswerKind.RETURNED, first)
    again = await till.retry(first)
    assert [share.taken for share in again.draft.shares] == [49_90]

    async with database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None
    swap = f"""
        UPDATE payout_sheet SET stands = CASE stands WHEN 'REPLACED' THEN 'RETURNED' ELSE 'REPLACED' END
        WHERE payout_id = {first}
    """
    async with superuser(till.market, swap) as conn:
        disagreement = (await verify(conn)).disagreement
    assert disagreement is not None
    assert (disagreement.check, disagreement.table) == ("what was told of payouts", "payout")
    await till.cancel(again.payout_id)
    async with database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None
