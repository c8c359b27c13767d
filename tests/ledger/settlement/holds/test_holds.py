"""Holds of accrued money: what they take, what they refuse, how they end."""

import json
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.db.connecting import Database
from ledger.errors import InvalidInput, LedgerError
from ledger.journal.model import Refused
from ledger.settlement.holds.model import Lifted, Placed
from ledger.settlement.holds.parsing import parse_hold, parse_lift
from tests.ledger.charging.market import Market
from tests.ledger.outcomes import codes
from tests.ledger.settlement.holds.telling import (
    HOLDS,
    hold,
    lift,
    lift_all,
    lift_all_of,
    place,
    place_all,
    place_all_of,
    release_due,
)
from tests.ledger.settlement.receipts.telling import said
from tests.oracle.small_world import SUCCEEDED, paid

STANDS = "2010 M1, 2050 M1"


async def test_a_hold_takes_accrued_money_and_lifting_brings_it_back(market: Market) -> None:
    placed = await place(market, hold("50.00"))
    assert await market.net(STANDS) == [3_190, 5_000]

    first = await lift(market, placed.hold_id, "20.00")
    rest = await lift(market, placed.hold_id, reference="L2")

    assert (first.amount, first.left, rest.amount, rest.left) == (2_000, 3_000, 3_000, 0)
    assert await market.net(STANDS) == [8_190, 0]
    assert [tuple(row) for row in await market.rows(HOLDS)] == [("H1", "M1", "2010", 5_000, 5_000)]
    templates = await market.rows("SELECT template, document FROM entry WHERE document LIKE 'hold/%' ORDER BY sequence")
    subject = f"hold/{placed.hold_id}"
    assert [tuple(r) for r in templates] == [("HOLD_PLACED", subject)] + [("HOLD_LIFTED", subject)] * 2


async def test_the_event_tells_ground_condition_and_date(market: Market) -> None:
    placed = await place(market, hold("50.00", order="O1", line="1"))

    (event,) = await market.rows("SELECT sequence, kind, payload FROM log_event WHERE kind LIKE 'hold.%'")

    assert (event["kind"], event["sequence"]) == ("hold.placed", placed.sequence + 1)
    assert json.loads(event["payload"]) == {
        "hold": placed.hold_id,
        "party": "M1",
        "legalEntity": "LE",
        "currency": "CNY",
        "amount": "50.00",
        "left": "50.00",
        "account": "2010",
        "reason": "RISK_REVIEW",
        "why": "Contract 7.2",
        "order": "O1",
        "reference": "H1",
        "legalGround": "Contract 7.2",
        "releaseCondition": "The review is done.",
        "releaseRule": "BY_HAND",
        "expectedReleaseDate": "2026-02-01",
        "zone": "Asia/Shanghai",
        "entries": [placed.sequence],
    }


async def test_a_hold_is_never_more_than_what_is_there(market: Market) -> None:
    before = await market.count_rows()

    outcomes = await place_all(market, hold("81.91"), hold("0.01", "H2", party="M2"), hold("5.01", "H3", party="D1"))

    assert codes(outcomes) == ["HOLD_EXCEEDS_PAYABLE"] * 3
    assert await market.count_rows() == before
    assert await market.rows("SELECT 1 FROM hold") == []


async def test_holds_of_one_batch_see_what_those_before_them_took(market: Market) -> None:
    outcomes = await place_all(market, hold("50.00"), hold("40.00", "H2"), hold("31.90", "H3"), hold("0.01", "H4"))

    assert codes(outcomes) == ["", "HOLD_EXCEEDS_PAYABLE", "", "HOLD_EXCEEDS_PAYABLE"]
    assert await market.net(STANDS) == [0, 8_190]


async def test_each_level_of_a_distributor_is_held_on_its_own_account(market: Market) -> None:
    await place_all(market, hold("3.00", party="D2", accountCode="2042"), hold("0.50", "H2", party="A1"))

    assert await market.net("2042 D2, 2050 D2, 2020 A1, 2050 A1") == [0, 300, 0, 50]


async def test_the_same_hold_again_is_a_replay_and_another_under_its_name_a_conflict(market: Market) -> None:
    placed = await place(market, hold("50.00"))

    again, other, fresh, twin, odd = await place_all(
        market, hold("50.00"), hold("50.01"), hold("1.00", "H2"), hold("1.00", "H2"), hold("2.00", "H2")
    )

    # Of one reference the first of the batch counts.
    assert again == Placed(placed.hold_id, "H1", placed.sequence, True)
    assert codes([other, odd]) == ["HOLD_CONFLICT", "HOLD_CONFLICT"]
    assert isinstance(fresh, Placed)
    assert twin == Placed(fresh.hold_id, "H2", fresh.sequence, True)
    assert await market.net("2050 M1") == [5_100]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"party": "NOBODY"}, "PARTY_MISSING"),
        ({"legalEntity": "M1"}, "BOOK_MISSING"),
        ({"party": "LE"}, "PARTY_EARNS_NOTHING"),
        ({"party": "LE", "accountCode": "2010"}, "PARTY_EARNS_NOTHING"),
    ],
)
async def test_a_hold_of_what_does_not_exist_is_refused(market: Market, change: dict[str, str], code: str) -> None:
    before = await market.count_rows()

    assert codes(await place_all(market, hold("1.00", **change))) == [code]
    assert await market.count_rows() == before


BAD_HOLDS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "no ground": ({"legalGround": ""}, ("legalGround",)),
    "a reason of his own": ({"reason": "BECAUSE"}, ("reason",)),
    "no date": ({"expectedReleaseDate": "soon"}, ("expectedReleaseDate",)),
    "an account that is no payable": ({"accountCode": "4000"}, ("accountCode",)),
    "account and sheet": ({"accountCode": "2010", "sheet": 1}, ("sheet",)),
    "a sheet that is no number": ({"sheet": "1"}, ("sheet",)),
    "a dispute by hand": ({"releaseRule": "BY_DISPUTE"}, ("releaseRule",)),
    "a line without order": ({"line": "1"}, ("order",)),
    "nothing": ({"amount": "0.00"}, ("amount",)),
    "a fraction of a cent": ({"amount": "0.001"}, ("amount",)),
    "no currency": ({"currency": "XXX"}, ("currency",)),
    "an unknown key": ({"colour": "red"}, ("colour",)),
}


@pytest.mark.parametrize("bad", BAD_HOLDS)
def test_a_bad_hold_is_refused_at_its_place(bad: str) -> None:
    change, field = BAD_HOLDS[bad]

    with pytest.raises(LedgerError) as refused:
        parse_hold({**hold("1.00"), **change})

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "1.00"}, ("amount",)),
        ({"hold": 0}, ("hold",)),
        ({"hold": True}, ("hold",)),
        ({"reason": ""}, ("reason",)),
    ],
)
def test_a_bad_lifting_is_refused_at_its_place(change: dict[str, object], field: tuple[str, ...]) -> None:
    with pytest.raises(LedgerError) as refused:
        parse_lift({"hold": 1, "reference": "L1", "reason": "Reviewed.", **change})

    assert refused.value.field == field


async def test_a_lifting_is_refused_by_name(market: Market) -> None:
    placed = await place(market, hold("50.00"))
    step = {"hold": placed.hold_id, "reason": "Reviewed."}

    outcomes = await lift_all(
        market,
        {**step, "reference": "a", "hold": 999_999},
        {**step, "reference": "b", "amount": "50.01", "currency": "CNY"},
        {**step, "reference": "c", "amount": "5", "currency": "JPY"},
        {**step, "reference": "d"},
        {**step, "reference": "e"},
        {**step, "reference": "d"},
        {**step, "reference": "d", "reason": "Another."},
    )

    refused = ["HOLD_MISSING", "HOLD_EXCEEDED", "INVALID_INPUT", "", "HOLD_ENDED", "", "HOLD_CONFLICT"]
    assert codes(outcomes) == refused
    assert [each.replayed for each in outcomes if isinstance(each, Lifted)] == [False, True]
    again, conflict = [
        (await lift_all(market, {**step, "reference": "d", **more}))[0]
        for more in ({}, {"amount": "1.00", "currency": "CNY"})
    ]
    assert (again.amount, again.replayed) == (5_000, True)  # type: ignore[union-attr]
    assert [str(each.error) for each in (outcomes[-1], conflict) if isinstance(each, Refused)] == [
        "Reference d was already used for another hold or lifting; use another reference for a new one."
    ] * 2


@pytest.mark.parametrize(
    ("first", "again", "answer"),
    [
        ({"amount": "20.00", "currency": "CNY"}, {"amount": "20.00", "currency": "CNY"}, "replayed"),
        ({"amount": "20.00", "currency": "CNY"}, {}, "replayed"),
        ({}, {"amount": "50.00", "currency": "CNY"}, "replayed"),
        ({}, {"amount": "20.00", "currency": "CNY"}, "HOLD_CONFLICT"),
        ({"amount": "20.00", "currency": "CNY"}, {"amount": "20.01", "currency": "CNY"}, "HOLD_CONFLICT"),
        ({}, {"reason": "Another."}, "HOLD_CONFLICT"),
    ],
)
@pytest.mark.parametrize("together", [True, False])
async def test_a_lifting_said_again_is_the_same_in_one_call_and_in_two(
    market: Market, first: dict[str, str], again: dict[str, str], answer: str, together: bool
) -> None:
    placed = await place(market, hold("50.00"))
    step = {"hold": placed.hold_id, "reference": "L1", "reason": "Reviewed."}
    documents = {**step, **first}, {**step, **again}

    one, other = await lift_all_of(market, documents, together=together)

    assert isinstance(one, Lifted)
    assert said([one, other]) == ["", answer]
    assert (await market.net("2050 M1"))[0] == 5_000 - one.amount


@pytest.mark.parametrize("together", [True, False])
async def test_what_was_refused_leaves_its_key_to_something_else_in_one_call_and_in_two(
    market: Market, together: bool
) -> None:
    holds = await place_all_of(market, [hold("99999.00"), hold("50.00")], together=together)
    (row,) = await market.rows("SELECT hold_id FROM hold")
    step = {"hold": row["hold_id"], "reference": "L1", "reason": "Reviewed."}
    too_much = {**step, "amount": "50.01", "currency": "CNY"}

    lifts = await lift_all_of(market, [too_much, too_much, step], together=together)

    assert codes(holds) == ["HOLD_EXCEEDS_PAYABLE", ""]
    assert codes(lifts) == ["HOLD_EXCEEDED", "HOLD_EXCEEDED", ""]
    assert await market.net("2050 M1") == [0]


async def test_holds_end_on_their_date_whatever_the_time_of_the_run(market: Market) -> None:
    await place_all(
        market,
        hold("10.00", releaseRule="ON_DATE", expectedReleaseDate="2026-02-01"),
        hold("20.00", "H2", releaseRule="ON_DATE", expectedReleaseDate="2026-02-02"),
        hold("5.00", "H3", expectedReleaseDate="2026-01-10"),
    )

    assert await release_due(market, datetime(2026, 1, 31, 15, 59, tzinfo=UTC)) == 0
    assert await release_due(market, datetime(2026, 1, 31, 16, tzinfo=UTC)) == 1
    assert await market.net(STANDS) == [8_190 - 2_500, 2_500]
    assert await release_due(market, datetime(2026, 3, 1, tzinfo=UTC)) == 1
    assert await release_due(market, datetime(2026, 3, 1, tzinfo=UTC)) == 0
    assert await market.net(STANDS) == [8_190 - 500, 500]
    (source,) = {r["source"] for r in await market.rows("SELECT source FROM entry WHERE template = 'HOLD_LIFTED'")}
    assert source == "RULE"


LAWS = [
    ("hold_lifts_at_most_what_it_holds", "UPDATE hold SET lifted_minor = amount_minor + 1"),
    ("HOLD_UNEVEN", "UPDATE hold SET lifted_minor = 1"),
    ("DOCUMENT_FIXED", "UPDATE hold SET legal_ground = 'another'"),
    ("DOCUMENT_FIXED", "UPDATE hold SET expected_release_date = '2030-01-01'"),
    ("permission denied", "UPDATE hold_movement SET amount_minor = 1"),
    ("permission denied", "DELETE FROM hold"),
    (
        "HOLD_NOT_POSTED",
        """
        INSERT INTO hold_movement (
            platform_id, hold_id, sequence, amount_minor, moved_at, kind, reference, reason, actor
        )
        SELECT platform_id, hold_id, 1, 1, now(), 'LIFTED', 'x', 'x', 'x' FROM hold
        """,
    ),
]


@pytest.mark.parametrize(("law", "statement"), LAWS)
async def test_the_database_refuses_what_the_program_would_not_write(market: Market, law: str, statement: str) -> None:
    await place(market, hold("50.00"))

    with pytest.raises(asyncpg.PostgresError) as refused:
        async with market.database.write(market.platform_id) as conn:
            await conn.execute(statement)

    assert law in (getattr(refused.value, "constraint_name", None) or "") + str(refused.value)


@given(data=st.data())
async def test_open_holds_always_add_up_to_what_is_on_hold(database: Database, data: st.DataObject) -> None:
    market = await Market.open(database)
    await market.accept(paid("100.00"), SUCCEEDED)
    placed: list[int] = []
    for number in range(data.draw(st.integers(1, 6))):
        amount = f"{data.draw(st.integers(1, 60))}.00"
        lifts = data.draw(st.booleans())
        if placed and lifts:
            step = {"hold": data.draw(st.sampled_from(placed)), "reference": f"L{number}", "reason": "Drawn."}
            await lift_all(market, {**step, "amount": amount, "currency": "CNY"})
        else:
            party = data.draw(st.sampled_from(["M1", "D1"]))
            (outcome,) = await place_all(market, hold(amount, f"H{number}", party=party))
            placed += [outcome.hold_id] if isinstance(outcome, Placed) and outcome.hold_id else []

    for party, earned in (("M1", 8_190), ("D1", 500)):
        sums = await market.rows(
            "SELECT coalesce(sum(h.amount_minor - h.lifted_minor), 0)::bigint AS open FROM hold AS h"
            " INNER JOIN party AS p ON p.party_id = h.party_id WHERE p.reference = $1",
            party,
        )
        code = "2010" if party == "M1" else "2041"
        accrued, held = await market.net(f"{code} {party}, 2050 {party}")
        assert held == sums[0]["open"]
        assert accrued + held == earned
        assert accrued >= 0


@pytest.mark.parametrize("key", ["date", "dispute"])
def test_a_persons_step_does_not_have_the_name_of_one_that_happens_by_itself(key: str) -> None:
    # A hold of which a part was lifted as "date" would never end on its date.
    with pytest.raises(InvalidInput) as refused:
        parse_lift({"hold": 1, "reference": key, "reason": "Told."})
    assert refused.value.field == ("reference",)
    with pytest.raises(InvalidInput):
        parse_hold(hold("1.00", "dispute/57/1"))
