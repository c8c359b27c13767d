"""What the charging oracle keeps of orders, refunds and disputes."""

from dataclasses import dataclass, field

from tests.oracle.charging_arithmetic import Account, Line

Sides = dict[Account, tuple[int, int]]  # gross debit, gross credit


@dataclass
class RefundLine:
    sides: Sides
    returned: dict[str, int]  # the parts of the goods, and the delivery
    clawed_back: dict[str, int]  # by role; empty where the line was not split yet
    platform: dict[str, int]  # the platform's part of that, by account
    piles: dict[str, dict[Account, int]]  # by role: from where it came, with the merchant's delivery
    due: Sides  # what the collecting entity did, where another one owes the parties


@dataclass
class Refund:
    lines: dict[str, RefundLine]
    payable: int  # in 2070
    state: str = "OPEN"


@dataclass
class Dispute:
    parts: dict[str, int]  # by line
    state: str = "NOTIFIED"
    counted: dict[str, int] = field(default_factory=dict)  # by line: what of the merchant's share is in suspense

    @property
    def is_open(self) -> bool:
        return self.state in ("NOTIFIED", "DEFENDED")


@dataclass
class Order:
    reference: str
    entity: str
    currency: str
    owing: str  # the entity that owes the parties; the collecting one, unless the first payment names another
    lines: dict[str, Line] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    in_1100: int = 0
    is_split: bool = False
    is_unfrozen: bool = False
    disputes: dict[str, Dispute] = field(default_factory=dict)
    to_settle: int = 0  # what the channel captured, less its fees and what it has paid out
