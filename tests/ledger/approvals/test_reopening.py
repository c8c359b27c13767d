"""A closed book is opened again by two persons, and by nothing else."""

from datetime import date

import asyncpg
import pytest

from ledger.actor import Actor
from ledger.approvals.errors import ApprovalStale
from ledger.approvals.model import Decision, Judged, Verdict
from ledger.approvals.reopening import apply_reopenings, request_reopening
from ledger.errors import InvalidInput
from ledger.journal.closing import close_period
from ledger.journal.errors import BookMissing, BookNeverClosed, ReopeningNotBackward
from tests.ledger.approvals.desk import NOW, Desk

JUNE, JULY, AUGUST = date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 31)


async def close(desk: Desk, through: date) -> None:
    async with desk.database.write(desk.platform_id) as conn:
        await close_period(conn, book_id=desk.ids["LE"], through=through, actor=Actor("ann"), now=NOW)


async def ask_to_open(desk: Desk, through: date, *, entity: str = "LE", reason: str = "late invoice") -> int:
    async with desk.database.write(desk.platform_id) as conn:
        requested = await request_reopening(
            conn, legal_entity=entity, through=through, reason=reason, maker=Actor("ann"), now=NOW
        )
    assert requested.approval_id is not None
    return requested.approval_id


async def agree(desk: Desk, approval: int, *, actor: str = "bob") -> None:
    async with desk.database.read(desk.platform_id) as conn:
        mark = await conn.fetchval("SELECT digest FROM approval WHERE approval_id = $1", approval)
    async with desk.database.write(desk.platform_id) as conn:
        # As the registry of the program does it: decided and applied in one transaction.
        from_desk = Decision(approval, mark, Verdict.APPROVE)
        outcomes = await desk.decide_in(conn, [from_desk], actor=actor)
        ended = [each.decided for each in outcomes if isinstance(each, Judged) and each.decided is not None]
        await apply_reopenings(conn, decided=ended, actor=Actor(actor), now=NOW)


async def closed_through(desk: Desk) -> date:
    async with desk.database.read(desk.platform_id) as conn:
        return await conn.fetchval("SELECT closed_through FROM book WHERE book_id = $1", desk.ids["LE"])


async def test_a_book_is_opened_again_once_a_second_person_agrees(desk: Desk):
    await close(desk, JULY)

    approval = await ask_to_open(desk, JUNE)
    assert await closed_through(desk) == JULY
    await agree(desk, approval)

    assert await closed_through(desk) == JUNE
    async with desk.database.read(desk.platform_id) as conn:
        row = await conn.fetchrow("SELECT closed_through, through, maker, approver, reason FROM book_reopening")
        kinds = await conn.fetch("SELECT kind, actor FROM log_event WHERE subject = 'book/LE' ORDER BY sequence")
    assert tuple(row or ()) == (JULY, JUNE, "ann", "bob", "late invoice")
    assert [tuple(each) for each in kinds] == [("period.closed", "ann"), ("period.reopened", "bob")]


async def test_a_book_that_was_closed_further_meanwhile_stays_closed(desk: Desk):
    await close(desk, JULY)
    approval = await ask_to_open(desk, JUNE)
    await close(desk, AUGUST)

    with pytest.raises(ApprovalStale):
        await agree(desk, approval)

    assert await closed_through(desk) == AUGUST
    assert await desk.status(approval) == "PENDING"


async def test_a_book_that_an_older_store_closed_too_early_is_opened_again(desk: Desk):
    connection = await asyncpg.connect(desk.database.dsn)
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("UPDATE book SET closed_through = '2999-12-31' WHERE book_id = $1", desk.ids["LE"])
    await connection.close()

    await agree(desk, await ask_to_open(desk, date(2999, 1, 1)))
    assert await closed_through(desk) == date(2999, 1, 1)

    await agree(desk, await ask_to_open(desk, JUNE))
    assert await closed_through(desk) == JUNE


async def test_only_what_is_closed_is_opened_and_with_a_reason(desk: Desk):
    with pytest.raises(BookNeverClosed):
        await ask_to_open(desk, JUNE)
    await close(desk, JULY)
    before = await desk.count()

    with pytest.raises(ReopeningNotBackward):
        await ask_to_open(desk, JULY)
    with pytest.raises(BookMissing):
        await ask_to_open(desk, JUNE, entity="M1")
    with pytest.raises(InvalidInput):
        await ask_to_open(desk, JUNE, reason=" ")

    assert await desk.count() == before


async def test_the_database_opens_no_book_that_nobody_agreed_to(desk: Desk):
    await close(desk, JULY)
    approval = await ask_to_open(desk, JUNE)
    reopening = f"""
        INSERT INTO book_reopening (platform_id, approval_id, book_id, reopened_at, closed_through, through,
            transaction_id, maker, approver, reason)
        VALUES ({{p}}, {approval}, {desk.ids["LE"]}, now(), '2026-07-31', '{{through}}', '1', 'ann', '{{approver}}',
            'x')
    """
    back = "UPDATE book SET closed_through = '2026-06-30' WHERE reference = 'LE'"

    def written(through: str = "2026-06-30", approver: str = "bob") -> str:
        return reopening.replace("{through}", through).replace("{approver}", approver)

    with pytest.raises(asyncpg.CheckViolationError, match="PERIOD_CLOSED"):
        await desk.as_app(back)
    with pytest.raises(asyncpg.CheckViolationError, match="APPROVAL_MISSING"):
        await desk.as_app(written(), back)
    with pytest.raises(asyncpg.CheckViolationError, match="APPROVAL_MISSING"):
        await desk.as_app(written(approver="ann"), back)
    await agree(desk, approval)
    await close(desk, JULY)

    # Neither the row of another transaction nor a second use of the grant opens it again.
    with pytest.raises(asyncpg.CheckViolationError, match="PERIOD_CLOSED"):
        await desk.as_app(back)
    with pytest.raises(asyncpg.UniqueViolationError):
        await desk.as_app(written(), back)
    assert await closed_through(desk) == JULY


async def test_a_reopening_stays_written(desk: Desk):
    await close(desk, JULY)
    await agree(desk, await ask_to_open(desk, JUNE))

    with pytest.raises(asyncpg.PostgresError):
        await desk.as_app("DELETE FROM book_reopening")
    with pytest.raises(asyncpg.PostgresError):
        await desk.as_app("UPDATE book_reopening SET reason = 'other'")
