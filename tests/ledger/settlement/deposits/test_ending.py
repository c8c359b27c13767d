"""An agreement that ends takes no more; what it holds stays until its dates, and its bills are asked for no more."""

import json

import asyncpg
import pytest

from ledger.approvals.model import Kind, Verdict
from ledger.journal.model import Refused
from ledger.settlement.deposits.applying import apply_deposits
from ledger.settlement.deposits.ending import Outcome, end_agreements
from ledger.settlement.deposits.model import Ended
from ledger.settlement.deposits.parsing import parse_ending
from ledger.settlement.sheets.fixing import fix_sheets
from ledger.verify.verifying import verify
from tests.ledger.outcomes import codes
from tests.ledger.settlement.deposits.telling import (
    STANDS,
    TODAY,
    agreed,
    agreement,
    bill,
    cash,
    discharge,
    follow,
    out,
    receive,
    received,
    release_due,
    retain,
    slices,
    target,
)
from tests.ledger.settlement.second_person import CHECKER, ask_a_second_person, let_decide
from tests.ledger.settlement.sheets.world import SYSTEM, TESTER, World, at

ENDED = "SELECT ended_at, ended_by, end_reason FROM deposit_agreement ORDER BY agreement_id"
APPROVALS = "SELECT status FROM approval ORDER BY approval_id"


async def end(world: World, *said: tuple[str, str], when: str = TODAY) -> list[Outcome]:
    """End agreements, each by its reference and a reason."""
    drafts = [parse_ending({"agreement": reference, "reason": reason}) for reference, reason in said]
    async with world.database.write(world.platform_id) as conn:
        return await end_agreements(conn, drafts=drafts, actor=TESTER, now=at(when))


async def ended(world: World, reference: str = "W1", reason: str = "Contract over.", *, when: str = TODAY) -> Ended:
    (outcome,) = await end(world, (reference, reason), when=when)
    assert isinstance(outcome, Ended), outcome
    return outcome


async def statuses(world: World) -> list[str]:
    return [row["status"] for row in await world.rows(APPROVALS)]


async def agrees(world: World) -> bool:
    async with world.database.read(world.platform_id) as conn:
        return (await verify(conn)).disagreement is None


async def catch_up(world: World) -> None:
    while await follow(world):
        pass


async def test_what_is_billed_lapses_and_what_is_held_stays_until_its_date(world: World) -> None:
    await agreed(world, target("1000.00", release="ON_DATE"))
    await received(world, cash("100.00"))
    await bill(world, cash("300.00", "B1"))
    await receive(world, cash("120.00", "R2"))

    outcome = await ended(world)

    assert (outcome.reference, outcome.currency, outcome.lapsed, outcome.replayed) == ("W1", "CNY", 18_000, False)
    assert await slices(world) == [(10_000, 0, 0, 0, 0, "HELD"), (30_000, 0, 0, 0, 0, "HELD")]
    assert await world.net(f"{STANDS}, 2010 M1") == [22_000, 0, 0]
    (row,) = await world.rows(ENDED)
    assert tuple(row) == (at(TODAY), TESTER.name, "Contract over.")
    events = await world.rows("SELECT kind, subject, payload FROM log_event ORDER BY sequence DESC LIMIT 2")
    assert [each["kind"] for each in events] == ["deposit.lapsed", "deposit.ended"]
    assert events[1]["subject"] == "deposit-agreement/W1"
    said = {"agreement": "W1", "party": "M1", "legalEntity": "LE", "currency": "CNY"}
    assert json.loads(events[1]["payload"]) == {**said, "amount": "180.00", "why": "Contract over."}
    assert await agrees(world)
    assert await release_due(world, "2021-01-12") == 2
    assert await world.net(f"{STANDS}, 2010 M1") == [0, 0, 22_000]


async def test_a_bill_of_which_nothing_came_in_ends_whole(world: World) -> None:
    await agreed(world, target("1000.00"))
    await bill(world, cash("300.00", "B1"))

    assert (await ended(world)).lapsed == 30_000

    assert await slices(world) == [(30_000, 0, 0, 0, 0, "LAPSED")]
    assert await world.net(STANDS) == [0, 0]


async def test_it_ends_once(world: World) -> None:
    await agreed(world, target("1000.00"))
    await bill(world, cash("300.00", "B1"))
    first = await ended(world)

    again = await ended(world, when="2020-02-01")
    (other,) = await end(world, ("W1", "Another reason."))

    assert (again.agreement_id, again.lapsed, again.replayed) == (first.agreement_id, 30_000, True)
    assert isinstance(other, Refused)
    assert other.error.code == "DEPOSIT_AGREEMENT_ENDED"
    assert other.error.facts == {"agreement": "W1", "instant": "2020-01-09T16:00:00+00:00"}
    (row,) = await world.rows(ENDED)
    assert row["ended_at"] == at(TODAY)


async def test_twins_of_one_batch_end_it_once(world: World) -> None:
    await agreed(world, agreement())

    outcomes = await end(world, ("W1", "Over."), ("W9", "Over."), ("W1", "Over."), ("W1", "Other."))

    assert codes(outcomes) == ["", "DEPOSIT_AGREEMENT_MISSING", "", "DEPOSIT_AGREEMENT_ENDED"]
    assert [each.replayed for each in outcomes if isinstance(each, Ended)] == [False, True]
    assert len(await world.rows("SELECT 1 FROM log_event WHERE kind = 'deposit.ended'")) == 1


async def test_nothing_comes_in_or_is_billed_after_it(world: World) -> None:
    await agreed(world, target("1000.00"))
    first = cash("100.00", "B1")
    await bill(world, first)
    await ended(world)

    assert codes(await receive(world, cash("1.00", "R1"))) == ["DEPOSIT_AGREEMENT_ENDED"]
    assert codes(await bill(world, cash("1.00", "B2"), first)) == ["DEPOSIT_AGREEMENT_ENDED", ""]
    assert await slices(world) == [(10_000, 0, 0, 0, 0, "LAPSED")]


async def test_what_it_holds_goes_out_as_before(world: World) -> None:
    await agreed(world, target("1000.00"))
    slice_id = await received(world, cash("100.00"))
    await ended(world)

    steps = [out("CLAIMED", slice_id, "10.00", "S1"), out("FORFEITED", slice_id, "20.00", "S2")]
    assert codes(await discharge(world, *steps, out("RELEASED", slice_id, reference="S3"))) == ["", "", ""]

    assert await slices(world) == [(10_000, 0, 1_000, 7_000, 2_000, "FORFEITED")]


async def test_it_takes_of_sheets_that_closed_while_it_stood_and_of_no_later_one(world: World) -> None:
    """However late the worker comes to them."""
    await agreed(world, agreement(), when="2019-11-01")
    await world.earn("M1", 1_000, "2019-12-15")
    await world.settle("2020-01-02")
    await ended(world, when="2020-01-05")
    await world.earn("M1", 2_000, "2020-01-15")
    await world.settle("2020-02-02")
    before, after = await world.sheets("M1")

    await catch_up(world)

    assert [row["sheet_id"] for row in await world.rows("SELECT sheet_id FROM deposit_slice")] == [before.sheet_id]
    assert await retain(world, after.sheet_id) == []
    assert await world.net(STANDS) == [100, 0]
    assert await agrees(world)


async def test_a_sheet_that_was_closing_when_it_ended_closed_after_it(world: World) -> None:
    await agreed(world, agreement(), when="2019-11-01")
    await world.earn("M1", 1_000, "2019-12-15")
    async with world.database.write(world.platform_id) as conn:
        await fix_sheets(conn, now=at("2020-01-02"), actor=SYSTEM, limit=10)
    await ended(world, when="2020-01-03")
    await world.settle("2020-01-04")

    await catch_up(world)

    assert await slices(world) == []


async def test_what_a_sheet_does_not_cover_of_a_target_that_has_ended_is_not_billed(world: World) -> None:
    await agreed(world, target("100.00", shortfall="BILL"), when="2019-11-01")
    await world.earn("M1", 1_000, "2019-12-15")
    await world.settle("2020-01-02")
    await ended(world, when="2020-01-05")

    await catch_up(world)

    assert await slices(world) == [(1_000, 0, 0, 0, 0, "HELD")]
    assert await world.net(STANDS) == [1_000, 0]


async def test_a_party_may_agree_anew_under_another_reference(world: World) -> None:
    await agreed(world, agreement(), when="2019-11-01")
    await ended(world, when="2019-11-02")
    await agreed(world, agreement("W2", rate="0.2"), when="2019-11-03")
    await world.earn("M1", 1_000, "2019-12-15")
    await world.settle("2020-01-02")

    await catch_up(world)

    assert await slices(world) == [(200, 0, 0, 0, 0, "HELD")]


# ---------------------------------------------------------------------------------------------------------------------
# Approval


@pytest.mark.parametrize(("verdict", "stands"), [(Verdict.APPROVE, [0, 0]), (Verdict.REJECT, [30_000, -30_000])])
async def test_where_a_flow_asks_it_stands_until_somebody_else_agrees(
    world: World, verdict: Verdict, stands: list[int]
) -> None:
    await agreed(world, target("1000.00"))
    await bill(world, cash("300.00", "B1"))
    await ask_a_second_person(world, Kind.DEPOSIT)

    waiting = await ended(world)
    again = await ended(world)

    assert (waiting.lapsed, waiting.replayed, again.approval_id, again.replayed) == (
        0,
        False,
        waiting.approval_id,
        True,
    )
    (asked,) = await world.rows("SELECT content, amount_minor FROM approval")
    said = {"step": "ENDED", "agreement": "W1", "reason": "Contract over.", "currency": "CNY", "amount": "300.00"}
    assert (json.loads(asked["content"]), asked["amount_minor"]) == (said, 30_000)
    assert await world.net(STANDS) == [30_000, -30_000]
    await let_decide(world, waiting.approval_id, apply_deposits, now=at(TODAY), verdict=verdict)
    assert await world.net(STANDS) == stands
    (row,) = await world.rows(ENDED)
    assert row["ended_by"] == (CHECKER.name if verdict is Verdict.APPROVE else None)


async def test_a_flow_for_amounts_is_chosen_by_what_would_lapse(world: World) -> None:
    await agreed(world, target("1000.00"))
    await ask_a_second_person(world, Kind.DEPOSIT, from_amount_minor=1, currency="CNY")

    assert (await ended(world)).approval_id is None


@pytest.mark.parametrize("change", ["paid", "billed"])
async def test_a_request_dies_as_soon_as_what_would_lapse_changes(world: World, change: str) -> None:
    await agreed(world, target("1000.00"))
    await bill(world, cash("300.00", "B1"))
    await ask_a_second_person(world, Kind.DEPOSIT)
    await ended(world)

    await (receive(world, cash("1.00")) if change == "paid" else bill(world, cash("1.00", "B2")))

    assert await statuses(world) == ["STALE"]
    waiting = await ended(world)
    await let_decide(world, waiting.approval_id, apply_deposits, now=at(TODAY))
    assert await statuses(world) == ["STALE", "GRANTED"]
    assert (await world.net(STANDS))[1] == 0


async def test_what_changes_no_bill_leaves_the_request_alone(world: World) -> None:
    await agreed(world, target("1000.00"))
    slice_id = await received(world, cash("100.00"))
    await agreed(world, target("1000.00", reference="W2"))
    await ask_a_second_person(world, Kind.DEPOSIT, from_amount_minor=0)
    await ended(world)

    await bill(world, cash("1.00", "B2", agreement="W2"))
    await receive(world, cash("1.00", "R3"))
    await discharge(world, out("RELEASED", slice_id, "1.00"))

    assert await statuses(world) == ["PENDING", "PENDING"]


# ---------------------------------------------------------------------------------------------------------------------
# Closed parties


async def test_a_closed_party_is_billed_no_more_and_pays_what_was_billed(world: World) -> None:
    await agreed(world, target("1000.00"))
    await bill(world, cash("300.00", "B1"))
    await world.close("M1")

    assert codes(await bill(world, cash("1.00", "B2"))) == ["PARTY_NOT_ACTIVE"]
    assert codes(await receive(world, cash("300.01", "R1"), cash("300.00", "R2"))) == ["PARTY_NOT_ACTIVE", ""]
    assert codes(await receive(world, cash("0.01", "R3"))) == ["PARTY_NOT_ACTIVE"]

    assert await world.net(STANDS) == [30_000, 0]


async def test_of_its_last_sheets_is_retained_and_nothing_billed(world: World) -> None:
    await agreed(world, target("100.00", shortfall="BILL"), when="2019-11-01")
    await world.earn("M1", 1_000, "2019-12-15")
    await world.close("M1")
    await world.settle("2020-01-02")

    await catch_up(world)

    assert await slices(world) == [(1_000, 0, 0, 0, 0, "HELD")]
    assert await agrees(world)


async def test_its_agreement_ends_like_any(world: World) -> None:
    await agreed(world, target("100.00"))
    await bill(world, cash("30.00", "B1"))
    await world.close("M1")

    assert (await ended(world)).lapsed == 3_000


# ---------------------------------------------------------------------------------------------------------------------
# What the database alone refuses

AGAIN = "UPDATE deposit_agreement SET end_reason = 'x'"
UNSAID = "UPDATE deposit_agreement SET ended_at = NULL, ended_by = NULL, end_reason = NULL"
HALF = "UPDATE deposit_agreement SET ended_at = now() WHERE ended_at IS NULL"
ALONE = "UPDATE deposit_agreement SET ended_at = now(), ended_by = 'x', end_reason = 'x' WHERE ended_at IS NULL"


@pytest.mark.parametrize(
    ("law", "statement"),
    [
        ("DOCUMENT_FIXED", AGAIN),
        ("DOCUMENT_FIXED", UNSAID),
        ("end_says_by_whom_and_why", HALF),
        ("BILLED_AFTER_END", ALONE),
    ],
)
async def test_the_database_refuses_what_the_program_would_not_write(world: World, law: str, statement: str) -> None:
    await agreed(world, target("1000.00"))
    await ended(world)
    await agreed(world, target("1000.00", reference="W2"))
    await bill(world, cash("50.00", "B1", agreement="W2"))

    with pytest.raises(asyncpg.PostgresError) as refused:
        async with world.database.write(world.platform_id) as conn:
            await conn.execute(statement)

    assert law in (getattr(refused.value, "constraint_name", None) or "") + str(refused.value)


BEGIN = """
    INSERT INTO deposit_slice (
        platform_id, agreement_id, party_id, book_id, principal_minor, due_minor, claimed_minor, released_minor,
        forfeited_minor, opened_at, start_date, end_date, releasable_date, currency, kind, release, zone,
        status
    )
    SELECT platform_id, agreement_id, party_id, book_id, 1, 0, 0, 0, 0, opened_at, start_date, end_date,
        releasable_date, currency, kind, release, zone, 'HELD'
    FROM deposit_slice
"""


@pytest.mark.parametrize(("law", "is_closed"), [("DEPOSIT_AGREEMENT_ENDED", False), ("PARTY_NOT_ACTIVE", True)])
async def test_the_database_refuses_a_slice_that_may_not_begin(world: World, law: str, is_closed: bool) -> None:
    await agreed(world, target("1000.00"))
    await received(world, cash("1.00"))
    await (world.close("M1") if is_closed else ended(world))

    with pytest.raises(asyncpg.CheckViolationError, match=law):
        async with world.database.write(world.platform_id) as conn:
            await conn.execute(BEGIN)
