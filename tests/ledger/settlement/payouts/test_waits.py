"""Why money is not paid now, in words."""

from ledger.settlement.payouts.planning import Reason
from ledger.settlement.payouts.waits import WAITS, WAITS_AGAIN, Waits


def test_every_reason_to_wait_is_said_in_words():
    assert WAITS.keys() == WAITS_AGAIN.keys() == set(Reason)
    assert {*WAITS.values(), *WAITS_AGAIN.values()} == set(Waits)
