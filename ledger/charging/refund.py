"""
What a refund of one order line takes back, and from whom.

The goods of a line are paid by the buyer and, where there are discounts, by the platform and the merchant; a refund
takes back from these three by what each still stands for. After the split the same refund is also taken back
from the receivers, by what each still has. So steps are never negative, a fully refunded line leaves everyone at
zero, and what was decided on the day of the split is never computed again.
"""

from dataclasses import replace

from ledger.charging.errors import RefundExceedsRemaining, Why
from ledger.charging.model import LineState, Refund, Split
from ledger.charging.rates import Bearer
from ledger.errors import InvariantBroken
from ledger.money import claw_back, format_amount


def refund_before_split(state: LineState, *, goods: int, delivery: int, place: tuple[str, ...] = ()) -> Refund:
    """
    Refund a line that is not split yet: it comes out of the order's funds, and what is left will be split. `place` is
    where the event names the line.

    Refusals, first match wins: RefundExceedsRemaining for the goods, then for the delivery.
    """
    if state.split is not None:
        raise ValueError(f"line {state.line} is split")
    return _refund_payers(state, goods, delivery, place)


def refund_after_split(state: LineState, *, goods: int, delivery: int, place: tuple[str, ...] = ()) -> Refund:
    """
    Refund a line that is split: every receiver gives back by what each still has, ranked merchant, platform, levels,
    agent; the platform's part is divided between its revenue and the tax the same way.

    Delivery is taken from the merchant in full and is no part of the shares. Levels that the platform bears give back
    to the platform, in step with the goods; the refund itself then comes from the other receivers. `place` is where the
    event names the line.

    Refusals, first match wins: RefundExceedsRemaining for the goods, then for the delivery.
    """
    if state.split is None:
        raise ValueError(f"line {state.line} is not split")
    return _with_claw_back(state, _refund_payers(state, goods, delivery, place))


def charge_back(state: LineState, *, amount: int) -> Refund:
    """
    What a lost dispute takes of a line where everyone who had a share bears it (J19b): the buyer's money of `amount`,
    by what is left of goods and delivery, and of the discounts the same part as of the buyer's money. All of it leaves
    nothing. 60.00 of 100.00 are 49.50 of the merchant, 4.80 of the platform, 3.00, 1.80, 0.60 and 0.30.

    The caller has checked that so much is left.
    """
    cash, delivery = claw_back(amount, (state.cash_left, state.delivery_left))
    discounts = (state.platform_discount_left, state.merchant_discount_left)
    # Rounded down, so that none is taken twice; exact at the end, when all of the cash goes.
    platform, merchant = (left * cash // state.cash_left if cash else 0 for left in discounts)
    refund = Refund(cash + platform + merchant, delivery, cash, platform, merchant)
    return refund if state.split is None else _with_claw_back(state, refund)


def check_undisputed(state: LineState, refund: Refund, *, disputed: int, place: tuple[str, ...] = ()) -> None:
    """
    Check that a refund leaves what disputes reserve of the line: the buyer would have it twice.

    Refusals: RefundExceedsRemaining, for the goods where they alone are too much, else for the delivery.
    """
    left = state.paid_left - disputed
    if disputed and refund.to_buyer > left:
        part = "amount" if refund.cash > left else "delivery"
        raise _exceeds(state, Why.UNDISPUTED, refund.to_buyer, left, (*place, part))


def _with_claw_back(state: LineState, refund: Refund) -> Refund:
    """What the receivers give back of it, by what each still has."""
    shares = state.shares_left
    assert shares is not None, "a line is split before anybody gives back"
    _check_shares(state, shares)
    goods = refund.goods
    if state.levels_born_by is Bearer.PLATFORM:
        merchant, commission, agent = claw_back(refund.shared, (shares.merchant, shares.commission, shares.agent))
        # The rest of the goods stands in the queue like a receiver, so the levels give back exactly their part.
        *levels, _ = claw_back(goods, (*shares.levels, state.goods_left - sum(shares.levels)))
    else:
        ranked = (shares.merchant, shares.commission, *shares.levels, shares.agent)
        merchant, commission, *levels, agent = claw_back(refund.shared, ranked)
    _, tax = claw_back(commission, (shares.revenue, shares.tax))
    return replace(refund, claw_back=Split(merchant, commission, tax, tuple(levels), agent))


def _refund_payers(state: LineState, goods: int, delivery: int, place: tuple[str, ...]) -> Refund:
    if goods < 0 or delivery < 0:
        raise ValueError(f"a refund of {goods} and {delivery} is none")
    if goods > state.goods_left:
        raise _exceeds(state, Why.THE_GOODS, goods, state.goods_left, (*place, "amount"))
    if delivery > state.delivery_left:
        raise _exceeds(state, Why.THE_DELIVERY, delivery, state.delivery_left, (*place, "delivery"))
    payers = (state.cash_left, state.platform_discount_left, state.merchant_discount_left)
    cash, platform_discount, merchant_discount = claw_back(goods, payers)
    return Refund(goods, delivery, cash, platform_discount, merchant_discount)


def _exceeds(state: LineState, part: Why, asked: int, left: int, field: tuple[str, ...]) -> RefundExceedsRemaining:
    return RefundExceedsRemaining(
        field=field,
        line=state.line,
        part=part,
        currency=state.currency,
        asked=format_amount(asked, currency=state.currency),
        left=format_amount(left, currency=state.currency),
    )


def _check_shares(state: LineState, shares: Split) -> None:
    # A state put together wrongly would still be allocated without a complaint, only to the wrong receivers.
    levels = sum(shares.levels)
    held = shares.merchant + shares.commission + shares.agent
    if state.levels_born_by is Bearer.MERCHANT:
        held += levels
    if held != state.cash_left + state.platform_discount_left or levels > state.goods_left:
        raise InvariantBroken(f"the shares of line {state.line} do not add up to what is left of its goods")
