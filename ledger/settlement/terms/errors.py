"""Why terms are refused."""

from ledger.errors import LedgerError, Words


class Why(Words):
    """What is wrong with a change of terms."""

    T_PLUS_NEEDS_CYCLE = "T+N has its due days; name another cycle with them."
    TERMS_NEEDED = "A change of terms says one of {known}."
    CYCLE = "A cycle is one of {known} (N up to {most}), given: {given}."
    T_PLUS_SAYS_DAYS = "T+{days} says its due days itself: leave dueDays out."
    DEEMED_ONLY = "confirmationDays goes with confirmation DEEMED."
    FIRST_DAY = "Terms begin between 1900 and 2999."
    WHOLE_NUMBER = "{key} is a whole number from {least} to {most}, given: {given}."


class TermsNotForward(LedgerError):
    """Versions follow each other in time."""

    code = "TERMS_NOT_FORWARD"
    sentence = "These terms would begin on {valid_from}, before the version of {latest} that stands already."


class TermsOfNobody(LedgerError):
    """Only parties that are paid have terms."""

    code = "TERMS_OF_NOBODY"
    sentence = "{party} is of kind {kind} and has no sheets; only agents, merchants, suppliers and distributors have."


class TermsRoleMissing(LedgerError):
    """A change of the platform's defaults names the role."""

    code = "TERMS_ROLE_MISSING"
    sentence = "Terms without a party are of a role; name MERCHANT, AGENT, SUPPLIER or DISTRIBUTOR."
