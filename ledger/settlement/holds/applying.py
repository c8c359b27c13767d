"""What an approval decided about holds: placed or lifted if granted, nothing if not."""

import json
from collections.abc import Sequence
from datetime import datetime

from ledger.actor import Actor
from ledger.approvals.digests import digest_content
from ledger.approvals.errors import ApprovalStale
from ledger.approvals.model import Decided, Status
from ledger.db.transacting import Connection
from ledger.journal.model import Refused
from ledger.settlement.holds.lifting import check_lift, lift_holds
from ledger.settlement.holds.parsing import parse_hold, parse_lift
from ledger.settlement.holds.placing import check_hold, place_holds, retain_first


async def apply_holds(conn: Connection, *, decided: Sequence[Decided], actor: Actor, now: datetime) -> None:
    """
    Place and lift what was granted, judged afresh, in the transaction of the decision. What is asked for again is
    judged, too, so that nobody is asked about money that is gone or a hold that has ended.

    Refusals: ApprovalStale where what was decided is not what was asked for, or was done since; those of place_holds
    and lift_holds, for what is asked for again as well. They are raised, and the decision is rolled back with them.
    """
    for each in decided:
        if each.status is Status.PENDING:
            await _check_again(conn, each, actor=actor, now=now)
    granted = [each for each in decided if each.granted]
    for each in granted:
        if digest_content(each.content) != each.digest:
            raise ApprovalStale(field=("approval",), approval=each.approval_id)
    documents = [json.loads(each.content) for each in granted]
    holds = [parse_hold(each) for each in documents if "hold" not in each]
    lifts = [parse_lift(each) for each in documents if "hold" in each]
    await retain_first(conn, drafts=holds, actor=actor, now=now)
    placed = await place_holds(conn, drafts=holds, actor=actor, now=now, is_granted=True)
    lifted = await lift_holds(conn, drafts=lifts, actor=actor, now=now, is_granted=True)
    for outcome in (*placed, *lifted):
        if isinstance(outcome, Refused):
            raise outcome.error


async def _check_again(conn: Connection, again: Decided, *, actor: Actor, now: datetime) -> None:
    document = json.loads(again.content)
    if "hold" in document:
        is_open = await check_lift(conn, draft=parse_lift(document))
    else:
        draft = parse_hold(document)
        await retain_first(conn, drafts=[draft], actor=actor, now=now)
        is_open = await check_hold(conn, draft=draft)
    if not is_open:
        raise ApprovalStale(field=("approval",), approval=again.approval_id)
