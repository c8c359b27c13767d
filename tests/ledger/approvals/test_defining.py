"""Flows are defined by operators; where a flow asks for it, by two of them."""

from typing import Any

import pytest

from ledger.actor import Actor
from ledger.approvals import defining
from ledger.approvals.defining import Defined, FlowDraft, apply_definitions, define_flow
from ledger.approvals.model import ANY_OPERATOR, Decision, Judged, Kind, Rule, Status, Step, Verdict
from ledger.approvals.withdrawing import resubmit, withdraw
from ledger.errors import InvalidInput, LedgerError
from ledger.journal.errors import BookMissing
from ledger.money import CurrencyUnknown
from ledger.parties.errors import PartyMissing
from ledger.parties.model import PartyDraft
from ledger.parties.registering import register_parties
from tests.ledger.approvals.desk import NOW, Desk, ask_for

BOB = (Step(("bob",)),)


async def define(desk: Desk, steps: tuple[Step, ...] = BOB, *, actor: str = "ann", **given: Any) -> Defined:
    draft = FlowDraft(**{"kind": Kind.PAYOUT, "name": "payouts", "steps": steps, **given})
    async with desk.database.write(desk.platform_id) as conn:
        return await define_flow(conn, draft=draft, actor=Actor(actor), now=NOW)


async def agree(desk: Desk, approval: int, actor: str) -> None:
    async with desk.database.write(desk.platform_id) as conn:
        mark = await conn.fetchval("SELECT digest FROM approval WHERE approval_id = $1", approval)
        outcomes = await desk.decide_in(conn, [Decision(approval, mark, Verdict.APPROVE)], actor=actor)
        ended = [each.decided for each in outcomes if isinstance(each, Judged) and each.decided is not None]
        await apply_definitions(conn, decided=ended, actor=Actor(actor), now=NOW)


async def test_a_flow_counts_from_its_definition_on(desk: Desk):
    steps = (
        Step(("bob", "cem"), Rule.ALL, ("dora",), ("ann", ANY_OPERATOR), 48),
        Step((ANY_OPERATOR, ANY_OPERATOR), Rule.ALL),
    )

    defined = await define(desk, steps, legal_entity="LE", party="M1", currency="CNY", from_amount_minor=500)
    approval = await desk.ask(amount=500, book=desk.ids["LE"], party=desk.ids["M1"])

    assert defined == Defined(1, None)
    assert [await desk.approve(name, approval) for name in ("bob", "cem", "dora")] == ["PENDING"] * 3
    await desk.hire("emma")
    assert await desk.approve("emma", approval) == "GRANTED"


@pytest.mark.parametrize(
    ("steps", "given", "refusal"),
    [
        (BOB, {"name": ""}, InvalidInput),
        (BOB, {"from_amount_minor": 1}, InvalidInput),
        (BOB, {"from_amount_minor": -1, "currency": "CNY"}, InvalidInput),
        (BOB, {"currency": "XXX"}, CurrencyUnknown),
        (BOB, {"legal_entity": "M1"}, BookMissing),
        (BOB, {"party": "M9"}, PartyMissing),
        ((), {}, InvalidInput),
        (BOB * 11, {}, InvalidInput),
        ((Step(()),), {}, InvalidInput),
        ((Step(("bob",), escalates_to=()),), {}, InvalidInput),
        ((Step(("bob",), due_hours=0),), {}, InvalidInput),
        ((Step(("bob", "bob")),), {}, InvalidInput),
        ((Step((ANY_OPERATOR, ANY_OPERATOR)),), {}, InvalidInput),
        ((Step(("bob",)), Step(("bob", "cem"))), {}, InvalidInput),
        ((Step(("nobody",)),), {}, InvalidInput),
        ((Step(("bob",), substitutes=("nobody",)),), {}, InvalidInput),
        ((Step(("bob",), escalates_to=("nobody",)),), {}, InvalidInput),
        ((Step(("bob",), substitutes=("cem",) * 101),), {}, InvalidInput),
        (BOB, {"kind": Kind.PLAN_PUBLICATION, "currency": "CNY", "from_amount_minor": 1}, InvalidInput),
        (BOB, {"kind": Kind.PLAN_PUBLICATION, "currency": "CNY"}, InvalidInput),
        (BOB, {"kind": Kind.PLAN_PUBLICATION, "legal_entity": "LE"}, InvalidInput),
        (BOB, {"kind": Kind.PLAN_PUBLICATION, "party": "M1"}, InvalidInput),
        (BOB, {"kind": Kind.PERIOD_REOPENING, "party": "M1"}, InvalidInput),
        (BOB, {"kind": Kind.RATE_OVERRIDE, "legal_entity": "LE"}, InvalidInput),
        (BOB, {"kind": Kind.RECEIPT_RETURN, "party": "M1"}, InvalidInput),
        (BOB, {"kind": Kind.FLOW_DEFINITION, "currency": "CNY"}, InvalidInput),
    ],
)
async def test_what_makes_no_sense_is_refused_by_name(desk: Desk, steps, given, refusal: type[LedgerError]):
    before = await desk.count()

    with pytest.raises(refusal):
        await define(desk, steps, **given)

    assert await desk.count() == before


async def test_where_definitions_need_a_second_person_nobody_lifts_a_flow_alone(desk: Desk):
    await define(desk)
    rules = await define(desk, kind=Kind.FLOW_DEFINITION, name="rules")

    lifted = await define(desk, is_retired=True)
    first = await desk.ask(subject="payout/1")
    assert lifted.approval_id is not None
    await agree(desk, lifted.approval_id, "bob")
    (second,) = await desk.request(ask_for("payout/2"))

    assert rules == Defined(2, None)
    assert lifted.flow_version is None
    assert await desk.approve("bob", first) == "GRANTED"
    assert second.approval_id is None
    async with desk.database.read(desk.platform_id) as conn:
        row = await conn.fetchrow("SELECT defined_by, is_retired FROM approval_flow WHERE flow_version = 3")
    assert tuple(row or ()) == ("ann", True)


@pytest.mark.parametrize(
    "change",
    [
        {"is_retired": True},
        {"steps": (Step((ANY_OPERATOR,)),)},
        {"party": "M1", "steps": (Step((ANY_OPERATOR,)),)},
        {"currency": "CNY", "from_amount_minor": 10**14},
    ],
    ids=["retire", "loosen", "go around", "add"],
)
async def test_who_agrees_to_what_is_changed_by_no_one_person_once_somebody_has_to(desk: Desk, change: dict[str, Any]):
    first = await define(desk)

    changed = await define(desk, **change)

    assert (first, changed.flow_version) == (Defined(1, None), None)
    assert changed.approval_id is not None
    before = await desk.count()
    assert await desk.approve("ann", changed.approval_id) == "MAKER_IS_CHECKER"
    assert await desk.count() == before
    await agree(desk, changed.approval_id, "cem")
    async with desk.database.read(desk.platform_id) as conn:
        assert await conn.fetchval("SELECT max(flow_version) FROM approval_flow") == 2


async def test_a_change_that_was_refused_is_not_made_by_asking_again(desk: Desk):
    await define(desk)
    lifted = await define(desk, is_retired=True)
    assert lifted.approval_id is not None
    async with desk.database.write(desk.platform_id) as conn:
        taken = await withdraw(conn, approval_ids=[lifted.approval_id], reason="", actor=Actor("ann"), now=NOW)
        requested, decided = await resubmit(conn, approval_id=lifted.approval_id, actor=Actor("ann"), now=NOW)

    assert len(taken) == 1
    assert (requested.state, decided.granted) == (Status.PENDING, False)


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ({"legal_entity": "LE"}, {"legal_entity": "LE", "party": "*"}),
        ({"legal_entity": "LE/M1", "party": "M2"}, {"legal_entity": "LE", "party": "M1/M2"}),
        ({"party": "4:LE/M"}, {"party": "LE/M"}),
    ],
)
async def test_definitions_for_other_conditions_stand_beside_each_other_whatever_names_are_in_them(
    desk: Desk, first: dict[str, str], other: dict[str, str]
):
    await register(desk)
    await define(desk)

    asked = [await define(desk, **conditions) for conditions in (first, other, first, other)]

    numbers = [each.approval_id for each in asked]
    assert numbers[:2] == numbers[2:]
    assert [await desk.status(number or 0) for number in numbers[:2]] == ["PENDING"] * 2


async def test_a_definition_that_waits_in_an_older_store_under_names_with_slashes_still_does_so(desk: Desk):
    await register(desk)
    await define(desk)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(defining, "_write_name", lambda name: name)
        waiting = await define(desk, legal_entity="LE/M1", party="M2")

    again = await define(desk, legal_entity="LE/M1", party="M2")

    assert again == waiting
    async with desk.database.read(desk.platform_id) as conn:
        assert await conn.fetchval("SELECT subject FROM approval") == "approval-flow/PAYOUT/LE/M1/M2/*/0"
    assert waiting.approval_id is not None
    await agree(desk, waiting.approval_id, "bob")


async def register(desk: Desk) -> None:
    """Parties whose names have what stands between names in a subject."""
    async with desk.database.write(desk.platform_id) as conn:
        operator = await conn.fetchval("SELECT reference FROM party WHERE kind = 'OPERATOR'")
        drafts = [PartyDraft(name, "MERCHANT", name, operator) for name in ("*", "M1/M2", "LE/M", "4:LE/M")]
        drafts += [PartyDraft("LE/M1", "LEGAL_ENTITY", "Entity", operator, currency="CNY")]
        await register_parties(conn, drafts=drafts, actor=Actor("tester"), now=NOW)


async def test_the_first_flow_of_a_kind_takes_nothing_from_anybody(desk: Desk):
    await define(desk)
    assert await define(desk, kind=Kind.SHEET) == Defined(2, None)
    await define(desk, kind=Kind.SHEET, is_retired=True)
    async with desk.database.read(desk.platform_id) as conn:
        waiting = await conn.fetchval("SELECT approval_id FROM approval WHERE status = 'PENDING'")
    await agree(desk, waiting, "bob")

    assert await define(desk, kind=Kind.SHEET) == Defined(4, None)


async def test_a_flow_that_no_request_ever_fits_is_still_retired(desk: Desk):
    await desk.flow(*BOB, kind=Kind.PLAN_PUBLICATION, party_id=desk.ids["M1"])

    lifted = await define(desk, kind=Kind.PLAN_PUBLICATION, party="M1", is_retired=True)
    assert lifted.approval_id is not None
    await agree(desk, lifted.approval_id, "bob")

    async with desk.database.read(desk.platform_id) as conn:
        assert await conn.fetchval("SELECT is_retired FROM approval_flow WHERE flow_version = 2")


async def test_a_definition_that_waits_dies_with_one_that_was_made_without_it(desk: Desk):
    rules = await define(desk, kind=Kind.FLOW_DEFINITION, name="rules")
    loose = await define(desk, (Step((ANY_OPERATOR,)),))
    lifted = await define(desk, kind=Kind.FLOW_DEFINITION, name="rules", is_retired=True)
    assert loose.approval_id is not None
    assert lifted.approval_id is not None
    await agree(desk, lifted.approval_id, "bob")

    strict = await define(desk, (Step(("bob", "cem"), Rule.ALL),), actor="dora")

    assert (rules, strict) == (Defined(1, None), Defined(3, None))
    assert await desk.status(loose.approval_id) == "STALE"
    await agree(desk, loose.approval_id, "cem")
    async with desk.database.read(desk.platform_id) as conn:
        assert await conn.fetchval("SELECT max(flow_version) FROM approval_flow") == 3
