"""The service books what a second calculation expects: account by account, order by order, refusals too."""

import os
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.demo.marketplace import Marketplace
from ledger.db.connecting import Database
from ledger.verify.verifying import verify
from tests.ledger.charging.histories import any_plans, disputed_lines, histories, in_currency, plans
from tests.ledger.charging.market import Market, codes
from tests.olist import read_olist
from tests.oracle.charging_arithmetic import RANK
from tests.oracle.charging_oracle import ExpectedBook, expected_book
from tests.oracle.small_world import PARTIES

# A store is no pure function, and shrinking against it takes long; what fails is printed whole.
ON_A_STORE = settings(
    max_examples=int(os.environ.get("SPLITBOOK_EXAMPLES", "40")),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
SMALL = [*PARTIES, {"reference": "LE2", "kind": "LEGAL_ENTITY", "name": "Other", "parent": "OP", "currency": "CNY"}]


@ON_A_STORE
@given(rules=plans(), history=histories(), size=st.sampled_from([1, 3, 500]))
async def test_any_history_is_booked_as_expected(
    database: Database, rules: dict[str, Any], history: list[dict[str, Any]], size: int
) -> None:
    market = await Market.open(database, parties=SMALL, plans=[rules])

    outcomes = await market.record(*history, size=size)

    await assert_booked(market, expected_book(SMALL, [rules], history), codes(outcomes))


@settings(ON_A_STORE, max_examples=ON_A_STORE.max_examples // 2)
@given(rules=any_plans(), history=histories(), currency=st.sampled_from(["CNY", "JPY", "KWD"]))
async def test_any_rates_and_roundings_in_any_currency_are_booked_as_expected(
    database: Database, rules: dict[str, Any], history: list[dict[str, Any]], currency: str
) -> None:
    market = await Market.open(database, parties=SMALL, plans=[rules])
    told = in_currency(history, currency)

    outcomes = await market.record(*told)

    await assert_booked(market, expected_book(SMALL, [rules], told), codes(outcomes))


@ON_A_STORE
@given(
    rules=plans(),
    history=histories(),
    closings=st.dictionaries(st.sampled_from(["D1", "D2", "D3", "A1"]), st.integers(0, 8), max_size=3),
    releases=st.lists(st.tuples(st.integers(0, 25), st.sampled_from(["OWNER", "SPLITTER"])), max_size=4),
)
async def test_any_history_with_closed_receivers_is_booked_as_expected(
    database: Database,
    rules: dict[str, Any],
    history: list[dict[str, Any]],
    closings: dict[str, int],
    releases: list[tuple[int, str]],
) -> None:
    market = await Market.open(database, parties=SMALL, plans=[rules])
    outcomes, released = [], []
    for place, event in enumerate(history):
        for party in [party for party, since in closings.items() if since == place]:
            await market.close(party)
        outcomes += await market.record(event)
        for to in [to for after, to in releases if after == place]:
            items = await market.rows(
                "SELECT item, order_reference, line_reference, rank FROM suspense_item "
                "WHERE status = 'OPEN' ORDER BY item LIMIT 1"
            )
            for item, order, line, rank in items:
                await market.release(item, to)  # type: ignore[arg-type]  # drawn from the two that there are
                released.append((place, order, line, RANK[rank], to))

    expected = expected_book(SMALL, [rules], history, blocked=list(closings.items()), releases=released)

    await assert_booked(market, expected, codes(outcomes))


@settings(ON_A_STORE, max_examples=ON_A_STORE.max_examples // 2)
@given(rules=plans(), acts=disputed_lines())
async def test_any_disputes_of_a_line_that_is_partly_in_suspense_are_booked_as_expected(
    database: Database, rules: dict[str, Any], acts: list[dict[str, Any] | str]
) -> None:
    """The merchant is blocked while he is told of rejected refunds and of the split, and never when he is paid."""
    market = await Market.open(database, parties=SMALL, plans=[rules])
    outcomes, released, told = [], [], list[dict[str, Any]]()
    for act in acts:
        if not isinstance(act, str):
            told.append(act)
            splits = act["event"] in ("order.succeeded", "refund.rejected")
            await (market.block("M1") if splits else market.unblock("M1"))
            outcomes += await market.record(act)
            continue
        await market.unblock("M1")
        rows = await market.rows("SELECT item FROM suspense_item WHERE status = 'OPEN' AND rank = 0")
        for row in rows:
            await market.release(row["item"], "OWNER")
            released.append((len(told) - 1, "O1", "1", "merchant", "OWNER"))
    blocked = [("M1", 0)]

    expected = expected_book(SMALL, [rules], told, blocked=blocked, releases=released)

    await assert_booked(market, expected, codes(outcomes))


@pytest.mark.parametrize(("orders", "seed", "size"), [(120, 1, 500), (120, 1, 1), (250, 2, 97)])
async def test_a_generated_marketplace_is_booked_as_expected(
    database: Database, orders: int, seed: int, size: int
) -> None:
    demo = Marketplace(orders=orders, seed=seed)
    parties, events = list(demo.generate_parties()), list(demo.generate_events())
    market = await Market.open(database, parties=parties, plans=demo.fee_plans())

    outcomes = await market.record(*events, size=size)

    await assert_booked(market, expected_book(parties, demo.fee_plans(), events), codes(outcomes))


async def test_the_real_marketplace_is_booked_as_expected_and_a_second_import_changes_nothing(
    database: Database,
) -> None:
    parties, plan, events = read_olist()
    market = await Market.open(database, parties=parties, plans=[plan])

    first = await market.record(*events)
    rows = await market.count_rows()
    again = await market.record(*events, size=333)

    assert codes(first) == codes(again) == [""] * 1_550
    assert await market.count_rows() == rows
    await assert_booked(market, expected_book(parties, [plan], events), codes(first))


async def assert_booked(market: Market, expected: ExpectedBook, found: Sequence[str]) -> None:
    refusals = [(place, code) for place, code in enumerate(found) if code]
    assert refusals == [(place, code) for place, _, code in expected.refusals]
    assert await market.accounts() == expected.accounts
    entries = await market.entries()
    assert entries.keys() == expected.orders.keys()
    for order, posted in expected.orders.items():
        # Lines of one order may be posted in another order than the oracle walks them; each does so in one of its own.
        assert sorted_entries(entries[order]) == sorted_entries(
            [(entry.template, entry.line, entry.sides) for entry in posted]
        )
    async with market.database.read(market.platform_id) as conn:
        report = await verify(conn)
    assert report.disagreement is None, report.disagreement.sentence


def sorted_entries(entries: list[Any]) -> list[str]:
    return sorted(str((template, line, sorted(sides.items()))) for template, line, sides in entries)
