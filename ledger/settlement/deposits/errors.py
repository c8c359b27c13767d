"""Why deposits are refused, in the order of judging."""

from ledger.errors import LedgerError, Words


class Why(Words):
    """What is wrong with a deposit, its agreement or a step of it."""

    RATE_OF_NOTHING = "A rate of nothing retains nothing."
    RATE_TOO_SMALL = "The rate of this base is less than the smallest unit."
    DEPOSIT_ROLE = "role must be one of {known}."
    DEPOSIT_STEP = "step must be one of {known}."
    PARTY_OF_NO_CLAIM = "Only a claim goes to another party."
    ACCOUNT_WITH_PARTY = "An account is named together with its party."
    CLAIM_OF_ITSELF = (
        "A claim goes to another party than {party}, whose deposit it is; what goes back to it is released."
    )
    CLAIM_FOR_NOBODY = "A claim names the order whose customer gets it, or a party."
    DEPOSIT_ACCOUNT = "account must be one of {known}."
    START_YEAR = "startDate must be in {last} or before."
    NOT_OF_BASIS = "{key} does not go with this {basis}."
    BASIS_NEEDS = "A {basis} needs {key}."
    MONTHS = "months must be from 1 to {most}."
    CURRENCY_OF_AGREEMENT = "Agreement {agreement} is in {currency}."
    CURRENCY_OF_SLICE = "Slice {slice} is in {currency}."


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
