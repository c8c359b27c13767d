"""Nothing leaves with a payout that has to be held or retained, or that its party owes, however far the workers are."""

from datetime import date

import pytest

from app.previewing import preview_paying
from ledger.db.connecting import Database
from ledger.journal.model import Refused
from ledger.reporting.next_payouts import load_next_payouts
from ledger.settlement import following
from ledger.settlement.deposits.model import Moved
from ledger.settlement.holds import lifting
from ledger.settlement.payouts.disputing import hold_disputed
from ledger.settlement.payouts.errors import PayoutReplaced
from ledger.settlement.payouts.model import AnswerKind, Run, Verdict
from ledger.settlement.sheets.fixing import fix_sheets
from ledger.settlement.sheets.model import Status
from ledger.settlement.sheets.sweeping import sweep_sheets
from ledger.verify.verifying import verify
from tests.ledger.settlement.deposits.telling import agreed, agreement, discharge, out
from tests.ledger.settlement.holds.telling import HOLDS, hold, lift, place, place_all
from tests.ledger.settlement.holds.test_disputes import charged_back, decided
from tests.ledger.settlement.payouts.test_settling import refuse, settle, waiting
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


async def test_what_an_agreement_takes_of_a_sheet_is_taken_before_somebody_holds_all_of_it(database: Database) -> None:
    world = await open_world(database)
    await agreed(world, agreement(), when="2025-11-01")
    await world.earn("M1", 100_00, "2025-12-15")
    await world.settle("2026-01-02")
    (sheet,) = await world.sheets("M1")
    till = await open_till(world)

    (refused,) = await place_all(world, hold("100.00", sheet=sheet.sheet_id))
    held = await place(world, hold("90.00", "H2", sheet=sheet.sheet_id))

    assert isinstance(refused, Refused)
    assert refused.error.code == "SHEET_PAYABLE_EXCEEDED"
    assert await world.net("2015 M1, 2050 M1, 2060 M1") == [0, 90_00, 10_00]
    await lift(world, held.hold_id)
    assert (await till.create_one(through=date(2026, 3, 31))).draft.net == 90_00


@pytest.mark.parametrize("is_seen", [True, False])
async def test_what_an_agreement_takes_of_a_sheet_is_not_paid_out_once_a_chargeback_of_all_of_it_is_won(
    database: Database, is_seen: bool
) -> None:
    """Whoever comes first: who holds what is disputed, or who pays."""
    world = await open_world(database)
    await agreed(world, agreement(), when="2025-01-01")
    await world.accept(paid("100.00"), SUCCEEDED, charged_back("100.00"))
    await world.settle("2026-01-02")
    till = await open_till(world)
    if is_seen:
        async with database.write(world.platform_id) as conn:
            await hold_disputed(conn, now=till.now, actor=SYSTEM)
    assert (await till.create(through=date(2026, 3, 31))).created == ()
    assert await world.net("2050 M1, 2060 M1") == [81_90 - 8_19, 8_19]
    await world.accept(decided("won"))

    created = await till.create_one(through=date(2026, 3, 31))

    assert created.draft.net == 81_90 - 8_19
    assert await world.net("2050 M1, 2060 M1") == [0, 8_19]


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


async def lose(database: Database) -> tuple[World, Till]:
    """Of 81.90 on a sheet 49.50 are held for a chargeback that was lost by everyone, and owed on the open sheet."""
    world = await open_world(database)
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.settle("2026-01-02")
    await world.accept(charged_back("60.00"))
    till = await open_till(world)
    created = await till.create_one(through=date(2026, 3, 31))
    assert created.draft.net == 81_90 - 49_50
    await till.pay(created.payout_id)
    await world.accept(decided("lost", liability="SPLIT"))
    return world, till


async def test_what_was_held_for_a_chargeback_that_is_lost_is_not_paid_beside_the_debt(database: Database) -> None:
    world, till = await lose(database)

    assert (await till.create(through=date(2026, 3, 31))).created == ()
    assert await world.net("2010 M1, 2015 M1, 2050 M1") == [-49_50, 0, 49_50]

    await world.settle("2026-02-02")

    assert (await till.create(through=date(2026, 3, 31))).created == ()
    assert await world.net("2010 M1, 2015 M1, 2050 M1, 1200 M1") == [0, 0, 0, 0]


async def test_what_was_held_for_a_chargeback_goes_back_though_another_of_the_order_is_lost_later(
    database: Database,
) -> None:
    world, till = await lose(database)
    await world.settle("2026-02-02")
    await world.accept(charged_back("20.00", "C2"), decided("lost", "C2", liability="SPLIT"))

    assert (await till.create(through=date(2026, 3, 31))).created == ()

    # What the first gave back is held for the second; the rest is netted.
    left = [row["amount_minor"] - row["lifted_minor"] for row in await world.rows(HOLDS)]
    assert left == [0, 16_50]
    assert await world.net("2010 M1, 2015 M1, 2050 M1, 1200 M1") == [-16_50, 0, 16_50, -16_50]
    await world.settle("2026-03-02")
    assert (await till.create(through=date(2026, 3, 31))).created == ()
    assert await world.net("2010 M1, 2015 M1, 2050 M1, 1200 M1") == [0, 0, 0, -16_50]


async def test_what_was_held_for_a_chargeback_that_is_lost_is_held_until_the_debt_is_agreed(database: Database) -> None:
    world, till = await lose(database)
    await world.set_terms(party="M1", confirmation="REQUIRED")
    await world.settle("2026-02-02")
    assert [sheet.status for sheet in await world.sheets("M1")][-1] is Status.CONFIRM_PENDING

    assert (await till.create(through=date(2026, 3, 31))).created == ()

    assert await world.net("2015 M1, 2050 M1, 1200 M1") == [0, 49_50, -49_50]


async def test_what_was_held_for_a_chargeback_that_is_lost_goes_back_once_other_money_has_paid_the_debt(
    database: Database,
) -> None:
    world, till = await lose(database)
    await world.set_terms(party="M1", confirmation="REQUIRED")
    await world.earn("M1", 80_00, "2026-02-10")
    await world.settle("2026-03-02")
    await world.confirm((await world.sheets("M1"))[-1])
    assert await world.net("2015 M1, 2050 M1, 1200 M1") == [80_00 - 49_50, 49_50, 0]

    created = await till.create_one(through=date(2026, 3, 31))

    assert created.draft.net == 80_00
    assert [(s.status.value, s.owed) for s in await world.sheets("M1") if s.total < 0] == [("CONFIRM_PENDING", 0)]


async def test_what_was_held_for_a_lost_chargeback_is_paid_by_the_run_that_nets_the_debt_as_it_is_foretold(
    database: Database,
) -> None:
    world = await open_world(database)
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.settle("2026-01-02")
    await world.earn("M1", 80_00, "2026-01-15")
    await world.settle("2026-02-02")
    await world.accept(charged_back("60.00"), decided("lost", liability="SPLIT"))
    await world.set_terms(party="M1", confirmation="REQUIRED")
    await world.settle("2026-03-02")
    till = await open_till(world)
    assert await world.net("2015 M1, 2050 M1, 1200 M1") == [81_90 + 80_00, 0, -49_50]

    foretold = await preview_paying(
        database, platform_id=world.platform_id, actor=SYSTEM, through=date(2026, 3, 31), now=till.now
    )
    created = await till.create_one(through=date(2026, 3, 31))

    assert [each.draft.net for each in foretold.created] == [81_90 + 80_00 - 49_50]
    assert created.draft.net == 81_90 + 80_00 - 49_50
    assert await world.net("2050 M1") == [0]


async def test_what_was_held_for_a_chargeback_that_is_lost_is_paid_where_later_sales_bear_it(
    database: Database,
) -> None:
    world, till = await lose(database)
    await world.earn("M1", 100_00, "2026-01-15")
    await world.settle("2026-02-02")

    created = await till.create_one(through=date(2026, 3, 31))

    assert created.draft.net == 49_50 + (100_00 - 49_50)
    assert await world.net("2010 M1, 2050 M1") == [0, 0]


async def test_the_share_of_a_chargeback_that_comes_while_its_sheet_is_closing_is_held_once_that_has_closed(
    database: Database,
) -> None:
    world = await open_world(database)
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.open_sheets("2025-03-15")
    async with database.write(world.platform_id) as conn:
        assert await fix_sheets(conn, actor=SYSTEM, now=at("2025-04-02"), limit=10)
    assert Status.CLOSING in {sheet.status for sheet in await world.sheets("M1", closed=False)}
    till = await open_till(world)
    await world.accept(charged_back("60.00"))
    assert (await till.create(through=date(2026, 3, 31))).created == ()
    async with database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None
    await world.settle("2025-04-02")

    created = await till.create_one(through=date(2026, 3, 31))

    assert created.draft.net == 81_90 - 49_50
    assert await world.net("2050 M1") == [49_50]
    async with database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


async def test_what_an_agreement_takes_of_a_sheet_is_taken_before_a_chargeback_that_found_it_closing_holds_all_of_it(
    database: Database,
) -> None:
    world = await open_world(database)
    await agreed(world, agreement(), when="2025-01-01")
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.open_sheets("2025-03-15")
    async with database.write(world.platform_id) as conn:
        assert await fix_sheets(conn, actor=SYSTEM, now=at("2025-04-02"), limit=10)
    await world.accept(charged_back("100.00"))
    async with database.write(world.platform_id) as conn:
        await hold_disputed(conn, now=at("2025-04-02"), actor=SYSTEM)
    assert await world.net("2050 M1, 2060 M1") == [0, 0]
    await world.settle("2025-04-02")

    async with database.write(world.platform_id) as conn:
        await hold_disputed(conn, now=at("2025-04-02"), actor=SYSTEM)

    assert await world.net("2050 M1, 2060 M1") == [81_90 - 8_19, 8_19]
    async with database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


@pytest.mark.parametrize("is_created", [True, False])
async def test_what_a_chargeback_took_before_anybody_looked_is_not_paid_out_beside_the_debt(
    database: Database, is_created: bool
) -> None:
    """Neither by a payout that was created before, nor by the next."""
    world = await open_world(database)
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.settle("2026-01-02")
    till = await open_till(world)
    if is_created:
        await till.create_one(through=date(2026, 3, 31))
    await world.accept(charged_back("60.00"), decided("lost", liability="SPLIT"))

    created = await till.create_one(through=date(2026, 3, 31))

    assert created.draft.net == 81_90 - 49_50
    assert await world.net("2010 M1, 2050 M1") == [-49_50, 49_50]
    await till.pay(created.payout_id)
    await world.settle("2026-02-02")
    assert (await till.create(through=date(2026, 3, 31))).created == ()
    assert await world.net("2010 M1, 2015 M1, 2050 M1, 1200 M1") == [0, 0, 0, 0]


async def test_what_a_chargeback_took_and_was_agreed_before_anybody_looked_is_netted_and_not_held(
    database: Database,
) -> None:
    world = await open_world(database)
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.settle("2026-01-02")
    await world.accept(charged_back("60.00"), decided("lost", liability="SPLIT"))
    await world.settle("2026-02-02")
    till = await open_till(world)

    created = await till.create_one(through=date(2026, 3, 31))

    assert created.draft.net == 81_90 - 49_50
    assert await world.net("2010 M1, 2050 M1, 1200 M1") == [0, 0, 0]
    assert await world.rows(HOLDS) == []


async def test_what_a_chargeback_took_of_accrued_money_is_never_held(database: Database) -> None:
    world = await open_world(database)
    await world.accept(paid("100.00"), SUCCEEDED, charged_back("60.00"), decided("lost", liability="SPLIT"))
    till = await open_till(world)

    assert (await till.create(through=date(2026, 3, 31))).created == ()

    assert await world.net("2010 M1") == [81_90 - 49_50]
    assert await world.rows(HOLDS) == []


async def test_what_many_lost_chargebacks_hold_goes_back_in_parts_until_none_is_left(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifting, "HOLDS_AT_ONCE", 1)
    world = await open_world(database)
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.settle("2026-01-02")
    disputes = ("C1", "C2", "C3")
    for dispute in disputes:
        await world.accept(charged_back("20.00", dispute), decided("lost", dispute, liability="SPLIT"))
    till = await open_till(world)
    await till.create(through=date(2026, 3, 31))
    assert await world.net("2050 M1") == [3 * 16_50]
    await world.settle("2026-02-02")

    left = []
    while True:
        async with database.write(world.platform_id) as conn:
            if not await hold_disputed(conn, now=till.now, actor=SYSTEM):
                break
        left += await world.net("2050 M1")

    assert left[:3] == [2 * 16_50, 16_50, 0]
    assert set(left[3:]) <= {0}


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


async def owe(world: World, amount: int, when: str) -> None:
    """M1 owes from a sheet of another role, which closes by itself and is agreed at once."""
    await world.earn("M1", -amount, when, code="2080")


async def owed_by(world: World) -> list[tuple[str, int]]:
    return [(s.status.value, s.owed) for s in await world.sheets("M1") if s.total < 0]


async def open_both_roles(database: Database) -> World:
    world = await open_world(database)
    await world.set_terms(party="M1", role="SUPPLIER", confirmation="NONE")
    return world


async def test_what_a_hold_gives_back_goes_to_what_its_party_owes_first(database: Database) -> None:
    world = await open_both_roles(database)
    await world.earn("M1", 100_00, "2025-12-15")
    await world.settle("2026-01-02")
    (sheet,) = await world.sheets("M1")
    placed = await place(world, hold("100.00", sheet=sheet.sheet_id))
    await owe(world, 30_00, "2026-01-15")
    await world.settle("2026-02-02")
    assert await owed_by(world) == [("CARRIED_FORWARD", 30_00)]
    await lift(world, placed.hold_id)
    till = await open_till(world)

    created = await till.create_one(through=date(2026, 3, 31))

    assert created.draft.net == 70_00
    assert await owed_by(world) == [("COLLECTED", 0)]
    assert await world.net("1200 M1, 2015 M1") == [0, 70_00]
    assert await till.create(through=date(2026, 3, 31)) == Run((), ())


async def test_what_a_deposit_releases_goes_to_what_its_party_owes_first(database: Database) -> None:
    world = await open_both_roles(database)
    await agreed(world, agreement(), when="2025-11-01")
    await world.earn("M1", 100_00, "2025-12-15")
    await world.settle("2026-01-02")
    till = await open_till(world)
    await till.pay((await till.create_one(through=date(2026, 3, 31))).payout_id)
    await owe(world, 30_00, "2026-01-15")
    await world.settle("2026-02-02")
    (slice_id,) = [row["slice_id"] for row in await world.rows("SELECT slice_id FROM deposit_slice")]
    (released,) = await discharge(world, out("RELEASED", slice_id))
    assert isinstance(released, Moved), released

    run = await till.create(through=date(2026, 3, 31))

    assert run == Run((), ())
    assert await owed_by(world) == [("CARRIED_FORWARD", 20_00)]
    assert await world.net("1200 M1, 2015 M1, 2060 M1") == [-20_00, 0, 0]
    paid_sheet, _ = [s for s in await world.sheets("M1") if s.total]
    assert (paid_sheet.status, paid_sheet.paid, paid_sheet.netted) == (Status.PAID, 90_00, 10_00)


async def test_what_failed_to_be_paid_is_paid_again_whole_whatever_its_party_owes(database: Database) -> None:
    world = await open_both_roles(database)
    await world.earn("M1", 100_00, "2025-12-15")
    await world.settle("2026-01-02")
    till = await open_till(world)
    first = (await till.create_one(through=date(2026, 3, 31))).payout_id
    await till.submit(first)
    await till.outcome(first, Verdict.REFUSED, reason="account closed")
    await owe(world, 30_00, "2026-01-15")
    await world.settle("2026-02-02")
    assert (await till.create(through=date(2026, 3, 31))).created == ()

    again = await till.retry(first)
    await till.cancel(again.payout_id)
    created = await till.create_one(through=date(2026, 3, 31))

    assert (again.draft.net, created.draft.net) == (100_00, 100_00)
    assert await owed_by(world) == [("CARRIED_FORWARD", 30_00)]
    async with world.database.read(world.platform_id) as conn:
        ((following,),) = await load_next_payouts(conn, keys=[await world.id_of("M1")], now=till.now)
    assert following.amount_minor == 100_00


async def test_what_comes_back_to_a_sheet_that_failed_and_was_paid_again_since_goes_to_what_its_party_owes(
    database: Database,
) -> None:
    world = await open_world(database)
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.settle("2026-01-02")
    till = await open_till(world)
    first = (await till.create_one(through=date(2026, 3, 31))).payout_id
    await till.submit(first)
    await till.outcome(first, Verdict.REFUSED, reason="account closed")
    await world.accept(charged_back("60.00"))
    await till.pay((await till.retry(first)).payout_id)
    await world.accept(decided("lost", liability="SPLIT"))
    await world.settle("2026-02-02")

    assert (await till.create(through=date(2026, 3, 31))).created == ()

    assert await owed_by(world) == [("COLLECTED", 0)]
    assert await world.net("2010 M1, 2015 M1, 2050 M1, 1200 M1") == [0, 0, 0, 0]
    assert isinstance(await till.answer(AnswerKind.PAID, first), Refused)
    assert await refuse(till, await waiting(till)) == "PAID_TWICE"


async def fail_beside_a_hold(database: Database) -> tuple[World, Till, int, int]:
    """10.00 of a sheet is held; the payout of the rest failed, and was paid again: the numbers of both."""
    world = await open_both_roles(database)
    await world.earn("M1", 100_00, "2025-12-15")
    await world.settle("2026-01-02")
    till = await open_till(world)
    (sheet,) = await world.sheets("M1")
    placed = await place(world, hold("10.00", sheet=sheet.sheet_id))
    first = (await till.create_one(through=date(2026, 3, 31))).payout_id
    await till.submit(first)
    await till.outcome(first, Verdict.REFUSED, reason="account closed")
    await till.pay((await till.retry(first)).payout_id)
    return world, till, placed.hold_id, first


async def test_what_a_hold_gives_back_of_a_sheet_that_failed_and_was_paid_again_since_is_not_paid_again_beside_a_debt(
    database: Database,
) -> None:
    """It is no part of what failed any more: a run pays it, as any other."""
    world, till, held, first = await fail_beside_a_hold(database)
    await owe(world, 30_00, "2026-01-15")
    await world.settle("2026-02-02")
    await lift(world, held)

    with pytest.raises(PayoutReplaced):
        await till.retry(first)
    assert (await till.create(through=date(2026, 3, 31))).created == ()

    assert await owed_by(world) == [("CARRIED_FORWARD", 20_00)]
    assert await world.net("2015 M1, 2050 M1, 1200 M1") == [0, 0, -20_00]


async def test_what_a_cancelled_payout_gives_back_of_a_sheet_that_failed_and_was_paid_again_goes_to_a_debt_first(
    database: Database,
) -> None:
    world, till, held, first = await fail_beside_a_hold(database)
    await lift(world, held)
    await till.cancel((await till.create_one(through=date(2026, 3, 31))).payout_id)
    await owe(world, 30_00, "2026-01-15")
    await world.settle("2026-02-02")

    with pytest.raises(PayoutReplaced):
        await till.retry(first)
    assert (await till.create(through=date(2026, 3, 31))).created == ()

    assert await owed_by(world) == [("CARRIED_FORWARD", 20_00)]
    assert await world.net("2015 M1, 2050 M1, 1200 M1") == [0, 0, -20_00]


async def test_what_failed_is_paid_again_also_once_another_part_of_its_sheet_came_back_and_was_paid_again(
    database: Database,
) -> None:
    world = await open_both_roles(database)
    await world.earn("M1", 100_00, "2025-12-15")
    await world.settle("2026-01-02")
    till = await open_till(world)
    (sheet,) = await world.sheets("M1")
    placed = await place(world, hold("40.00", sheet=sheet.sheet_id))
    part = (await till.create_one(through=date(2026, 3, 31))).payout_id
    await till.pay(part)
    await lift(world, placed.hold_id)
    rest = (await till.create_one(through=date(2026, 3, 31))).payout_id
    await till.submit(rest)
    await till.outcome(rest, Verdict.REFUSED, reason="account closed")
    await till.answer(AnswerKind.RETURNED, part)
    await till.pay((await till.retry(part)).payout_id)

    again = await till.retry(rest)

    assert again.draft.net == 40_00
    await till.pay(again.payout_id)
    assert (await world.sheet(sheet.sheet_id)).status is Status.PAID
    assert await world.net("2015 M1, 2016 M1, 2050 M1") == [0, 0, 0]


@pytest.mark.parametrize("owed", [30_00, 100_00])
async def test_a_late_word_that_it_was_paid_is_recorded_whole_though_a_run_came_first(
    database: Database, owed: int
) -> None:
    world = await open_both_roles(database)
    await world.earn("M1", 100_00, "2025-12-15")
    await world.settle("2026-01-02")
    till = await open_till(world)
    first = (await till.create_one(through=date(2026, 3, 31))).payout_id
    await till.submit(first)
    await till.outcome(first, Verdict.REFUSED, reason="account closed")
    await owe(world, owed, "2026-01-15")
    await world.settle("2026-02-02")
    assert (await till.create(through=date(2026, 3, 31))).created == ()
    assert isinstance(await till.answer(AnswerKind.PAID, first), Refused)

    settled = await settle(till, await waiting(till))

    assert (settled.status.value, (await till.payout(settled.payout_id)).net) == ("PAID", 100_00)
    assert await owed_by(world) == [("CARRIED_FORWARD", owed)]


async def test_what_may_not_be_netted_is_paid_beside_the_debt(database: Database) -> None:
    world = await open_world(database)
    for role in ("MERCHANT", "SUPPLIER"):
        await world.set_terms(party="M1", role=role, confirmation="NONE", netting=False)
    await world.earn("M1", 100_00, "2025-12-15")
    await world.settle("2026-01-02")
    await owe(world, 30_00, "2026-01-15")
    await world.settle("2026-02-02")
    till = await open_till(world)

    created = await till.create_one(through=date(2026, 3, 31))

    assert created.draft.net == 100_00
    assert await owed_by(world) == [("CARRIED_FORWARD", 30_00)]


async def test_what_a_party_has_not_agreed_to_is_netted_and_it_may_still_dispute_it(database: Database) -> None:
    world = await open_world(database)
    await world.set_terms(party="M1", role="SUPPLIER", confirmation="REQUIRED")
    await world.earn("M1", 100_00, "2025-12-15")
    await world.settle("2026-01-02")
    await owe(world, 30_00, "2026-01-15")
    await world.settle("2026-02-02")
    till = await open_till(world)

    created = await till.create_one(through=date(2026, 3, 31))

    assert created.draft.net == 70_00
    assert await owed_by(world) == [("CONFIRM_PENDING", 0)]
    (debt,) = [s for s in await world.sheets("M1") if s.total < 0]
    assert (await world.dispute(debt, "2026-02-03")).sheet.status is Status.DISPUTED
    assert (await world.answer(debt, "2026-02-04")).sheet.status is Status.CONFIRM_PENDING
    await world.confirm(debt)
    assert await owed_by(world) == [("COLLECTED", 0)]
    assert await world.net("1200 M1, 2015 M1") == [0, 70_00]


async def test_what_a_bank_says_was_paid_is_not_netted(database: Database) -> None:
    world = await open_both_roles(database)
    await world.earn("M1", 100_00, "2025-12-15")
    await world.settle("2026-01-02")
    till = await open_till(world)
    first = (await till.create_one(through=date(2026, 3, 31))).payout_id
    await till.submit(first)
    await till.outcome(first, Verdict.REFUSED, reason="account closed")
    assert isinstance(await till.answer(AnswerKind.PAID, first), Refused)
    await owe(world, 30_00, "2026-01-15")
    await world.settle("2026-02-02")

    assert (await till.create(through=date(2026, 3, 31))).created == ()

    assert await owed_by(world) == [("CARRIED_FORWARD", 30_00)]
    settled = await settle(till, await waiting(till))
    assert (settled.status.value, (await till.payout(settled.payout_id)).net) == ("PAID", 100_00)
    assert await owed_by(world) == [("CARRIED_FORWARD", 30_00)]
