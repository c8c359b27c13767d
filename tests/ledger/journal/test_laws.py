"""
The laws of the database, going round our code: raw statements as splitbook_app, and what nobody may do at all.

Each forged entry is right in everything but one thing.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from ledger.db.connecting import Database
from tests.ledger.journal.world import World


@dataclass
class Forgery:
    """An entry of two lines on accounts 1100 and 2010 that the database takes, unless something is changed."""

    clearing: int
    merchant: int
    book: int
    sequence: int
    head: int
    day: Any
    lines: list[dict[str, Any]] = field(default_factory=list)
    entry: dict[str, Any] = field(default_factory=dict)


async def forge(world: World, conn: Any) -> Forgery:
    """The next entry after one sale of 500 and one receipt of 100 in the bank."""
    clearing, merchant = await world.account_ids([world.account("1100 CNY"), world.account("2010 M1 CNY")])
    head = await conn.fetchrow("SELECT sequence, posted_at, posting_day FROM log_head FOR UPDATE")
    sequence = head["sequence"] + 1
    forgery = Forgery(clearing, merchant, world.ids["LE"], sequence, sequence, head["posting_day"])
    forgery.entry = {
        "book_id": world.ids["LE"],
        "business_date": head["posting_day"],
        "line_count": 2,
        "idempotency_key": "forged",
        "posted_at": head["posted_at"],
    }
    common = {"amount": 7, "version": 2, "business_date": head["posting_day"], "currency": "CNY"}
    forgery.lines = [
        {"account_id": clearing, "side": "D", "debit_after": 507, "credit_after": 0, **common},
        {"account_id": merchant, "side": "C", "debit_after": 0, "credit_after": 507, **common},
    ]
    return forgery


async def write(conn: Any, forgery: Forgery, *, with_entry: bool = True, with_lines: bool = True) -> None:
    """All of it in one statement, as posting writes."""
    platform, day, entry = conn.platform_id, forgery.day, forgery.entry
    parts = [f"UPDATE log_head SET sequence = {forgery.head} WHERE platform_id = {platform} RETURNING 1"]
    if with_entry:
        parts.append(
            "INSERT INTO entry (platform_id, sequence, book_id, posted_at, business_date, requested_date, posting_day,"
            " line_count, idempotency_key, fingerprint, content_hash, source, actor)"
            f" VALUES ({platform}, {forgery.sequence}, {entry['book_id']}, '{entry['posted_at']}',"
            f" '{entry['business_date']}', '{entry['business_date']}', '{day}', {entry['line_count']},"
            f" '{entry['idempotency_key']}', sha256('f'), sha256('c'), 'API', 'forger') RETURNING 1"
        )
    if with_lines:
        parts.append(f"{insert_lines(platform, forgery)} RETURNING 1")
    parts = [f"p{number} AS ({part})" for number, part in enumerate(parts)]
    await conn.execute(f"WITH {', '.join(parts)} SELECT 1")


def insert_lines(platform: int, forgery: Forgery) -> str:
    rows = [
        f"({platform}, {forgery.sequence}, {line.get('position', position)}, {line['account_id']}, '{line['side']}',"
        f" {line['amount']}, '{line['currency']}', {line['version']}, {line['debit_after']}, {line['credit_after']},"
        f" '{line['business_date']}', '{forgery.day}')"
        for position, line in enumerate(forgery.lines, start=1)
    ]
    return (
        "INSERT INTO line (platform_id, sequence, position, account_id, side, amount, currency, version, debit_after,"
        f" credit_after, business_date, posting_day) VALUES {', '.join(rows)}"
    )


@pytest.fixture
async def sold(world: World) -> World:
    """The world with one sale, money in the bank, and accounts opened that the forgeries need."""
    await world.post_lines("D 1100 CNY 500 / C 2010 M1 CNY 500")
    await world.post_lines("D 1010 CNY 100 / C 4040 CNY 100")
    await world.post_lines("D 1100 USD 1 / C 2010 M1 USD 1")
    await world.post(world.draft("D 1100 CNY 500 / C 2010 M1 CNY 500", book="LE2"))
    async with world.database.write(world.platform_id) as conn:
        await conn.execute(
            "INSERT INTO account (platform_id, book_id, code, currency, class, normal_side, is_summary, book_reference)"
            " SELECT $1, book_id, '12', 'CNY', 'ASSET', 'D', true, reference FROM book WHERE reference = 'LE'",
            world.platform_id,
        )
    return world


async def test_a_forgery_that_keeps_the_laws_is_taken(sold: World) -> None:
    async with sold.database.write(sold.platform_id) as conn:
        await write(conn, await forge(sold, conn))

    assert (await sold.fetch("SELECT count(*) AS n FROM entry WHERE actor = 'forger'"))[0]["n"] == 1


async def find_account(conn: Any, code: str, currency: str = "CNY", book: str = "LE") -> int:
    found = await conn.fetchval(
        "SELECT account_id FROM account WHERE code = $1 AND currency = $2 AND book_reference = $3", code, currency, book
    )
    return int(found)


async def unbalanced(conn: Any, forged: Forgery) -> None:
    forged.lines[1] |= {"amount": 8, "credit_after": 508}


async def balanced_only_over_currencies(conn: Any, forged: Forgery) -> None:
    account = await find_account(conn, "2010", "USD")
    forged.lines[1] |= {"account_id": account, "currency": "USD", "credit_after": 8}


async def currency_mismatch(conn: Any, forged: Forgery) -> None:
    forged.lines[1] |= {"account_id": await find_account(conn, "2010", "USD"), "credit_after": 8}


async def summary_account(conn: Any, forged: Forgery) -> None:
    account = await find_account(conn, "12")
    forged.lines[0] |= {"account_id": account, "version": 1, "debit_after": 7}


async def account_of_another_book(conn: Any, forged: Forgery) -> None:
    forged.lines[1] |= {"account_id": await find_account(conn, "2010", book="LE2")}


async def missing_account(conn: Any, forged: Forgery) -> None:
    forged.lines[1] |= {"account_id": 999_999_999, "version": 1, "credit_after": 7}


async def one_line_too_few(conn: Any, forged: Forgery) -> None:
    forged.entry["line_count"] = 3


async def positions_with_a_hole(conn: Any, forged: Forgery) -> None:
    forged.lines[1]["position"] = 3


async def another_date_on_the_line(conn: Any, forged: Forgery) -> None:
    forged.lines[1]["business_date"] = forged.day.replace(year=2020)


async def wrong_version(conn: Any, forged: Forgery) -> None:
    forged.lines[1]["version"] = 3


async def wrong_running_debit(conn: Any, forged: Forgery) -> None:
    forged.lines[0]["debit_after"] = 7


async def wrong_running_credit(conn: Any, forged: Forgery) -> None:
    forged.lines[1]["credit_after"] = 506


async def below_the_floor(conn: Any, forged: Forgery) -> None:
    bank = await find_account(conn, "1010")
    forged.lines = [
        forged.lines[0] | {"amount": 101, "debit_after": 601},
        forged.lines[1] | {"account_id": bank, "amount": 101, "debit_after": 100, "credit_after": 101},
    ]


async def closed_period(conn: Any, forged: Forgery) -> None:
    yesterday = forged.day - timedelta(days=1)
    forged.entry["business_date"] = yesterday
    for line in forged.lines:
        line["business_date"] = yesterday
    await conn.execute("UPDATE book SET closed_through = $1 WHERE reference = 'LE'", yesterday)


async def unknown_book(conn: Any, forged: Forgery) -> None:
    forged.entry["book_id"] = 999_999_999


async def second_key(conn: Any, forged: Forgery) -> None:
    forged.entry["idempotency_key"] = await conn.fetchval("SELECT idempotency_key FROM entry LIMIT 1")


async def gap_in_the_sequence(conn: Any, forged: Forgery) -> None:
    forged.sequence += 1
    forged.head += 1


async def head_left_behind(conn: Any, forged: Forgery) -> None:
    forged.head -= 1


async def head_ahead(conn: Any, forged: Forgery) -> None:
    forged.head += 1


async def number_of_an_event(conn: Any, forged: Forgery) -> None:
    await forge_event(conn, "sequence + 1", "sequence + 1", "kind")


async def used_sequence(conn: Any, forged: Forgery) -> None:
    forged.sequence -= 1
    forged.head -= 1


async def zero_amount(conn: Any, forged: Forgery) -> None:
    for line in forged.lines:
        line["amount"] = 0


async def amount_too_large(conn: Any, forged: Forgery) -> None:
    for line in forged.lines:
        line["amount"] = 10**15 + 1


FORGERIES = {
    unbalanced: "UNBALANCED",
    balanced_only_over_currencies: "UNBALANCED",
    currency_mismatch: "CURRENCY_MISMATCH",
    summary_account: "ACCOUNT_IS_SUMMARY",
    account_of_another_book: "ACCOUNT_OF_ANOTHER_BOOK",
    missing_account: "ACCOUNT_MISSING",
    one_line_too_few: "ENTRY_INCOMPLETE",
    positions_with_a_hole: "ENTRY_INCOMPLETE",
    another_date_on_the_line: "LINE_DATES_DIFFER",
    wrong_version: "VERSION_GAP",
    wrong_running_debit: "RUNNING_BALANCE_WRONG",
    wrong_running_credit: "RUNNING_BALANCE_WRONG",
    below_the_floor: "BALANCE_FLOOR",
    closed_period: "PERIOD_CLOSED",
    unknown_book: "ACCOUNT_OF_ANOTHER_BOOK|PERIOD_CLOSED",
    second_key: "key_posts_once",
    gap_in_the_sequence: "SEQUENCE_GAP",
    head_left_behind: "SEQUENCE_GAP",
    head_ahead: "SEQUENCE_GAP",
    number_of_an_event: "SEQUENCE_TAKEN",
    used_sequence: "(entry|line)_pkey",
    zero_amount: "line_amount_check",
    amount_too_large: "line_amount_check",
}


@pytest.mark.parametrize("change", FORGERIES, ids=lambda change: change.__name__)
async def test_the_database_alone_refuses_what_breaks_a_law(sold: World, change: Any) -> None:
    before = await sold.count_rows()

    async def break_it() -> None:
        async with sold.database.write(sold.platform_id) as conn:
            forged = await forge(sold, conn)
            await change(conn, forged)
            await write(conn, forged)

    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match=FORGERIES[change]):
        await break_it()

    assert await sold.count_rows() == before


async def test_the_database_alone_refuses_an_empty_entry(sold: World) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="ENTRY_EMPTY"):
        async with sold.database.write(sold.platform_id) as conn:
            await write(conn, await forge(sold, conn), with_lines=False)


async def test_the_database_alone_refuses_lines_without_an_entry(sold: World) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="ENTRY_INCOMPLETE"):
        async with sold.database.write(sold.platform_id) as conn:
            await write(conn, await forge(sold, conn), with_entry=False)


async def test_the_database_alone_refuses_lines_of_two_platforms_in_one_statement(sold: World) -> None:
    # No row policy walls a superuser, and each line is proven among those of the statement's platform.
    async with sold.database.write(sold.platform_id) as conn:
        forged = insert_lines(sold.platform_id, await forge(sold, conn))
    other = sold.platform_id + 1
    async with session(sold.database, "login") as connection:
        with pytest.raises(asyncpg.CheckViolationError, match="LINES_OF_TWO_PLATFORMS"):
            await connection.execute(forged.replace(f", ({sold.platform_id},", f", ({other},"))


async def test_the_database_alone_refuses_a_balanced_pair_on_an_old_entry(sold: World) -> None:
    async def break_it() -> None:
        async with sold.database.write(sold.platform_id) as conn:
            forged = await forge(sold, conn)
            forged.sequence = await conn.fetchval("SELECT min(sequence) FROM entry")
            for position, line in enumerate(forged.lines, start=3):
                line["position"] = position
            await conn.execute(insert_lines(conn.platform_id, forged))

    with pytest.raises(asyncpg.CheckViolationError, match="ENTRY_INCOMPLETE"):
        await break_it()


# Where the head goes, the number and the kind of a forged event, and what the database says of it.
FORGED_EVENTS = {
    "without the head": ("sequence", "sequence + 1", "kind", "SEQUENCE_GAP"),
    "after a gap": ("sequence + 2", "sequence + 2", "kind", "SEQUENCE_GAP"),
    "before the first number": ("sequence", "0", "kind", "SEQUENCE_GAP"),
    "under the number of an entry": ("sequence", "(SELECT min(sequence) FROM entry)", "kind", "SEQUENCE_TAKEN"),
    "called an entry": ("sequence + 1", "sequence + 1", "'ENTRY'", "event_is_not_called_an_entry"),
}


@pytest.mark.parametrize("forged", FORGED_EVENTS)
async def test_the_database_alone_refuses_an_event(sold: World, forged: str) -> None:
    head, number, kind, refusal = FORGED_EVENTS[forged]
    with pytest.raises(asyncpg.CheckViolationError, match=refusal):
        async with sold.database.write(sold.platform_id) as conn:
            await forge_event(conn, head, number, kind)


async def test_the_database_alone_refuses_a_writer_that_sees_the_log_as_it_was(sold: World) -> None:
    # Its statements would not see what was written while it waited for the head, so it could take a number twice.
    async with session(sold.database, "splitbook_app") as connection:
        await connection.execute(f"SELECT set_config('app.platform', '{sold.platform_id}', false)")
        for isolation in ("repeatable_read", "serializable"):
            with pytest.raises(asyncpg.CheckViolationError, match="ISOLATION_WRONG"):
                async with connection.transaction(isolation=isolation):
                    await forge_event(connection, "sequence + 1", "sequence + 1", "kind")


async def test_an_event_that_is_next_in_the_log_is_taken(sold: World) -> None:
    async with sold.database.write(sold.platform_id) as conn:
        await forge_event(conn, "sequence + 1", "sequence + 1", "kind")


async def forge_event(conn: Any, head: str, number: str, kind: str) -> None:
    await conn.execute(
        f"WITH head AS (SELECT sequence FROM log_head), ahead AS (UPDATE log_head SET sequence = {head}),"
        " old AS (SELECT * FROM log_event LIMIT 1)"
        " INSERT INTO log_event (platform_id, sequence, kind, subject, occurred_at, posted_at, actor, parties, payload,"
        f" content_hash) SELECT platform_id, (SELECT {number} FROM head), {kind}, subject, occurred_at, posted_at,"
        " actor, parties, payload, content_hash FROM old"
    )


async def test_the_database_alone_refuses_to_open_a_closed_period(sold: World) -> None:
    await sold.close(sold.today - timedelta(days=1))

    with pytest.raises(asyncpg.CheckViolationError, match="PERIOD_CLOSED"):
        async with sold.database.write(sold.platform_id) as conn:
            await conn.execute("UPDATE book SET closed_through = closed_through - 1")


async def test_the_database_alone_refuses_to_close_a_day_that_is_not_over(sold: World) -> None:
    await sold.set_clock(datetime(2100, 2, 28, 23, 59, 59, tzinfo=UTC))

    for change in (
        "UPDATE book SET closed_through = '2100-02-28' WHERE reference = 'LE'",
        "UPDATE book SET closed_through = '2999-12-31' WHERE reference = 'LE'",
        "INSERT INTO book SELECT platform_id, 999999999, 'LE9', time_zone, '2100-02-28' FROM book LIMIT 1",
    ):
        with pytest.raises(asyncpg.CheckViolationError, match="PERIOD_NOT_OVER"):
            async with sold.database.write(sold.platform_id) as conn:
                await conn.execute(change)
    async with sold.database.write(sold.platform_id) as conn:
        await conn.execute("UPDATE book SET closed_through = '2100-02-27' WHERE reference = 'LE'")


KEPT = ("entry", "line", "log_event", "account")
CHANGES = ("UPDATE {} SET platform_id = platform_id", "DELETE FROM {}", "TRUNCATE {}")


@asynccontextmanager
async def session(database: Database, role: str) -> AsyncIterator[asyncpg.Connection]:
    """A session outside our code; the login that the store was given is a superuser here."""
    connection = await asyncpg.connect(database.dsn)
    try:
        if role != "login":
            await connection.execute(f"SET ROLE {role}")
        yield connection
    finally:
        await connection.close()


@pytest.mark.parametrize("role", ["splitbook_app", "splitbook_owner", "login"])
@pytest.mark.parametrize("table", KEPT)
async def test_nobody_changes_what_is_written(sold: World, role: str, table: str) -> None:
    before = await sold.count_rows()
    async with session(sold.database, role) as connection:
        await connection.execute(f"SELECT set_config('app.platform', '{sold.platform_id}', false)")
        for change in CHANGES:
            # The program lacks the privilege; owner and superuser meet the trigger.
            refusal = "permission denied" if role == "splitbook_app" else "APPEND_ONLY|cannot truncate"
            with pytest.raises(asyncpg.PostgresError, match=refusal):
                await connection.execute(change.format(table))
    assert await sold.count_rows() == before


async def test_the_program_may_not_lift_the_laws(sold: World) -> None:
    for statement in (
        "SET session_replication_role = replica",
        "ALTER TABLE line DISABLE TRIGGER ALL",
        "DROP TRIGGER line_is_lawful ON line",
        "ALTER TABLE line DISABLE ROW LEVEL SECURITY",
        "DROP TABLE line",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with sold.database.write(sold.platform_id) as conn:
                await conn.execute(statement)
