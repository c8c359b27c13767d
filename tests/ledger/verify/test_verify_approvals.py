"""Verify agrees with approvals as the program writes them, and names what somebody else has changed."""

from collections.abc import AsyncIterator
from datetime import date

import asyncpg
import pytest

from ledger.actor import Actor
from ledger.approvals.model import Rule, Step
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.journal.model import AccountKey, EntryDraft, LineDraft, Posted, Refused
from ledger.journal.posting import post_entries
from ledger.verify.verifying import verify
from tests.ledger.approvals.desk import Desk
from tests.ledger.approvals.test_defining import define
from tests.ledger.approvals.test_reopening import agree, ask_to_open, close
from tests.ledger.approvals.test_standing_in import look
from tests.ledger.approvals.test_withdrawing import take_back


@pytest.fixture
async def desk(module_database: str) -> AsyncIterator[Desk]:
    """Granted, rejected, withdrawn, overtaken and waiting requests, and a book that was opened again."""
    database = await Database.connect(module_database)
    desk = await Desk.open(database)
    await desk.flow(Step(("bob", "cem"), Rule.ALL))
    granted = await desk.ask(subject="payout/1")
    for name in ("bob", "cem"):
        await desk.approve(name, granted)
    await desk.reject("bob", await desk.ask(subject="payout/2"))
    await take_back(desk, "ann", await desk.ask(subject="payout/3"))
    await desk.ask("old", subject="payout/4")
    await desk.ask("new", subject="payout/4")
    await close(desk, date(2026, 7, 31))
    await agree(desk, await ask_to_open(desk, date(2026, 6, 30)))
    yield desk
    await database.close()


async def find_wrong(desk: Desk, change: str = "") -> str | None:
    """The check that disagrees once a superuser has made a change past every law; it is rolled back."""
    raw = await asyncpg.connect(desk.database.dsn)
    changing = raw.transaction()
    await changing.start()
    try:
        await raw.execute("SET LOCAL session_replication_role = replica")
        if change:
            of_this = change.replace("{p}", str(desk.platform_id))
            assert not (await raw.execute(of_this)).endswith(" 0"), change
        report = await verify(Connection(raw, desk.platform_id, {}))  # type: ignore[arg-type]
    finally:
        await changing.rollback()
        await raw.close()
    return None if report.disagreement is None else report.disagreement.check


async def test_what_the_program_wrote_agrees(desk: Desk):
    assert await find_wrong(desk) is None


async def test_a_change_of_a_flow_that_waits_for_any_second_person_agrees(desk: Desk):
    waiting = await define(desk, is_retired=True)

    assert waiting.approval_id is not None
    assert await find_wrong(desk) is None
    seat = f"UPDATE approval_seat SET approvers = '{{bob}}' WHERE approval_id = {waiting.approval_id}"
    assert await find_wrong(desk, seat) == "seats of approvals"


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ("UPDATE approval SET status = 'PENDING', closed_at = NULL WHERE subject = 'payout/1'", "approvals"),
        ("UPDATE approval SET status = 'GRANTED' WHERE subject = 'payout/2'", "approvals"),
        ("UPDATE approval SET maker = 'bob' WHERE subject = 'payout/1'", "approvals"),
        ("UPDATE approval SET digest = sha256('other') WHERE subject = 'payout/1'", "approvals"),
        ("UPDATE approval SET content = '' WHERE content <> ''", "what was told of approvals"),
        ("UPDATE approval SET resubmission_of = 0 WHERE resubmission_of IS NULL", "what was told of approvals"),
        ("DELETE FROM approval_decision WHERE actor = 'cem'", "approvals"),
        ("UPDATE approval_decision SET verdict = 'APPROVE' WHERE verdict = 'REJECT'", "approvals"),
        ("UPDATE book_reopening SET through = '2026-05-31'", "reopened periods"),
        ("DELETE FROM book_reopening", "reopened periods"),
        (
            "INSERT INTO approval_seat SELECT (jsonb_populate_record("
            "o, jsonb_build_object('approval_id', o.approval_id + 9000))).* FROM approval_seat AS o",
            "seats of approvals",
        ),
        ("UPDATE book SET closed_through = '2026-07-31' WHERE reference = 'LE'", "closed periods"),
    ],
)
async def test_what_somebody_changed_is_found(desk: Desk, change: str, check: str):
    assert await find_wrong(desk, f"{change}{' AND' if 'WHERE' in change else ' WHERE'} platform_id = {{p}}") == check


async def test_who_left_is_awaited_no_more_and_everybody_else_who_was_is(desk: Desk):
    await desk.hire("emma")
    await desk.flow(Step(("emma", "bob", "cem")))
    approval = await desk.ask(subject="payout/5")
    await desk.dismiss("emma")

    await look(desk, 1)

    async with desk.database.read(desk.platform_id) as conn:
        assert await conn.fetchval("SELECT awaited FROM approval WHERE approval_id = $1", approval) == ["bob", "cem"]
    assert await desk.kinds_of_events(approval) == ["approval.requested"]
    assert await find_wrong(desk) is None
    hide = f"UPDATE approval SET awaited = ARRAY['bob'] WHERE approval_id = {approval} AND platform_id = {{p}}"
    assert await find_wrong(desk, hide) == "what was told of approvals"


async def test_who_agreed_to_which_step_is_told(desk: Desk):
    await desk.flow(Step(("bob",)), Step(("cem",)))
    approval = await desk.ask(subject="payout/6")
    for name in ("bob", "cem"):
        await desk.approve(name, approval)
    assert await find_wrong(desk) is None

    swap = "; ".join(
        f"UPDATE approval_decision SET actor = '{to}' WHERE actor = '{name}' AND approval_id = {approval}"
        for name, to in (("bob", "nobody"), ("cem", "bob"), ("nobody", "cem"))
    )

    assert await find_wrong(desk, swap) == "what was told of approvals"


async def test_a_reopening_that_nobody_granted_is_found(desk: Desk):
    forged = """
        INSERT INTO book_reopening (platform_id, approval_id, book_id, reopened_at, closed_through, through,
            transaction_id, maker, approver, reason)
        SELECT platform_id, approval_id + 1000, book_id, reopened_at, closed_through, through, transaction_id, maker,
            approver, reason FROM book_reopening WHERE platform_id = {p}
    """

    assert await find_wrong(desk, forged) == "reopened periods"


async def test_entries_of_a_period_that_was_opened_again_agree(desk: Desk):
    async with desk.database.write(desk.platform_id) as conn:
        book = desk.ids["LE"]
        lines = (
            LineDraft(AccountKey(book, "1010", None, "CNY"), "D", 500),
            LineDraft(AccountKey(book, "3000", None, "CNY"), "C", 500),
        )
        drafts = [EntryDraft(f"late {day}", book, date(2026, 7, day), lines) for day in (1, 31)]
        drafts.append(EntryDraft("still closed", book, date(2026, 6, 30), lines))
        outcomes = await post_entries(conn, drafts=drafts, actor=Actor("ann"))

    assert [type(each) for each in outcomes] == [Posted, Posted, Refused]
    assert await find_wrong(desk) is None
