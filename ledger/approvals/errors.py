"""Why an approval is refused."""

from ledger.errors import LedgerError


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
