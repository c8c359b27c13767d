"""Nothing leaves with a payout that has to be held or retained, however far the workers have come with that."""

from datetime import date

import pytest

from ledger.db.connecting import Database
from ledger.settlement import following
from ledger.settlement.payouts.model import Verdict
from ledger.settlement.sheets.fixing import fix_sheets
from ledger.settlement.sheets.model import Status
from ledger.settlement.sheets.sweeping import sweep_sheets
from tests.ledger.settlement.deposits.telling import agreed, agreement
from tests.ledger.settlement.holds.test_disputes import charged_back, decided
from tests.ledger.settlement.payouts.till import IBANS, Till
from tests.ledger.settlement.sheets.world import SYSTEM, World, at
from tests.oracle.small_world import SUCCEEDED, paid


async def open_world(database: Database) -> World:
    world = await World.open(database)
    assert isinstance(world, World)
    await world.set_terms(party="M1", confirmation="NONE")
    return world


async def open_till(world: World) -> Till:
    till = Till(world, world.database.dsn)
    await till.pay_from()
    await till.pay_to("M1", iban=IBANS[0])
    await till.fund(10_000_00)
    return till


async def test_what_an_agreement_takes_of_a_sheet_is_not_paid_out(database: Database) -> None:
    world = await open_world(database)
    await agreed(world, agreement(), when="2025-11-01")
    await world.earn("M1", 100_00, "2025-12-15")
    await world.settle("2026-01-02")
    till = await open_till(world)

    created = await till.create_one(through=date(2026, 3, 31))

    assert created.draft.net == 90_00
    assert await world.net("2060 M1") == [10_00]


async def test_a_sheet_that_is_still_closing_keeps_nothing_from_being_retained(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much was written behind it: a follower looks at so much of the log at a time."""
    monkeypatch.setattr(following, "STRETCH", 1)
    world = await open_world(database)
    for party in ("M1", "M2"):
        await world.set_terms(party=party, confirmation="NONE")
        await agreed(world, agreement(party, party=party), when="2025-11-01")
    await world.earn("M2", 100_00, "2025-12-15")
    await world.open_sheets("2025-12-16")
    async with database.write(world.platform_id) as conn:
        assert await fix_sheets(conn, actor=SYSTEM, now=at("2026-01-02"), limit=10) == 1
    await world.earn("M1", 100_00, "2025-12-15")
    await world.open_sheets("2025-12-16")
    async with database.write(world.platform_id) as conn:
        assert (await sweep_sheets(conn, actor=SYSTEM, now=at("2026-01-02"), limit=10)).fixed == 1
    assert Status.CLOSING in {sheet.status for sheet in await world.sheets("M2", closed=False)}
    till = await open_till(world)

    created = await till.create_one(through=date(2026, 3, 31))

    assert created.draft.net == 90_00
    assert await world.net("2060 M1, 2060 M2") == [10_00, 0]


async def test_what_was_charged_back_since_a_payout_failed_is_not_paid_again(database: Database) -> None:
    world = await open_world(database)
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.settle("2026-01-02")
    till = await open_till(world)
    first = (await till.create_one(through=date(2026, 3, 31))).payout_id
    await till.submit(first)
    await till.outcome(first, Verdict.REFUSED, reason="account closed")
    await world.accept(charged_back("60.00"))

    again = await till.retry(first)

    assert again.draft.net == 81_90 - 49_50
    assert await world.net("2050 M1") == [49_50]


async def test_the_share_of_an_open_chargeback_is_not_paid_out(database: Database) -> None:
    world = await open_world(database)
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.settle("2026-01-02")
    await world.accept(charged_back("60.00"))
    till = await open_till(world)

    created = await till.create_one(through=date(2026, 3, 31))

    assert created.draft.net == 81_90 - 49_50
    assert await world.net("2050 M1") == [49_50]


@pytest.mark.parametrize("is_seen", [True, False])
async def test_a_payout_that_was_not_sent_gives_back_what_was_charged_back_since(
    database: Database, is_seen: bool
) -> None:
    """Whoever sees the chargeback first: another run, or who would send the payout."""
    world = await open_world(database)
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.settle("2026-01-02")
    till = await open_till(world)
    first = (await till.create_one(through=date(2026, 3, 31))).payout_id
    await world.accept(charged_back("60.00"))

    if is_seen:
        (again,) = (await till.create(through=date(2026, 3, 31))).created
        assert (await till.submit()).payout_ids == (again.payout_id,)
    else:
        assert (await till.submit()).payout_ids == ()
        again = await till.create_one(through=date(2026, 3, 31))

    assert again.draft.net == 81_90 - 49_50
    assert ((await till.payout(first)).status, (await till.payout(first)).reason) == ("CANCELLED", "CHARGED_BACK")
    assert await world.net("2050 M1") == [49_50]


async def test_a_payout_stays_where_its_chargeback_is_won_before_anybody_looks(database: Database) -> None:
    world = await open_world(database)
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.settle("2026-01-02")
    till = await open_till(world)
    first = (await till.create_one(through=date(2026, 3, 31))).payout_id
    await world.accept(charged_back("60.00"), decided("won"))

    assert (await till.submit()).payout_ids == (first,)
    assert await world.net("2050 M1") == [0]
