"""
What the log says of disputed money: for each line the part of it that the merchant would have to give back, so that it
can be held. What is in order funds or in suspense cannot be paid out, and is said when it leaves there.
"""

from collections.abc import Mapping

from ledger import money
from ledger.charging.order import MERCHANT, Order, OrderLine
from ledger.charging.refund import charge_back
from ledger.charging.standing import draw_shares

Names = Mapping[int, str]


def say_disputed(order: Order, parts: Mapping[str, int], *, names: Names) -> list[dict[str, object]]:
    """A dispute's parts of lines, with what of each the merchants have as things stand."""
    return [
        _say_line(order, reference, part, _find_share(order.lines[reference], part)[0] if order.is_split else 0, names)
        for reference, part in parts.items()
    ]


def say_split_disputes(order: Order, *, names: Names) -> dict[str, object]:
    """The open disputes of an order that is split by now, from the oldest on; nothing where there are none."""
    opened = [
        {"dispute": reference, "lines": say_disputed(order, dispute.lines, names=names)}
        for reference, dispute in sorted(order.disputes.items(), key=lambda each: each[1].sequence)
        if dispute.status == "NOTIFIED"
    ]
    if not opened:
        return {}
    return {**say_owing(order, names=names), "disputes": opened}


def say_released_disputes(order: Order, line: OrderLine, *, names: Names) -> dict[str, object]:
    """The open disputes of a line whose merchant's share leaves suspense; `line` is as it was before that."""
    reference = line.state.line
    left = line.suspended[MERCHANT].amount if line.suspended else 0
    opened: list[dict[str, object]] = []
    for name, dispute in sorted(order.disputes.items(), key=lambda each: each[1].sequence):
        part = dispute.lines.get(reference, 0) if dispute.status == "NOTIFIED" else 0
        waiting = min(left, _find_share(line, part)[1]) if part else 0
        if waiting:
            left -= waiting
            opened.append({"dispute": name, "lines": [_say_line(order, reference, part, waiting, names)]})
    return {"disputes": opened} if opened else {}


def say_owing(order: Order, *, names: Names) -> dict[str, object]:
    """The entity where the merchants' shares stand, if it is not the one that collects."""
    return {} if order.settling_book_id is None else {"settlingEntity": names[order.settling_book_id]}


def _find_share(line: OrderLine, part: int) -> tuple[int, int]:
    """What the merchant would give back of this part of a split line: of what he has, and of what is in suspense."""
    refund = charge_back(line.state, amount=part)
    share = refund.delivery + (refund.claw_back.merchant if refund.claw_back else 0)
    waiting = draw_shares(line, {MERCHANT: share})[MERCHANT].suspense if line.suspended else 0
    return share - waiting, waiting


def _say_line(order: Order, reference: str, part: int, share: int, names: Names) -> dict[str, object]:
    merchant_id = order.lines[reference].merchant_id
    return {
        "line": reference,
        "amount": money.format_amount(part, currency=order.currency),
        "merchant": names[merchant_id],
        "merchantId": merchant_id,
        "merchantShare": money.format_amount(share, currency=order.currency),
        "merchantShareMinor": share,
    }
