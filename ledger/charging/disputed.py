"""
What of disputed money the merchants would have to give back, and where it stands: for each line of a dispute the log
says what of it can be held, and what waits in suspense, where it cannot be paid out and is said when it leaves.

Each cent of suspense is counted on once, by the oldest dispute that is open when it is looked for; a dispute keeps what
it counts on until it is decided or the suspense is released. So what a dispute holds and what waits for it are together
its merchant's share, whatever is decided first. What was released to the merchant of somebody else's share is his to
give back, too.
"""

from collections.abc import Mapping

from ledger import money
from ledger.charging.order import MERCHANT, Dispute, Order, OrderLine
from ledger.charging.refund import charge_back
from ledger.charging.standing import count_drawn, draw_shares, find_free, share_amounts

Names = Mapping[int, str]


def count_dispute(order: Order, reference: str, *, names: Names) -> tuple[Order, list[dict[str, object]]]:
    """
    Count the merchants' shares of an open dispute's lines, once older ones have theirs: the order in which it counts on
    what is in suspense and nobody else counts on, and what the log says of each line. Before the split there is none.
    """
    dispute = order.disputes[reference]
    lines, waiting, said = dict(order.lines), dict[str, int](), list[dict[str, object]]()
    for each, part in dispute.lines.items():
        share = _find_share(order, dispute, each) if order.is_split else 0
        line = lines[each]
        waits = min(share, find_free((line.suspended or {}).get(MERCHANT)))
        if waits:
            waiting[each] = waits
            lines[each] = line.with_disputed(0, waiting=waits)
        given = _find_given(order, dispute, order.lines[each])
        said.append(_say_line(order, each, part, held=share - waits + given, waiting=waits, names=names))
    counted = dispute._replace(waiting=waiting) if waiting else dispute
    return order._replace(lines=lines, disputes={**order.disputes, reference: counted}), said


def count_split_disputes(order: Order, *, names: Names) -> tuple[Order, dict[str, object]]:
    """Count the open disputes of an order that is split by now, from the oldest on; the log says nothing of none."""
    opened: list[dict[str, object]] = []
    for reference, _ in order.open_disputes:
        order, lines = count_dispute(order, reference, names=names)
        opened.append({"dispute": reference, "lines": lines})
    return order, {**say_owing(order, names=names), "disputes": opened} if opened else {}


def count_released_disputes(order: Order, line: OrderLine, *, names: Names) -> tuple[Order, dict[str, object]]:
    """
    Count the open disputes of a line whose merchant's share leaves suspense: what they counted on there can be held
    from now on. `line` is as it was before that.
    """
    reference = line.state.line
    left = line.suspended[MERCHANT].amount if line.suspended else 0
    disputes, opened = dict(order.disputes), list[dict[str, object]]()
    for name, dispute in order.open_disputes:
        counted = dispute.waiting.get(reference, 0)
        if not counted:
            continue
        # Rounding may have left a unit less there than they count on; one that gets nothing of it waits no more, too.
        held = min(left, counted)
        left -= held
        said = _say_line(order, reference, dispute.lines[reference], held=held, waiting=0, names=names)
        opened.append({"dispute": name, "lines": [said]})
        disputes[name] = dispute._replace(waiting={**dispute.waiting, reference: 0})
    return order._replace(disputes=disputes), {"disputes": opened} if opened else {}


def count_given_disputes(order: Order, line: OrderLine, *, names: Names) -> dict[str, object]:
    """
    What the log says of the open disputes of a line of which somebody else's share goes to the merchant: what of that
    he would have to give back, so that it can be held. `line` is as it was before that, the order as it is after it.
    """
    reference = line.state.line
    opened: list[dict[str, object]] = []
    for name, dispute in order.open_disputes:
        if reference in dispute.lines:
            given = [_find_given(order, dispute, each) for each in (line, order.lines[reference])]
            said = _say_line(
                order, reference, dispute.lines[reference], held=given[1] - given[0], waiting=0, names=names
            )
            opened += [{"dispute": name, "lines": [said]}] if given[1] > given[0] else []
    return {"disputes": opened} if opened else {}


def find_overcounted(order: Order) -> set[str]:
    """The lines where less is in suspense than open disputes count on: rounding gave a unit of it to somebody else."""
    return {
        reference
        for reference, line in order.lines.items()
        if line.suspended and (item := line.suspended.get(MERCHANT)) is not None and item.disputed > item.amount
    }


def say_owing(order: Order, *, names: Names) -> dict[str, object]:
    """The entity where the merchants' shares stand, if it is not the one that collects."""
    return {} if order.settling_book_id is None else {"settlingEntity": names[order.settling_book_id]}


def _find_share(order: Order, dispute: Dispute, reference: str) -> int:
    """What the merchant would give back of a line for this dispute, when he has done so for those that are older."""
    state = order.lines[reference].state
    for _, older in order.open_disputes:
        if older.sequence < dispute.sequence and reference in older.lines:
            state = state.after(charge_back(state, amount=older.lines[reference]))
    refund = charge_back(state, amount=dispute.lines[reference])
    return refund.delivery + (refund.claw_back.merchant if refund.claw_back else 0)


def _find_given(order: Order, dispute: Dispute, line: OrderLine) -> int:
    """
    What of others' shares of a line the merchant would give back for this dispute, as it was released to him, when
    disputes that are older have taken theirs.
    """
    reference = line.state.line
    if not line.suspended or not order.is_split:
        return 0
    older = [each for _, each in order.open_disputes if each.sequence < dispute.sequence and reference in each.lines]
    given = 0
    for each in (*older, dispute):
        refund = charge_back(line.state, amount=each.lines[reference])
        assert refund.claw_back is not None, "a line is split before anybody gives back"
        drawn = draw_shares(line, share_amounts(line, refund.claw_back, delivery=refund.delivery))
        given = sum(part.splitter for rank, part in drawn.items() if rank != MERCHANT)
        line = count_drawn(line, drawn, sign=-1)._replace(state=line.state.after(refund))
    return given


def _say_line(order: Order, reference: str, part: int, *, held: int, waiting: int, names: Names) -> dict[str, object]:
    merchant_id = order.lines[reference].merchant_id
    return {
        "line": reference,
        "amount": money.format_amount(part, currency=order.currency),
        "merchant": names[merchant_id],
        "merchantId": merchant_id,
        "merchantShare": money.format_amount(held, currency=order.currency),
        "merchantShareMinor": held,
        "merchantWaiting": money.format_amount(waiting, currency=order.currency),
        "merchantWaitingMinor": waiting,
    }
