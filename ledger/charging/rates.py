"""What a fee plan says, and what of it is frozen on an order line. All rates are exact decimals."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from ledger.money import Rounding, common_fractions, format_rate, parse_rate

# Deeper chains are paid by nobody, whatever a plan says.
MAX_PAID_LEVELS = 3


class Bearer(StrEnum):
    """Whose money something comes out of."""

    MERCHANT = "MERCHANT"
    PLATFORM = "PLATFORM"


class MissingLevel(StrEnum):
    """Who gets the share of a level that an order's chain does not have."""

    RESIDUAL = "RESIDUAL"
    TO_PLATFORM = "TO_PLATFORM"
    ROLL_UP = "ROLL_UP"


class SelfPurchase(StrEnum):
    """Whether a distributor earns on what he buys himself."""

    ALLOW = "ALLOW"
    FORBID_SELF = "FORBID_SELF"


@dataclass(frozen=True)
class FeePlan:
    """
    One version of a platform's fee plan, in force from the day `valid_from`.

    `channels` names the payment channels against whose limits the plan was checked when it was published.
    """

    name: str
    valid_from: date
    commission: Decimal
    commission_by_category: tuple[tuple[str, Decimal], ...]
    commission_rounding: Rounding
    tax_inside: Decimal
    levels: tuple[Decimal, ...]
    pool_rounding: Rounding
    missing_level: MissingLevel
    levels_born_by: Bearer
    self_purchase: SelfPurchase
    agent: Decimal
    agent_rounding: Rounding
    channel_fee: Decimal
    channel_fee_rounding: Rounding
    channel_fee_born_by: Bearer
    channels: tuple[str, ...]

    @cached_property
    def commissions(self) -> dict[str, Decimal]:
        """The commission rates of the categories that have one of their own."""
        return dict(self.commission_by_category)

    @cached_property
    def largest_total(self) -> Decimal:
        """The largest commission, all levels and the agent: what may leave the merchant or the platform in all."""
        return max([self.commission, *self.commissions.values()]) + sum(self.levels) + self.agent

    @cached_property
    def largest_split(self) -> Decimal:
        """What is split off the order's own money at most; levels that the platform bears are paid from elsewhere."""
        if self.levels_born_by is Bearer.PLATFORM:
            return self.largest_total - sum(self.levels)
        return self.largest_total

    def to_document(self) -> dict[str, object]:
        """
        Write the plan in its one canonical form: every key, rates without trailing zeros, names sorted.

        parse_plan reads it back as the same plan; two documents mean the same exactly when these are equal.
        """
        return {
            "plan": self.name,
            "validFrom": self.valid_from.isoformat(),
            "base": "goods",
            "commission": {
                "default": format_rate(self.commission),
                "byCategory": {category: format_rate(rate) for category, rate in self.commission_by_category},
                "rounding": self.commission_rounding.value,
                "taxInside": format_rate(self.tax_inside),
            },
            "distribution": {
                "rates": [format_rate(rate) for rate in self.levels],
                "poolRounding": self.pool_rounding.value,
                "missingLevel": self.missing_level.value,
                "bornBy": self.levels_born_by.value,
                "selfPurchase": self.self_purchase.value,
            },
            "agent": {"rate": format_rate(self.agent), "rounding": self.agent_rounding.value},
            "delivery": {"receiver": "MERCHANT"},
            "channelFee": {
                "rate": format_rate(self.channel_fee),
                "base": "paid",
                "rounding": self.channel_fee_rounding.value,
                "bornBy": self.channel_fee_born_by.value,
            },
            "channels": list(self.channels),
        }


@dataclass(frozen=True)
class FrozenRates:
    """
    What of a plan is frozen on an order line when it is paid: later plans change nothing about it. `override` is
    the number of the merchant's own rates that took the place of some of the plan's.
    """

    plan: str
    valid_from: date
    commission: Decimal
    commission_rounding: Rounding
    tax_inside: Decimal
    levels: tuple[Decimal, ...]
    pool_rounding: Rounding
    missing_level: MissingLevel
    levels_born_by: Bearer
    agent: Decimal
    agent_rounding: Rounding
    channel_fee: Decimal
    channel_fee_rounding: Rounding
    channel_fee_born_by: Bearer
    override: int | None = None

    @cached_property
    def level_fractions(self) -> tuple[tuple[int, ...], int]:
        """The level rates as numerators over one denominator; worked out once for all lines that share the rates."""
        return common_fractions(self.levels)

    def to_document(self) -> dict[str, object]:
        """Write the rates as a small JSON object, as it is stored on an order line."""
        own = {} if self.override is None else {"override": self.override}
        return {
            "plan": self.plan,
            "validFrom": self.valid_from.isoformat(),
            "commission": format_rate(self.commission),
            "commissionRounding": self.commission_rounding.value,
            "taxInside": format_rate(self.tax_inside),
            "levels": [format_rate(rate) for rate in self.levels],
            "poolRounding": self.pool_rounding.value,
            "missingLevel": self.missing_level.value,
            "levelsBornBy": self.levels_born_by.value,
            "agent": format_rate(self.agent),
            "agentRounding": self.agent_rounding.value,
            "channelFee": format_rate(self.channel_fee),
            "channelFeeRounding": self.channel_fee_rounding.value,
            "channelFeeBornBy": self.channel_fee_born_by.value,
            **own,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "FrozenRates":
        """Read what to_document wrote. It comes from our own rows, so anything else in it is a bug and flies."""
        return cls(
            plan=document["plan"],
            valid_from=date.fromisoformat(document["validFrom"]),
            commission=parse_rate(document["commission"]),
            commission_rounding=Rounding(document["commissionRounding"]),
            tax_inside=parse_rate(document["taxInside"]),
            levels=tuple(parse_rate(rate) for rate in document["levels"]),
            pool_rounding=Rounding(document["poolRounding"]),
            missing_level=MissingLevel(document["missingLevel"]),
            levels_born_by=Bearer(document["levelsBornBy"]),
            agent=parse_rate(document["agent"]),
            agent_rounding=Rounding(document["agentRounding"]),
            channel_fee=parse_rate(document["channelFee"]),
            channel_fee_rounding=Rounding(document["channelFeeRounding"]),
            channel_fee_born_by=Bearer(document["channelFeeBornBy"]),
            override=document.get("override"),
        )
