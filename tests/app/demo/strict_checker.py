"""
A strict reading of the input formats, written apart from the generator and from the ledger.

`check_parties`, `check_events` go through the objects one by one and raise on the first that no importer should take.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

DECIMALS = {"CNY": 2, "JPY": 0, "KWD": 3}
PARENT_KINDS = {
    "LEGAL_ENTITY": {"OPERATOR"},
    "AGENT": {"OPERATOR", "AGENT"},
    "MERCHANT": {"OPERATOR", "AGENT"},
    "SUPPLIER": {"OPERATOR", "AGENT"},
    "DISTRIBUTOR": {"OPERATOR", "DISTRIBUTOR"},
}
PARTY_KEYS = {"reference", "kind", "name", "parent", "currency", "timeZone", "settlement", "metadata"}
EVENT_KEYS = {"event", "id", "order", "occurredAt"}
OWN_KEYS: dict[str, tuple[set[str], set[str]]] = {
    "order.paid": (
        {"settlementEntity", "currency", "channel", "channelTransaction", "amount", "lines"},
        {"referrer", "buyer", "discounts"},
    ),
    "order.succeeded": (set(), set()),
    "order.refunded": ({"refund", "lines"}, {"reason"}),
    "refund.paid": ({"refund"}, set()),
    "refund.rejected": ({"refund"}, set()),
    "channel.fee_returned": ({"refund", "lines"}, set()),
    "payment.unfrozen": (set(), set()),
}
LINE_KEYS = {"line", "merchant", "sku", "category", "quantity", "goods", "delivery"}


def check_parties(parties: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Check every party and return them by reference."""
    known: dict[str, dict[str, Any]] = {}
    for party in parties:
        reference = party["reference"]
        assert set(party) <= PARTY_KEYS, party
        assert reference not in known, f"{reference} comes twice"
        assert party["name"].strip() == party["name"] != ""
        if party["kind"] == "OPERATOR":
            assert not known, "the operator comes first, and once"
            assert "parent" not in party
        else:
            assert known[party["parent"]]["kind"] in PARENT_KINDS[party["kind"]], party
        assert ("currency" in party) == (party["kind"] == "LEGAL_ENTITY")
        known[reference] = party
    return known


def parse_minor(text: str, currency: str) -> int:
    """Read an amount; it must be written with exactly the currency's decimals."""
    decimals = DECIMALS[currency]
    pattern = r"(0|[1-9]\d*)" + (rf"\.\d{{{decimals}}}" if decimals else "")
    assert re.fullmatch(pattern, text), f"{text} is not an amount in {currency}"
    return int(text.replace(".", ""))


@dataclass
class KnownOrder:
    entity: str
    currency: str
    goods_left: dict[str, int] = field(default_factory=dict)
    delivery_left: dict[str, int] = field(default_factory=dict)
    fee_room: dict[str, int] = field(default_factory=dict)
    refunds: dict[str, str] = field(default_factory=dict)
    refund_lines: dict[str, list[tuple[str, int, int]]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    last: datetime | None = None


def check_events(
    parties: dict[str, dict[str, Any]], events: Iterable[dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], KnownOrder]]:
    """Check every event against what is known by then, and yield it with its order as it stands afterwards."""
    orders: dict[str, KnownOrder] = {}
    ids: set[str] = set()
    last = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
    for event in events:
        required, optional = OWN_KEYS[event["event"]]
        assert EVENT_KEYS | required <= set(event) <= EVENT_KEYS | required | optional, event
        assert event["id"] not in ids, f"{event['id']} comes twice"
        ids.add(event["id"])
        at = datetime.fromisoformat(event["occurredAt"])
        assert at.tzinfo is not None
        assert at >= last, "the stream goes back in time"
        last = at
        if event["event"] == "order.paid":
            order = orders.setdefault(event["order"], KnownOrder(event["settlementEntity"], event["currency"]))
            _check_payment(parties, order, event)
        else:
            order = orders[event["order"]]
            _CHECKS[event["event"]](order, event)
        assert order.last is None or at > order.last, "events of one order need rising instants"
        order.last = at
        yield event, order


def _check_payment(parties: dict[str, dict[str, Any]], order: KnownOrder, event: dict[str, Any]) -> None:
    assert not order.seen, "a capture after success or unfreezing"
    assert (order.entity, order.currency) == (event["settlementEntity"], event["currency"])
    assert parties[order.entity]["kind"] == "LEGAL_ENTITY"
    assert parties[order.entity]["currency"] == order.currency
    assert "referrer" not in event or parties[event["referrer"]]["kind"] == "DISTRIBUTOR"
    goods_total = delivery_total = 0
    for line in event["lines"]:
        assert set(line) == LINE_KEYS
        assert line["line"] not in order.goods_left
        assert parties[line["merchant"]]["kind"] == "MERCHANT"
        assert isinstance(line["quantity"], int)
        assert line["quantity"] >= 1
        goods, delivery = (parse_minor(line[key], order.currency) for key in ("goods", "delivery"))
        assert goods > 0
        order.goods_left[line["line"]], order.delivery_left[line["line"]] = goods, delivery
        order.fee_room[line["line"]] = (goods + delivery) * 6 // 1000 + 1
        goods_total += goods
        delivery_total += delivery
    discounted = 0
    for discount in event.get("discounts", []):
        assert set(discount) == {"code", "amount", "bornBy"}
        assert discount["bornBy"] in {"PLATFORM", "MERCHANT"}
        amount = parse_minor(discount["amount"], order.currency)
        assert amount > 0
        discounted += amount
    assert event["lines"]
    assert event.get("discounts") != [], "no discounts are not written at all"
    assert discounted < goods_total
    assert parse_minor(event["amount"], order.currency) == goods_total + delivery_total - discounted > 0


def _check_success(order: KnownOrder, event: dict[str, Any]) -> None:
    assert event["event"] not in order.seen, f"{event['id']} happens twice"
    order.seen.add(event["event"])


def _check_refund(order: KnownOrder, event: dict[str, Any]) -> None:
    assert event["refund"] not in order.refunds
    assert event["lines"]
    parts = []
    for line in event["lines"]:
        assert {"line", "amount"} <= set(line) <= {"line", "amount", "delivery"}
        reference, goods = line["line"], parse_minor(line["amount"], order.currency)
        delivery = parse_minor(line["delivery"], order.currency) if "delivery" in line else 0
        assert goods > 0
        assert "delivery" not in line or delivery > 0
        order.goods_left[reference] -= goods
        order.delivery_left[reference] -= delivery
        assert order.goods_left[reference] >= 0
        assert order.delivery_left[reference] >= 0
        parts.append((reference, goods, delivery))
    assert len({reference for reference, _, _ in parts}) == len(parts)
    order.refunds[event["refund"]] = "OPEN"
    order.refund_lines[event["refund"]] = parts


def _check_refund_paid(order: KnownOrder, event: dict[str, Any]) -> None:
    assert order.refunds[event["refund"]] == "OPEN"
    order.refunds[event["refund"]] = "PAID"


def _check_refund_rejected(order: KnownOrder, event: dict[str, Any]) -> None:
    assert order.refunds[event["refund"]] == "OPEN"
    order.refunds[event["refund"]] = "REJECTED"
    for reference, goods, delivery in order.refund_lines[event["refund"]]:
        order.goods_left[reference] += goods
        order.delivery_left[reference] += delivery


def _check_fee_returned(order: KnownOrder, event: dict[str, Any]) -> None:
    assert order.refunds[event["refund"]] == "PAID"
    refunded = {reference for reference, _, _ in order.refund_lines[event["refund"]]}
    assert event["lines"]
    for line in event["lines"]:
        assert set(line) == {"line", "amount"}
        assert line["line"] in refunded
        amount = parse_minor(line["amount"], order.currency)
        assert amount > 0
        order.fee_room[line["line"]] -= amount
        assert order.fee_room[line["line"]] >= 0


_CHECKS = {
    "order.succeeded": _check_success,
    "payment.unfrozen": _check_success,
    "order.refunded": _check_refund,
    "refund.paid": _check_refund_paid,
    "refund.rejected": _check_refund_rejected,
    "channel.fee_returned": _check_fee_returned,
}
