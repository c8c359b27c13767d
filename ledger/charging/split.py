"""How one order line is split, how discounts fall on lines, and what the channel keeps."""

from collections.abc import Sequence

from ledger.charging.errors import DiscountExceedsGoods
from ledger.charging.model import Discount, DiscountParts, Split
from ledger.charging.rates import Bearer, FrozenRates, MissingLevel
from ledger.money import allocate, claw_back, divide, multiply, tax_inside


def split_line(
    *, goods: int, merchant_discount: int, rates: FrozenRates, levels: Sequence[bool], has_agent: bool
) -> Split:
    """
    Split the goods of one order line among merchant, platform, distributor levels and agent.

    `goods` is undiscounted and not refunded; all rates apply to it. `levels` says for each level of the rates whether
    the order's chain has it. The merchant gets the rest, less the discount that he bears himself, so
    merchant + commission + levels + agent = goods - merchant_discount, always; levels that the platform bears are
    paid beside that. Where the rest would be negative, the agent, the commission and the levels from the last up
    give way in this order, none below zero.

    With commission 8 %, levels 5/3/1 %, agent 0.5 %:
    100.00: commission 8.00; pool 9.00 as 5.00/3.00/1.00; agent 0.50; the rest 82.50.
    99.99 without agent: commission 7.9992, so 8.00; pool 8.9991, so 8.99, by largest remainder
        4.99/3.00/1.00; the rest 83.00.
    100.00 with level 1 only. RESIDUAL: the pool is of 5 % alone, merchant 86.50. TO_PLATFORM: the pool is
        9.00, level 1 gets its 5.00 and 4.00 join the commission, 12.00, and are taxed with it. ROLL_UP: 3 % and 1 %
        go to level 1, 9.00. Merchant 82.50 in both.
    """
    if not 0 <= merchant_discount <= goods:
        raise ValueError(f"goods of {goods} cannot carry a discount of {merchant_discount}")
    shares, missing = _share_pool(goods, rates, levels)
    commission = multiply(goods, rates.commission, rates.commission_rounding)
    agent = multiply(goods, rates.agent, rates.agent_rounding) if has_agent else 0
    merchant = goods - merchant_discount - commission - agent
    platform_bears = rates.levels_born_by is Bearer.PLATFORM
    # A platform that bears the levels would pay itself for a missing one, so nothing moves for it.
    if not platform_bears:
        commission += missing
        merchant -= missing + sum(shares)
    if merchant < 0:
        agent, commission, *cut = _give_way(-merchant, (agent, commission, *(() if platform_bears else shares[::-1])))
        shares = shares if platform_bears else tuple(cut[::-1])
        merchant = 0
    return Split(merchant, commission, tax_inside(commission, rates.tax_inside), shares, agent)


def channel_fee(paid: int, rates: FrozenRates) -> int:
    """Find what the channel keeps of what the buyer paid for a line, delivery included and discounts taken off."""
    return multiply(paid, rates.channel_fee, rates.channel_fee_rounding)


def spread_discounts(discounts: Sequence[Discount], goods_by_line: Sequence[int]) -> tuple[DiscountParts, ...]:
    """
    Spread each discount over the goods of the lines by largest remainder; ties to the earlier line.

    Callers pass the lines in an order that does not depend on how the event lists them.

    Refusals: DiscountExceedsGoods, when the discounts up to one of them are more than all goods.
    """
    left = tuple(goods_by_line)
    borne: dict[Bearer, tuple[int, ...]] = dict.fromkeys(Bearer, (0,) * len(left))
    for index, discount in enumerate(discounts):
        excess = discount.amount - sum(left)
        if excess > 0:
            place = ("discounts", str(index), "amount")
            raise DiscountExceedsGoods(field=place, discount=discount.code, excess=excess)
        parts = allocate(discount.amount, goods_by_line)
        # Two discounts of 0.01 on lines of 0.01 and 0.01 would both fall on the first line, which then cost -0.01.
        if any(part > room for part, room in zip(parts, left, strict=True)):
            parts = claw_back(discount.amount, left)
        left = tuple(room - part for room, part in zip(left, parts, strict=True))
        bearer = discount.born_by
        borne[bearer] = tuple(so_far + part for so_far, part in zip(borne[bearer], parts, strict=True))
    return tuple(map(DiscountParts, borne[Bearer.PLATFORM], borne[Bearer.MERCHANT]))


def _share_pool(goods: int, rates: FrozenRates, levels: Sequence[bool]) -> tuple[tuple[int, ...], int]:
    # The shares of the levels, and what the missing ones leave to the platform.
    weights, one = rates.level_fractions
    if len(levels) != len(weights):
        raise ValueError(f"{len(levels)} levels for a plan of {len(weights)}")
    complete = all(levels)
    if not complete and rates.missing_level is not MissingLevel.TO_PLATFORM:
        weights = _roll_up(weights, levels) if rates.missing_level is MissingLevel.ROLL_UP else weights
        weights = tuple(weight if exists else 0 for weight, exists in zip(weights, levels, strict=True))
    pool = divide(goods * sum(weights), one, rates.pool_rounding)
    shares = allocate(pool, weights)
    if complete:
        return shares, 0
    paid = tuple(share if exists else 0 for share, exists in zip(shares, levels, strict=True))
    return paid, pool - sum(paid)


def _roll_up(weights: tuple[int, ...], levels: Sequence[bool]) -> tuple[int, ...]:
    # The rate of a missing level goes to the nearest level below it that exists, else to the nearest above it.
    rolled = list(weights)
    for missing, exists in enumerate(levels):
        if exists:
            continue
        heirs = [*range(missing - 1, -1, -1), *range(missing + 1, len(levels))]
        heir = next((level for level in heirs if levels[level]), missing)
        if heir != missing:
            rolled[heir] += weights[missing]
    return tuple(rolled)


def _give_way(shortfall: int, shares: Sequence[int]) -> list[int]:
    # Rounding alone can cost a unit or two; a large discount of the merchant's own can cost everything.
    left = []
    for share in shares:
        given = min(share, shortfall)
        shortfall -= given
        left.append(share - given)
    return left
