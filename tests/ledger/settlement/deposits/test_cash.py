"""Agreements, and deposits that come in as cash or are billed."""

import json
from typing import Any

import pytest

from ledger.errors import InvalidInput, LedgerError
from ledger.settlement.deposits.model import Agreed, Moved
from ledger.settlement.deposits.parsing import parse_agreement, parse_discharge, parse_receipt
from tests.ledger.outcomes import codes
from tests.ledger.settlement.deposits.telling import (
    STANDS,
    agree,
    agreed,
    agreement,
    bill,
    cash,
    discharge,
    out,
    receive,
    received,
    slices,
    target,
)
from tests.ledger.settlement.sheets.world import World

TOLD = "SELECT payload FROM log_event WHERE subject LIKE 'deposit/%'"
AGREEMENTS = "SELECT reference, kind, role, basis, rate, base_minor, target_minor, cap_minor FROM deposit_agreement"


async def test_an_agreement_is_made_once(world: World) -> None:
    first = await agreed(world, agreement())

    again, other, twin, odd = await agree(
        world, agreement(), agreement(months=6), agreement("W2"), agreement("W2", months=6)
    )

    assert again == Agreed(first.agreement_id, "W1", True)
    assert isinstance(twin, Agreed)
    assert codes([other, odd]) == ["DEPOSIT_CONFLICT"] * 2
    rows = [tuple(row) for row in await world.rows(f"{AGREEMENTS} ORDER BY reference")]
    assert rows == [(name, "WAR", "MERCHANT", "PERIOD_NET", "0.1", None, None, None) for name in ("W1", "W2")]
    kinds = await world.rows("SELECT kind, subject FROM log_event WHERE kind = 'deposit.agreed' ORDER BY sequence")
    assert [row["subject"] for row in kinds] == ["deposit-agreement/W1", "deposit-agreement/W2"]


async def test_twins_of_one_batch_are_one_agreement(world: World) -> None:
    first, twin, bad, bad_twin = await agree(
        world, agreement(), agreement(), agreement("W2", party="NOBODY"), agreement("W2", party="NOBODY")
    )

    assert isinstance(first, Agreed)
    assert twin == Agreed(first.agreement_id, "W1", True)
    assert codes([bad, bad_twin]) == ["PARTY_MISSING"] * 2


async def test_a_rate_of_a_base_says_how_much(world: World) -> None:
    await agreed(world, agreement(basis="TARGET", rate="0.1", base="600000.00", shortfall="BILL"))

    (row,) = await world.rows(AGREEMENTS)
    assert tuple(row) == ("W1", "WAR", "MERCHANT", "TARGET", "0.1", 60_000_000, 6_000_000, None)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"party": "NOBODY"}, "PARTY_MISSING"),
        ({"legalEntity": "M1"}, "BOOK_MISSING"),
        ({"party": "LE"}, "PARTY_EARNS_NOTHING"),
        ({"party": "LE", "role": "MERCHANT"}, "PARTY_EARNS_NOTHING"),
    ],
)
async def test_an_agreement_with_what_does_not_exist_is_refused(
    world: World, change: dict[str, Any], code: str
) -> None:
    assert codes(await agree(world, agreement(**change))) == [code]
    assert await world.rows(AGREEMENTS) == []


async def test_a_closed_party_agrees_to_nothing_more_and_what_it_left_lives_on(world: World) -> None:
    await agreed(world, target("1000.00"))
    slice_id = await received(world, cash("300.00"))
    await world.close("M1")
    await world.close("M2")

    assert codes(await agree(world, agreement("W2"))) == ["PARTY_NOT_ACTIVE"]
    assert codes(await discharge(world, out("CLAIMED", slice_id, "1.00", party="M2"))) == ["PARTY_NOT_ACTIVE"]
    assert codes(await discharge(world, out("RELEASED", slice_id, "100.00"))) == [""]
    assert await world.net("2010 M1, 2060 M1") == [10_000, 20_000]


BAD: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "a kind of its own": ({"kind": "GIFT"}, ("kind",)),
    "no rate": ({"basis": "PERIOD_NET"}, ("rate",)),
    "a rate of nothing": ({"rate": "0"}, ("rate",)),
    "a rate above one": ({"rate": "1.1"}, ("rate",)),
    "a base of a period": ({"basis": "PERIOD_NET", "rate": "0.1", "base": "1.00"}, ("base",)),
    "a bill of a period": ({"basis": "PERIOD_NET", "rate": "0.1", "shortfall": "BILL"}, ("shortfall",)),
    "a target of nothing": ({"basis": "TARGET"}, ("base",)),
    "a base without rate": ({"basis": "TARGET", "base": "1.00"}, ("rate",)),
    "amount and rate": ({"basis": "TARGET", "amount": "1.00", "rate": "0.1"}, ("rate",)),
    "a capped target": ({"basis": "TARGET", "amount": "1.00", "cap": "1.00"}, ("cap",)),
    "less than a cent": ({"basis": "TARGET", "rate": "0.1", "base": "0.04"}, ("base",)),
    "no months": ({"months": 0}, ("months",)),
    "a fraction of a month": ({"months": "1"}, ("months",)),
    "a role of its own": ({"role": "KING"}, ("role",)),
    "no ground": ({"legalGround": ""}, ("legalGround",)),
    "an unknown key": ({"colour": "red"}, ("colour",)),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_agreement_is_refused_at_its_place(bad: str) -> None:
    change, field = BAD[bad]

    with pytest.raises(LedgerError) as refused:
        parse_agreement(agreement(**change))

    assert refused.value.field == field


def test_a_bad_receipt_and_a_bad_step_are_refused_at_their_place() -> None:
    receipts: tuple[tuple[dict[str, Any], tuple[str, ...]], ...]
    steps: tuple[tuple[dict[str, Any], tuple[str, ...]], ...]
    receipts = ({"startDate": "9001-01-01"}, ("startDate",)), ({"amount": "0"}, ("amount",)), ({"x": 1}, ("x",))
    steps = (
        ({"step": "RETAINED"}, ("step",)),
        ({"slice": True}, ("slice",)),
        ({"step": "RELEASED", "party": "M2"}, ("party",)),
        ({"accountCode": "2010"}, ("accountCode",)),
        ({"party": "M2", "accountCode": "1010"}, ("accountCode",)),
        ({"amount": "1.00"}, ("amount",)),
    )
    for change, field in receipts:
        with pytest.raises(LedgerError) as refused:
            parse_receipt({**cash("1.00"), **change})
        assert refused.value.field == field
    for change, field in steps:
        with pytest.raises(LedgerError) as refused:
            parse_discharge({**out("CLAIMED", 1), **change})
        assert refused.value.field == field
    with pytest.raises(LedgerError) as refused:
        parse_discharge({"step": "CLAIMED", "slice": 1, "reference": "x", "reason": "y"})
    assert refused.value.field == ("order",)


async def test_cash_begins_a_slice_that_is_held(world: World) -> None:
    await agreed(world, target("1000.00"))

    await received(world, cash("1000.00"))

    assert await world.net(f"1010, {STANDS}") == [-100_000, 100_000, 0]
    assert await slices(world) == [(100_000, 0, 0, 0, 0, "HELD")]
    (row,) = await world.rows("SELECT start_date, end_date, releasable_date FROM deposit_slice")
    assert [day.isoformat() for day in row] == ["2020-01-10", "2021-01-10", "2021-01-11"]


async def test_a_bill_is_due_and_cash_pays_it_first(world: World) -> None:
    await agreed(world, target("1000.00"))
    await bill(world, cash("300.00", "B1"), cash("200.00", "B2"))
    assert await world.net(STANDS) == [50_000, -50_000]

    (outcome,) = await receive(world, cash("700.00"))

    assert isinstance(outcome, Moved)
    assert len(outcome.slice_ids) == 3
    assert await world.net(f"1010, {STANDS}") == [-70_000, 70_000, 0]
    assert [row[:2] for row in await slices(world)] == [(30_000, 0), (20_000, 0), (20_000, 0)]
    kinds = [row["kind"] for row in await world.rows("SELECT kind FROM log_event WHERE kind LIKE 'deposit._e%'")]
    assert kinds == ["deposit.held"] * 3


async def test_part_of_a_bill_may_come_in(world: World) -> None:
    await agreed(world, target("1000.00"))
    await bill(world, cash("300.00", "B1"))

    await receive(world, cash("120.00"))

    assert await slices(world) == [(30_000, 18_000, 0, 0, 0, "DUE")]
    assert await world.net(STANDS) == [30_000, -18_000]


async def test_a_bill_that_comes_in_by_parts_says_what_is_received_and_what_remains_until_nothing_does(
    world: World,
) -> None:
    await agreed(world, target("1000.00"))
    await bill(world, cash("300.00", "B1"))

    await receive(world, cash("120.00"))
    await receive(world, cash("79.99", "R2"))
    assert await slices(world) == [(30_000, 10_001, 0, 0, 0, "DUE")]
    await receive(world, cash("100.01", "R3"))

    assert await slices(world) == [(30_000, 0, 0, 0, 0, "HELD")]
    told = [json.loads(row["payload"]) for row in await world.rows(f"{TOLD} ORDER BY sequence")]
    assert [(each["step"], each["received"], each["due"]) for each in told] == [
        ("BILLED", "0.00", "300.00"),
        ("PAID", "120.00", "180.00"),
        ("PAID", "199.99", "100.01"),
        ("PAID", "300.00", "0.00"),
    ]


async def test_what_has_come_in_of_a_bill_can_go_out_and_what_has_not_cannot(world: World) -> None:
    await agreed(world, target("1000.00"))
    await bill(world, cash("300.00", "B1"))
    await receive(world, cash("120.00"))
    (row,) = await world.rows("SELECT slice_id FROM deposit_slice")

    outcomes = await discharge(
        world, out("CLAIMED", row["slice_id"], "120.01"), out("CLAIMED", row["slice_id"], "120.00", "S2")
    )

    assert codes(outcomes) == ["DEPOSIT_EXCEEDED", ""]
    assert await slices(world) == [(30_000, 18_000, 12_000, 0, 0, "DUE")]


async def test_a_receipt_counts_once(world: World) -> None:
    await agreed(world, target("1000.00"))
    await bill(world, cash("300.00", "B1"))
    (first,) = await receive(world, cash("700.00"))

    (again,) = await receive(world, cash("700.00"))
    conflicts = [*await receive(world, cash("699.00")), *await bill(world, cash("700.00"))]
    conflicts += await receive(world, cash("700.00", agreement="W9"))

    assert isinstance(first, Moved)
    assert again == Moved(first.slice_ids, 70_000, first.sequence, True)
    assert codes(conflicts) == ["DEPOSIT_CONFLICT"] * 3
    assert await world.net("2060 M1") == [70_000]


async def test_no_more_comes_in_than_was_agreed(world: World) -> None:
    await agree(world, target("1000.00"), agreement("W2", cap="500.00"))

    outcomes = await receive(
        world,
        cash("600.00"),
        cash("400.01", "R2"),
        cash("400.00", "R3"),
        cash("500.01", "R4", agreement="W2"),
        cash("1.00", "R5", agreement="W9"),
        cash("1", "R6", currency="JPY"),
        cash("400.00", "R3"),
        cash("399.00", "R3"),
    )

    assert codes(outcomes) == [
        "",
        "DEPOSIT_ABOVE_AGREED",
        "",
        "DEPOSIT_ABOVE_AGREED",
        "DEPOSIT_AGREEMENT_MISSING",
        "INVALID_INPUT",
        "",
        "DEPOSIT_CONFLICT",
    ]
    twins = outcomes[2], outcomes[6]
    assert [each.replayed for each in twins if isinstance(each, Moved)] == [False, True]
    assert await world.net("2060 M1") == [100_000]


def test_a_persons_step_does_not_have_the_name_of_the_one_that_happens_on_its_day() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_discharge(out("RELEASED", 1, reference="date"))
    assert refused.value.field == ("reference",)
