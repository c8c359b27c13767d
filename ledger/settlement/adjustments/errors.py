"""Why adjustments are refused, in the order of judging."""

from ledger.errors import LedgerError


class AdjustmentConflict(LedgerError):
    """The reference is taken by an adjustment with other content."""

    code = "ADJUSTMENT_CONFLICT"
    sentence = "Adjustment {reference} was already proposed with other content; use another reference for a new one."


class AdjustmentMovesNothing(LedgerError):
    """From a share to the same share."""

    code = "ADJUSTMENT_MOVES_NOTHING"
    sentence = "An adjustment from {account} of {party} to the same moves nothing; name another party or account."
