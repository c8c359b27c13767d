"""The database keeps the laws of approvals by itself, whoever writes."""

import asyncpg
import pytest

from ledger.actor import Actor
from ledger.approvals.delegating import delegate
from ledger.approvals.model import ANY_OPERATOR, Kind, Rule, Step
from tests.ledger.approvals.desk import NOW, Desk, at


def decision(
    approval: int,
    actor: str,
    *,
    seat: int = 1,
    step: int = 1,
    maker: str = "ann",
    text: str = "pay 10",
    verdict: str = "APPROVE",
    capacity: str = "APPROVER",
    on_behalf_of: str = "NULL",
    delegation: str = "NULL",
    hour: int = 0,
) -> str:
    return f"""
        INSERT INTO approval_decision (platform_id, approval_id, delegation_id, decided_at, step, seat, verdict,
            capacity, actor, on_behalf_of, maker, comment, digest)
        VALUES ({{p}}, {approval}, {delegation}, '{at(hour).isoformat()}', {step}, {seat}, '{verdict}', '{capacity}',
            '{actor}', {on_behalf_of}, '{maker}', '', sha256('{text}'))
    """


def end(approval: int, status: str, *, step: int = 1) -> str:
    return f"""
        UPDATE approval SET status = '{status}', step = {step},
            closed_at = CASE '{status}' WHEN 'PENDING' THEN NULL ELSE now() END
        WHERE approval_id = {approval}
    """


async def refuse(desk: Desk, law: str, *statements: str) -> None:
    before = await desk.count()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match=law):
        await desk.as_app(*statements)
    assert await desk.count() == before


async def test_the_maker_decides_nothing_neither_himself_nor_through_another(desk: Desk):
    await desk.flow(Step(("bob", ANY_OPERATOR)))
    async with desk.database.write(desk.platform_id) as conn:
        given = await delegate(
            conn, to="cem", kind=None, starts_at=NOW, ends_at=at(9), reason="", actor=Actor("bob"), now=NOW
        )
    approval, own = await desk.ask(), await desk.ask(subject="payout/2", maker="bob")

    await refuse(desk, "maker_is_not_checker", decision(approval, "ann"))
    # Another maker than the request's is none of its makers.
    await refuse(desk, "decision_is_on_what_was_seen", decision(approval, "bob", maker="zoe"))
    through = {"capacity": "DELEGATE", "on_behalf_of": "'bob'", "delegation": str(given.delegation_id)}
    await refuse(desk, "maker_is_not_checker", decision(own, "cem", maker="bob", **through))


async def test_a_word_is_on_the_digest_that_was_asked_for(desk: Desk):
    await desk.flow(Step(("bob",)))
    approval = await desk.ask()

    await refuse(desk, "decision_is_on_what_was_seen", decision(approval, "bob", text="pay 1000"))


async def test_programs_decide_nothing(desk: Desk):
    await desk.flow(Step((ANY_OPERATOR,)))
    approval = await desk.ask()

    for actor in ("system", "cli:root", ""):
        await refuse(desk, "decision_is_a_persons", decision(approval, actor))


async def test_only_whom_the_seat_names_takes_it_once(desk: Desk):
    await desk.flow(Step(("bob", "cem"), Rule.ALL, substitutes=("dora",), escalates_to=("dora",)))
    approval = await desk.ask()

    await refuse(desk, "NOT_AN_APPROVER", decision(approval, "dora"))
    await refuse(desk, "NOT_AN_APPROVER", decision(approval, "cem", seat=1))
    await refuse(desk, "NOT_AN_APPROVER", decision(approval, "cem", seat=1, capacity="SUBSTITUTE"))
    await refuse(desk, "NOT_AN_APPROVER", decision(approval, "cem", seat=1, capacity="ESCALATION"))
    await refuse(desk, "decision_fills_a_seat|NOT_AN_APPROVER", decision(approval, "cem", seat=3))
    await refuse(desk, "APPROVAL_CLOSED", decision(approval, "bob", step=2))
    await desk.as_app(decision(approval, "bob"))
    await refuse(desk, "person_decides_once", decision(approval, "bob"))
    await refuse(desk, "seat_is_filled_once", decision(approval, "dora", capacity="SUBSTITUTE"))


async def test_a_delegation_reaches_from_its_giver_to_its_receiver_in_its_time_and_kind(desk: Desk):
    await desk.flow(Step(("bob", "dora"), Rule.ALL))
    approval = await desk.ask()
    async with desk.database.write(desk.platform_id) as conn:
        numbers = [
            (
                await delegate(
                    conn, to="cem", kind=kind, starts_at=at(5), ends_at=at(9), reason="", actor=Actor(giver), now=NOW
                )
            ).delegation_id
            for giver, kind in (("bob", None), ("dora", Kind.SHEET))
        ]
    wide, narrow = numbers

    def through(number: int, giver: str, *, hour: int, seat: int = 1, actor: str = "cem") -> str:
        given = {"capacity": "DELEGATE", "on_behalf_of": f"'{giver}'", "delegation": str(number)}
        return decision(approval, actor, seat=seat, hour=hour, **given)

    await refuse(desk, "NOT_AN_APPROVER", through(wide, "bob", hour=4))
    await refuse(desk, "NOT_AN_APPROVER", through(wide, "bob", hour=9))
    await refuse(desk, "NOT_AN_APPROVER", through(wide, "dora", hour=5, seat=2))
    await refuse(desk, "NOT_AN_APPROVER", through(narrow, "dora", hour=5, seat=2))
    await refuse(desk, "NOT_AN_APPROVER", through(wide, "bob", hour=5, actor="zoe"))
    await refuse(desk, "delegate_says_for_whom", decision(approval, "bob", on_behalf_of="'bob'"))
    await desk.as_app(through(wide, "bob", hour=5))
    await refuse(desk, "ALREADY_DECIDED", decision(approval, "bob", seat=2, capacity="ESCALATION"))


async def test_nothing_is_granted_without_every_seat_nor_against_a_refusal(desk: Desk):
    await desk.flow(Step(("bob", "cem"), Rule.ALL), Step(("dora",)))
    approval = await desk.ask()

    await refuse(desk, "APPROVAL_INCOMPLETE", end(approval, "GRANTED"))
    await refuse(desk, "APPROVAL_INCOMPLETE", end(approval, "PENDING", step=2))
    await refuse(desk, "APPROVAL_INCOMPLETE", end(approval, "REJECTED"))
    await desk.as_app(decision(approval, "bob"))
    await refuse(desk, "APPROVAL_INCOMPLETE", end(approval, "PENDING", step=2))
    await desk.as_app(decision(approval, "cem", seat=2))
    await refuse(desk, "APPROVAL_INCOMPLETE", end(approval, "GRANTED"))
    await desk.as_app(end(approval, "PENDING", step=2), decision(approval, "dora", step=2, verdict="REJECT"))
    await refuse(desk, "APPROVAL_INCOMPLETE", end(approval, "GRANTED", step=2))
    await refuse(desk, "APPROVAL_INCOMPLETE", end(approval, "WITHDRAWN", step=2))
    await desk.as_app(end(approval, "REJECTED", step=2))


async def test_a_request_keeps_what_it_is_and_its_end(desk: Desk):
    await desk.flow(Step(("bob",)))
    approval = await desk.ask()

    for change in ("digest = sha256('other')", "maker = 'bob'", "subject = 'payout/2'", "amount_minor = 1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await desk.as_app(f"UPDATE approval SET {change} WHERE approval_id = {approval}")
    await desk.approve("bob", approval)
    await refuse(desk, "APPROVAL_CLOSED", end(approval, "WITHDRAWN"))
    await refuse(desk, "APPROVAL_CLOSED", end(approval, "PENDING"))
    for table in ("approval_decision", "approval_seat", "approval", "approval_flow"):
        with pytest.raises(asyncpg.PostgresError):
            await desk.as_app(f"DELETE FROM {table}")


async def test_the_owner_of_the_tables_changes_no_request_either(desk: Desk, module_database: str):
    await desk.flow(Step(("bob",)))
    approval = await desk.ask()
    raw = await asyncpg.connect(module_database)

    try:
        for change in ("digest = sha256('other')", "maker = 'bob'", "amount_minor = 1"):
            with pytest.raises(asyncpg.CheckViolationError, match="APPROVAL_STALE"):
                await raw.execute(f"UPDATE approval SET {change} WHERE approval_id = {approval}")
        for table in ("approval_decision", "approval_seat", "approval", "approval_flow"):
            with pytest.raises(asyncpg.RestrictViolationError):
                await raw.execute(f"DELETE FROM {table}")
    finally:
        await raw.close()


async def test_a_request_begins_at_its_first_step_and_its_digest_is_of_its_content(desk: Desk):
    def request(status: str, *, content: str, text: str) -> str:
        closed = "NULL" if status == "PENDING" else "now()"
        return f"""
            INSERT INTO approval (platform_id, requested_at, step_opened_at, closed_at, step, kind, subject,
                description, content, maker, status, digest, awaited)
            VALUES ({{p}}, now(), now(), {closed}, 1, 'PAYOUT', 'payout/1', '', '{content}', 'ann', '{status}',
                sha256('{text}'), '{{}}')
        """

    await refuse(desk, "APPROVAL_INCOMPLETE", request("GRANTED", content="", text="x"))
    await refuse(desk, "digest_is_of_the_content", request("PENDING", content="x", text="y"))
    await refuse(
        desk, "subject_waits_once", request("PENDING", content="x", text="x"), request("PENDING", content="", text="y")
    )


async def test_no_platform_sees_anothers_approvals(desk: Desk, database):
    await desk.flow(Step(("bob",)))
    approval = await desk.ask()
    other = await Desk.open(database)

    assert await other.approve("bob", approval) == "APPROVAL_MISSING"
    assert (await other.count())["approval"] == 0
