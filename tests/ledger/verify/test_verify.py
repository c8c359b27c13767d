"""
Verify agrees with every book that the program wrote, and names the first row that somebody else has changed.

Each kind of row is tampered with by the superuser, triggers disabled.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import cast

import asyncpg
import pytest
from asyncpg.pool import PoolConnectionProxy

from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.verify.model import Report
from ledger.verify.verifying import CHECKS, verify
from tests.ledger.charging.market import Market
from tests.ledger.journal.world import World, open_world


async def examine(world: World, *, rows_at_once: int = 1_000) -> Report:
    async with world.database.read(world.platform_id) as conn:
        return await verify(conn, rows_at_once=rows_at_once)


async def write_book(world: World) -> None:
    """Entries in two books on three days, one backdated, one dated ahead, a reversal, two moves, a closed period."""
    yesterday, ahead = world.today - timedelta(days=1), world.today + timedelta(days=9)
    first = await world.post_lines("D 1100 CNY 500 / C 2010 M1 CNY 400 / C 4000 CNY 100")
    await world.post_lines("D 1100 CNY 70 / C 2010 M3 CNY 70", day=yesterday)
    await world.post(world.draft("D 1010 JPY 900 / C 2510 JPY 900", book="LE2"))
    await world.move("A11", "A2")
    await world.post_lines("D 1100 CNY 30 / C 2010 M1 CNY 30")
    await world.pass_days(1)
    await world.post_lines("D 1100 CNY 6 / C 2010 M1 CNY 6", day=ahead)
    await world.move("A11", "A1")
    await world.reverse(first.sequence)
    await world.close(yesterday)
    await world.pass_days(1)
    await world.post_lines("D 1100 CNY 8 / C 2010 M2 CNY 8")


@pytest.fixture(scope="module")
async def written(database: Database) -> World:
    world = await open_world(database)
    await write_book(world)
    return world


@asynccontextmanager
async def superuser(world: World | Market, statements: str) -> AsyncIterator[Connection]:
    """
    A transaction of the superuser that has changed the book, triggers and foreign keys off, and is rolled back.
    """
    raw = await asyncpg.connect(world.database.dsn)
    changing = raw.transaction()
    await changing.start()
    try:
        await raw.execute("SET LOCAL session_replication_role = replica")
        for statement in statements.split("; "):
            assert not (await raw.execute(statement)).endswith(" 0"), statement
        yield Connection(cast(PoolConnectionProxy, raw), world.platform_id, {})
    finally:
        await changing.rollback()
        await raw.close()


@pytest.mark.parametrize("rows_at_once", [1, 7, 1_000])
async def test_a_book_that_the_program_wrote_agrees(written: World, rows_at_once: int) -> None:
    report = await examine(written, rows_at_once=rows_at_once)

    assert report.disagreement is None
    assert report.checks == tuple(name for name, _ in CHECKS)


async def test_an_empty_platform_agrees(database: Database) -> None:
    report = await examine(await open_world(database, drafts=()))

    assert report.agrees


LAST = "(SELECT max(sequence) FROM log_record WHERE platform_id = {p})"
# What is done to the book, and the table, key and figures that verify then names. {e1} is the first entry's sequence.
TAMPERINGS: dict[str, tuple[str, str, dict[str, object]]] = {
    "the first event is gone": ("DELETE FROM log_event WHERE sequence = 1", "log_record", {"sequence": 1}),
    "an event is gone": ("DELETE FROM log_event WHERE sequence = 2", "log_record", {"sequence": 2}),
    "an event takes the number of an entry": (
        "UPDATE log_event SET sequence = {e1} WHERE sequence = (SELECT max(sequence) FROM log_event)",
        "log_record",
        {"sequence": "e1"},
    ),
    "an event's kind": ("UPDATE log_event SET kind = 'x' WHERE sequence = 3", "log_event", {"sequence": 3}),
    "an event's payload": ("UPDATE log_event SET payload = '{{}}' WHERE sequence = 3", "log_event", {"sequence": 3}),
    "an event's actor": ("UPDATE log_event SET actor = 'x' WHERE sequence = 3", "log_event", {"sequence": 3}),
    "whom an event concerns": (
        "UPDATE log_event SET parties = parties || 1::bigint WHERE sequence = 3",
        "log_event",
        {"sequence": 3},
    ),
    "the log is cut": (
        f"DELETE FROM line WHERE sequence = {LAST}; DELETE FROM entry WHERE sequence = {LAST}",
        "posting_day",
        {},
    ),
    "time runs backwards": (
        "UPDATE entry SET posted_at = posted_at - interval '1 year' WHERE sequence = {e1}",
        "entry",
        {"sequence": "e1"},
    ),
    "a line without an entry": (
        "INSERT INTO line SELECT platform_id, sequence + 1000000, account_id, amount, version + 9, debit_after,"
        " credit_after, business_date, posting_day, position, side, currency FROM line WHERE sequence = {e1}",
        "line",
        {"position": 1},
    ),
    "a line before its entry": (
        "INSERT INTO line SELECT platform_id, 1, account_id, amount, version + 9, debit_after, credit_after,"
        " business_date, posting_day, position, side, currency FROM line WHERE sequence = {e1}",
        "line",
        {"sequence": 1, "position": 1},
    ),
    "a move's event is another": (
        "UPDATE party_move SET sequence = {e1} WHERE sequence = (SELECT min(sequence) FROM party_move)",
        "party_move",
        {},
    ),
    "an account's floor and the chart's": (
        "UPDATE account SET floor_minor = 0 WHERE code = '1100'; UPDATE chart_account SET floor_minor = 1000000"
        " WHERE code = '1100'; UPDATE account SET floor_minor = 1000000 WHERE code = '1100'",
        "line",
        {},
    ),
    "an amount": ("UPDATE line SET amount = 401 WHERE sequence = {e1} AND position = 2", "entry", {}),
    "two amounts, balanced": (
        "UPDATE line SET amount = amount + 1 WHERE sequence = {e1} AND position < 3",
        "entry",
        {"sequence": "e1"},
    ),
    "two sides": (
        "UPDATE line SET side = CASE side WHEN 'D' THEN 'C' ELSE 'D' END WHERE sequence = {e1}",
        "entry",
        {"sequence": "e1"},
    ),
    "a line is gone": ("DELETE FROM line WHERE sequence = {e1} AND position = 3", "entry", {"sequence": "e1"}),
    "an entry's lines are gone": ("DELETE FROM line WHERE sequence = {e1}", "entry", {"sequence": "e1"}),
    "a line's account": (
        "UPDATE line SET account_id = (SELECT account_id FROM account WHERE code = '2010' AND party_reference = 'M2')"
        " WHERE sequence = {e1} AND position = 2",
        "entry",
        {"sequence": "e1"},
    ),
    "a line's date": (
        "UPDATE line SET business_date = business_date - 1 WHERE sequence = {e1} AND position = 2",
        "line",
        {"sequence": "e1", "position": 2},
    ),
    "a line's book": (
        "UPDATE line SET account_id = (SELECT account_id FROM account WHERE code = '1010')"
        " WHERE sequence = {e1} AND position = 1",
        "line",
        {"sequence": "e1", "position": 1},
    ),
    "a version": ("UPDATE line SET version = 99 WHERE sequence = {e1} AND position = 1", "line", {}),
    "a running debit": ("UPDATE line SET debit_after = 7 WHERE sequence = {e1} AND position = 1", "line", {}),
    "a running credit": ("UPDATE line SET credit_after = 7 WHERE sequence = {e1} AND position = 2", "line", {}),
    "an entry's date, everywhere": (
        "UPDATE line SET business_date = business_date - 1 WHERE sequence = {e1};"
        " UPDATE entry SET business_date = business_date - 1 WHERE sequence = {e1}",
        "entry",
        {"sequence": "e1"},
    ),
    "an entry's posting day, everywhere": (
        "UPDATE line SET posting_day = posting_day - 1 WHERE sequence = {e1};"
        " UPDATE entry SET posting_day = posting_day - 1 WHERE sequence = {e1}",
        "entry",
        {"sequence": "e1"},
    ),
    "an entry's instant": (
        "UPDATE entry SET posted_at = posted_at + interval '1 us' WHERE sequence = {e1}",
        "entry",
        {"sequence": "e1"},
    ),
    "an entry's description": ("UPDATE entry SET description = 'x' WHERE sequence = {e1}", "entry", {"sequence": "e1"}),
    "an entry's book is gone": ("DELETE FROM book WHERE reference = 'LE2'", "book", {}),
    "an entry's key": ("UPDATE entry SET idempotency_key = 'x' WHERE sequence = {e1}", "entry", {"sequence": "e1"}),
    "an entry's actor": ("UPDATE entry SET actor = 'x' WHERE sequence = {e1}", "entry", {"sequence": "e1"}),
    "an entry's hash": (
        "UPDATE entry SET content_hash = sha256('x') WHERE sequence = {e1}",
        "entry",
        {"sequence": "e1"},
    ),
    "an entry's fingerprint": (
        "UPDATE entry SET fingerprint = sha256('x') WHERE sequence = {e1}",
        "entry",
        {"sequence": "e1"},
    ),
    "a reversal's original": (
        "UPDATE entry SET reversal_of = 1 WHERE reversal_of IS NOT NULL",
        "entry",
        {},
    ),
    "an account's floor": ("UPDATE account SET floor_minor = -5 WHERE code = '1010'", "account", {}),
    "an account's party": (
        "UPDATE account SET party_reference = 'M2' WHERE party_reference = 'M1'",
        "entry",
        {"sequence": "e1"},
    ),
    "a late sum": ("UPDATE account_late SET debit = debit + 1", "account_late", {}),
    "a late sum is gone": ("DELETE FROM account_late", "account_late", {}),
    "a late sum too many": (
        "INSERT INTO account_late SELECT platform_id, account_id, '2001-01-01', posting_day, 1, 0 FROM account_late"
        " LIMIT 1",
        "account_late",
        {},
    ),
    "a posting day": ("UPDATE posting_day SET last_sequence = last_sequence - 1", "posting_day", {}),
    "a posting day is gone": (
        "DELETE FROM posting_day WHERE day = (SELECT max(day) FROM posting_day)",
        "posting_day",
        {},
    ),
    "a posting day too many": ("INSERT INTO posting_day VALUES ({p}, '2001-01-01', 1)", "posting_day", {}),
    "a total of a subtree": ("UPDATE subtree_day SET credit = credit + 1", "subtree_day", {}),
    "a total is gone": (
        "DELETE FROM subtree_day WHERE posting_day = (SELECT max(posting_day) FROM subtree_day)",
        "subtree_day",
        {},
    ),
    "a total too many": (
        "INSERT INTO subtree_day SELECT platform_id, party_id, book_id, '2001-01-01', code, currency, 1, 1"
        " FROM subtree_day LIMIT 1",
        "subtree_day",
        {},
    ),
    "a total of a day to come": (
        "INSERT INTO subtree_day SELECT platform_id, party_id, book_id, '2999-01-01', code, currency, debit, credit"
        " FROM subtree_day AS o WHERE posting_day = (SELECT max(posting_day) FROM subtree_day) LIMIT 1",
        "subtree_day",
        {},
    ),
    "a late total": ("UPDATE subtree_late SET debit = debit + 1", "subtree_late", {}),
    "a late total is gone": ("DELETE FROM subtree_late", "subtree_late", {}),
    "a late total too many": (
        "INSERT INTO subtree_late SELECT platform_id, party_id, book_id, '2001-01-01', posting_day, code, currency, 1,"
        " 1 FROM subtree_late LIMIT 1",
        "subtree_late",
        {},
    ),
    "a party's place": (
        "UPDATE party SET parent_id = (SELECT parent_id FROM party WHERE reference = 'A1'), parent_kind = 'OPERATOR'"
        " WHERE reference = 'A11'",
        "party",
        {},
    ),
    "a move's origin": (
        "UPDATE party_move SET from_parent_id = (SELECT party_id FROM party WHERE reference = 'A1')",
        "party_move",
        {},
    ),
    "a move's day": ("UPDATE party_move SET posting_day = posting_day - 1", "party_move", {}),
    "a move is gone": (
        "DELETE FROM party_move WHERE sequence = (SELECT max(sequence) FROM party_move)",
        "party_move",
        {},
    ),
    "a moved day is gone": ("DELETE FROM subtree_moved", "subtree_moved", {}),
    "a closed period": (
        "UPDATE book SET closed_through = closed_through - 1 WHERE reference = 'LE'",
        "book",
        {"book": "LE"},
    ),
    "the volume": ("UPDATE log_head SET volume = volume - 1", "log_head", {}),
    "the head": ("UPDATE log_head SET sequence = sequence + 1", "log_head", {}),
    "the head's day": ("UPDATE log_head SET posting_day = posting_day - 1", "log_head", {}),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
async def test_the_tampered_row_is_named(written: World, tampering: str) -> None:
    statements, table, key = TAMPERINGS[tampering]
    (first,) = await written.fetch("SELECT min(sequence) AS e1 FROM entry")

    async with superuser(written, statements.format(e1=first["e1"], p=written.platform_id)) as conn:
        disagreement = (await verify(conn, rows_at_once=3)).disagreement

    assert disagreement is not None
    assert disagreement.table == table, disagreement.sentence
    for name, value in key.items():
        assert disagreement.key[name] == (first["e1"] if value == "e1" else value), disagreement.sentence
    assert disagreement.found != disagreement.expected
    assert disagreement.sentence.startswith(f"{table} (")


async def test_a_disagreement_says_what_is_there_and_what_ought_to_be(written: World) -> None:
    (line,) = await written.fetch("SELECT * FROM line WHERE position = 1 ORDER BY sequence LIMIT 1")
    change = f"UPDATE line SET debit_after = 7 WHERE sequence = {line['sequence']} AND position = 1"

    async with superuser(written, change) as conn:
        disagreement = (await verify(conn)).disagreement

    assert disagreement is not None
    assert disagreement.sentence == (
        f"line (sequence {line['sequence']}, position 1, account {line['account_id']}): found version 1, debit_after 7,"
        " credit_after 0; expected version 1, debit_after 500, credit_after 0."
    )


async def test_another_platform_is_not_looked_at(written: World, database: Database) -> None:
    other = await open_world(database)
    await other.post_lines("D 1100 CNY 5 / C 2010 M1 CNY 5")

    async with superuser(other, f"UPDATE line SET version = 9 WHERE platform_id = {written.platform_id}") as conn:
        assert (await verify(conn)).agrees


async def test_progress_names_the_check(written: World) -> None:
    heard: list[str] = []

    async with written.database.read(written.platform_id) as conn:
        await verify(conn, progress=lambda check, _read: heard.append(check))

    assert heard == [name for name, _ in CHECKS]
