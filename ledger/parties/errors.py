"""Why parties are refused."""

from ledger.errors import LedgerError


class PartyMissing(LedgerError):
    """There is no such party."""

    code = "PARTY_MISSING"
    sentence = "There is no party {reference}."


class ParentKindNotAllowed(LedgerError):
    """The tree has rules about who may stand under whom."""

    code = "PARENT_KIND"
    sentence = "A {kind} stands under {allowed}, not under a {parent_kind}."


class SecondRoot(LedgerError):
    """A platform has one operator at its root."""

    code = "SECOND_ROOT"
    sentence = "The platform already has its operator, {reference}; every other party needs a parent."


class PartyConflict(LedgerError):
    """The reference is taken by a party with other content."""

    code = "PARTY_CONFLICT"
    sentence = "Party {reference} is already registered with other content; use another reference, or move or close it."


class PartyLoop(LedgerError):
    """A party cannot stand under itself."""

    code = "PARTY_LOOP"
    sentence = "{reference} cannot move under {to}, which stands below it."


class PartyNotActive(LedgerError):
    """A closed party takes no new business; a blocked one none until it is unblocked."""

    code = "PARTY_NOT_ACTIVE"
    sentence = (
        "Party {reference} is {status} and takes no new business: name another, or, while it is BLOCKED, unblock it."
    )


class RootStays(LedgerError):
    """The operator is the root for good."""

    code = "ROOT_STAYS"
    sentence = "The operator {reference} is the root of its platform and is neither moved, blocked nor closed."


class PartyClosedForGood(LedgerError):
    """Closing is final."""

    code = "PARTY_CLOSED"
    sentence = "Party {reference} is closed for good; register a new one."
