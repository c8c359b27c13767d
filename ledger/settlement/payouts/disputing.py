"""
A chargeback holds what has not left: payouts that were created and not sent give the money of their sheets back first,
and the next run pays what is left of it. What has been sent is not called back; if it comes back by itself, it is held
then. What agreements retain of sheets is retained before: once a chargeback that held it is won, it would be paid.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from ledger.actor import Actor
from ledger.approvals.withdrawing import overtake
from ledger.db.transacting import Connection
from ledger.settlement.deposits.retaining import retain_from_closed
from ledger.settlement.holds.disputes import find_short_sheets, follow_disputes, read_disputes
from ledger.settlement.holds.rests import end_rests, has_rests, place_rests
from ledger.settlement.payouts import sql
from ledger.settlement.payouts.loading import load_payouts
from ledger.settlement.payouts.model import Payout, PayoutStatus
from ledger.settlement.payouts.moving import Moves, write_moves
from ledger.settlement.payouts.planning import Reason


async def hold_all_disputed(conn: Connection, *, now: datetime, actor: Actor) -> None:
    """Hold and lift all that the log says of chargebacks, for whoever is about to pay; see hold_disputed."""
    while await hold_disputed(conn, now=now, actor=actor):
        pass


async def hold_disputed(conn: Connection, *, now: datetime, actor: Actor) -> int:
    """
    As follow_disputes: hold what chargebacks of the next stretch of the log dispute, and lift what was decided; how
    many records were read, 0 once caught up. Payouts in whose way that is are cancelled (CHARGED_BACK), unless a bank
    says that they were paid. What could not be held before is held as far as it is there now.
    """
    told = await read_disputes(conn)
    read = 0
    # A sheet that was still closing when a chargeback came may have closed since, and nothing was retained of it yet.
    if (told is not None and told.shares) or await has_rests(conn):
        await retain_from_closed(conn, now=now, actor=actor)
    if told is not None:
        short = await find_short_sheets(conn, shares=told.shares)
        claimed = await sql.find_claimed_sheets(conn, sheet_ids=short) if short else []
        unsent = await _find_unsent(conn, {row["payout_id"] for row in claimed})
        # What came back is not on the sheet that is short of it: whether it is needed shows once it is held.
        await _cancel(conn, [payout for payout in unsent if payout.takes_from == "2015"], actor=actor, now=now)
        read = await follow_disputes(conn, told=told, now=now, actor=actor)
        await end_rests(conn)
    behind = await _find_unsent(conn, set(await sql.find_unsent_of_rests(conn)))
    await _cancel(conn, behind, actor=actor, now=now)
    await place_rests(conn, now=now, actor=actor)
    return read


async def _find_unsent(conn: Connection, payout_ids: Collection[int]) -> list[Payout]:
    """Those of these payouts that were created and not sent."""
    if not payout_ids:
        return []
    payouts = await load_payouts(conn, payout_ids=sorted(payout_ids))
    said_paid = set(await sql.find_said_paid(conn, payout_ids=sorted(payouts)))
    return [
        payout
        for number, payout in sorted(payouts.items())
        if payout.status is PayoutStatus.CREATED and number not in said_paid
    ]


async def _cancel(conn: Connection, payouts: Sequence[Payout], *, actor: Actor, now: datetime) -> None:
    if not payouts:
        return
    moves = await Moves.open(conn, payouts=payouts, now=now)
    for payout in payouts:
        moves.step(replace(payout, reason=Reason.CHARGED_BACK.value), PayoutStatus.CANCELLED)
    await write_moves(conn, moves=moves, actor=actor)
    asked = [payout.approval_id for payout in payouts if payout.approval == "PENDING" and payout.approval_id]
    if asked:
        await overtake(conn, approval_ids=asked, reason="an order was charged back", actor=actor, now=now)
