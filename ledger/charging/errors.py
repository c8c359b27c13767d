"""Why charging refuses. Documents of a wrong shape are refused as InvalidInput, with the place in `field`."""

from ledger.errors import LedgerError, Words


class Why(Words):
    """What is wrong with an event, a plan or rates."""

    QUANTITY = "{place} must be a whole number from 1 to {most}, given: {given}."
    NO_DECIMAL = '{place} must be a plain decimal string without a sign, such as "12.30", given: {given}.'
    EVENT_IS_NO_OBJECT = "An event must be an object, given: {given}."
    DISCOUNT_COUNT = "An order has at most {most} discounts."
    EVENT_LINES = "An event has 1 to {most} lines, not {count}."
    LINE_TWICE = "Line {line!r} is there twice; name each line once."
    LAST_DAY_BEFORE_FIRST = "The last day is not before the first."
    THE_GOODS = "goods"
    THE_DELIVERY = "delivery"
    UNDISPUTED = "undisputed money"
    THE_LINE = "Line {line}"
    THE_ORDER = "Order {order}"


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


class ModeMissing(LedgerError):
    """The event uses a mode of trade that the ledger does not know yet."""

    code = "MODE_MISSING"
    sentence = "{key} is refused until its mode of trade exists; leave it out."


class PlanConflict(LedgerError):
    """A version of a plan never changes."""

    code = "PLAN_CONFLICT"
    sentence = "Plan {plan} was already published for {valid_from} with other content; publish it for another day."


class PlanMissing(LedgerError):
    """No version of that plan was published."""

    code = "PLAN_MISSING"
    sentence = "There is no fee plan {plan}."


class PlanNeedsApproval(LedgerError):
    """A flow asks for somebody's approval, and whoever publishes here is no person who could be told of it."""

    code = "PLAN_NEEDS_APPROVAL"
    sentence = "Somebody has to agree to the plan {plan}; publish it over the API with a person's key."


class OverrideUnfit(LedgerError):
    """A plan that would be in force on days for which a merchant was granted rates that do not go with it."""

    code = "OVERRIDE_UNFIT"
    sentence = (
        "With this plan, orders of {party} would be refused ({because}) for the rates of its own that were granted from"
        " {valid_from} through {valid_through}, and those of {others} other merchants; grant rates that fit, or none,"
        " first."
    )


class NoPlanInForce(LedgerError):
    """Nothing says how an order of that day is split."""

    code = "NO_PLAN_IN_FORCE"
    sentence = "No fee plan is in force on {day}; publish one that is valid from that day or before."


class PartyOfKindMissing(LedgerError):
    """There is no such party, or it is not of the kind that is needed there."""

    code = "PARTY_OF_KIND_MISSING"
    sentence = "There is no {kind} {reference}; register it first."


class OrderMissing(LedgerError):
    """Nothing was paid for that order."""

    code = "ORDER_MISSING"
    sentence = "There is no order {order}; record its payment first."


class OrderChargedElsewhere(LedgerError):
    """Another system has charged the order: fee lines that say what would be computed here are booked, and stand."""

    code = "ORDER_CHARGED_ELSEWHERE"
    sentence = (
        "What is computed here of order {order} is booked already, by fee line {line}; take such lines back, or leave"
        " the order out."
    )


class OrderLineMissing(LedgerError):
    """The order has no such line."""

    code = "ORDER_LINE_MISSING"
    sentence = "Order {order} has no line {line}."


class RefundMissing(LedgerError):
    """The order has no such refund."""

    code = "REFUND_MISSING"
    sentence = "Order {order} has no refund {refund}."


class OrderMismatch(LedgerError):
    """A further payment names other legal entities or another currency than the first; `field` says which."""

    code = "ORDER_MISMATCH"
    sentence = "A further payment of order {order} names the legal entities of the first, and its currency, {currency}."


class OrderAlreadySucceeded(LedgerError):
    """An order is split once, and takes no payment after that."""

    code = "ORDER_ALREADY_SUCCEEDED"
    sentence = "Order {order} has already succeeded."


class OrderAlreadyUnfrozen(LedgerError):
    """A payment is unfrozen once, and the order takes no further one after that."""

    code = "ORDER_ALREADY_UNFROZEN"
    sentence = "The payment of order {order} is already unfrozen."


class LineExists(LedgerError):
    """A payment brings new lines."""

    code = "LINE_EXISTS"
    sentence = "Order {order} already has a line {line}; a further payment brings new lines."


class AmountMismatch(LedgerError):
    """What was paid is not what the lines cost."""

    code = "AMOUNT_MISMATCH"
    sentence = "The lines cost {lines} {currency} after discounts, the payment is of {amount}; make them equal."


class RefundExists(LedgerError):
    """A refund has one event."""

    code = "REFUND_EXISTS"
    sentence = "Order {order} already has a refund {refund}; give a new refund a name of its own."


class RefundAlreadyPaid(LedgerError):
    """The buyer has his money."""

    code = "REFUND_ALREADY_PAID"
    sentence = "Refund {refund} of order {order} is already paid."


class RefundAlreadyRejected(LedgerError):
    """The channel has rejected the refund."""

    code = "REFUND_ALREADY_REJECTED"
    sentence = "Refund {refund} of order {order} is already rejected; ask for a new one."


class ChannelFeeExceedsCharged(LedgerError):
    """A channel does not give back more than it took."""

    code = "CHANNEL_FEE_EXCEEDS_CHARGED"
    sentence = "Of line {line} the channel has {left} {currency} of its fee left to return, not {asked}."


class FreezeExpired(LedgerError):
    """The channel has let go of the money by itself: it splits nothing of it any more."""

    code = "FREEZE_EXPIRED"
    sentence = "The channel let go of order {order} on {frozen_until} and splits it no more; it is split here."


class InternalSplitMissing(LedgerError):
    """Nothing waits for money from elsewhere there."""

    code = "INTERNAL_SPLIT_MISSING"
    sentence = "Order {order} was not split here for want of its channel."


class DisputeMissing(LedgerError):
    """The order has no such dispute."""

    code = "DISPUTE_MISSING"
    sentence = "Order {order} has no dispute {dispute}."


class DisputeExists(LedgerError):
    """A dispute has one notification."""

    code = "DISPUTE_EXISTS"
    sentence = "There is already a dispute {dispute}; give a new dispute a name of its own."


class DisputeAlreadyDecided(LedgerError):
    """A dispute is won or lost once; a second one of the same payment has a name of its own."""

    code = "DISPUTE_ALREADY_DECIDED"
    sentence = "Dispute {dispute} is already decided: {status}."


class DisputeAlreadyDefended(LedgerError):
    """A dispute is defended once; the bank has the answer."""

    code = "DISPUTE_ALREADY_DEFENDED"
    sentence = "Dispute {dispute} is already defended; the buyer's bank decides now."


class DisputeExceedsRemaining(LedgerError):
    """More is disputed than the buyer has paid and not got back."""

    code = "DISPUTE_EXCEEDS_REMAINING"
    sentence = "{what} has {left} {currency} left to dispute, not {asked}."


class DisputeUneven(LedgerError):
    """The lines of a dispute are not what it is of."""

    code = "DISPUTE_UNEVEN"
    sentence = "The lines add up to {lines} {currency}, the dispute is of {amount}; make them equal."


class PaymentFrozen(LedgerError):
    """A channel settles what it has let go of."""

    code = "PAYMENT_FROZEN"
    sentence = "The payment of order {order} is still frozen at the channel; unfreeze it first."


class SettledExceedsCaptured(LedgerError):
    """A channel settles no more than it captured."""

    code = "SETTLED_EXCEEDS_CAPTURED"
    sentence = "Of order {order} the channel has {left} {currency} left to settle, not {asked}."


class SuspenseItemMissing(LedgerError):
    """There is no such item."""

    code = "SUSPENSE_ITEM_MISSING"
    sentence = "There is no suspense item {item}."


class SuspenseOpeningMissing(LedgerError):
    """The item was never opened so often."""

    code = "SUSPENSE_OPENING_MISSING"
    sentence = "Suspense item {item} was opened {times} times so far, and {opening} is none of them; ask for it anew."


class SuspenseAlreadyReleased(LedgerError):
    """The item went the other way."""

    code = "SUSPENSE_ALREADY_RELEASED"
    sentence = "Suspense item {item} was already released to {to}."


class BatchRefused(Exception):
    """
    The journal refused an entry of an event that the order itself allows. Nothing of the batch may be committed; run
    its events singly: the one at `place` will be refused with `error`, its neighbours will not.
    """

    def __init__(self, *, place: int, event_id: str, error: LedgerError) -> None:
        self.place = place
        self.event_id = event_id
        self.error = error
        super().__init__(f"event {event_id} at {place}: {error}")
