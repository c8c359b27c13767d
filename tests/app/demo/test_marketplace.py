import ast
import json
import subprocess
import sys
import tracemalloc
from collections import Counter, deque
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from app.demo.files import write_files
from app.demo.marketplace import Marketplace
from tests.app.demo.strict_checker import DECIMALS, check_events, check_parties
from tests.journeys.marketplaces import read_lines

SIZE = 1_500
DEMO = Marketplace(orders=SIZE, seed=1)
PACKAGE = Path(__file__).parents[3] / "app" / "demo"


@pytest.fixture(scope="module")
def parties() -> dict[str, dict[str, Any]]:
    return check_parties(DEMO.generate_parties())


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    return list(DEMO.generate_events())


def test_the_same_seed_gives_the_same_objects_each_time_they_are_read() -> None:
    again = Marketplace(orders=SIZE, seed=1)

    assert list(DEMO.generate_events()) == list(DEMO.generate_events()) == list(again.generate_events())
    assert list(DEMO.generate_parties()) == list(again.generate_parties())


def test_another_seed_gives_another_marketplace() -> None:
    other = Marketplace(orders=SIZE, seed=-1)

    assert list(other.generate_events()) != list(DEMO.generate_events())
    assert list(other.generate_parties()) != list(DEMO.generate_parties())


def test_the_files_are_the_same_bytes_on_every_machine_and_every_python(tmp_path: Path) -> None:
    written = write_files(tmp_path / "new" / "folder", Marketplace(orders=200, seed=42))

    # Whoever changes what is generated changes these on purpose; nothing else may.
    assert _digest(written.parties) == "57b08ebb1b40326f"
    assert _digest(written.events) == "0217671ee67e0169"
    assert [file.name for file in written.fee_plans] == ["fee_plan-2025-01-01.json", "fee_plan-2025-07-01.json"]
    assert read_lines(written.events) == list(Marketplace(orders=200, seed=42).generate_events())
    assert len(read_lines(written.parties)) == written.party_count
    assert len(read_lines(written.events)) == written.event_count
    assert [json.loads(file.read_bytes()) for file in written.fee_plans] == Marketplace(200, 42).fee_plans()


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("orders", [0, 1, 7, 400])
def test_every_size_and_seed_is_valid(orders: int, seed: int) -> None:
    marketplace = Marketplace(orders=orders, seed=seed)

    checked = list(check_events(check_parties(marketplace.generate_parties()), marketplace.generate_events()))

    assert len({event["order"] for event, _ in checked}) == orders


def test_a_crowded_year_is_valid_too() -> None:
    # Ten orders under way at most: the stories are squeezed to a few hours.
    crowded = Marketplace(orders=2_000, seed=5, in_flight=10)

    checked = list(check_events(check_parties(crowded.generate_parties()), crowded.generate_events()))

    assert len(checked) > 4_000


def test_events_never_take_back_more_than_was_sold_and_every_kind_happens(
    parties: dict[str, dict[str, Any]], events: list[dict[str, Any]]
) -> None:
    kinds: Counter[str] = Counter()
    for event, order in check_events(parties, events):
        kinds[event["event"]] += 1
        assert min(order.goods_left.values()) >= 0
        assert min(order.delivery_left.values()) >= 0

    assert set(kinds) == {
        "order.paid",
        "order.succeeded",
        "order.refunded",
        "refund.paid",
        "refund.rejected",
        "channel.fee_returned",
        "payment.unfrozen",
    }
    assert kinds["order.paid"] > SIZE > kinds["order.succeeded"] > SIZE * 9 // 10
    assert min(kinds.values()) > SIZE // 100


def test_an_order_is_paid_in_the_currency_of_its_legal_entity(
    parties: dict[str, dict[str, Any]], events: list[dict[str, Any]]
) -> None:
    payments = [event for event in events if event["event"] == "order.paid"]

    assert {event["settlementEntity"]: event["currency"] for event in payments} == {
        "LE-CN": "CNY",
        "LE-JP": "JPY",
        "LE-KW": "KWD",
    }
    assert {party["currency"] for party in parties.values() if "currency" in party} == set(DECIMALS)
    for event in payments:
        for line in event["lines"]:
            decimals = -int(Decimal(line["goods"]).as_tuple().exponent)
            assert decimals == DECIMALS[event["currency"]]


def test_the_amount_of_a_payment_is_the_sum_of_its_lines_less_its_discounts(events: list[dict[str, Any]]) -> None:
    discounted = 0
    for event in events:
        if event["event"] == "order.paid":
            lines = sum(Decimal(line["goods"]) + Decimal(line["delivery"]) for line in event["lines"])
            discounts = sum(Decimal(discount["amount"]) for discount in event.get("discounts", []))
            assert Decimal(event["amount"]) == lines - discounts
            discounted += bool(discounts)

    assert discounted > SIZE // 5


def test_orders_fill_the_twelve_months_of_2025(events: list[dict[str, Any]]) -> None:
    months = Counter(
        event["occurredAt"][:7] for event in events if event["id"].endswith("/paid") and "/r" not in event["id"]
    )

    assert sorted(months) == [f"2025-{month:02d}" for month in range(1, 13)]
    assert min(months.values()) > SIZE // 15


def test_the_events_of_different_orders_are_interleaved(events: list[dict[str, Any]]) -> None:
    changes = sum(before["order"] != after["order"] for before, after in pairwise(events))

    assert changes > len(events) // 2


def test_the_tree_of_distributors_is_at_least_eight_deep_and_bushy(parties: dict[str, dict[str, Any]]) -> None:
    depths: dict[str, int] = {}
    children: Counter[str] = Counter()
    for reference, party in parties.items():
        if party["kind"] == "DISTRIBUTOR":
            depths[reference] = depths.get(party["parent"], 0) + 1
            children[party["parent"]] += 1

    assert max(depths.values()) >= 8
    assert sum(count >= 2 for count in children.values()) > len(depths) // 6
    assert max(children.values()) >= 5


def test_agents_are_nested_and_merchants_stand_below_agents_and_below_the_operator(
    parties: dict[str, dict[str, Any]],
) -> None:
    def parent_kinds(kind: str) -> set[str]:
        return {parties[party["parent"]]["kind"] for party in parties.values() if party["kind"] == kind}

    assert parent_kinds("AGENT") == {"OPERATOR", "AGENT"}
    assert parent_kinds("MERCHANT") == {"OPERATOR", "AGENT"}
    assert parties["demo"]["timeZone"] == "Asia/Shanghai"
    kinds = Counter(party["kind"] for party in parties.values())
    assert kinds["LEGAL_ENTITY"] == 3
    assert kinds["MERCHANT"] == SIZE // 20
    assert kinds["SUPPLIER"] >= 6


def test_a_small_marketplace_still_has_thirty_merchants() -> None:
    assert sum(party["kind"] == "MERCHANT" for party in Marketplace(3, 1).generate_parties()) == 30


def test_names_are_written_in_chinese_and_with_accents(parties: dict[str, dict[str, Any]]) -> None:
    names = "".join(party["name"] for party in parties.values())

    assert any("一" <= letter <= "鿿" for letter in names)
    assert any("À" <= letter <= "ž" for letter in names)


def test_most_orders_are_referred_and_some_are_bought_by_distributors(events: list[dict[str, Any]]) -> None:
    payments = [event for event in events if event["event"] == "order.paid"]
    referred = [event for event in payments if "referrer" in event]

    assert 0.55 < len(referred) / len(payments) < 0.65
    assert sum(event.get("buyer") == event["referrer"] for event in referred) > 5
    assert sum(event.get("buyer", "").startswith("D-") for event in payments) > 20


def test_a_line_may_be_refused_by_the_channel_after_its_order_was_split(events: list[dict[str, Any]]) -> None:
    succeeded: set[str] = set()
    refunded_before: set[str] = set()
    rejected_after = 0
    for event in events:
        if event["event"] == "order.succeeded":
            succeeded.add(event["order"])
        elif event["event"] == "order.refunded" and event["order"] not in succeeded:
            refunded_before.add(event["id"])
        elif event["event"] == "refund.rejected" and event["order"] in succeeded:
            rejected_after += event["id"].removesuffix("/rejected") in refunded_before

    assert rejected_after >= 1


def test_a_marketplace_has_no_negative_size() -> None:
    with pytest.raises(ValueError, match="no fewer than 0 orders"):
        Marketplace(orders=-1, seed=1)


def test_the_generator_stands_alone() -> None:
    imported = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, app.demo.bank_lines, app.demo.files, app.demo.incidents, app.demo.settlement;"
            "print(*sorted(sys.modules), sep='\\n')",
        ],
        check=True,
        capture_output=True,
        text=True,
        cwd=PACKAGE.parents[1],
    ).stdout.split()

    assert {name for name in imported if name.split(".")[0] in ("app", "ledger")} == {"app", "app.demo"} | {
        f"app.demo.{file.stem}" for file in PACKAGE.glob("*.py") if file.stem != "__init__"
    }


def test_the_generator_uses_no_float() -> None:
    for file in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), file.name
            assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)) or file.name == "files.py"
            assert not (isinstance(node, ast.Name) and node.id == "float"), file.name


def test_memory_does_not_grow_with_the_number_of_orders() -> None:
    small = _peak_memory(Marketplace(orders=500, seed=1, in_flight=50))
    large = _peak_memory(Marketplace(orders=3_000, seed=1, in_flight=50))

    assert large < small * 3 // 2


@pytest.mark.slow
def test_fifty_thousand_orders_pass_through_sixteen_megabytes() -> None:
    assert _peak_memory(Marketplace(orders=50_000, seed=1)) < 16 * 2**20


def _peak_memory(marketplace: Marketplace) -> int:
    tracemalloc.start()
    try:
        for items in (marketplace.generate_parties(), marketplace.generate_events()):
            deque(items, maxlen=0)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()[:16]
