"""Why deposits are refused, in the order of judging."""

from ledger.errors import LedgerError


class DepositConflict(LedgerError):
    """The reference was used for something else."""

    code = "DEPOSIT_CONFLICT"
    sentence = "{reference} was already used for another deposit or step; use another reference for a new one."


class AgreementMissing(LedgerError):
    """There is no such agreement."""

    code = "DEPOSIT_AGREEMENT_MISSING"
    sentence = "There is no deposit agreement {agreement}."


class AgreementEnded(LedgerError):
    """It takes no more, and ends once."""

    code = "DEPOSIT_AGREEMENT_ENDED"
    sentence = "Agreement {agreement} ended at {instant}: nothing more comes in under it."


class DepositAboveAgreed(LedgerError):
    """A deposit is never more than what was agreed."""

    code = "DEPOSIT_ABOVE_AGREED"
    sentence = "Agreement {agreement} has {room} {currency} left to come in, less than {amount}."


class SliceMissing(LedgerError):
    """There is no such slice."""

    code = "DEPOSIT_SLICE_MISSING"
    sentence = "There is no deposit slice {slice}."


class DepositExceeded(LedgerError):
    """Out of a slice goes at most what it holds; what is billed and not received is not held."""

    code = "DEPOSIT_EXCEEDED"
    sentence = "Slice {slice} holds {held} {currency}, less than {amount}."


class DepositNotReleasable(LedgerError):
    """What goes back on its date goes back earlier only if a second person agrees, and no flow asks one."""

    code = "DEPOSIT_NOT_RELEASABLE"
    sentence = (
        "Slice {slice} goes back by itself on {day}; before that a second person has to agree. Define an approval flow"
        " for deposits."
    )


class DepositEmpty(LedgerError):
    """Everything went out before, or nothing ever came in."""

    code = "DEPOSIT_EMPTY"
    sentence = "Slice {slice} holds nothing."


class DepositClaimMissing(LedgerError):
    """Nothing was claimed of the slice under this reference; what waits for approval is not claimed yet."""

    code = "DEPOSIT_CLAIM_MISSING"
    sentence = "Slice {slice} has no claim {claim}."


class DepositClaimOfParty(LedgerError):
    """What a party got of a deposit is one of its lines, and is paid with its sheet."""

    code = "DEPOSIT_CLAIM_OF_PARTY"
    sentence = "Claim {claim} of slice {slice} went to a party, which is paid with its sheet."


class DepositClaimConflict(LedgerError):
    """A claim is paid once."""

    code = "DEPOSIT_CLAIM_CONFLICT"
    sentence = "That claim {claim} of slice {slice} is paid was already told with another reason; it is paid once."
