"""Why charging refuses. Documents of a wrong shape are refused as InvalidInput, with the place in `field`."""

from ledger.errors import LedgerError


class DepthExceeded(LedgerError):
    """More distributor levels are paid than the platform or a channel allows."""

    code = "DEPTH_EXCEEDED"
    sentence = "The plan pays {given} distributor levels; {by} allows {limit}. Leave out the last ones."


class RatesExceedWhole(LedgerError):
    """Commission, levels and agent together would take more than the goods cost."""

    code = "RATES_EXCEED_WHOLE"
    sentence = "The largest commission, all levels and the agent add up to {total}, above 1; lower one of them."


class SplitRatioExceeded(LedgerError):
    """More of the order's money would go to others than the payment channel allows."""

    code = "SPLIT_RATIO_EXCEEDED"
    sentence = "{total} of the goods would be split off; the channel {channel} allows {cap}. Lower the plan's rates."


class DiscountExceedsGoods(LedgerError):
    """The discounts of an order are larger than what they are given on."""

    code = "DISCOUNT_EXCEEDS_GOODS"
    sentence = "Discount {discount} is {excess} minor units above what is left of the goods; lower it."


class RefundExceedsRemaining(LedgerError):
    """More is to be refunded than is left of the line."""

    code = "REFUND_EXCEEDS_REMAINING"
    sentence = "Line {line} has {left} {currency} of its {part} left to refund, not {asked}."
