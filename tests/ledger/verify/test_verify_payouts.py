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
    await till.retry(numbers["D1"])
    await till.submit(numbers["M2"])
    await till.outcome(numbers["M2"], Verdict.REFUSED)
    await till.submit((await till.retry(numbers["M2"])).payout_id)
    return till


async def test_what_the_program_wrote_agrees(till: Till) -> None:
    rows = await till.market.rows("SELECT status FROM payout ORDER BY payout_id")
    assert sorted(row["status"] for row in rows) == ["CREATED", "CREATED", "FAILED", "PAID", "RETURNED", "SUBMITTED"]
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
}


@pytest.mark.parametrize(("statement", "check"), TAMPERINGS.values(), ids=TAMPERINGS)
async def test_what_was_changed_is_named(till: Till, statement: str, check: str) -> None:
    async with superuser(till.market, statement) as conn:
        disagreement = (await verify(conn)).disagreement

    assert disagreement is not None
    assert disagreement.check == check
