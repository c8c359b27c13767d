"""What an approval decided about steps of deposits: done if granted, nothing if not."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ledger.actor import Actor
from ledger.approvals.digests import digest_content
from ledger.approvals.errors import ApprovalStale
from ledger.approvals.model import Decided, Status
from ledger.db.transacting import Connection
from ledger.journal.model import Refused
from ledger.settlement.deposits.asking import AGREEMENTS
from ledger.settlement.deposits.discharging import check_discharge, discharge_slices
from ledger.settlement.deposits.ending import check_ending, end_agreements
from ledger.settlement.deposits.parsing import parse_discharge, parse_granted_ending


async def apply_deposits(conn: Connection, *, decided: Sequence[Decided], actor: Actor, now: datetime) -> None:
    """
    Do the steps that were granted, judged afresh, in the transaction of the decision. What its maker asked for again
    and no flow asks about any more was agreed to by nobody else, and is judged as that. A claim that was asked for
    before its party closed is decided; to ask for it again afterwards is new business, and nobody is asked about what
    could not be done by then.

    Refusals: ApprovalStale where what was decided is not what was asked for, or was done since; those of end_agreements
    and discharge_slices, for what is asked for again as well. They are raised, and the decision is rolled back with
    them.
    """
    for each in decided:
        if each.status is Status.PENDING:
            await _check_again(conn, each, now=now)
    endings = [each for each in decided if each.subject.startswith(AGREEMENTS)]
    decided = [each for each in decided if each not in endings]
    granted = [each for each in decided if each.granted]
    for each in (*granted, *endings):
        if digest_content(each.content) != each.digest:
            raise ApprovalStale(field=("approval",), approval=each.approval_id)
    await _end(conn, [each for each in endings if each.granted], actor=actor, now=now)
    for is_agreed in (True, False):
        drafts = [parse_discharge(json.loads(each.content)) for each in granted if _is_agreed(each) is is_agreed]
        for outcome in await discharge_slices(conn, drafts=drafts, actor=actor, now=now, is_granted=is_agreed):
            if isinstance(outcome, Refused):
                raise outcome.error


async def _check_again(conn: Connection, again: Decided, *, now: datetime) -> None:
    document = json.loads(again.content)
    if again.subject.startswith(AGREEMENTS):
        ending = replace(parse_granted_ending(document), approval_id=again.approval_id)
        is_open = await check_ending(conn, draft=ending)
    else:
        is_open = await check_discharge(conn, draft=parse_discharge(document), now=now)
    if not is_open:
        raise ApprovalStale(field=("approval",), approval=again.approval_id)


async def _end(conn: Connection, granted: Sequence[Decided], *, actor: Actor, now: datetime) -> None:
    drafts = []
    for each in granted:
        draft = parse_granted_ending(json.loads(each.content))
        agreed = replace(draft, approval_id=each.approval_id)
        drafts.append(agreed if _is_agreed(each) else replace(draft, due=None))
    for outcome in await end_agreements(conn, drafts=drafts, actor=actor, now=now):
        if isinstance(outcome, Refused):
            raise outcome.error


def _is_agreed(decided: Decided) -> bool:
    return decided.actor != decided.maker
