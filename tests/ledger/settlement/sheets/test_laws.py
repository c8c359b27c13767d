"""What the database alone refuses, whoever asks: the program's own role, with rows that the program would not write."""

import asyncpg
import pytest

from ledger.settlement.sheets.model import MovementKind, Status, Take
from tests.ledger.settlement.sheets.world import World


async def refusal(world: World, *statements: str) -> str:
    """The law that statements of the program's role meet."""
    with pytest.raises(asyncpg.PostgresError) as refused:
        async with world.database.write(world.platform_id) as conn:
            await conn.execute(";".join(statements))
    error = refused.value
    return str(getattr(error, "constraint_name", None) or error)


@pytest.fixture
async def closed(world: World) -> World:
    """M1 has a sheet of 1,000 that waits for it, an open one with a line, and M2 a sheet of -50."""
    await world.earn("M1", 1_000, "2024-06-05")
    await world.earn("M2", -50, "2024-06-05")
    await world.settle("2024-07-01")
    await world.earn("M1", 7, "2024-07-05")
    return world


PENDING = "CONFIRM_PENDING"
PRESENTED = "WHERE status = 'CONFIRM_PENDING'"
A_LINE = """
    INSERT INTO sheet_line (platform_id, sequence, position, sheet_id, account_id, amount_minor, is_closing)
    SELECT l.platform_id, l.sequence, l.position, s.sheet_id, l.account_id, {amount}, false
    FROM line AS l INNER JOIN account AS a ON a.account_id = l.account_id
    INNER JOIN sheet AS s ON s.status = '{status}' AND s.party_id = a.party_id
    WHERE a.code = '2010' AND l.amount = {line}
"""
TO_CLOSING = """
    UPDATE sheet SET status = 'CLOSING', through_sequence = 1000, total_minor = 7, line_count = 1
    WHERE status = 'OPEN' AND period_start = (
        SELECT min(period_start) FROM sheet WHERE status = 'OPEN'
    ) AND party_id = (SELECT party_id FROM party WHERE reference = 'M1')
"""


@pytest.mark.parametrize(
    ("law", "statement"),
    [
        ("nobody_takes_more_than_the_sheet_has", f"UPDATE sheet SET payout_minor = total_minor + 1 {PRESENTED}"),
        ("nobody_takes_more_than_the_sheet_has", f"UPDATE sheet SET paid_minor = 1 {PRESENTED} AND total_minor > 0"),
        (
            "nobody_takes_more_than_the_sheet_has",
            f"UPDATE sheet SET collected_minor = 1 {PRESENTED} AND total_minor > 0",
        ),
        ("nobody_takes_more_than_the_sheet_has", f"UPDATE sheet SET netted_minor = 51 {PRESENTED} AND total_minor < 0"),
        ("nobody_takes_more_than_the_sheet_has", f"UPDATE sheet SET held_minor = 1 {PRESENTED} AND total_minor < 0"),
        ("sheet_held_minor_check", f"UPDATE sheet SET held_minor = -1 {PRESENTED}"),
        ("finished_sheet_owes_nothing", f"UPDATE sheet SET status = 'COMPLETED' {PRESENTED} AND total_minor > 0"),
        ("finished_sheet_owes_nothing", f"UPDATE sheet SET status = 'COLLECTED' {PRESENTED} AND total_minor < 0"),
        ("finished_sheet_owes_nothing", f"UPDATE sheet SET status = 'RECEIVABLE' {PRESENTED} AND total_minor > 0"),
        ("finished_sheet_owes_nothing", f"UPDATE sheet SET status = 'PAYMENT_PENDING' {PRESENTED} AND total_minor < 0"),
        ("open_sheet_has_no_figures", "UPDATE sheet SET total_minor = 1 WHERE status = 'OPEN'"),
        ("open_sheet_has_no_figures", "UPDATE sheet SET status = 'CONFIRMED' WHERE status = 'OPEN'"),
        ("only_what_is_deemed_has_days", "UPDATE sheet SET deemed_days = 7"),
    ],
)
async def test_a_sheet_cannot_say_what_money_cannot_do(closed: World, law: str, statement: str) -> None:
    assert await refusal(closed, statement) == law


@pytest.mark.parametrize(
    "change",
    [
        "total_minor = total_minor + 1",
        "line_count = 2",
        "through_sequence = 1",
        "closing_sequence = NULL",
        "period_end = period_end + interval '1 day'",
        "currency = 'USD'",
        "party_id = book_id",
        "status = 'CLOSING'",
    ],
)
async def test_a_closed_sheet_keeps_what_it_was_closed_with(closed: World, change: str) -> None:
    assert "SHEET_IS_FIXED" in await refusal(closed, f"UPDATE sheet SET {change} {PRESENTED}")


_AGREED = {"CONFIRMED", "APPROVAL", "APPROVED", "INVOICE_PENDING", "PAYMENT_PENDING", "COMPLETED", "RECEIVABLE"}
_AGREED |= {"CARRIED_FORWARD", "COLLECTING", "COLLECTED"}
_PAYMENT = {"PAYMENT_PENDING", "PAYING", "PAY_FAILED", "PAID", "COMPLETED"}
_CLOSING = {"CLOSING", "CLOSED", "CONFIRM_PENDING"} | _AGREED
_INVOICED = {"PAYMENT_PENDING", "COMPLETED"}
_AGAIN = {"COLLECTING"}
_OWING = {"CARRIED_FORWARD", "COLLECTING", "COLLECTED", "WRITTEN_OFF"}
WAYS = {
    **dict.fromkeys(("OPEN", "CLOSING"), _CLOSING),
    **dict.fromkeys(("CONFIRMED", "APPROVAL", "APPROVED"), _AGREED),
    **dict.fromkeys(("INVOICE_PENDING", "INVOICE_MATCHED"), _INVOICED),
    **dict.fromkeys(_PAYMENT, _PAYMENT),
    **dict.fromkeys(("RECEIVABLE", "CARRIED_FORWARD"), _OWING),
    **dict.fromkeys(("COLLECTED", "WRITTEN_OFF"), _AGAIN),
    "CLOSED": {"CONFIRM_PENDING"} | _AGREED,
    "CONFIRM_PENDING": {"DISPUTED"} | _AGREED,
    "DISPUTED": {"ADJUSTED", "CONFIRM_PENDING"},
    "ADJUSTED": {"CONFIRM_PENDING"},
    "COLLECTING": {"COLLECTED", "WRITTEN_OFF"},
}


async def test_every_way_of_a_sheet_is_one_of_its_life(world: World) -> None:
    rows = await world.rows(
        "SELECT b.name AS before, a.name AS after, is_sheet_way(b.name, a.name) AS goes"
        " FROM unnest($1::text[]) AS b (name) CROSS JOIN unnest($1::text[]) AS a (name)",
        [status.value for status in Status],
    )
    assert set(WAYS) == {status.value for status in Status}
    found = {(row["before"], row["after"]) for row in rows if row["goes"] and row["before"] != row["after"]}
    assert found == {(before, after) for before, ways in WAYS.items() for after in ways if before != after}


async def walk(world: World, sheet_id: int, *ways: str) -> None:
    """Take a sheet through these statuses, one writing each."""
    for status in ways:
        async with world.database.write(world.platform_id) as conn:
            await conn.execute("UPDATE sheet SET status = $1 WHERE sheet_id = $2", status, sheet_id)


@pytest.mark.parametrize(
    ("there", "onward"),
    [
        ((), "PAID"),
        ((), "CLOSED"),
        ((), "ADJUSTED"),
        ((), "INVOICE_MATCHED"),
        (("DISPUTED",), "CONFIRMED"),
        (("DISPUTED",), "PAYMENT_PENDING"),
        (("DISPUTED", "ADJUSTED"), "PAYMENT_PENDING"),
        (("CONFIRMED",), "CONFIRM_PENDING"),
        (("INVOICE_PENDING",), "INVOICE_MATCHED"),
        (("PAYMENT_PENDING",), "CONFIRM_PENDING"),
        (("PAYMENT_PENDING",), "APPROVAL"),
        (("PAYMENT_PENDING",), "INVOICE_PENDING"),
    ],
)
async def test_a_sheet_leaves_the_ways_of_its_life_for_nobody(
    closed: World, there: tuple[str, ...], onward: str
) -> None:
    (sheet,) = await closed.rows(f"SELECT sheet_id FROM sheet {PRESENTED} AND total_minor > 0")
    await walk(closed, sheet["sheet_id"], *there)

    said = await refusal(closed, f"UPDATE sheet SET status = '{onward}' WHERE sheet_id = {sheet['sheet_id']}")

    assert said == f"SHEET_WAY: sheet {sheet['sheet_id']} does not go from {[PENDING, *there][-1]} to {onward}"


@pytest.mark.parametrize(
    ("sign", "there", "onward"),
    [
        (1, "APPROVAL", "PAYMENT_PENDING"),
        (1, "APPROVAL", "INVOICE_PENDING"),
        (1, "APPROVAL", "COMPLETED"),
        (1, "INVOICE_PENDING", "PAYMENT_PENDING"),
        (-1, "APPROVAL", "CARRIED_FORWARD"),
        (-1, "COLLECTING", "WRITTEN_OFF"),
    ],
)
async def test_what_others_must_agree_to_is_not_done_without_them(
    closed: World, sign: int, there: str, onward: str
) -> None:
    (sheet,) = await closed.rows(f"SELECT sheet_id FROM sheet {PRESENTED} AND sign(total_minor) = {sign}")
    await walk(closed, sheet["sheet_id"], there)

    said = await refusal(closed, f"UPDATE sheet SET status = '{onward}' WHERE sheet_id = {sheet['sheet_id']}")

    assert said == f"SHEET_NOT_AGREED: nobody agreed to the step of sheet {sheet['sheet_id']} from {there} to {onward}"


async def test_a_sheet_begins_open(closed: World) -> None:
    copied = (
        "platform_id, party_id, book_id, role, mode, currency, zone, period_end, due_date, calendar, calendar_version,"
        " confirmation, opened_at"
    )
    statement = f"""
        INSERT INTO sheet ({copied}, period_start, status, through_sequence)
        SELECT {copied}, period_start - interval '1 day', 'CONFIRMED', 1 FROM sheet {PRESENTED}
    """

    assert "SHEET_IS_FIXED" in await refusal(closed, statement)


async def test_a_key_has_one_sheet_a_period(closed: World) -> None:
    copied = (
        "platform_id, party_id, book_id, role, mode, currency, zone, period_start, period_end, due_date, calendar,"
        " calendar_version, confirmation, opened_at"
    )
    statement = f"INSERT INTO sheet ({copied}, status) SELECT {copied}, 'OPEN' FROM sheet LIMIT 1"

    assert await refusal(closed, statement) == "sheet_is_opened_once_a_period"


@pytest.mark.parametrize("begins", ["period_start + interval '1 hour'", "period_start - interval '1 hour'"])
async def test_sheets_of_a_key_do_not_overlap(closed: World, begins: str) -> None:
    copied = (
        "platform_id, party_id, book_id, role, mode, currency, zone, due_date, calendar, calendar_version,"
        " confirmation, opened_at"
    )
    statement = f"""
        INSERT INTO sheet ({copied}, period_start, period_end, status)
        SELECT {copied}, {begins}, period_start + interval '2 hours', 'OPEN' FROM sheet {PRESENTED} LIMIT 1
    """

    assert "SHEET_PERIODS_OVERLAP" in await refusal(closed, statement)
    moved = "UPDATE sheet SET period_start = period_start - interval '1 hour' WHERE status = 'OPEN'"
    assert "SHEET_PERIODS_OVERLAP" in await refusal(closed, moved)


@pytest.mark.parametrize("status", ["OPEN", "CONFIRM_PENDING"])
async def test_only_a_sheet_that_is_closing_takes_lines(closed: World, status: str) -> None:
    assert "SHEET_CLOSED" in await refusal(closed, A_LINE.format(status=status, amount=7, line=7))


async def test_a_line_is_on_one_sheet(closed: World) -> None:
    statement = "INSERT INTO sheet_line SELECT * FROM sheet_line LIMIT 1"

    assert await refusal(closed, statement) == "line_is_claimed_once"


ACCOUNTS = """
    INSERT INTO sheet_account (platform_id, sheet_id, account_id, from_sequence, open_from_sequence, claimed_through,
        debit_minor, credit_minor, line_count, code)
    SELECT a.platform_id, s.sheet_id, a.account_id, 1, 1, 0, 0, 7, 1, a.code
    FROM account AS a INNER JOIN sheet AS s ON s.status = 'CLOSING' AND s.party_id = a.party_id WHERE a.code = '2010'
"""


async def test_a_sheet_says_of_a_line_what_the_line_says(closed: World) -> None:
    line = A_LINE.format(status="CLOSING", amount=8, line=7)

    assert "SHEET_LINE_WRONG" in await refusal(closed, TO_CLOSING, ACCOUNTS, line)


async def test_a_sheet_without_its_lines_is_not_closed(closed: World) -> None:
    close = "UPDATE sheet SET status = 'CLOSED' WHERE status = 'CLOSING'"

    assert "SHEET_UNEVEN" in await refusal(closed, TO_CLOSING, ACCOUNTS, close)
    # Nor with its lines alone: the closing entry has not taken them off the account.
    line = A_LINE.format(status="CLOSING", amount=7, line=7)
    assert "SHEET_UNEVEN" in await refusal(closed, TO_CLOSING, ACCOUNTS, line, close)


async def test_figures_and_movements_go_together(closed: World) -> None:
    movement = f"""
        INSERT INTO sheet_movement (platform_id, sheet_id, kind, amount_minor, reference, moved_at, actor)
        SELECT platform_id, sheet_id, 'HELD', 5, 'hold/1', now(), 'x' FROM sheet {PRESENTED} AND total_minor > 0
    """

    assert "MOVEMENTS_UNEVEN" in await refusal(closed, movement)
    assert "MOVEMENTS_UNEVEN" in await refusal(
        closed, f"UPDATE sheet SET held_minor = 5 {PRESENTED} AND total_minor > 0"
    )


async def test_a_debt_that_was_netted_does_not_end_before_its_party_has_agreed_to_it(closed: World) -> None:
    ended = f"""
        WITH moved AS (
            INSERT INTO sheet_movement (platform_id, sheet_id, kind, amount_minor, reference, moved_at, actor)
            SELECT platform_id, sheet_id, 'NETTED', 50, 'sheet/1', now(), 'x' FROM sheet {PRESENTED} AND total_minor < 0
        )
        UPDATE sheet SET netted_minor = 50, status = 'COLLECTED' {PRESENTED} AND total_minor < 0
    """
    confirmed = f"""
        INSERT INTO sheet_history (platform_id, sheet_id, status, at, actor, reason)
        SELECT platform_id, sheet_id, 'CONFIRMED', now(), 'x', '' FROM sheet {PRESENTED} AND total_minor < 0
    """

    assert "DEBT_NOT_CONFIRMED" in await refusal(closed, ended)
    async with closed.database.write(closed.platform_id) as conn:
        await conn.execute(f"{confirmed};{ended}")


async def test_a_step_is_of_a_sheet_that_is_there(closed: World) -> None:
    step = """
        INSERT INTO sheet_history (platform_id, sheet_id, status, at, actor, reason)
        SELECT platform_id, {number}, 'PAID', now(), 'x', '' FROM sheet LIMIT 1
    """

    assert "SHEET_MISSING" in await refusal(closed, step.format(number="sheet_id + 1000000"))


async def test_a_sheet_keeps_its_number(closed: World) -> None:
    admin = await asyncpg.connect(closed.database.dsn)
    try:
        with pytest.raises(asyncpg.CheckViolationError, match="SHEET_IS_FIXED"):
            await admin.execute("UPDATE sheet SET platform_id = platform_id + 1")
    finally:
        await admin.close()


async def test_a_payout_claims_a_sheet_once(closed: World) -> None:
    (sheet,) = await closed.sheets("M1")
    await closed.confirm(sheet)
    assert await closed.take(Take(sheet.sheet_id, MovementKind.PAYOUT, 400, "payout/1")) == [""]

    with pytest.raises(asyncpg.UniqueViolationError):
        await closed.take(Take(sheet.sheet_id, MovementKind.PAYOUT, 400, "payout/1"))


@pytest.mark.parametrize("table", ["sheet_line", "sheet_movement", "sheet_history"])
async def test_what_happened_to_sheets_is_never_changed(closed: World, table: str) -> None:
    assert "permission denied" in await refusal(closed, f"UPDATE {table} SET platform_id = platform_id")


@pytest.mark.parametrize(
    "table", ["sheet", "sheet_account", "sheet_line", "sheet_movement", "sheet_history", "sheet_dispute"]
)
async def test_sheets_are_never_removed(closed: World, table: str) -> None:
    assert "permission denied" in await refusal(closed, f"DELETE FROM {table}")


async def test_sheets_of_one_platform_are_not_there_for_another(closed: World) -> None:
    other = await World.open(closed.database)

    for table in ("sheet", "sheet_account", "sheet_line", "sheet_movement", "sheet_history", "sheet_dispute"):
        assert await other.rows(f"SELECT 1 FROM {table}") == []
