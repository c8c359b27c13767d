"""What is charged back while a payout of it is with the bank is held as soon as the sheet has it again."""

from datetime import date

import asyncpg
import pytest

from ledger.db.connecting import Database
from ledger.noting import Noted, find_noted
from ledger.parties.finding import find_parties
from ledger.reporting.unpaid import load_unpaid, load_unpaid_of_orders
from ledger.settlement.payouts.disputing import hold_disputed
from ledger.settlement.payouts.errors import PayoutCannotBeRetried
from ledger.settlement.payouts.model import AnswerKind, Verdict
from ledger.settlement.sheets.unpaid import find_payable_of
from tests.ledger.charging.market import Document
from tests.ledger.settlement.holds.telling import HOLDS
from tests.ledger.settlement.holds.test_disputes import charged_back, decided
from tests.ledger.settlement.payouts.test_withheld_first import open_till, open_world
from tests.ledger.settlement.payouts.till import ACTOR, NOW, Till
from tests.ledger.settlement.sheets.world import World
from tests.oracle.small_world import SUCCEEDED, paid

DAY = date(2026, 3, 31)
RESTS = "SELECT amount_minor, held_minor, is_decided, dispute_reference FROM disputed_rest ORDER BY sequence"


async def follow(till: Till) -> None:
    """What a worker does: everything that it has not read."""
    while True:
        async with till.database.write(till.platform_id) as conn:
            if not await hold_disputed(conn, now=till.now, actor=ACTOR):
                return


async def send(database: Database) -> tuple[World, Till, int]:
    """81.90 of the order's 100.00 are on their way to the merchant."""
    world = await open_world(database)
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.settle("2026-01-02")
    till = await open_till(world)
    payout_id = (await till.create_one(through=DAY)).payout_id
    await till.submit(payout_id)
    return world, till, payout_id


async def rests(world: World) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await world.rows(RESTS)]


async def unpaid(world: World, order: str = "") -> list[tuple[str, int, str, str]]:
    """Why M1 is not paid, of all or of one order."""
    async with world.database.read(world.platform_id) as conn:
        number = (await find_parties(conn, references={"M1"}))["M1"].party_id
        if order:
            (parts,) = await load_unpaid_of_orders(conn, keys=[(number, order)], now=NOW)
        else:
            (parts,) = await load_unpaid(conn, keys=[number], now=NOW)
    return [(part.state, part.amount_minor, part.awaits, part.ground) for part in parts]


async def test_what_a_bank_refuses_is_held_before_it_is_paid_again(database: Database) -> None:
    world, till, first = await send(database)
    await world.accept(charged_back("60.00"))
    await follow(till)
    assert await world.net("2050 M1") == [0]
    assert await rests(world) == [(49_50, 0, False, "C1")]

    await till.outcome(first, Verdict.REFUSED, reason="account closed")

    assert await world.net("2050 M1, 2015 M1") == [49_50, 32_40]
    ground = "Chargeback C1: the buyer's bank has taken the money back."
    until = "The chargeback is decided, and what it takes if it is lost is on a sheet that is agreed."
    assert await unpaid(world, "O1") == [("ON_SHEET", 32_40, "PAY_FAILED", ""), ("ON_HOLD", 49_50, until, ground)]
    assert await rests(world) == [(49_50, 49_50, False, "C1")]
    again = await till.retry(first)
    assert again.draft.net == 32_40
    await till.pay(again.payout_id)
    assert await world.net("2050 M1, 2015 M1") == [49_50, 0]

    await world.accept(decided("won"))
    await follow(till)
    assert await world.net("2050 M1, 2015 M1") == [0, 49_50]


async def test_a_preview_of_what_is_paid_next_is_what_is_paid(database: Database) -> None:
    world, till, first = await send(database)
    await world.accept(charged_back("60.00"))
    await follow(till)
    await till.answer(AnswerKind.ACCEPTED, first)
    await till.answer(AnswerKind.REFUSED, first)

    async with database.read(world.platform_id) as conn:
        sheets = [share.sheet_id for share in (await till.payout(first)).shares]
        seen = await find_payable_of(conn, sheet_ids=sheets)

    assert [sheet.payable for sheet in seen] == [32_40]
    assert (await till.retry(first)).draft.net == 32_40


@pytest.mark.parametrize("decision", [decided("won"), decided("lost", liability="PLATFORM")])
async def test_what_is_decided_before_the_money_is_back_is_not_held(database: Database, decision: Document) -> None:
    world, till, first = await send(database)
    await world.accept(charged_back("60.00"))
    await follow(till)
    await world.accept(decision)
    await follow(till)
    assert await rests(world) == [(49_50, 0, True, "C1")]

    await till.outcome(first, Verdict.REFUSED, reason="account closed")

    assert await world.rows(HOLDS) == []
    assert (await till.retry(first)).draft.net == 81_90


async def test_what_is_decided_and_not_read_yet_when_the_money_is_back_is_paid(database: Database) -> None:
    world, till, first = await send(database)
    await world.accept(charged_back("60.00"))
    await follow(till)
    await world.accept(decided("won"))
    await till.outcome(first, Verdict.REFUSED, reason="account closed")

    assert (await till.retry(first)).draft.net == 81_90
    assert await world.net("2050 M1") == [0]


async def test_two_chargebacks_are_held_each_with_what_it_disputes(database: Database) -> None:
    world, till, first = await send(database)
    await world.accept(charged_back("20.00"))
    await follow(till)
    await world.accept(charged_back("40.00", "C2"))
    await follow(till)
    assert await rests(world) == [(16_50, 0, False, "C1"), (33_00, 0, False, "C2")]
    await world.accept(decided("won"))
    await follow(till)

    await till.outcome(first, Verdict.REFUSED, reason="account closed")

    assert await rests(world) == [(16_50, 0, True, "C1"), (33_00, 33_00, False, "C2")]
    assert (await till.retry(first)).draft.net == 81_90 - 33_00
    assert await world.net("2050 M1") == [33_00]


async def test_of_more_than_comes_back_the_older_chargeback_is_held_first(database: Database) -> None:
    world, till, first = await send(database)
    await world.accept(charged_back("60.00"), charged_back("40.00", "C2"))
    await follow(till)

    await till.outcome(first, Verdict.REFUSED, reason="account closed")

    assert await rests(world) == [(49_50, 49_50, False, "C1"), (33_00, 32_40, False, "C2")]
    with pytest.raises(PayoutCannotBeRetried):
        await till.retry(first)
    await world.accept(decided("won"))
    # What C1 frees, C2 still lacks 0.60 of.
    again = await till.retry(first)
    assert again.draft.net == 81_90 - 33_00
    assert await world.net("2050 M1") == [33_00]
    assert await rests(world) == [(49_50, 49_50, False, "C1"), (33_00, 33_00, False, "C2")]


async def test_what_came_back_after_it_was_paid_waits_for_the_end_of_its_chargeback(database: Database) -> None:
    """It is whole in 2016, and is paid whole or not at all."""
    world, till, first = await send(database)
    await till.pay_out(first)
    await world.accept(charged_back("60.00"))
    await follow(till)
    await till.answer(AnswerKind.RETURNED, first)

    with pytest.raises(PayoutCannotBeRetried) as refused:
        await till.retry(first)

    assert refused.value.facts["code"] == "CHARGED_BACK"
    assert await world.net("2016 M1, 2050 M1") == [81_90, 0]
    until = "The chargeback is decided, and what it takes if it is lost is on a sheet that is agreed."
    told = ("RETURNED", 81_90, until, "A payout came back, and chargeback C1 is not settled yet.")
    assert told in await unpaid(world)
    assert await unpaid(world, "O1") == [told]
    assert [find_noted(words).words for words in told[2:]] == [Noted.CHARGEBACK_SETTLED, Noted.CAME_BACK_DISPUTED]  # type: ignore[union-attr]
    await world.accept(decided("won"))
    again = await till.retry(first)
    assert again.draft.net == 81_90


@pytest.mark.parametrize("is_read", [True, False])
async def test_what_came_back_and_is_not_sent_again_yet_waits(database: Database, is_read: bool) -> None:
    world, till, first = await send(database)
    await till.pay_out(first)
    await till.answer(AnswerKind.RETURNED, first)
    second = (await till.retry(first)).payout_id
    await world.accept(charged_back("60.00"))
    if is_read:
        await follow(till)

    sent = await till.submit(second)

    assert sent.payout_ids == ()
    assert [(each.payout_id, each.reason) for each in sent.waiting] == [(second, "CHARGED_BACK")]
    assert ((await till.payout(second)).status, (await till.payout(second)).reason) == ("CANCELLED", "CHARGED_BACK")
    assert await world.net("2016 M1, 2190") == [81_90, 0]


async def test_who_sends_a_payout_that_was_charged_back_is_told_so(database: Database) -> None:
    world = await open_world(database)
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.settle("2026-01-02")
    till = await open_till(world)
    first = (await till.create_one(through=DAY)).payout_id
    await world.accept(charged_back("60.00"))

    sent = await till.submit(first)

    assert sent.payout_ids == ()
    assert [(each.payout_id, each.reason) for each in sent.waiting] == [(first, "CHARGED_BACK")]


async def test_the_database_refuses_to_pay_what_is_still_to_be_held(database: Database) -> None:
    world, till, _ = await send(database)
    await world.accept(charged_back("60.00"))
    await follow(till)

    for statement, law in [
        (
            "INSERT INTO payout_sheet (platform_id, payout_id, sheet_id, taken_minor, withheld_minor, stands)"
            " SELECT platform_id, (SELECT max(payout_id) FROM payout), sheet_id, 1, 0, 'CLAIMED' FROM other_rest",
            "DISPUTED_REST_PAID",
        ),
        ("UPDATE disputed_rest SET held_minor = 1", "REST_NOT_HELD"),
        ("UPDATE disputed_rest SET held_minor = -1", "REST_CHANGED"),
        ("DELETE FROM disputed_rest", "permission denied"),
    ]:
        with pytest.raises(asyncpg.PostgresError, match=law):
            await break_law(till, statement)


async def break_law(till: Till, statement: str) -> None:
    """Run a statement where the same is disputed of a sheet that no payout has claimed."""
    async with till.database.write(till.platform_id) as conn:
        await conn.execute(
            "CREATE TEMP TABLE other_rest ON COMMIT DROP AS SELECT s.platform_id, s.sheet_id FROM sheet AS s"
            " WHERE s.sheet_id NOT IN (SELECT sheet_id FROM payout_sheet) LIMIT 1"
        )
        await conn.execute(
            "INSERT INTO disputed_rest (platform_id, sequence, place, sheet_id, amount_minor, dispute_reference)"
            " SELECT o.platform_id, r.sequence, 1, o.sheet_id, 1, 'C1' FROM other_rest AS o, disputed_rest AS r"
        )
        await conn.execute(statement)
