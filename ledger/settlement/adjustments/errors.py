"""Why adjustments are refused, in the order of judging."""

from ledger.errors import LedgerError, Words


class Why(Words):
    """What is wrong with an adjustment."""

    COUNTERPARTY_NEEDED = "A {kind} names the party that gets it."
    NO_COUNTERPARTY = "A {kind} has no other party."
    SECOND_ACCOUNT = "Only a TRANSFER names a second account."
    ADJUSTMENT_ACCOUNT = "An adjustment moves what stands on one of {known}."
    EVIDENCE_DIGEST = "evidenceSha256 is 64 hexadecimal digits in small letters, given: {given}."
    ADJUSTMENTS_NAMED = "An answer names at most {most} adjustments, each once."


class AdjustmentConflict(LedgerError):
    """The reference is taken by an adjustment with other content."""

    code = "ADJUSTMENT_CONFLICT"
    sentence = "Adjustment {reference} was already proposed with other content; use another reference for a new one."


class AdjustmentMovesNothing(LedgerError):
    """From a share to the same share."""

    code = "ADJUSTMENT_MOVES_NOTHING"
    sentence = "An adjustment from {account} of {party} to the same moves nothing; name another party or account."


class AdjustmentForClosedParty(LedgerError):
    """A closed party takes no new business; what it gets corrects what it earned before."""

    code = "ADJUSTMENT_FOR_CLOSED_PARTY"
    sentence = "{party} is closed and takes no new business; name the order for which it gets this."


class AdjustmentMissing(LedgerError):
    """There is no such adjustment."""

    code = "ADJUSTMENT_MISSING"
    sentence = "There is no adjustment {reference}."


class AdjustmentElsewhere(LedgerError):
    """An answer to a dispute names what was done for its party, in the sheet's currency, by its legal entity."""

    code = "ADJUSTMENT_ELSEWHERE"
    sentence = "Adjustment {reference} is not of {party}, {legal_entity} and {currency} as sheet {sheet} is."


class AdjustmentRejected(LedgerError):
    """What was rejected answers nothing."""

    code = "ADJUSTMENT_REJECTED"
    sentence = "Adjustment {reference} was rejected; propose another one, or answer without it."
