"""
The arithmetic of the charging oracle: shares, claw-backs and fees of one order line, in exact fractions.

It shares no code with the ledger, on purpose: where both agree, two people got the same sum.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

Account = tuple[str, str]  # account code, party reference or "" for the platform's own

LEVELS = ("level 1", "level 2", "level 3")
RANK = ("merchant", "platform", *LEVELS, "agent")
GOODS_PARTS = ("cash", "platform discount", "merchant discount")
ROUND: dict[str, Callable[[Fraction], int]] = {
    "HALF_UP": lambda exact: math.floor(exact + Fraction(1, 2)),
    "HALF_EVEN": round,
    "FLOOR": math.floor,
    "CEIL": math.ceil,
}


@dataclass
class Line:
    plan: dict[str, Any]
    category: str
    receivers: dict[str, str]  # role -> party, frozen at payment; a missing level or agent is absent
    left: dict[str, int]  # what is not refunded: the parts of the goods, and the delivery
    fee_charged: int = 0  # by the channel, at capture
    fee_returned: int = 0
    fee_recovered: int = 0  # from the merchant, ever
    fee_passed_back: int = 0
    disputed: int = 0  # what of the buyer's money disputes reserve
    shares: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RANK, 0))  # what each role still has
    platform: dict[str, int] = field(default_factory=lambda: {"4000": 0, "2105": 0})  # the platform's share, divided
    seats: dict[str, Account] = field(default_factory=dict)  # role -> where its share goes, known from the split on
    owners: dict[str, str] = field(default_factory=dict)  # role -> to whom its item was released last
    piles: dict[str, dict[Account, int]] = field(default_factory=dict)  # role -> what of its share stands where

    @property
    def goods_left(self) -> int:
        return sum(self.left[part] for part in GOODS_PARTS)

    @property
    def paid_left(self) -> int:
        return self.left["cash"] + self.left["delivery"]

    @property
    def undisputed(self) -> int:
        return self.paid_left - self.disputed

    @property
    def platform_bears_levels(self) -> bool:
        return bool(self.plan.get("distribution", {}).get("bornBy") == "PLATFORM")


def largest_remainder(total: int, weights: Sequence[int | Fraction]) -> list[int]:
    """Divide a total by weights given in order of rank; earlier ranks win ties."""
    if total == 0:
        return [0 for _ in weights]
    exact = [Fraction(total) * weight / sum(weights) for weight in weights]
    shares = [math.floor(share) for share in exact]
    by_fraction = sorted(range(len(exact)), key=lambda rank: (shares[rank] - exact[rank], rank))
    for rank in by_fraction[: total - sum(shares)]:
        shares[rank] += 1
    return shares


def take_back(total: int, held: dict[str, int], ranked: Sequence[str]) -> dict[str, int]:
    """Take a total back from holders in order of rank, weighted by what each still has."""
    return dict(zip(ranked, largest_remainder(total, [held[holder] for holder in ranked]), strict=True))


def share_levels(line: Line, base: int) -> tuple[list[int], int]:
    """Return what levels 1 to 3 get of the base, and what the platform gets for levels that are missing."""
    distribution = line.plan.get("distribution", {"rates": []})
    policy = distribution.get("missingLevel", "RESIDUAL")
    planned = [Fraction(rate) for rate in distribution["rates"]]
    exists = [level in line.receivers for level in LEVELS[: len(planned)]]
    weights = [
        rate if there or policy == "TO_PLATFORM" else rate * 0 for rate, there in zip(planned, exists, strict=True)
    ]
    for missing, there in enumerate(exists):
        if policy == "ROLL_UP" and not there:
            lower = [number for number in reversed(range(missing)) if exists[number]]
            higher = [number for number in range(missing, len(exists)) if exists[number]]
            for heir in (lower + higher)[:1]:
                weights[heir] += planned[missing]
    pool = ROUND[distribution.get("poolRounding", "FLOOR")](Fraction(base) * sum(weights))
    shares = largest_remainder(pool, weights)
    paid = [share if there else 0 for share, there in zip(shares, exists, strict=True)]
    return paid + [0] * (3 - len(paid)), pool - sum(paid)


def divide(line: Line, base: int, merchant_discount: int) -> dict[str, int]:
    """Divide goods among the roles. The merchant gets the rest; where none is left the others give way in turn."""
    commission, agent = line.plan["commission"], line.plan.get("agent", {"rate": "0"})
    rate = Fraction(commission.get("byCategory", {}).get(line.category, commission["default"]))
    levels, for_platform = share_levels(line, base)
    shares = dict(zip(LEVELS, levels, strict=True))
    shares["platform"] = ROUND[commission.get("rounding", "HALF_UP")](base * rate)
    shares["agent"] = ROUND[agent.get("rounding", "HALF_UP")](
        base * Fraction(agent["rate"]) * ("agent" in line.receivers)
    )
    give_way = ["agent", "platform"]
    if not line.platform_bears_levels:  # a platform that bears the levels does not pay itself for missing ones
        shares["platform"] += for_platform
        give_way += reversed(LEVELS)
    rest = base - merchant_discount - sum(shares[role] for role in give_way)
    for role in give_way:
        given = min(max(-rest, 0), shares[role])
        shares[role] -= given
        rest += given
    return {"merchant": rest, **shares}


def channel_fee(line: Line, paid: int) -> int:
    fee = line.plan.get("channelFee", {"rate": "0"})
    return ROUND[fee.get("rounding", "HALF_UP")](paid * Fraction(fee["rate"]))


def divide_platform(line: Line, commission: int) -> dict[str, int]:
    """Divide the commission into revenue and the tax inside it."""
    tax = Fraction(line.plan["commission"].get("taxInside", "0"))
    pending = ROUND["HALF_UP"](commission * tax / (1 + tax))
    return {"4000": commission - pending, "2105": pending}
