"""Why what belongs to several packages of settlement is refused."""

from ledger.errors import LedgerError


class PartyEarnsNothing(LedgerError):
    """Only a party that earns can be owed, and only what is owed can be held, kept or adjusted."""

    code = "PARTY_EARNS_NOTHING"
    sentence = "{party} is of kind {kind} and earns nothing; name a merchant, a supplier, an agent or a distributor."


class NamedOrderMissing(LedgerError):
    """What is said to be of an order is of one that was paid here, or that a fee line of another system is of."""

    code = "NAMED_ORDER_MISSING"
    sentence = (
        "There is no order {order}: nothing was paid for it here, and no fee line is of it. Correct the reference, or"
        " record its payment first."
    )


class NamedLineMissing(LedgerError):
    """The order is known, and that line of it is not."""

    code = "NAMED_LINE_MISSING"
    sentence = "Order {order} has no line {line}; correct it, or name the order alone."
