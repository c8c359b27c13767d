"""
Who is paid from what a bank account holds, pure.

In the order of due dates, then of creation; nobody overtakes. From the first payout that the account cannot carry, all
after it wait too: otherwise small ones would keep a large one waiting for good.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from ledger.settlement.payouts.planning import Reason


class Candidate(NamedTuple):
    """A payout that may be sent, in minor units of its account's currency."""

    payout_id: int
    paying_account_id: int
    due_date: date
    net: int
    fee: int


def admit(
    candidates: Sequence[Candidate],
    *,
    available: Mapping[int, int],
    asking: Collection[int] = (),
    exhausted: Collection[int] = (),
) -> tuple[list[Candidate], list[tuple[Candidate, Reason]]]:
    """
    Choose the payouts that are sent now, given what each paying account still has beside what is in transit.

    A payout needs its transfer and the fee that the bank will take with it. Those in `asking` only ask: each is told
    what would become of it, and keeps nothing from the others. Of the accounts that are `exhausted` somebody waits
    already, before all of these.
    """
    left = dict(available)
    full = set(exhausted)
    sent: list[Candidate] = []
    waiting: list[tuple[Candidate, Reason]] = []
    for candidate in sorted(candidates, key=lambda each: (each.due_date, each.payout_id)):
        account, needed = candidate.paying_account_id, candidate.net + candidate.fee
        if account in full:
            waiting.append((candidate, Reason.BEHIND_ANOTHER))
        elif needed > left.get(account, 0):
            if candidate.payout_id not in asking:
                full.add(account)
            waiting.append((candidate, Reason.BANK_BALANCE))
        else:
            if candidate.payout_id not in asking:
                left[account] -= needed
            sent.append(candidate)
    return sent, waiting
