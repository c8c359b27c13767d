"""The charging oracle over whole marketplaces: nothing is refused, everything balances, nothing is left unsplit."""

import pytest

from app.demo.marketplace import Marketplace
from tests.olist import read_olist
from tests.oracle.charging_oracle import ExpectedBook, expected_book
from tests.oracle.small_world import Event


@pytest.mark.parametrize("seed", [1, 2])
def test_a_generated_marketplace_is_booked_whole(seed: int) -> None:
    marketplace = Marketplace(orders=800, seed=seed)
    events = list(marketplace.generate_events())

    book = expected_book(marketplace.generate_parties(), marketplace.fee_plans(), events)

    assert book.refusals == []
    assert {key[3] for key in book.accounts} == {"CNY", "JPY", "KWD"}
    assert_every_order_is_whole(book, events)
    codes = "1100 1105 2000 2010 2020 2041 2042 2043 2070 2105 4000 4030 5010 5020"
    assert " ".join(sorted({code for _, code, _, _ in book.accounts})) == codes


def test_the_real_marketplace_is_booked_whole() -> None:
    parties, plan, events = read_olist()

    book = expected_book(parties, [plan], events)

    assert book.refusals == []
    assert len(book.orders) == 717
    assert_every_order_is_whole(book, events)
    # Every order succeeded, so nothing is held unsplit, and every refund still waits to be paid.
    held_debit, held_credit = book.accounts["LE-BR", "2000", "", "BRL"]
    assert held_debit == held_credit
    assert book.accounts["LE-BR", "2070", "", "BRL"][0] == 0


def assert_every_order_is_whole(book: ExpectedBook, events: list[Event]) -> None:
    """Check the laws that need no second calculation: balance, sums, and nothing unsplit after success."""
    sums: dict[tuple[str, str, str, str], list[int]] = {}
    homes = {e["order"]: (e["settlementEntity"], e["currency"]) for e in events if e["event"] == "order.paid"}
    for order, posted in book.orders.items():
        entity, currency = homes[order]
        for entry in posted:
            assert sum(debit - credit for debit, credit in entry.sides.values()) == 0
            assert all(min(sides) >= 0 < max(sides) for sides in entry.sides.values())
            for (code, party), sides in entry.sides.items():
                total = sums.setdefault((entity, code, party, currency), [0, 0])
                total[0] += sides[0]
                total[1] += sides[1]
    assert {key: tuple(total) for key, total in sums.items()} == book.accounts

    for order in {event["order"] for event in events if event["event"] == "order.succeeded"}:
        held = [entry.sides.get(("2000", ""), (0, 0)) for entry in book.orders[order]]
        assert sum(debit - credit for debit, credit in held) == 0
