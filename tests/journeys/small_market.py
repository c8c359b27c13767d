"""The smallest market in which everything can go wrong: one of each kind, and a plan."""

from typing import Any

Document = dict[str, Any]

PARTIES: list[Document] = [
    {"reference": "OP", "kind": "OPERATOR", "name": "Operator"},
    {"reference": "LE", "kind": "LEGAL_ENTITY", "name": "Entity", "parent": "OP", "currency": "CNY"},
    {"reference": "AG", "kind": "AGENT", "name": "Agent", "parent": "OP"},
    {"reference": "M", "kind": "MERCHANT", "name": "Merchant", "parent": "AG"},
    {"reference": "D", "kind": "DISTRIBUTOR", "name": "Distributor", "parent": "OP"},
]
PLAN: Document = {
    "plan": "small",
    "validFrom": "2025-01-01",
    "commission": {"default": "0.08"},
    "distribution": {"rates": ["0.05", "0.03", "0.01"]},
    "channelFee": {"rate": "0.006"},
}


def merchant(reference: str, **changes: Any) -> Document:
    return {"reference": reference, "kind": "MERCHANT", "name": "Merchant", "parent": "AG"} | changes


def paid(order: str, *, currency: str = "CNY", goods: str = "100.00", **changes: Any) -> Document:
    """One line of goods, no delivery, no discount; `changes` replace keys of the event."""
    line = {"line": "1", "merchant": "M", "sku": "S", "category": "C", "quantity": 1, "goods": goods, "delivery": "0"}
    event: Document = {
        "event": "order.paid",
        "id": f"{order}/paid",
        "order": order,
        "occurredAt": "2025-02-01T08:00:00Z",
        "settlementEntity": "LE",
        "currency": currency,
        "channel": "sandbox",
        "channelTransaction": f"tx-{order}",
        "amount": goods,
        "lines": [line],
    }
    return event | changes


def with_line(order: str, **changes: Any) -> Document:
    """A payment whose line has other values; a value of None takes the key away."""
    event = paid(order)
    line = event["lines"][0] | changes
    event["lines"] = [{key: value for key, value in line.items() if value is not None}]
    return event


def succeeded(order: str, **changes: Any) -> Document:
    return later(order, "order.succeeded", "succeeded") | changes


def refunded(order: str, amount: Any, *, refund: str = "R", line: str = "1", **changes: Any) -> Document:
    lines = [{"line": line, "amount": amount}]
    return later(order, "order.refunded", refund) | {"refund": refund, "lines": lines} | changes


def later(order: str, event: str, name: str) -> Document:
    return {"event": event, "id": f"{order}/{name}", "order": order, "occurredAt": "2025-02-02T08:00:00Z"}
