"""Why parties are refused."""

from ledger.errors import LedgerError, Words


class Why(Words):
    """What is wrong with a party's document."""

    PARTY_KEY_UNKNOWN = "Unknown key {given!r}; a party has: {known}."
    PARTY_KIND_UNKNOWN = "Unknown kind {given!r}; use one of {known}."
    OPERATOR_HAS_NO_PARENT = "An OPERATOR has no parent."
    PARENT_NEEDED = "A {kind} needs a parent."
    SETTLEMENT_KEY_UNKNOWN = "Unknown key {given!r}; settlement has: {known}."
    NOT_ONE_LINE = "{key} is one line without blanks at its ends."
    NO_PARTY_TEXT = "{key} is a text of 1 to {longest} characters."
    UNPRINTABLE = "{key} has a control character or half of one."
    NO_PARTY_OBJECT = "{key} is an object."
    TOO_DEEP = "{key} nests deeper than {most} levels."
    FRACTION = "{place} has a fraction; give it as text."
    NUMBER_TOO_LARGE = "{place} is above {most}; give it as text."
    NO_JSON = "The object cannot be kept as JSON."
    METADATA_TOO_LONG = "The object is longer than {most} characters."
    NOBODY = "nobody"


class PartyMissing(LedgerError):
    """There is no such party."""

    code = "PARTY_MISSING"
    sentence = "There is no party {reference}."


class ParentKindNotAllowed(LedgerError):
    """The tree has rules about who may stand under whom."""

    code = "PARENT_KIND"
    sentence = "{kind} stands under {allowed}, not under {parent_kind}."


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
