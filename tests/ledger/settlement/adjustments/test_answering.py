"""An answer to a dispute names adjustments that are of its sheet's party, entity and currency."""

from typing import Any

import asyncpg
import pytest

from ledger.actor import Actor
from ledger.approvals.model import Kind, Verdict
from ledger.errors import LedgerError
from ledger.settlement.adjustments.deciding import apply_adjustments
from ledger.settlement.sheets.disputing import Answer, answer_dispute
from ledger.settlement.sheets.model import Sheet, Status
from tests.ledger.settlement.second_person import ask_a_second_person, let_decide
from tests.ledger.settlement.sheets.world import World, at

WHEN = "2024-07-03"


async def disputed(world: World) -> Sheet:
    """The sheet of M1 for June, in CNY, of LE; it is in dispute."""
    await world.earn("M1", 1_000, "2024-06-05")
    await world.settle("2024-07-01T00:00")
    (sheet,) = await world.sheets("M1")
    return (await world.dispute(sheet, "2024-07-02")).sheet


async def answers(world: World) -> list[Any]:
    return [tuple(row) for row in await world.rows("SELECT answer, adjustments FROM sheet_dispute")]


async def test_what_gives_to_a_party_and_what_takes_from_it_answer_its_dispute_before_and_after_approval(
    world: World,
) -> None:
    sheet = await disputed(world)
    await world.adjust("GIVES", WHEN)
    await world.adjust("TAKES", WHEN, kind="CORRECTION", party="M2", counterparty="M1")
    await ask_a_second_person(world, Kind.ADJUSTMENT)
    await world.adjust("WAITS", WHEN, kind="PENALTY")

    answered = await world.answer(sheet, WHEN, adjustments=["GIVES", "TAKES", "WAITS"])

    assert answered.sheet.status is Status.CONFIRM_PENDING
    assert await answers(world) == [("looked into", ["GIVES", "TAKES", "WAITS"])]


ELSEWHERE: dict[str, dict[str, str]] = {
    "another party": {"party": "M2"},
    "another currency": {"currency": "USD"},
    "another legal entity": {"legalEntity": "LE2"},
}


@pytest.mark.parametrize("where", ELSEWHERE)
async def test_an_adjustment_of_something_else_answers_nothing(world: World, where: str) -> None:
    await add_entity(world)
    sheet = await disputed(world)
    await world.adjust("A-1", WHEN)
    await world.adjust("A-2", WHEN, **ELSEWHERE[where])

    with pytest.raises(LedgerError) as refused:
        await world.answer(sheet, WHEN, adjustments=["A-1", "A-2"])

    assert (refused.value.code, refused.value.field) == ("ADJUSTMENT_ELSEWHERE", ("adjustments", "1"))
    assert await answers(world) == [(None, [])]


@pytest.mark.parametrize(("names", "code"), [(["NONE"], "ADJUSTMENT_MISSING"), (["A-1", "A-1"], "INVALID_INPUT")])
async def test_an_answer_names_each_adjustment_once_and_only_those_that_there_are(
    world: World, names: list[str], code: str
) -> None:
    sheet = await disputed(world)
    await world.adjust("A-1", WHEN)

    with pytest.raises(LedgerError) as refused:
        await world.answer(sheet, WHEN, adjustments=names)

    assert refused.value.code == code
    assert await answers(world) == [(None, [])]


async def test_a_rejected_adjustment_answers_nothing(world: World) -> None:
    sheet = await disputed(world)
    await ask_a_second_person(world, Kind.ADJUSTMENT)
    await world.adjust("A-1", WHEN)
    (row,) = await world.rows("SELECT approval_id FROM adjustment")
    await let_decide(world, row["approval_id"], apply_adjustments, now=at(WHEN), verdict=Verdict.REJECT)

    with pytest.raises(LedgerError) as refused:
        await world.answer(sheet, WHEN, adjustments=["A-1"])

    assert refused.value.code == "ADJUSTMENT_REJECTED"


async def test_a_sheet_that_is_not_in_dispute_says_so_first(world: World) -> None:
    sheet = await disputed(world)
    await world.answer(sheet, WHEN)

    with pytest.raises(LedgerError) as refused:
        await world.answer(sheet, WHEN, adjustments=["NONE"])

    assert refused.value.code == "SHEET_NOT_DISPUTED"


@pytest.mark.parametrize("adjustment", ["NONE", "M2S"])
async def test_the_database_refuses_an_answer_with_something_else(world: World, adjustment: str) -> None:
    sheet = await disputed(world)
    await world.adjust("M2S", WHEN, party="M2")
    answer = Answer(sheet.sheet_id, "looked into", [adjustment])

    with pytest.raises(asyncpg.CheckViolationError, match="ANSWER_ELSEWHERE"):
        async with world.database.write(world.platform_id) as conn:
            await answer_dispute(conn, answer=answer, actor=Actor("tester"), now=at(WHEN))

    assert await answers(world) == [(None, [])]


async def add_entity(world: World) -> None:
    operator = (await world.rows("SELECT reference FROM party WHERE kind = 'OPERATOR'"))[0]["reference"]
    await world.register(
        {"reference": "LE2", "kind": "LEGAL_ENTITY", "name": "E2", "parent": operator, "currency": "CNY"}
    )
