"""
What happens once an approval is granted, rejected or taken back: one function for each kind, in the transaction that
decided.

A package that brings a kind adds its function to APPLIERS. It is told of every request of its kind that comes to an end
or is submitted again (`Decided.status`), does what was asked for where `granted`, and compares the digest of what it is
about to do with the one that was agreed to. ApprovalStale makes the request STALE; any other refusal leaves it waiting,
and whoever decided hears it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from ledger.actor import Actor
from ledger.approvals.deciding import decide
from ledger.approvals.defining import apply_definitions
from ledger.approvals.errors import ApprovalStale
from ledger.approvals.finding import find_waiting
from ledger.approvals.model import Decided, Decision, Judged, Kind, Requested, Status
from ledger.approvals.reopening import apply_reopenings
from ledger.approvals.withdrawing import overtake, resubmit, withdraw
from ledger.charging.overrides import apply_overrides
from ledger.charging.proposing import apply_plans
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.model import Refused
from ledger.settlement.adjustments.deciding import apply_adjustments
from ledger.settlement.deposits.applying import apply_deposits
from ledger.settlement.holds.applying import apply_holds
from ledger.settlement.payouts.ending import apply_payout_decisions
from ledger.settlement.payouts.late import apply_late_payments
from ledger.settlement.receipts.applying import apply_returns
from ledger.settlement.sheets.approving import apply_invoice_overrides, apply_sheet_approvals, apply_write_offs


class Apply(Protocol):
    """What a package brings for a kind of its own."""

    async def __call__(self, conn: Connection, *, decided: Sequence[Decided], actor: Actor, now: datetime) -> None: ...


APPLIERS: dict[Kind, Apply] = {
    Kind.ADJUSTMENT: apply_adjustments,
    Kind.DEPOSIT: apply_deposits,
    Kind.FLOW_DEFINITION: apply_definitions,
    Kind.HOLD: apply_holds,
    Kind.INVOICE_OVERRIDE: apply_invoice_overrides,
    Kind.LATE_PAYMENT: apply_late_payments,
    Kind.PAYOUT: apply_payout_decisions,
    Kind.PERIOD_REOPENING: apply_reopenings,
    Kind.PLAN_PUBLICATION: apply_plans,
    Kind.RATE_OVERRIDE: apply_overrides,
    Kind.RECEIPT_RETURN: apply_returns,
    Kind.SHEET: apply_sheet_approvals,
    Kind.WRITE_OFF: apply_write_offs,
}


class Withdrawal(NamedTuple):
    """A request to take back, and why."""

    approval_id: int
    reason: str


async def decide_all(
    database: Database, platform_id: int, decisions: Sequence[Decision], *, actor: Actor, now: datetime
) -> list[Judged | Refused]:
    """
    Decide a list and apply what came of it; one outcome per decision, in order.

    All in one transaction. Should applying one of them be refused, which is rare, each is decided in its own, so that
    it takes none of its neighbours down.
    """
    try:
        async with database.write(platform_id) as conn:
            return await _decide(conn, decisions, actor, now)
    except LedgerError as refusal:
        if refusal.retryable:
            raise
        if len(decisions) > 1:
            parts = [await decide_all(database, platform_id, [each], actor=actor, now=now) for each in decisions]
            return [outcome for part in parts for outcome in part]
        if isinstance(refusal, ApprovalStale):
            await _overtake(database, platform_id, decisions[0].approval_id, actor, now)
        return [Refused(refusal)]


async def withdraw_one(conn: Connection, withdrawal: Withdrawal, actor: Actor, now: datetime) -> Decided:
    """
    Take a request back and tell its subject.

    Refusals: those of ledger.approvals.withdrawing.withdraw, and of the subject's package.
    """
    (outcome,) = await withdraw(
        conn, approval_ids=[withdrawal.approval_id], reason=withdrawal.reason, actor=actor, now=now
    )
    if isinstance(outcome, Refused):
        raise outcome.error
    await apply_decided(conn, [outcome], actor, now)
    return outcome


async def resubmit_one(conn: Connection, approval_id: int, actor: Actor, now: datetime) -> Requested:
    """
    Ask again for what was refused, and tell its subject; the request that waits now. That is another one than was
    submitted where the subject's package asks for it as it stands by now, and none where that needs nobody's word.

    Refusals: those of ledger.approvals.withdrawing.resubmit, and of the subject's package.
    """
    requested, decided = await resubmit(conn, approval_id=approval_id, actor=actor, now=now)
    await apply_decided(conn, [decided], actor, now)
    waiting = await find_waiting(conn, kinds=[decided.kind], subjects=[decided.subject])
    if not waiting:
        return Requested(None, Status.NOT_REQUIRED)
    return requested._replace(approval_id=waiting[0].approval_id)


async def apply_decided(conn: Connection, decided: Sequence[Decided], actor: Actor, now: datetime) -> None:
    """Tell each kind's package what came of its requests, in their order."""
    for kind in dict.fromkeys(each.kind for each in decided):
        # A kind that nobody registered fails loudly: what was granted would otherwise never happen.
        await APPLIERS[kind](conn, decided=[each for each in decided if each.kind is kind], actor=actor, now=now)


async def _decide(
    conn: Connection, decisions: Sequence[Decision], actor: Actor, now: datetime
) -> list[Judged | Refused]:
    outcomes = await decide(conn, decisions=decisions, actor=actor, now=now)
    decided = [each.decided for each in outcomes if isinstance(each, Judged) and each.decided is not None]
    await apply_decided(conn, decided, actor, now)
    return outcomes


async def _overtake(database: Database, platform_id: int, approval_id: int, actor: Actor, now: datetime) -> None:
    """What was agreed to is no longer what would happen: the request ends, and its subject hears of it."""
    async with database.write(platform_id) as conn:
        ended = await overtake(
            conn, approval_ids=[approval_id], reason="what was asked for has changed", actor=actor, now=now
        )
        await apply_decided(conn, ended, actor, now)
