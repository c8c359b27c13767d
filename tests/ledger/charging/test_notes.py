"""Every entry that moves a party's money says by which fees, and they add up to what its lines move."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger.charging.model import LineState
from ledger.charging.moves import Move
from ledger.charging.notes import notes_of
from ledger.charging.order import Order, OrderLine, Suspended, list_receivers
from ledger.charging.rates import Bearer, FrozenRates, MissingLevel
from ledger.charging.refund import charge_back, refund_after_split
from ledger.charging.returning import take_back
from ledger.charging.split import channel_fee
from ledger.charging.splitting import split_part
from tests.ledger.charging.market import Market
from tests.ledger.charging.terms import EXAMPLE, frozen_rates
from tests.oracle.small_world import SUCCEEDED, item, later, paid, refunded

MERCHANT, AGENT, DISTRIBUTORS = 10, 20, (31, 32, 33)
PAYABLES = {"2010", "2020", "2041", "2042", "2043"}
NOW = datetime(2026, 1, 5, tzinfo=UTC)


def order_of(line: OrderLine) -> Order:
    return Order("O1", 1, "CNY", "sandbox", "t", NOW, 1, {line.state.line: line}, {}, (), 0, 0)


def line_of(
    rates: FrozenRates, state: LineState, *, levels: Iterable[bool], has_agent: bool, away: Iterable[int] = ()
) -> OrderLine:
    chain = tuple(who if there else None for who, there in zip(DISTRIBUTORS, levels, strict=False))
    agent = AGENT if has_agent else None
    receivers = list_receivers(MERCHANT, chain, agent)
    suspended = {rank: Suspended(who, 0, "r", NOW, NOW) for rank, who in receivers if rank in set(away)}
    return OrderLine(
        state._replace(levels_born_by=rates.levels_born_by),
        MERCHANT, agent, chain, receivers, 1, rates, "S", "", 1, channel_fee(state.paid_left, rates),
        suspended=suspended or None,
    )  # fmt: skip


def fees_of(move: Move) -> dict[tuple[str, int], int]:
    sums: dict[tuple[str, int], int] = {}
    for fee in json.loads(move.metadata)["fees"] if move.metadata else ():
        assert fee["amount"] != 0
        sums[fee["code"], fee["party"]] = sums.get((fee["code"], fee["party"]), 0) + fee["amount"]
    return {key: total for key, total in sums.items() if total}


def moved_by(move: Move) -> dict[tuple[str, int], int]:
    sums: dict[tuple[str, int], int] = {}
    for line in move.lines:
        if line.account.code in PAYABLES and line.account.party_id is not None:
            key = (line.account.code, line.account.party_id)
            sums[key] = sums.get(key, 0) + (line.amount if line.side == "C" else -line.amount)
    return {key: total for key, total in sums.items() if total}


def said(move: Move, item_name: str) -> dict[str, Any]:
    (found,) = [fee for fee in json.loads(move.metadata)["fees"] if fee["item"] == item_name]
    return found


@st.composite
def lines(draw: st.DrawFn) -> OrderLine:
    rates = replace(draw(frozen_rates()), channel_fee_born_by=draw(st.sampled_from(Bearer)))
    goods = draw(st.integers(min_value=1, max_value=200_000))
    platform = draw(st.integers(min_value=0, max_value=goods))
    merchant = draw(st.integers(min_value=0, max_value=goods - platform))
    state = LineState(
        "1", "CNY", goods, draw(st.integers(0, 5_000)), platform_discount=platform, merchant_discount=merchant
    )
    depth = len(rates.levels)
    return line_of(
        rates,
        state,
        levels=draw(st.lists(st.booleans(), min_size=depth, max_size=depth)),
        has_agent=draw(st.booleans()),
        away=draw(st.sets(st.sampled_from([0, 2, 3, 4, 5]))),
    )


@given(line=lines(), part=st.fractions(min_value=0, max_value=1), disputed=st.fractions(min_value=0, max_value=1))
def test_the_fees_of_an_entry_are_what_its_lines_move_on_the_accounts_of_parties(
    line: OrderLine, part: Any, disputed: Any
) -> None:
    order = order_of(line)
    state = line.state
    split, moves = split_part(
        order,
        line,
        goods=state.goods,
        merchant_discount=state.merchant_discount,
        delivery=state.delivery,
        paid=state.paid_left,
    )
    refund = refund_after_split(split.state, goods=int(state.goods * part), delivery=int(state.delivery * part))
    refunded_line, back = take_back(order, split, refund, "REFUND", payee="2070")
    lost = charge_back(refunded_line.state, amount=int(refunded_line.state.paid_left * disputed))
    _, gone = take_back(order, refunded_line, lost, "CHARGEBACK_LOST", payee="1130")

    for move in [*moves, *back, *gone]:
        assert fees_of(move) == moved_by(move)


def test_a_fee_says_its_base_its_rate_what_it_was_before_rounding_and_by_which_rule() -> None:
    line = line_of(EXAMPLE, LineState("1", "CNY", 9_999), levels=(True, True, True), has_agent=False)

    _, (move,) = split_part(order_of(line), line, goods=9_999, merchant_discount=0, delivery=0, paid=9_999)

    # 7.9992 of commission, and 8.9991 for the levels, of which the second gets 2.9997 exactly.
    rule = "example/2024-01-01"
    assert said(move, "COMMISSION") == {
        "amount": -800, "base": 9_999, "code": "2010", "exact": "799.92", "item": "COMMISSION", "party": MERCHANT,
        "rate": "0.08", "rounding": "HALF_UP", "rule": rule,
    }  # fmt: skip
    assert said(move, "DISTRIBUTION_2") == {
        "amount": 300, "base": 9_999, "code": "2042", "exact": "299.97", "item": "DISTRIBUTION_2", "party": 32,
        "rate": "0.03", "rounding": "LARGEST_REMAINDER", "rule": rule,
    }  # fmt: skip
    assert said(move, "GOODS") == {"amount": 9_999, "code": "2010", "item": "GOODS", "party": MERCHANT, "rule": rule}
    assert said(move, "CHANNEL_FEE")["amount"] == -60
    keys = [list(fee) for fee in json.loads(move.metadata)["fees"]]
    assert keys == [sorted(each) for each in keys]
    assert json.dumps(json.loads(move.metadata), separators=(",", ":"), ensure_ascii=False) == move.metadata


def test_what_joins_the_commission_or_gives_way_is_said() -> None:
    to_platform = replace(EXAMPLE, missing_level=MissingLevel.TO_PLATFORM)
    line = line_of(to_platform, LineState("1", "CNY", 10_000), levels=(True, False, False), has_agent=False)
    _, (move,) = split_part(order_of(line), line, goods=10_000, merchant_discount=0, delivery=0, paid=10_000)
    assert (said(move, "COMMISSION")["amount"], said(move, "COMMISSION")["rounding"]) == (
        -1_200, "HALF_UP+MISSING_LEVELS",
    )  # fmt: skip

    small = line_of(EXAMPLE, LineState("1", "CNY", 100, merchant_discount=97), levels=(), has_agent=False)
    small = small._replace(rates=replace(EXAMPLE, levels=()))
    _, (move,) = split_part(order_of(small), small, goods=100, merchant_discount=97, delivery=0, paid=3)
    assert (said(move, "COMMISSION")["amount"], said(move, "COMMISSION")["rounding"]) == (-3, "GIVE_WAY")


def test_the_exact_value_has_every_digit() -> None:
    notes = notes_of(replace(EXAMPLE, commission=Decimal("0.0000000001"), agent=Decimal("1.0")))

    assert notes.commission.exact(10**15) == "100000"
    assert notes.commission.exact(1) == "0.0000000001"
    assert notes.agent.exact(7) == "7"


async def test_the_entries_of_an_orders_whole_life_carry_their_fees(market: Market) -> None:
    await market.accept(
        paid("110.00", item("100.00", delivery="10.00")),
        SUCCEEDED,
        refunded("1", "33.33", delivery="10.00"),
        later("refund.rejected", refund="1"),
        later("channel.fee_returned", refund="1", lines=[{"line": "1", "amount": "0.20"}]),
    )

    rows = await market.rows("SELECT template, metadata <> '' AS said FROM entry ORDER BY sequence")
    assert [tuple(row) for row in rows] == [
        ("CAPTURE", False),
        ("CHANNEL_FEE", False),
        ("SPLIT", True),
        ("REFUND", True),
        ("REFUND_REJECTED", True),
        ("FEE_RETURNED", False),
        ("FEE_PASSED_ON", True),
    ]
    sums = await market.rows(
        """
        SELECT fee.said ->> 'item' AS item, sum((fee.said ->> 'amount')::bigint)::bigint AS amount
        FROM entry AS e CROSS JOIN LATERAL jsonb_array_elements(e.metadata::jsonb -> 'fees') AS fee (said)
        WHERE e.metadata <> '' AND fee.said ->> 'code' = '2010' GROUP BY 1 ORDER BY 1
        """
    )
    assert {row["item"]: row["amount"] for row in sums} == {
        "AGENT_FEE": -50,
        "CHANNEL_FEE": -66 + 20,
        "COMMISSION": -800,
        "DELIVERY_INCOME": 1_000,
        "DISTRIBUTION_FEE_1": -500,
        "DISTRIBUTION_FEE_2": -300,
        "DISTRIBUTION_FEE_3": -100,
        "GOODS": 10_000,
    }


async def test_what_a_merchant_got_out_of_suspense_as_one_amount_is_taken_back_as_one(market: Market) -> None:
    await market.block("M1")
    await market.accept(paid("110.00", item("100.00", delivery="10.00")), SUCCEEDED, refunded("1", "30.00"))
    await market.unblock("M1")
    (row,) = await market.rows("SELECT item FROM suspense_item WHERE status = 'OPEN'")
    await market.release(row["item"], "OWNER")

    await market.accept(refunded("2", "20.00"), refunded("3", "50.00", delivery="10.00"))

    sums = await market.rows(
        """
        SELECT e.template, fee.said ->> 'item' AS item, sum((fee.said ->> 'amount')::bigint)::bigint AS amount
        FROM entry AS e CROSS JOIN LATERAL jsonb_array_elements(e.metadata::jsonb -> 'fees') AS fee (said)
        WHERE e.metadata <> '' AND fee.said ->> 'code' = '2010' AND fee.said ->> 'item' <> 'CHANNEL_FEE'
        GROUP BY 1, 2 ORDER BY 1, 2
        """
    )
    # 82.50 and 10.00 of delivery, less 24.75 that were taken back while it was in suspense.
    assert [tuple(each) for each in sums] == [("REFUND", "GOODS", -6_775), ("RELEASE", "GOODS", 6_775)]


async def test_a_personal_receiver_gives_back_too(market: Market) -> None:
    # The channel forbids a return from a person; the ledger still debits him.
    await market.accept(paid("100.00", channel="wechat"), SUCCEEDED, refunded("1", "100.00"))

    assert await market.net("2041 D1, 2042 D2, 2043 D3, 2070") == [0, 0, 0, 10_000]
