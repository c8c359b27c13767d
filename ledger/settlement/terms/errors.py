"""Why terms are refused."""

from ledger.errors import LedgerError


class TermsNotForward(LedgerError):
    """Versions follow each other in time."""

    code = "TERMS_NOT_FORWARD"
    sentence = "These terms would begin on {valid_from}, before the version of {latest} that stands already."


class TermsOfNobody(LedgerError):
    """Only parties that are paid have terms."""

    code = "TERMS_OF_NOBODY"
    sentence = "{party} is a {kind} and is not paid by sheets; only agents, merchants, suppliers and distributors are."


class TermsRoleMissing(LedgerError):
    """A change of the platform's defaults names the role."""

    code = "TERMS_ROLE_MISSING"
    sentence = "Terms without a party are of a role; name MERCHANT, AGENT, SUPPLIER or DISTRIBUTOR."
