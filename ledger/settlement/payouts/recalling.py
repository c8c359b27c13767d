"""
Payouts that were sent and never handed over, as their channel was not there: they come back where they may not be paid
any more, before anybody hands them over.
"""

from dataclasses import replace
from datetime import datetime

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.journal.log import lock_log
from ledger.parties.finding import find_parties_by_id
from ledger.settlement.payouts import account_sql, sql, submission_sql
from ledger.settlement.payouts.loading import to_payout
from ledger.settlement.payouts.model import PayoutStatus
from ledger.settlement.payouts.moving import Moves, write_moves
from ledger.settlement.payouts.planning import Reason

# What one that was taken back has for the reason why it failed.
RECALLED = frozenset({Reason.PAYEE_ACCOUNT_RETIRED.value, Reason.PARTY_BLOCKED.value})


async def recall_payouts(conn: Connection, *, submission_id: int, actor: Actor, now: datetime) -> list[int]:
    """
    Fail the payouts of a submission that are for an account which its party has replaced (PAYEE_ACCOUNT_RETIRED), or
    for a party that is blocked (PARTY_BLOCKED); their numbers. A submission of which nothing is left is answered.

    Only while nobody has begun to hand it over: where that might have happened, nothing is released. It is for channels
    that hand a submission over once, and say for certain where they did not.
    """
    await lock_log(conn)
    if not await submission_sql.lock_untouched(conn, submission_id=submission_id):
        return []
    rows = await sql.find_payouts_of_submission(conn, submission_id=submission_id)
    payouts = [payout for payout in map(to_payout, rows) if payout.status is PayoutStatus.SUBMITTED]
    accounts = sorted({payout.payee_account_id for payout in payouts})
    retired = set(await account_sql.find_retired_accounts(conn, account_ids=accounts))
    parties = await find_parties_by_id(conn, party_ids={payout.party_id for payout in payouts})
    said_paid = set(await sql.find_said_paid(conn, payout_ids=[payout.payout_id for payout in payouts]))
    moves = await Moves.open(conn, payouts=payouts, now=now)
    for payout in payouts:
        reason = Reason.PAYEE_ACCOUNT_RETIRED if payout.payee_account_id in retired else None
        if reason is None and parties[payout.party_id].status == "BLOCKED":
            reason = Reason.PARTY_BLOCKED
        if reason is not None and payout.payout_id not in said_paid:
            moves.step(replace(payout, reason=reason.value), PayoutStatus.FAILED)
    if not moves.payouts:
        return []
    await write_moves(conn, moves=moves, actor=actor)
    if len(moves.payouts) == len(payouts):
        await submission_sql.answer_submission(conn, submission_id=submission_id, now=now)
    return sorted(moves.payouts)
