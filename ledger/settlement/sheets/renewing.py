"""
Sheets that other people are asked about, once something was taken of them or given back. What they were shown is not
what would happen any more, so the request ends with the change, and is made again as the sheet stands, in the name of
whoever made it first.
"""

from collections.abc import Iterable
from datetime import datetime

from ledger.actor import Actor
from ledger.approvals.finding import find_waiting
from ledger.approvals.model import Kind
from ledger.approvals.withdrawing import overtake
from ledger.db.transacting import Connection
from ledger.settlement.sheets.approving import apply_sheet_approvals, digest_agreed
from ledger.settlement.sheets.payable import find_sheets

_KINDS = (Kind.SHEET, Kind.INVOICE_OVERRIDE, Kind.WRITE_OFF)


async def renew_requests(conn: Connection, *, sheet_ids: Iterable[int], actor: Actor, now: datetime) -> None:
    """
    End what waits for approval of how one of these sheets stood before: it is STALE. The payment of a sheet is asked
    for again at once, or goes on where nobody need agree to it any more; what a person asked for, he asks for again.
    The number of statements does not depend on the list.

    Called once what changed the sheets is posted: a payment that is asked for again nets what its party owes, which
    may take what has just come back.
    """
    wanted = set(sheet_ids)
    if not wanted:
        return
    by_subject = {sheet.subject: sheet for sheet in (await find_sheets(conn, sheet_ids=wanted)).values()}
    waiting = await find_waiting(conn, kinds=_KINDS, subjects=sorted(by_subject))
    outdated = [
        each.approval_id for each in waiting if each.digest != digest_agreed(by_subject[each.subject], each.kind)
    ]
    if not outdated:
        return
    ended = await overtake(conn, approval_ids=outdated, reason="what was asked for has changed", actor=actor, now=now)
    payments = [each for each in ended if each.kind is Kind.SHEET]
    await apply_sheet_approvals(conn, decided=payments, actor=actor, now=now)
