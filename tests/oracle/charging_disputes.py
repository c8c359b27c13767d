"""What disputes come to in the oracle: what they take of a line, and what of suspense each of them counts on."""

import copy

from tests.oracle.charging_arithmetic import GOODS_PARTS, LEVELS, RANK, Account, Line, take_back
from tests.oracle.charging_documents import Dispute, Order

SUSPENSE: Account = ("2200", "")


def list_charged_back(line: Line, part: int) -> dict[str, int]:
    """What the buyer's money of a dispute is of: cash and delivery by what is left, discounts in step with cash."""
    returned = take_back(part, line.left, ("cash", "delivery"))
    cash = line.left["cash"]
    for discount in ("platform discount", "merchant discount"):
        returned[discount] = line.left[discount] * returned["cash"] // cash if cash else 0
    return returned


def claw_back(line: Line, returned: dict[str, int]) -> dict[str, int]:
    """What everyone gives back of it, by what each still has; delivery, which is the merchant's alone, left out."""
    shared = returned["cash"] + returned["platform discount"]
    if not line.platform_bears_levels:
        return take_back(shared, line.shares, RANK)
    # The levels give back to the platform that bore them: their part of the goods, beside the rest.
    clawed_back = take_back(shared, line.shares, ("merchant", "platform", "agent"))
    levels = {level: line.shares[level] for level in LEVELS}
    levels["rest"] = line.goods_left - sum(levels.values())
    from_levels = take_back(sum(returned[part] for part in GOODS_PARTS), levels, (*LEVELS, "rest"))
    return clawed_back | {level: from_levels[level] for level in LEVELS}


def find_counted(order: Order, reference: str) -> int:
    """What open disputes count on of what the merchant of a line has in suspense."""
    return sum(each.counted.get(reference, 0) for each in order.disputes.values() if each.is_open)


def count_dispute(order: Order, dispute: Dispute) -> None:
    """The merchants' shares of it when older ones are lost, as far as they are in suspense and nobody counts on it."""
    for reference, part in dispute.parts.items():
        line = copy.deepcopy(order.lines[reference])
        for older in order.disputes.values():
            if older is dispute:
                break
            if older.is_open and reference in older.parts:
                _lose(line, older.parts[reference])
        free = line.piles["merchant"].get(SUSPENSE, 0) - find_counted(order, reference)
        dispute.counted[reference] = max(0, min(_lose(line, part), free))


def _lose(line: Line, part: int) -> int:
    """Take a part from everyone; what the merchant gave."""
    returned = list_charged_back(line, part)
    clawed_back = claw_back(line, returned)
    for left, taken in ((line.left, returned), (line.shares, clawed_back)):
        for name, amount in taken.items():
            left[name] -= amount
    return clawed_back["merchant"] + returned["delivery"]
