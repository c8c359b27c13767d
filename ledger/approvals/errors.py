"""Why an approval is refused."""

from ledger.errors import LedgerError, Words


class Why(Words):
    """What is wrong with a flow, a delegation or a request."""

    FLOW_NAME = "A flow has a name of 1 to 200 characters."
    FLOW_AMOUNT = "An amount is not negative, and has a currency."
    STEP_COUNT = "A flow has 1 to {most} steps."
    ONE_WORD_EACH = "A person's word counts once; name another one for each place."
    NEVER_ASKED_AMOUNT = "No {kind} has an amount: this flow would never be asked."
    NEVER_ASKED_BOOK = "No {kind} has a legal entity: this flow would never be asked."
    NEVER_ASKED_PARTY = "No {kind} has a party: this flow would never be asked."
    STEP_NAMES_NOBODY = "A step names whom it waits for, and to whom it is escalated."
    STEP_NAMES = "A step names at most {most} people."
    ANY_OPERATOR_ONCE = "One of any operators is named once."
    DUE_HOURS = "A step is due after 1 to {most} hours."
    NO_LIVE_KEY = "No live operator's key acts as {actor!r}."
    DELEGATION_ENDS = "A delegation ends after it starts, and in the future."
    DELEGATION_TO_ANOTHER = "A delegation goes to another person with an operator's key."
    NOTHING_TO_DELEGATE = "Only a person with an operator's key has something to delegate."
    SAY_WHY_REOPENED = "Say why the period has to be opened again."


class ApprovalMissing(LedgerError):
    """There is no such request."""

    code = "APPROVAL_MISSING"
    sentence = "There is no approval {approval}."


class ApprovalStale(LedgerError):
    """What was seen is not what would happen."""

    code = "APPROVAL_STALE"
    sentence = "What approval {approval} was asked for has changed; look at it again, or have it asked for again."


class ApprovalClosed(LedgerError):
    """The request has come to an end."""

    code = "APPROVAL_CLOSED"
    sentence = "Approval {approval} is {status}; nothing more can be said to it."


class ApprovalStillOpen(LedgerError):
    """Only what was refused, withdrawn or overtaken is submitted again."""

    code = "APPROVAL_STILL_OPEN"
    sentence = "Approval {approval} is {status}; only what was rejected, withdrawn or overtaken is submitted again."


class MakerIsChecker(LedgerError):
    """Nobody approves what he asked for himself."""

    code = "MAKER_IS_CHECKER"
    sentence = "{actor} asked for approval {approval}; another person decides."


class NotAnApprover(LedgerError):
    """The step that waits has no place for this person."""

    code = "NOT_AN_APPROVER"
    sentence = "Approval {approval} does not wait for {actor}, but for {awaited}."


class AlreadyDecided(LedgerError):
    """A person's word counts once."""

    code = "ALREADY_DECIDED"
    sentence = "Approval {approval} has the word of {actor} already."


class NotTheMaker(LedgerError):
    """Who asked may take it back or ask again, nobody else."""

    code = "NOT_THE_MAKER"
    sentence = "{maker} asked for approval {approval}; only he may take it back or ask again."


class DelegationMissing(LedgerError):
    """There is no such delegation of this person's."""

    code = "DELEGATION_MISSING"
    sentence = "{actor} has no delegation {delegation}."
