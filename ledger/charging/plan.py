"""
Fee plans: from a JSON document to a checked value and back, and the rates of one category.

The document's keys (rates are decimal strings; all but the first three may be left out, with the values shown):
    plan           name of the plan
    validFrom      first day on which it is in force
    commission     default; byCategory {}, rounding HALF_UP, taxInside "0"
    base           "goods"
    distribution   rates [], poolRounding FLOOR, missingLevel RESIDUAL, bornBy MERCHANT, selfPurchase ALLOW
    agent          rate "0", rounding HALF_UP
    delivery       receiver MERCHANT
    channelFee     rate "0", base "paid", rounding HALF_UP, bornBy MERCHANT
    channels       []: payment channels whose limits the plan must keep
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from ledger import fields, money
from ledger.charging import channels
from ledger.charging.errors import DepthExceeded, RatesExceedWhole
from ledger.charging.rates import MAX_PAID_LEVELS, Bearer, FeePlan, FrozenRates, MissingLevel, SelfPurchase
from ledger.money import Rounding

_Choice = TypeVar("_Choice", bound=StrEnum)

_REQUIRED = {"plan", "validFrom", "commission"}
_OPTIONAL = {"base", "distribution", "agent", "delivery", "channelFee", "channels"}


class _Base(StrEnum):
    GOODS = "goods"


class _FeeBase(StrEnum):
    PAID = "paid"


class _DeliveryReceiver(StrEnum):
    MERCHANT = "MERCHANT"


def parse_plan(document: Mapping[str, object]) -> FeePlan:
    """
    Read a fee plan and check it as a whole.

    Refusals, first match wins: InvalidInput or RateInvalid with the place, DepthExceeded, RatesExceedWhole,
        SplitRatioExceeded for a channel that the plan names.
    """
    read = _Section(fields.read_object(document, required=_REQUIRED, optional=_OPTIONAL))
    commission = read.section("commission", {"byCategory", "rounding", "taxInside"}, required={"default"})
    distribution = read.section("distribution", {"rates", "poolRounding", "missingLevel", "bornBy", "selfPurchase"})
    agent = read.section("agent", {"rate", "rounding"})
    channel_fee = read.section("channelFee", {"rate", "base", "rounding", "bornBy"})
    # What has only one value so far is read to refuse any other, and needs no place in the plan.
    read.choice("base", _Base.GOODS)
    read.section("delivery", {"receiver"}).choice("receiver", _DeliveryReceiver.MERCHANT)
    channel_fee.choice("base", _FeeBase.PAID)
    plan = FeePlan(
        name=fields.read_text(document["plan"], field=("plan",)),
        valid_from=fields.read_day(document["validFrom"], field=("validFrom",)),
        commission=commission.rate("default"),
        commission_by_category=commission.rates_by_name("byCategory"),
        commission_rounding=commission.choice("rounding", Rounding.HALF_UP),
        tax_inside=commission.rate("taxInside"),
        levels=distribution.rates("rates"),
        pool_rounding=distribution.choice("poolRounding", Rounding.FLOOR),
        missing_level=distribution.choice("missingLevel", MissingLevel.RESIDUAL),
        levels_born_by=distribution.choice("bornBy", Bearer.MERCHANT),
        self_purchase=distribution.choice("selfPurchase", SelfPurchase.ALLOW),
        agent=agent.rate("rate"),
        agent_rounding=agent.choice("rounding", Rounding.HALF_UP),
        channel_fee=channel_fee.rate("rate"),
        channel_fee_rounding=channel_fee.choice("rounding", Rounding.HALF_UP),
        channel_fee_born_by=channel_fee.choice("bornBy", Bearer.MERCHANT),
        channels=read.names("channels"),
    )
    _check_plan(plan)
    return plan


def rates_for(plan: FeePlan, category: str) -> FrozenRates:
    """Freeze what a plan says for an order line of this category, or the default where the category has no rate."""
    return FrozenRates(
        plan=plan.name,
        valid_from=plan.valid_from,
        commission=plan.commissions.get(category, plan.commission),
        commission_rounding=plan.commission_rounding,
        tax_inside=plan.tax_inside,
        levels=plan.levels,
        pool_rounding=plan.pool_rounding,
        missing_level=plan.missing_level,
        levels_born_by=plan.levels_born_by,
        agent=plan.agent,
        agent_rounding=plan.agent_rounding,
        channel_fee=plan.channel_fee,
        channel_fee_rounding=plan.channel_fee_rounding,
        channel_fee_born_by=plan.channel_fee_born_by,
    )


def _check_plan(plan: FeePlan) -> None:
    if len(plan.levels) > MAX_PAID_LEVELS:
        place = ("distribution", "rates")
        raise DepthExceeded(field=place, given=len(plan.levels), limit=MAX_PAID_LEVELS, by="Splitbook")
    if plan.largest_total > 1:
        raise RatesExceedWhole(total=money.format_rate(plan.largest_total))
    for channel in plan.channels:
        channels.check_channel(plan, channel, field=("channels",))


@dataclass(frozen=True, slots=True)
class _Section:
    """One object of the document, with the default of every key that may be left out."""

    entries: Mapping[str, object]
    field: tuple[str, ...] = ()

    def section(self, key: str, optional: Set[str], required: Set[str] = frozenset()) -> "_Section":
        place = (*self.field, key)
        return _Section(
            fields.read_object(self.entries.get(key, {}), field=place, required=required, optional=optional), place
        )

    def choice(self, key: str, default: _Choice) -> _Choice:
        return fields.read_choice(self.entries.get(key, default), type(default), field=(*self.field, key))

    def rate(self, key: str) -> Decimal:
        return money.parse_rate(self.entries.get(key, "0"), field=(*self.field, key))

    def rates(self, key: str) -> tuple[Decimal, ...]:
        place = (*self.field, key)
        listed = fields.read_list(self.entries.get(key, ()), field=place)
        return tuple(money.parse_rate(rate, field=(*place, str(index))) for index, rate in enumerate(listed))

    def rates_by_name(self, key: str) -> tuple[tuple[str, Decimal], ...]:
        place = (*self.field, key)
        entries = fields.read_entries(self.entries.get(key, {}), field=place)
        return tuple(sorted((name, money.parse_rate(rate, field=(*place, name))) for name, rate in entries.items()))

    def names(self, key: str) -> tuple[str, ...]:
        place = (*self.field, key)
        listed = fields.read_list(self.entries.get(key, ()), field=place)
        return tuple(sorted({fields.read_text(name, field=(*place, str(index))) for index, name in enumerate(listed)}))
