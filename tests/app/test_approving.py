"""Every kind of request has somebody who does what was granted, and a word in the API."""

from app.api.approvals import ApprovalCapacity, ApprovalKind, ApprovalRule, ApprovalStatus, ApprovalVerdict
from app.approving import APPLIERS
from ledger.approvals.model import Capacity, Kind, Rule, Status, Verdict


def test_every_kind_is_applied_by_somebody():
    assert set(APPLIERS) == set(Kind)


def test_the_api_says_every_word_of_approvals():
    assert [str(each) for each in ApprovalKind] == [kind.value for kind in Kind]
    assert {str(each) for each in ApprovalStatus} == {status.value for status in Status} - {"NOT_REQUIRED"}
    for theirs, ours in ((ApprovalVerdict, Verdict), (ApprovalRule, Rule), (ApprovalCapacity, Capacity)):
        assert [str(each) for each in theirs] == [each.value for each in ours]
