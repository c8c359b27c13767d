"""
The life of a payout, pure.

    CREATED → SUBMITTED → ACCEPTED → PAID → RETURNED
    SUBMITTED → UNKNOWN → ACCEPTED | FAILED, by a query alone
    CREATED, SUBMITTED, ACCEPTED → FAILED        CREATED → CANCELLED

A bank that has accepted a transfer may still refuse it: it checks the account at its end later. Only its statement says
that the money has left, and what has left comes back as a return.
"""

from collections.abc import Mapping

from ledger.settlement.payouts.model import AnswerKind, PayoutStatus

_S = PayoutStatus

NEXT: Mapping[PayoutStatus, frozenset[PayoutStatus]] = {
    _S.CREATED: frozenset({_S.SUBMITTED, _S.FAILED, _S.CANCELLED}),
    _S.SUBMITTED: frozenset({_S.ACCEPTED, _S.UNKNOWN, _S.FAILED}),
    _S.UNKNOWN: frozenset({_S.ACCEPTED, _S.FAILED}),
    _S.ACCEPTED: frozenset({_S.PAID, _S.FAILED}),
    _S.PAID: frozenset({_S.RETURNED}),
    _S.RETURNED: frozenset(),
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
}

# Money stands in 2190.
IN_TRANSIT = frozenset({_S.SUBMITTED, _S.UNKNOWN, _S.ACCEPTED})
# The sheets' money is claimed and not yet paid.
UNDER_WAY = IN_TRANSIT | {_S.CREATED}

# How the rows of a payout's sheets stand at each point of its life.
STANDS: Mapping[PayoutStatus, str] = {
    **dict.fromkeys(UNDER_WAY, "CLAIMED"),
    _S.PAID: "PAID",
    _S.RETURNED: "RETURNED",
    _S.FAILED: "RELEASED",
    _S.CANCELLED: "RELEASED",
}

_TARGETS: Mapping[AnswerKind, PayoutStatus] = {
    AnswerKind.ACCEPTED: _S.ACCEPTED,
    AnswerKind.REFUSED: _S.FAILED,
    AnswerKind.PAID: _S.PAID,
    AnswerKind.RETURNED: _S.RETURNED,
}

# Points that an answer of this kind would lead to, or that come after it: it has been said before.
_PAST: Mapping[AnswerKind, frozenset[PayoutStatus]] = {
    AnswerKind.ACCEPTED: frozenset({_S.ACCEPTED, _S.PAID, _S.RETURNED}),
    AnswerKind.REFUSED: frozenset({_S.FAILED}),
    AnswerKind.PAID: frozenset({_S.PAID, _S.RETURNED}),
    AnswerKind.RETURNED: frozenset({_S.RETURNED}),
}


def find_steps(status: PayoutStatus, answer: AnswerKind) -> tuple[PayoutStatus, ...]:
    """
    Where an answer takes a payout, step by step; nothing when it does not follow on where the payout is.

    A bank that says "paid" of a transfer it never said "accepted" of has accepted it: both steps are taken.
    """
    target = _TARGETS[answer]
    if status not in IN_TRANSIT and status is not _S.PAID:
        return ()
    if target in NEXT[status]:
        return (target,)
    through = _S.ACCEPTED
    return (through, target) if through in NEXT[status] and target in NEXT[through] else ()


def is_repetition(status: PayoutStatus, answer: AnswerKind) -> bool:
    """Whether the payout already is where the answer would take it, or beyond."""
    return status in _PAST[answer]
