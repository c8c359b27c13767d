"""What an approval decided about returns of receipts: done if granted, nothing if not."""

import json
from collections.abc import Sequence
from datetime import datetime

from ledger.actor import Actor
from ledger.approvals.digests import digest_content
from ledger.approvals.errors import ApprovalStale
from ledger.approvals.model import Decided, Status
from ledger.db.transacting import Connection
from ledger.journal.model import Refused
from ledger.settlement.receipts.parsing import parse_return
from ledger.settlement.receipts.returning import check_return, return_receipts


async def apply_returns(conn: Connection, *, decided: Sequence[Decided], actor: Actor, now: datetime) -> None:
    """
    Give back what was granted, judged afresh, in the transaction of the decision. What its maker asked for again and no
    flow asks about any more was agreed to by nobody else, and is judged as that; nobody is asked about what could not
    be given back by then.

    Refusals: ApprovalStale where what was decided is not what was asked for, or was done since; those of
    return_receipts, for what is asked for again as well. They are raised, and the decision is rolled back with them.
    """
    for each in decided:
        if each.status is Status.PENDING and not await check_return(conn, draft=parse_return(json.loads(each.content))):
            raise ApprovalStale(field=("approval",), approval=each.approval_id)
    granted = [each for each in decided if each.granted]
    for each in granted:
        if digest_content(each.content) != each.digest:
            raise ApprovalStale(field=("approval",), approval=each.approval_id)
    for is_agreed in (True, False):
        drafts = [parse_return(json.loads(each.content)) for each in granted if (each.actor != each.maker) is is_agreed]
        for outcome in await return_receipts(conn, drafts=drafts, actor=actor, now=now, is_granted=is_agreed):
            if isinstance(outcome, Refused):
                raise outcome.error
