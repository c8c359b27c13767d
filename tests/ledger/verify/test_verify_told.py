"""Facts that move no money against the log: what the program wrote agrees, and what was changed is named."""

from datetime import timedelta
from typing import Any

import pytest

from ledger.access.keys import create_key, revoke_key
from ledger.access.model import Role
from ledger.charging.fees.refusals import keep_refusals, retry_refused
from ledger.charging.fees.sources import register_source, take_page
from ledger.db.connecting import Database
from ledger.errors import InvalidInput
from ledger.settlement.payouts.filing import BankFile, digest_file, record_file
from ledger.settlement.payouts.model import AnswerKind, Verdict
from ledger.verify.verifying import verify
from tests.ledger.charging.market import ACTOR, NOW, Market
from tests.ledger.charging.test_overrides import grant
from tests.ledger.outcomes import codes
from tests.ledger.settlement.holds.test_disputes import charged_back, decided
from tests.ledger.settlement.payouts.test_charged_back_in_transit import follow, send
from tests.ledger.settlement.sheets.world import World
from tests.ledger.verify.test_verify import superuser
from tests.oracle.small_world import SUCCEEDED, item, paid, refunded


@pytest.fixture(scope="module")
async def disputed(database: Database) -> World:
    """Of what was charged back 49.50 were on their way; the bank refused them, so they were held, and the rest paid."""
    world, till, payout = await send(database)
    await world.accept(charged_back("60.00"))
    await follow(till)
    await till.outcome(payout, Verdict.REFUSED, reason="account closed")
    again = await till.retry(payout)
    await till.submit(again.payout_id)
    await till.answer(AnswerKind.PAID, again.payout_id, fee=7)
    return world


@pytest.fixture(scope="module")
async def suspended(database: Database) -> Market:
    """A share went to suspense, was released, and stays with its owner."""
    market = await Market.open(database)
    await market.close("D2")
    await market.accept(paid("50.00"), SUCCEEDED)
    (item,) = await market.rows("SELECT item FROM suspense_item")
    await market.release(item["item"], "OWNER")
    return market


async def name(world: World | Market, change: str) -> tuple[str, str]:
    """The table and the check that verify names after a change; without one it agreed."""
    async with world.database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None
    async with superuser(world, f"{change.replace('{p}', str(world.platform_id))}") as conn:
        disagreement = (await verify(conn)).disagreement
    assert disagreement is not None
    assert disagreement.found != disagreement.expected
    return disagreement.table, disagreement.check


@pytest.fixture(scope="module")
async def waiting(database: Database) -> Market:
    """A dispute that is defended counts on 16.50 of what its merchant has in suspense; others are decided."""
    market = await Market.open(database)
    await market.accept(paid("100.00"))
    await market.block("M1")
    await market.accept(SUCCEEDED, charged_back("20.00"), decided("defended"))
    await market.accept(charged_back("10.00", "C2"), decided("won", "C2"))
    return market


ORDERS, PAYOUTS, GONE = "what was told of orders", "what was told of payouts", "what chargebacks found gone"
OF_DISPUTED = {
    "what was gone": ("UPDATE disputed_rest SET amount_minor = amount_minor + 1", "disputed_rest", GONE),
    "what is held of it": ("UPDATE disputed_rest SET held_minor = held_minor - 1", "disputed_rest", GONE),
    "whether it is decided": ("UPDATE disputed_rest SET is_decided = true", "disputed_rest", GONE),
    "that something was gone": ("DELETE FROM disputed_rest", "disputed_rest", GONE),
    "by which dispute": ("UPDATE disputed_rest SET dispute_reference = 'C2'", "disputed_rest", GONE),
    "the chain": ("UPDATE order_line SET chain = ARRAY[chain[2], chain[1], chain[3]]", "order_share", ORDERS),
    "the agent": ("UPDATE order_line SET agent_id = agent_id + 1", "order_share", ORDERS),
    "how many": ("UPDATE order_line SET quantity = quantity + 1", "order_line", "seals of payments"),
    "the plan": ("UPDATE order_line SET plan_version = 9", "order_line", "seals of payments"),
    "the rates": ("UPDATE order_line SET rates = replace(rates, '0.08', '0.07')", "order_line", "seals of payments"),
    "the goods' kind": ("UPDATE order_line SET category = 'ten'", "order_line", "seals of payments"),
    "what was said": ("UPDATE order_event SET fingerprint = sha256('x') WHERE kind = 'order.paid'", "order_line", ""),
    "when it was paid": ("UPDATE order_head SET paid_at = paid_at + interval '1 day'", "order_head", ORDERS),
    "where it stands": ("UPDATE order_head SET status = 'FINISHED'", "order_head", ORDERS),
    "the bank's fee": ("UPDATE payout SET bank_fee_minor = 8 WHERE status = 'PAID'", "payout", PAYOUTS),
    "when it is due": ("UPDATE payout SET due_date = due_date + 1 WHERE status = 'PAID'", "payout", PAYOUTS),
    "a bank's words": ("UPDATE bank_answer SET fee_minor = 8", "bank_answer", "marks of bank answers"),
    "a bank's amount": ("UPDATE bank_answer SET amount_minor = 8", "bank_answer", "answers of banks"),
    "whose account": (
        "UPDATE payee_account SET identifier = 'DE89370400440532013009'",
        "payee_account",
        "marks of bank accounts",
    ),
    "the head's instant": (
        "UPDATE log_head SET posted_at = posted_at + interval '1 us' WHERE platform_id = {p}",
        "log_head",
        "the log's head",
    ),
    "the head's day": (
        "UPDATE log_head SET posting_day = posting_day + 1 WHERE platform_id = {p}",
        "log_head",
        "the log's head",
    ),
    "the tree": ("UPDATE log_head SET tree_version = 7 WHERE platform_id = {p}", "log_head", "the log's head"),
    "the head": ("DELETE FROM log_head WHERE platform_id = {p}", "log_head", "the log's head"),
    "who follows": (
        "UPDATE log_follower SET sequence = sequence + 9000 WHERE platform_id = {p}",
        "log_follower",
        "the log's head",
    ),
    "a zone that nobody knows": (
        "UPDATE platform SET time_zone = 'Mars/Olympus' WHERE platform_id = {p}",
        "platform",
        "time zones",
    ),
    "another zone": (
        "UPDATE platform SET time_zone = 'Asia/Tokyo' WHERE platform_id = {p}",
        "platform",
        "time zones",
    ),
    "a book's zone": ("UPDATE book SET time_zone = 'x' WHERE platform_id = {p}", "book", "time zones"),
    "the chart": (
        "UPDATE chart_account SET owned_by_document = NOT owned_by_document WHERE platform_id = {p}",
        "chart_account",
        "the chart of accounts",
    ),
    "whom a party is under": (
        "UPDATE party SET parent_id = (SELECT o.party_id FROM party AS o WHERE o.platform_id = {p} AND o.reference ="
        " 'A1'), parent_kind = 'AGENT' WHERE reference = 'M2' AND platform_id = {p}",
        "party",
        "what was told of parties",
    ),
    "a party's name": ("UPDATE party SET name = 'x' WHERE reference = 'M1'", "party", "marks of parties"),
}


@pytest.mark.parametrize("changed", OF_DISPUTED)
async def test_what_was_changed_is_named(disputed: World, changed: str) -> None:
    statement, table, check = OF_DISPUTED[changed]

    found = await name(disputed, statement)

    assert found == (table, check or found[1])


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE suspense_release SET amount_minor = amount_minor + 1",
        "UPDATE suspense_release SET sequence = sequence - 1",
        "UPDATE suspense_release SET opening = 2",
        "UPDATE suspense_release SET released_to = 'SPLITTER'",
        "DELETE FROM suspense_release",
        "UPDATE suspense_item SET times = 2",
        "UPDATE suspense_item SET owner_id = owner_id + 1",
    ],
)
async def test_what_was_changed_of_suspense_is_named(suspended: Market, change: str) -> None:
    assert (await name(suspended, change))[1] == "suspense"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE order_dispute_line SET waiting_minor = waiting_minor - 1 WHERE waiting_minor > 0",
        "UPDATE order_dispute_line SET waiting_minor = waiting_minor + 1 WHERE dispute_reference = 'C1'",
        "DELETE FROM order_dispute_line WHERE dispute_reference = 'C2'",
        "UPDATE order_dispute SET defended_at = defended_at + interval '1 hour' WHERE dispute_reference = 'C1'",
        "UPDATE order_dispute SET status = 'NOTIFIED', defended_at = NULL WHERE dispute_reference = 'C1'",
        "UPDATE order_dispute SET defended_at = now() WHERE dispute_reference = 'C2'",
    ],
)
async def test_what_was_changed_of_a_dispute_is_named(waiting: Market, change: str) -> None:
    assert await name(waiting, change) == (change.split()[1].replace("FROM", "order_dispute_line"), ORDERS)


async def test_a_share_that_is_gone_is_named(suspended: Market) -> None:
    change = "DELETE FROM order_share WHERE rank = 1"

    assert await name(suspended, change) == ("order_share", ORDERS)


@pytest.mark.parametrize("of", ['"line_reference": "unpaid"', '"order_reference": "unpaid"'])
async def test_a_line_that_nobody_paid_for_is_named(database: Database, of: str) -> None:
    market = await Market.open(database)
    await market.accept(paid("50.00"))
    other = f"""(jsonb_populate_record(l, '{{{of}, "fee_charged_minor": 0}}')).*"""
    change = f"INSERT INTO order_line SELECT {other} FROM order_line AS l WHERE l.platform_id = {{p}} LIMIT 1"

    assert await name(market, change) == ("order_head", ORDERS)


@pytest.mark.parametrize("decision", [decided("won"), decided("lost", liability="PLATFORM")])
async def test_a_rest_whose_chargeback_was_decided_agrees(database: Database, decision: dict[str, object]) -> None:
    world, till, payout = await send(database)
    await world.accept(charged_back("60.00"))
    await follow(till)
    await world.accept(decision)
    async with database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None

    await follow(till)

    async with database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None
    assert await name(world, "UPDATE disputed_rest SET is_decided = false") == ("disputed_rest", GONE)
    await till.outcome(payout, Verdict.REFUSED, reason="account closed")
    async with database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


async def test_a_rest_of_what_a_chargeback_took_ends_once_that_is_agreed(database: Database) -> None:
    world, till, _ = await send(database)
    await world.accept(charged_back("60.00"))
    await follow(till)
    await world.accept(decided("lost", liability="SPLIT"))
    await follow(till)
    async with database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None
    assert await name(world, "UPDATE disputed_rest SET is_decided = true") == ("disputed_rest", GONE)

    await world.settle("2026-02-02")

    for _ in range(2):
        async with database.read(world.platform_id) as conn:
            assert (await verify(conn)).disagreement is None
        await follow(till)


async def test_what_a_decided_chargeback_had_found_gone_is_still_there(database: Database) -> None:
    world, till, _ = await send(database)
    await world.accept(charged_back("60.00"))
    await follow(till)
    await world.accept(decided("won"))
    await follow(till)

    assert await name(world, "DELETE FROM disputed_rest WHERE is_decided") == ("disputed_rest", GONE)
    added = "(jsonb_populate_record(r, jsonb_build_object('place', place + 1))).* FROM disputed_rest AS r"
    change = f"INSERT INTO disputed_rest SELECT {added} WHERE platform_id = {{p}}"
    assert await name(world, change) == ("disputed_rest", GONE)


@pytest.mark.parametrize("released", [0, 1, 2])
async def test_what_a_refund_took_of_shares_in_suspense_is_of_each_his_own(database: Database, released: int) -> None:
    market = await Market.open(database)
    await market.accept(paid("100.00"))
    await market.block("D1")
    await market.block("D2")
    await market.accept(SUCCEEDED)
    for row in (await market.rows("SELECT item FROM suspense_item ORDER BY item"))[:released]:
        await market.release(row["item"], "SPLITTER")
    await market.accept(refunded("1", "50.00"))

    levels = "claw_back_levels_minor"
    change = f"UPDATE order_refund_line SET {levels} = ARRAY[{levels}[2], {levels}[1], {levels}[3]]"

    assert await name(market, change) == ("order_refund_line", ORDERS)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE internal_split_task SET amount_minor = amount_minor - 1",
        "UPDATE internal_split_task SET frozen_until = frozen_until + interval '1 day'",
        "UPDATE internal_split_task SET opened_at = opened_at + interval '1 s'",
        "UPDATE internal_split_task SET reason = 'x'",
        "UPDATE internal_split_task SET done_at = opened_at",
        "DELETE FROM internal_split_task",
        "INSERT INTO internal_split_task SELECT (jsonb_populate_record(t, jsonb_build_object("
        "'order_reference', 'O2'))).* FROM internal_split_task AS t WHERE t.platform_id = {p}",
    ],
)
async def test_what_was_changed_of_a_split_that_its_channel_refuses_is_named(database: Database, change: str) -> None:
    market = await Market.open(database)
    late = {**SUCCEEDED, "occurredAt": "2025-03-31T00:00:00Z"}
    await market.accept(paid("100.00", channel="wechat"), late)
    await market.accept({**paid("100.00"), "order": "O2", "id": "paid O2"})

    assert await name(market, change) == ("internal_split_task", ORDERS)


async def test_an_event_without_a_channel_has_none(database: Database) -> None:
    market = await Market.open(database)
    await market.accept(paid("50.00"), SUCCEEDED)

    change = "UPDATE order_event SET channel = '' WHERE kind = 'order.succeeded'"

    assert await name(market, change) == ("order_event", ORDERS)


@pytest.mark.parametrize("change", ["chain = ARRAY[chain[2], chain[1], chain[3]]", "agent_id = merchant_id"])
async def test_what_is_frozen_before_the_split_is_sealed(database: Database, change: str) -> None:
    market = await Market.open(database)
    await market.accept(paid("50.00"))

    assert await name(market, f"UPDATE order_line SET {change}") == ("order_line", "seals of payments")


async def test_the_channel_s_fees_of_two_lines_are_each_its_own(database: Database) -> None:
    market = await Market.open(database)
    await market.accept(paid("150.00", item("50.00"), item("100.00", line="2")))

    change = "UPDATE order_line SET fee_charged_minor = 90 - fee_charged_minor"

    assert await name(market, change) == ("order_line", "seals of payments")


async def test_a_refused_line_of_a_source_that_is_another_one_by_now_is_named(database: Database) -> None:
    market = await Market.open(database)
    refused = [({"reference": "W1"}, InvalidInput(field=("amount",), reason="amount is missing."))]
    async with database.write(market.platform_id) as conn:
        await register_source(
            conn, name="wms", url="https://wms.test/", interval=timedelta(minutes=1), actor=ACTOR, now=NOW
        )
        await keep_refusals(conn, source="wms", refused=refused, actor=ACTOR, now=NOW)

    change = """UPDATE source_refusal SET document = '{"reference":"W2"}'"""

    assert await name(market, change) == ("source_refusal", "refused lines of sources")


@pytest.fixture(scope="module")
async def refused(database: Database) -> Market:
    """Of three lines of a source that were refused one was accepted once its party was there, one is refused anew."""
    market = await Market.open(database)
    document = {
        "id": "W1", "party": "M9", "settlementEntity": "LE", "item": "STORAGE", "currency": "CNY", "amount": "1.00",
        "occurredAt": NOW.isoformat(),
    }  # fmt: skip
    async with database.write(market.platform_id) as conn:
        await register_source(
            conn, name="wms", url="https://wms.test/", interval=timedelta(minutes=1), actor=ACTOR, now=NOW
        )
        documents = [document, {**document, "id": "W2", "party": "M8"}, {}]
        taken = await take_page(
            conn, source="wms", cursor="", documents=documents, next_cursor="3", actor=ACTOR, now=NOW
        )
        assert taken.refused == 3
    await market.register({"reference": "M9", "kind": "MERCHANT", "name": "New", "parent": "A1"})
    await market.register({"reference": "M8", "kind": "AGENT", "name": "Office", "parent": "A1"})
    async with database.write(market.platform_id) as conn:
        numbers = [row["refusal"] for row in await conn.fetch("SELECT refusal FROM source_refusal ORDER BY refusal")]
        retried = await retry_refused(conn, refusals=numbers, actor=ACTOR, now=NOW + timedelta(hours=1))
        assert (retried.resolved, codes(retried.outcomes)[1:]) == (1, ["FEE_ITEM_NOT_FOR_PARTY", "INVALID_INPUT"])
    return market


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE source_refusal SET code = 'FEE_COMPUTED_HERE' WHERE resolved_at IS NULL",
        "UPDATE source_refusal SET message = 'x'",
        "UPDATE source_refusal SET source = 'x'",
        "UPDATE source_refusal SET refused_at = refused_at - interval '1 s'",
        "UPDATE source_refusal SET resolved_at = resolved_at + interval '1 s'",
        "UPDATE source_refusal SET resolved_at = NULL",
        "UPDATE source_refusal SET resolved_at = refused_at WHERE resolved_at IS NULL",
        "UPDATE source_refusal SET document = '[]', digest = sha256('[]') WHERE document = '{}'",
        "DELETE FROM source_refusal WHERE resolved_at IS NULL",
        "DELETE FROM source_refusal WHERE resolved_at IS NOT NULL",
        "INSERT INTO source_refusal OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(r, jsonb_build_object("
        "'refusal', -1, 'document', '[]', 'digest', sha256('[]')))).* FROM source_refusal AS r WHERE document = '{}'",
    ],
)
async def test_what_was_changed_of_refused_lines_is_named(refused: Market, change: str) -> None:
    assert await name(refused, change) == ("source_refusal", "refused lines of sources")


async def keep(market: Market) -> None:
    """A file that was read, a source that was pulled through an empty page and stopped, and a key that was revoked."""
    file = BankFile("sandbox", "day.xml", digest_file(b"<Document/>"), "camt.053.001.08", "M-1", answers=2)
    async with market.database.write(market.platform_id) as conn:
        assert await record_file(conn, file, actor=ACTOR, now=NOW)
        assert not await record_file(conn, file, actor=ACTOR, now=NOW)
    source: dict[str, Any] = {"name": "wms", "url": "https://wms.test/", "interval": timedelta(minutes=1)}
    async with market.database.write(market.platform_id) as conn:
        await register_source(conn, **source, actor=ACTOR, now=NOW)
        page: dict[str, Any] = {"source": "wms", "actor": ACTOR, "now": NOW}
        await take_page(conn, cursor="", documents=[{}], next_cursor="7", **page)
        await take_page(conn, cursor="7", documents=[], next_cursor="8", **page)
        await register_source(conn, **source, is_active=False, actor=ACTOR, now=NOW)
    async with market.database.write(market.platform_id) as conn:
        for actor in ("ann", "ben"):
            issued = await create_key(conn, role=Role.OPERATOR, name=actor, pepper=b"p", now=NOW)
        await revoke_key(conn, key_id=issued.principal.key_id, actor=ACTOR, now=NOW)


@pytest.fixture(scope="module")
async def kept(database: Database) -> Market:
    market = await Market.open(database)
    await keep(market)
    return market


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE bank_file SET content_digest = sha256('another')",
        "UPDATE bank_file SET refusal = 'unreadable'",
        "UPDATE bank_file SET answers = 3",
        "UPDATE bank_file SET direction = 'OUT'",
        "UPDATE bank_file SET name = 'x'",
        "UPDATE bank_file SET recorded_at = recorded_at + interval '1 hour'",
        "DELETE FROM bank_file",
        "INSERT INTO bank_file OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(f, jsonb_build_object("
        "'bank_file_id', -1, 'content_digest', sha256('what comes tomorrow')))).* FROM bank_file AS f",
        "UPDATE charging_source SET url = 'https://elsewhere.test/'",
        "UPDATE charging_source SET credential_variable = 'SPLITBOOK_SOURCE_X'",
        "UPDATE charging_source SET interval_seconds = 1",
        "UPDATE charging_source SET is_active = true",
        "UPDATE charging_source SET cursor = '7'",
        "UPDATE charging_source SET pulled_lines = 0",
        "UPDATE charging_source SET name = 'x'",
        "DELETE FROM charging_source",
        "INSERT INTO charging_source SELECT (jsonb_populate_record(s, jsonb_build_object('name', 'other'))).*"
        " FROM charging_source AS s",
        "UPDATE api_key SET revoked_at = NULL WHERE actor = 'ben'",
        "UPDATE api_key SET revoked_at = revoked_at + interval '1 day' WHERE actor = 'ben'",
        "UPDATE api_key SET revoked_at = created_at WHERE actor = 'ann'",
        "DELETE FROM api_key WHERE actor = 'ben'",
    ],
)
async def test_what_was_changed_of_files_sources_and_keys_is_named(kept: Market, change: str) -> None:
    checks = {
        "bank_file": "files of banks",
        "charging_source": "what was told of sources",
        "api_key": "keys that were revoked",
    }

    table, check = await name(kept, change)

    assert table in change
    assert check == checks[table]


async def test_rates_of_a_merchants_own_that_changed_places_are_named(database: Database) -> None:
    market = await Market.open(database)
    async with database.write(market.platform_id) as conn:
        for person in ("ann", "bob"):
            await create_key(conn, role=Role.OPERATOR, name=person, pepper=b"p", now=NOW)
    await grant(market, commission="0.05")
    await grant(market, commission="0.04")

    # The last number is in force where both are.
    changed = "UPDATE rate_override SET override_version = {} WHERE platform_id = {{p}}"
    change = "; ".join(changed.format(number) for number in ("override_version + 2", "5 - override_version"))

    assert await name(market, change) == ("rate_override", "what was told of catalogues")
