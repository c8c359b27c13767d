"""
One operator, one entity, one agent, two merchants and a chain of three distributors, and how to say what happens there.

Amounts that go in are decimal strings, amounts that come out are minor units (CNY 1.00 = 100).
"""

from collections import Counter
from typing import Any

from tests.oracle.charging_oracle import ExpectedBook, Sides, expected_book

Event = dict[str, Any]
PARTIES = [
    {"reference": "OP", "kind": "OPERATOR", "name": "Operator", "timeZone": "Asia/Shanghai"},
    {"reference": "LE", "kind": "LEGAL_ENTITY", "name": "Entity", "parent": "OP", "currency": "CNY"},
    {"reference": "A1", "kind": "AGENT", "name": "Agent", "parent": "OP"},
    {"reference": "M1", "kind": "MERCHANT", "name": "Merchant", "parent": "A1"},
    {"reference": "M2", "kind": "MERCHANT", "name": "Merchant without agent", "parent": "OP"},
    {"reference": "D3", "kind": "DISTRIBUTOR", "name": "Third", "parent": "OP"},
    {"reference": "D2", "kind": "DISTRIBUTOR", "name": "Second", "parent": "D3"},
    {"reference": "D1", "kind": "DISTRIBUTOR", "name": "First", "parent": "D2"},
]
MERCHANT, PLATFORM = ("2010", "M1"), ("4000", "")
LEVEL_1, LEVEL_2, LEVEL_3, AGENT = ("2041", "D1"), ("2042", "D2"), ("2043", "D3"), ("2020", "A1")


def plan(valid_from: str = "2025-01-01", **distribution: Any) -> dict[str, Any]:
    return {
        "plan": "test",
        "validFrom": valid_from,
        "commission": {"default": "0.08", "byCategory": {"ten": "0.10", "fifteen": "0.15"}, "taxInside": "0.06"},
        "distribution": {"rates": ["0.05", "0.03", "0.01"], **distribution},
        "agent": {"rate": "0.005", "rounding": "HALF_UP"},
        "channelFee": {"rate": "0.006", "base": "paid", "bornBy": "MERCHANT"},
    }


def item(goods: str, *, line: str = "1", delivery: str = "0.00", merchant: str = "M1", category: str = "") -> Event:
    return {
        "line": line,
        "merchant": merchant,
        "sku": "S",
        "category": category,
        "quantity": 1,
        "goods": goods,
        "delivery": delivery,
    }


def paid(amount: str, *items: Event, key: str = "paid", at: str = "2025-03-01T00:00:00Z", **more: Any) -> Event:
    entity = {"settlementEntity": "LE", "currency": "CNY", "channel": "sandbox", "channelTransaction": "t"}
    event = {"event": "order.paid", "id": key, "order": "O1", "occurredAt": at, **entity, "amount": amount}
    return {**event, "lines": list(items or [item(amount)]), "referrer": "D1", **more}


def later(event: str, **more: Any) -> Event:
    key = {"event": event, "id": f"{event} {more.get('refund', '')}".strip(), "order": "O1"}
    return {**key, "occurredAt": "2025-03-02T00:00:00Z", **more}


SUCCEEDED, UNFROZEN = later("order.succeeded"), later("payment.unfrozen")


def refunded(refund: str, amount: str, line: str = "1", **more: str) -> Event:
    return later("order.refunded", refund=refund, lines=[{"line": line, "amount": amount, **more}])


def book_of(*events: Event, rules: dict[str, Any] | None = None, **more: Any) -> ExpectedBook:
    book = expected_book(PARTIES, [rules or plan()], events, **more)
    assert book.refusals == []
    return book


def refusal_of(*events: Event) -> str:
    refused = expected_book(PARTIES, [plan()], events)
    before = expected_book(PARTIES, [plan()], events[:-1])
    assert [place for place, _, _ in refused.refusals] == [len(events) - 1]
    assert (refused.accounts, refused.orders) == (before.accounts, before.orders)
    return refused.refusals[0][2]


def entries(book: ExpectedBook, template: str) -> list[Sides]:
    return [entry.sides for entry in book.orders["O1"] if entry.template == template]


def credits(sides: Sides) -> dict[tuple[str, str], int]:
    return {account: credit for account, (_, credit) in sides.items() if credit}


def debits(sides: Sides) -> dict[tuple[str, str], int]:
    return {account: debit for account, (debit, _) in sides.items() if debit}


def rest(book: ExpectedBook) -> list[int]:
    """Return what merchant, platform (with tax), levels 1 to 3 and agent still have, before channel fees."""
    net: Counter[tuple[str, str]] = Counter()
    for sides in [*entries(book, "SPLIT"), *entries(book, "REFUND"), *entries(book, "REFUND_REJECTED")]:
        for account, (debit, credit) in sides.items():
            net[account] += credit - debit
    merchant = sum(net["2010", who] + net["4030", who] for who in ("M1", "M2"))
    platform = net["4000", ""] + net["2105", ""]
    return [merchant, platform, net[LEVEL_1], net[LEVEL_2], net[LEVEL_3], net[AGENT]]
