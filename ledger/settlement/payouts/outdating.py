"""
Payouts that their tax has outdated. A rule counts by the month of the entry that withholds: what was created in
one month and is not sent by its end is cancelled, and the next run counts it with the month it is then paid in.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from ledger.actor import Actor
from ledger.approvals.withdrawing import overtake
from ledger.db.transacting import Connection
from ledger.settlement.payouts.loading import find_posting_days
from ledger.settlement.payouts.model import Payout, PayoutStatus
from ledger.settlement.payouts.moving import Moves
from ledger.settlement.payouts.planning import Reason


async def find_outdated(conn: Connection, *, payouts: Collection[Payout], now: datetime) -> set[int]:
    """Those of these payouts, by number, whose tax was counted in another month than one sent now is posted in."""
    taxed = [payout for payout in payouts if payout.tax_month is not None]
    days = await find_posting_days(conn, book_ids={payout.book_id for payout in taxed}, now=now)
    return {payout.payout_id for payout in taxed if payout.tax_month != days[payout.book_id].replace(day=1)}


async def cancel_outdated(
    conn: Connection, *, moves: Moves, payouts: Collection[Payout], actor: Actor, now: datetime
) -> None:
    """Cancel these, in `moves`, and end what was asked about them; the log is locked."""
    for payout in payouts:
        moves.step(replace(payout, reason=Reason.TAX_MONTH_PASSED.value), PayoutStatus.CANCELLED)
    asked = [payout.approval_id for payout in payouts if payout.approval == "PENDING" and payout.approval_id]
    if asked:
        await overtake(conn, approval_ids=asked, reason="the month of its tax has passed", actor=actor, now=now)
