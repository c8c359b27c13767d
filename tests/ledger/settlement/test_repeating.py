"""Who asks again in one list for what was asked for before is told what came of that."""

from ledger.errors import LedgerError
from ledger.journal.model import Refused
from ledger.settlement.receipts.model import RecordedReceipt
from ledger.settlement.repeating import answer_each, find_first


def test_the_first_of_a_key_is_its_own_first_and_that_of_all_who_follow():
    assert find_first(["a", "b", "a", ("a", 1), "b", "a"]) == [0, 1, 0, 3, 1, 0]


def test_what_was_asked_for_again_is_a_replay_or_the_same_refusal():
    done, refused = RecordedReceipt(7, 12, False), Refused(LedgerError())

    answers = answer_each({1: refused, 0: done}, first=[0, 1, 0, 1, 0])

    assert answers == [done, refused, RecordedReceipt(7, 12, True), refused, RecordedReceipt(7, 12, True)]


def test_what_has_a_verdict_of_its_own_keeps_it():
    done, conflict = RecordedReceipt(7, 12, False), Refused(LedgerError())

    assert answer_each({0: done, 1: conflict}, first=[0, 0]) == [done, conflict]
