"""
Taking from sheets that other people are asked about. What they were shown is not what would happen any more, so the
request ends with the change, and is made again as the sheet stands, in the name of whoever made it first.
"""

from collections.abc import Sequence
from datetime import datetime

from ledger.actor import Actor
from ledger.approvals.finding import find_waiting
from ledger.approvals.model import Kind
from ledger.approvals.withdrawing import overtake
from ledger.db.transacting import Connection
from ledger.journal.model import Refused
from ledger.settlement.sheets.approving import apply_sheet_approvals, digest_agreed
from ledger.settlement.sheets.model import Sheet, Take, Taken
from ledger.settlement.sheets.payable import take_from_sheets

_KINDS = (Kind.SHEET, Kind.INVOICE_OVERRIDE, Kind.WRITE_OFF)


async def take_and_renew(
    conn: Connection, *, takes: Sequence[Take], actor: Actor, now: datetime
) -> list[Taken | Refused]:
    """
    Take from sheets, or give back, as `take_from_sheets`; what waits for approval of how one of them stood before is
    STALE then. The payment of a sheet is asked for again at once, or goes on where nobody need agree to it any more;
    what a person asked for, he asks for again. The number of statements does not depend on the list.
    """
    outcomes = await take_from_sheets(conn, takes=takes, actor=actor, now=now)
    changed = {outcome.sheet.sheet_id: outcome.sheet for outcome in outcomes if isinstance(outcome, Taken)}
    await _renew(conn, list(changed.values()), actor=actor, now=now)
    return outcomes


async def _renew(conn: Connection, sheets: Sequence[Sheet], *, actor: Actor, now: datetime) -> None:
    if not sheets:
        return
    by_subject = {sheet.subject: sheet for sheet in sheets}
    waiting = await find_waiting(conn, kinds=_KINDS, subjects=sorted(by_subject))
    outdated = [
        each.approval_id for each in waiting if each.digest != digest_agreed(by_subject[each.subject], each.kind)
    ]
    if not outdated:
        return
    ended = await overtake(conn, approval_ids=outdated, reason="what was asked for has changed", actor=actor, now=now)
    payments = [each for each in ended if each.kind is Kind.SHEET]
    await apply_sheet_approvals(conn, decided=payments, actor=actor, now=now)
