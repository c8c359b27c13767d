"""Each law finds what breaks it: the store's owner breaks one with the store's own laws asleep, and takes it back."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import nullcontext
from datetime import timedelta
from functools import partial

import asyncpg
import pytest

from app.approving import decide_all
from app.paying import sending
from ledger.actor import Actor
from ledger.approvals.delegating import delegate
from ledger.approvals.model import Decision, Judged, Kind, Step, Verdict
from ledger.charging.override import parse_override
from ledger.charging.overrides import request_override
from ledger.db.connecting import Database
from tests.invariants.cash_forecasts import CashForecasts, check_cash_needed
from tests.invariants.laws import LAWS, find_broken
from tests.invariants.months import Months
from tests.invariants.statement_checks import check_statements
from tests.invariants.story import PERSON, Story
from tests.invariants.unpaid_reasons import Told
from tests.invariants.waiting_checks import check_nothing_waits
from tests.ledger.charging.market import Market
from tests.ledger.settlement.deposits.telling import (
    agreed,
    agreement,
    cash,
    discharge,
    follow,
    out,
    received,
    target,
)
from tests.ledger.settlement.holds.telling import hold, place
from tests.ledger.settlement.payouts.till import Till
from tests.ledger.settlement.sheets.world import World
from tests.oracle.small_world import SUCCEEDED, item, later, paid, plan, refunded

BREAKING = {
    "every entry": "UPDATE line SET amount = amount + 1 WHERE position = 1",
    "the parts": "UPDATE line SET amount = amount - 1 WHERE side = 'D' AND amount > 1 AND sequence ="
    " (SELECT min(e.sequence) FROM entry AS e WHERE e.platform_id = line.platform_id AND e.template = 'SPLIT')",
    "the parts of": "UPDATE line SET amount = amount + 1 WHERE sequence IN (SELECT sequence FROM entry WHERE"
    " template = 'SPLIT') AND account_id IN (SELECT account_id FROM account WHERE code = '1900')",
    "what everybody": "UPDATE line SET amount = amount + 1 WHERE position = 1 AND sequence IN"
    " (SELECT sequence FROM entry WHERE template IN ('REFUND', 'CHARGEBACK_LOST'))",
    "everything": "UPDATE order_share SET returned_minor = amount_minor, returned_tax_minor = tax_minor"
    " WHERE (order_reference, line_reference) IN (SELECT order_reference, line_reference FROM order_line"
    " WHERE refunded_goods_minor < goods_minor)",
    "a sheet is": "UPDATE sheet_line SET sheet_id = sheet_id + 1",
    "a closing": "UPDATE sheet SET closing_sequence = NULL WHERE total_minor > 0",
    "paid,": "UPDATE sheet_movement SET amount_minor = 2 * amount_minor WHERE kind = 'PAYOUT'",
    "a payout is what": "UPDATE payout_sheet SET taken_minor = taken_minor + 1",
    "what is sent": "ALTER TABLE sheet DROP CONSTRAINT finished_sheet_owes_nothing,"
    " DROP CONSTRAINT nobody_takes_more_than_the_sheet_has;"
    " UPDATE sheet_history SET status = 'COLLECTING' WHERE status = 'CONFIRMED';"
    " UPDATE sheet SET total_minor = -1000000000 WHERE total_minor > 0",
    "a closed sheet": "UPDATE sheet SET through_sequence = 1 WHERE line_count > 0",
    "a late fact": "UPDATE sheet_line SET original_period_start = '2030-01-01' WHERE NOT is_closing",
    "what takes": "UPDATE entry SET metadata = replace(metadata, 'test/', 'other/') WHERE template = 'REFUND'",
    "a key": "ALTER TABLE order_event DROP CONSTRAINT event_counts_once; UPDATE order_event SET event_id = 'e'",
    "what an order still has": "UPDATE order_head SET frozen_minor = frozen_minor + 1 WHERE NOT is_unfrozen",
    "what a payout withholds": "ALTER TABLE payout DROP CONSTRAINT payout_adds_up;"
    " UPDATE payout SET withheld_minor = withheld_minor + 1",
    "a payout leaves": "UPDATE payout SET bank_fee_minor = bank_fee_minor + 1",
    "a payout is in steps": "UPDATE paying_account SET step_minor = 999999",
    "an answer that": "UPDATE bank_answer SET fee_minor = fee_minor + 1 WHERE source = 'settled'",
    "nothing is sent": "UPDATE payee_account SET retired_at = '2000-01-01' WHERE retired_at IS NULL",
    "nothing goes on": "UPDATE approval SET status = 'STALE' WHERE status = 'GRANTED' AND kind = 'PAYOUT'",
    "what waits for somebody": "UPDATE sheet SET status = 'APPROVAL' WHERE status IN ('PAID', 'COMPLETED')",
    "what a flow": "UPDATE payout SET approval = 'NOT_REQUIRED', approval_id = NULL",
    "what is granted": "UPDATE approval_decision SET verdict = 'REJECT' WHERE verdict = 'APPROVE'",
    "what one entity": "UPDATE line SET amount = amount + 1 WHERE side = 'D' AND account_id IN"
    " (SELECT account_id FROM account WHERE code = '1900')",
    "what is unidentified": "UPDATE receipt SET amount_minor = amount_minor + 1",
    "what stands": "ALTER TABLE sheet DROP CONSTRAINT finished_sheet_owes_nothing,"
    " DROP CONSTRAINT nobody_takes_more_than_the_sheet_has;"
    " UPDATE sheet SET netted_minor = netted_minor + 1 WHERE total_minor > 0",
    "what parties owe": "UPDATE account SET code = '1200' WHERE code = '1010'",
    "what came back": "UPDATE account SET code = '2016' WHERE code = '1010'",
    "what is on hold": "UPDATE account SET code = '2050' WHERE code = '1010'",
    "deposits are": "UPDATE account SET code = '2060' WHERE code = '1010'",
    "what is billed": "UPDATE account SET code = '1220' WHERE code = '1010'",
    "an entry is": "UPDATE line SET currency = 'USD' WHERE position = 1",
    "debts are": "UPDATE sheet_movement SET amount_minor = amount_minor + 1 WHERE kind = 'NETTED' AND sheet_id IN"
    " (SELECT min(o.sheet_id) FROM sheet_movement AS o WHERE o.kind = 'NETTED' GROUP BY o.platform_id)",
    "a payout pays": "UPDATE payee_account SET party_id = -payee_account_id",
    "what is bought": "UPDATE sheet SET mode = 'PURCHASE'",
    "a debt is": "ALTER TABLE sheet DROP CONSTRAINT finished_sheet_owes_nothing,"
    " DROP CONSTRAINT nobody_takes_more_than_the_sheet_has;"
    " UPDATE sheet SET written_off_minor = written_off_minor + 1 WHERE total_minor < 0",
    "suspense of": "UPDATE suspense_item SET amount_minor = amount_minor + 1 WHERE status = 'OPEN'",
    "what receipts clear": "ALTER TABLE sheet DROP CONSTRAINT finished_sheet_owes_nothing,"
    " DROP CONSTRAINT nobody_takes_more_than_the_sheet_has;"
    " UPDATE sheet SET collected_minor = collected_minor + 1 WHERE total_minor < 0",
    "each line": "UPDATE line SET debit_after = debit_after + 1",
    "the log": "DELETE FROM log_event WHERE sequence = 2",
    "no account": "UPDATE account SET floor_minor = 1000000000 WHERE code = '1010'",
    "what people post": "UPDATE account SET code = '2010' WHERE code = '3000'",
    "an entry that": "UPDATE line SET amount = amount + 1 WHERE position = 1 AND sequence IN"
    " (SELECT sequence FROM entry WHERE reversal_of IS NOT NULL AND document = '')",
    "what a channel": "UPDATE internal_split_task SET frozen_until = frozen_until + interval '1 hour'",
    "a fee by": "UPDATE fee_line SET base_minor = base_minor + 1000 WHERE rate <> '' AND reverses IS NULL",
    "the tax inside": "UPDATE fee_line SET tax_minor = 0"
    " WHERE tax_minor > 1 AND reverses IS NULL AND reversed_minor = 0",
    "a fee line": "UPDATE fee_line SET direction = CASE direction WHEN 'CREDIT' THEN 'CHARGE' ELSE 'CREDIT' END",
    "of a fee": "UPDATE fee_line SET amount_minor = amount_minor + 1 WHERE reverses IS NOT NULL",
    "whoever decides": "UPDATE approval_delegation SET kind = 'FLOW_DEFINITION'",
    "nobody has two": "UPDATE approval_decision SET on_behalf_of = actor WHERE delegation_id IS NOT NULL",
    "nobody stands": "UPDATE party SET parent_id = party_id WHERE kind = 'DISTRIBUTOR'",
}


@pytest.fixture
async def database(fresh_database: str) -> AsyncIterator[Database]:
    opened = await Database.connect(fresh_database)
    try:
        yield opened
    finally:
        await opened.close()


async def test_each_law_finds_what_breaks_it(database: Database) -> None:
    unbroken = dict(BREAKING)
    # What a law is of may not have happened in a story: it is broken in another then.
    for seed in range(39, 42):
        months = await Months.open(database, seed=seed)
        await months.pass_time(steps=55)
        await bring_about(months)
        await months.finish()
        for law, statement in list(unbroken.items()):
            if await find_broken_by_owner(months.owner_dsn, months.platform_id, law, statement):
                del unbroken[law]
        assert await find_broken(database, months.platform_id) == {}
        if not unbroken:
            break

    assert unbroken == {}


async def bring_about(months: Months) -> None:
    """
    What is rare in so short a time: an order that another entity settles, split late, one of somebody blocked, what is
    taken back, and the word of somebody away.
    """
    ago, now = (months.now - timedelta(days=31)).isoformat(), months.now.isoformat()
    statuses = await months.find_statuses()
    (there, *_) = [merchant for merchant in ("M1", "M2") if statuses[merchant] != "CLOSED"]
    if statuses[there] == "BLOCKED":
        await months.market.unblock(there)
    sold = item("10.00", merchant=there)
    await months.market.accept(
        paid("10.00", sold, order="late", channel="wechat", settlingEntity="LE2", at=ago),
        later("order.succeeded", order="late", occurredAt=now),
        {**refunded("part", "1.00"), "order": "late", "occurredAt": now},
        paid("10.00", sold, order="blocked", key="blocked", channelTransaction="blocked", at=now),
    )
    await months.market.block(there)
    await months.market.accept(later("order.succeeded", id="waits", order="blocked", occurredAt=now))
    await months.market.unblock(there)
    for act in (months.post_by_hand, months.reverse_by_hand, months.submit_by_rate, months.submit_fee) * 10:
        await act()
    await months.receive()
    await months.desk.flow(Step(("ann",)), kind=Kind.PAYOUT)
    await let_bob_speak_for_ann(months, there)


async def let_bob_speak_for_ann(months: Months, merchant: str) -> None:
    """What she alone may agree to, while she is away."""
    await months.desk.flow(Step(("ann",)), kind=Kind.RATE_OVERRIDE)
    ends_at, today = months.now + timedelta(days=400), months.now.date().isoformat()
    given = partial(delegate, to="bob", kind=Kind.RATE_OVERRIDE, starts_at=months.now, ends_at=ends_at, reason="away")
    await months.write(lambda conn: given(conn, actor=Actor("ann"), now=months.now))
    said = {"party": merchant, "validFrom": today, "validThrough": today, "reason": "agreed", "commission": "0.05"}
    await months.write(lambda conn: request_override(conn, draft=parse_override(said), maker=PERSON, now=months.now))
    (row,) = await months.market.rows(
        "SELECT approval_id, digest FROM approval WHERE kind = 'RATE_OVERRIDE' ORDER BY approval_id DESC LIMIT 1"
    )
    decision = Decision(row["approval_id"], row["digest"], Verdict.APPROVE, "seen")
    (outcome,) = await decide_all(months.database, months.platform_id, [decision], actor=Actor("bob"), now=months.now)
    assert isinstance(outcome, Judged), outcome


async def test_the_laws_are_kept_where_all_of_a_split_waited_in_suspense(database: Database) -> None:
    rules = plan()
    rules["channelFee"]["bornBy"] = "PLATFORM"
    market = await Market.open(database, plans=[rules])
    of_m2 = paid("100.00", item("100.00", merchant="M2"))
    del of_m2["referrer"]
    await market.accept(of_m2)
    await market.block("M2")
    await market.accept(SUCCEEDED)
    await market.unblock("M2")
    (row,) = await market.rows("SELECT item FROM suspense_item")
    await market.release(row["item"], "OWNER")

    assert await find_broken(database, market.platform_id) == {}


async def test_what_deposits_give_back_is_none_of_what_a_rate_takes_of_a_sheet(database: Database) -> None:
    world = await World.open(database)
    assert isinstance(world, World)
    await agreed(world, target("1000.00", reference="S1"), when="2019-11-01")
    await agreed(world, agreement(), when="2019-11-01")
    await discharge(world, out("RELEASED", await received(world, cash("1000.00", agreement="S1"))))
    await world.earn("M1", 100_00, "2020-01-15")
    await world.settle("2020-02-02")
    while await follow(world):
        pass
    # At a tenth 10.00 of 100.00 are taken; at a twentieth it would have been too much, of 1,100.00 it would not.
    halved = "UPDATE deposit_agreement SET rate = '0.05' WHERE basis = 'PERIOD_NET'"

    assert await find_broken_by_owner(database.dsn, world.platform_id, "what a rate", halved) != []

    assert await find_broken(database, world.platform_id) == {}


@pytest.mark.parametrize(
    ("check", "broken"),
    [
        (check_statements, "UPDATE account_late SET credit = credit + 1"),
        (check_cash_needed, "UPDATE account SET code = '2015' WHERE code = '2010'"),
        (Months.check_fee_shares, "UPDATE fee_line SET amount_minor = amount_minor + 1 WHERE reference LIKE '%/1'"),
    ],
)
async def test_what_is_told_otherwise_than_it_stands_is_found(
    database: Database, check: Callable[[Months], Awaitable[None]], broken: str
) -> None:
    months = await Months.open(database, seed=36)
    await months.pass_time(steps=15)
    await months.submit_invoice()
    await months.run_worker()
    await check(months)

    connection = await asyncpg.connect(months.owner_dsn, server_settings={"session_replication_role": "replica"})
    assert not (await connection.execute(broken)).endswith(" 0")
    await connection.close()

    with pytest.raises(AssertionError):
        await check(months)


async def nothing(till: Till, sheet: int) -> None:
    pass


async def a_part_is_held(till: Till, sheet: int) -> None:
    await place(till.market, hold("1.00", sheet=sheet))


async def the_money_goes(till: Till, sheet: int) -> None:
    await till.fund(-49_00)


@pytest.mark.parametrize(("meanwhile", "is_kept"), [(nothing, True), (a_part_is_held, False), (the_money_goes, False)])
async def test_cash_that_comes_otherwise_than_it_was_told_is_found(
    database: Database, meanwhile: Callable[[Till, int], Awaitable[None]], is_kept: bool
) -> None:
    till = await Till.open(database, cash=50_00)
    sheet = await till.sheet("M1", 30_00)
    story = CashForecasts(till.market, 0, database.dsn)
    story.now = till.now
    cash, told = await story.hear_cash(), Told([], [], {}, charged_back=0)
    await meanwhile(till, sheet)
    created = await till.create(None)
    sent = await sending.submit(
        database, till.platform_id, now=till.now, actor=PERSON, channels={"sandbox": story.bank}
    )

    with nullcontext() if is_kept else pytest.raises(AssertionError):
        await story.check_cash_came(cash, told, created, sent, None)


async def test_what_waits_though_nothing_is_in_its_way_is_found(database: Database) -> None:
    till = await Till.open(database, cash=50_00)
    story = Story(till.market, 0, database.dsn)
    story.now = till.now
    await till.sheet("M1", 30_00)
    with pytest.raises(AssertionError):
        await check_nothing_waits(story)
    await till.create(None)
    with pytest.raises(AssertionError):
        await check_nothing_waits(story)

    await till.fund(-49_00)
    await check_nothing_waits(story)
    await till.fund(49_00)
    await sending.submit(database, till.platform_id, now=till.now, actor=PERSON, channels={"sandbox": story.bank})
    await check_nothing_waits(story)

    await till.sheet("D1", 10_00, status="CLOSED")
    with pytest.raises(AssertionError):
        await check_nothing_waits(story)


async def find_broken_by_owner(owner_dsn: str, platform_id: int, law: str, statement: str) -> list[asyncpg.Record]:
    """Break a law as the owner, ask whether it is kept as the program would, and take it back."""
    (name,) = [each for each in LAWS if each.startswith(law)]
    connection = await asyncpg.connect(owner_dsn)
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(statement)
        await connection.execute("SET LOCAL ROLE splitbook_app")
        await connection.execute("SELECT set_config('app.platform', $1, true)", str(platform_id))
        rows = await connection.fetch(LAWS[name])
        await transaction.rollback()
        return rows
    finally:
        await connection.close()
