"""
What becomes of sheets once other people have agreed: to pay or collect them, to pay a purchase without its invoice, to
give up what is owed. What waits is STALE as soon as its sheet has changed.

The functions `apply_…` are told of requests that have come to an end, in the transaction that decided. They compare the
digest of what would happen now with the one that was agreed to.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from ledger.actor import SYSTEM, Actor
from ledger.approvals.digests import digest_content, write_content
from ledger.approvals.errors import ApprovalStale
from ledger.approvals.finding import find_waiting
from ledger.approvals.model import ApprovalRequest, Decided, Kind, Requested
from ledger.approvals.model import Status as ApprovalStatus
from ledger.approvals.requesting import request_approvals
from ledger.approvals.withdrawing import overtake
from ledger.db.transacting import Connection
from ledger.errors import InvalidInput, LedgerError
from ledger.journal.log import lock_log
from ledger.settlement.sheets.errors import SheetMissing, SheetStatusRefused, Why
from ledger.settlement.sheets.model import MovementKind, Sheet, Status
from ledger.settlement.sheets.netting import find_debts
from ledger.settlement.sheets.payable import find_sheets
from ledger.settlement.sheets.planning import Rules
from ledger.settlement.sheets.settling import (
    describe_payment,
    settle_approved,
    settle_confirmed,
    settle_figures,
)
from ledger.settlement.sheets.stepping import Steps, write_and_post
from ledger.settlement.sheets.writing_off import describe_write_off, write_off

_REFUSED = (ApprovalStatus.REJECTED, ApprovalStatus.WITHDRAWN, ApprovalStatus.STALE)
_KINDS = (Kind.SHEET, Kind.INVOICE_OVERRIDE, Kind.WRITE_OFF)
# Owed from a negative sheet that was agreed.
OWING = (Status.RECEIVABLE, Status.CARRIED_FORWARD, Status.COLLECTING)


async def apply_sheet_approvals(conn: Connection, *, decided: Sequence[Decided], actor: Actor, now: datetime) -> None:
    """
    Settle sheets that were approved; take those that were not back to where they can be asked for again. What is asked
    for again is asked for as it stands now: another request may then wait in the place of the one that was submitted.

    Refusals: ApprovalStale where a sheet has changed since it was asked about (it is asked for again once that was
    told), and where one that is asked for again has gone on meanwhile.
    """
    await lock_log(conn)
    known = await find_sheets(conn, sheet_ids=[_sheet_id(each) for each in decided])
    rules = await Rules.load(conn, keys={sheet.key for sheet in known.values()})
    debts = await find_debts(conn, sheets=known.values())
    steps = Steps(actor, now)
    changed, asked = [], []
    for each in decided:
        sheet = known[_sheet_id(each)]
        if each.status not in _REFUSED and sheet.status is Status.CONFIRMED:
            asked.append(sheet)
        elif each.granted:
            _check_waiting(each, sheet)
            _check_digest(each, describe_payment(sheet))
            approved = steps.move(sheet, Status.APPROVED, reason=each.comment, approval=each.approval_id)
            settle_approved(steps, approved, debts=debts, rules=rules)
        elif each.status in _REFUSED and sheet.status is Status.APPROVAL:
            reason = f"{each.status.lower()}: {each.comment}".rstrip(": ")
            back = steps.move(sheet._replace(digest=None), Status.CONFIRMED, reason=reason)
            changed += [back] if each.status is ApprovalStatus.STALE else []
        elif each.status is ApprovalStatus.PENDING:
            _check_waiting(each, sheet)
    await write_and_post(conn, steps=steps)
    await _ask_again(conn, decided, asked, rules=rules, actor=actor, now=now)
    # What was held or retained since is no reason to stop: it is asked for again as it stands, by nobody in person. Who
    # asked first may still not agree to it himself.
    again = Steps(SYSTEM, now)
    makers = {_sheet_id(each): Actor(each.maker) for each in decided}
    await settle_confirmed(conn, steps=again, sheets=changed, rules=rules, makers=makers)
    await write_and_renew(conn, steps=again)


async def request_sheet_approval(conn: Connection, *, sheet_id: int, actor: Actor, now: datetime) -> Sheet:
    """
    Ask again for the approval of a sheet that was confirmed and is not waiting for one, as it stands now.

    Refusals, first match wins: SheetMissing, SheetStatusRefused.
    """
    await lock_log(conn)
    sheet = await _get_sheet(conn, sheet_id)
    if sheet.status is not Status.CONFIRMED:
        raise _refuse(sheet, step=Why.ASKING, needed=(Status.CONFIRMED,))
    steps = Steps(actor, now)
    rules = await Rules.load(conn, keys=[sheet.key])
    await settle_confirmed(conn, steps=steps, sheets=[sheet], rules=rules)
    await write_and_renew(conn, steps=steps)
    return steps.sheets[sheet_id]


async def request_invoice_override(
    conn: Connection, *, sheet_id: int, reason: str, actor: Actor, now: datetime
) -> Requested:
    """
    Ask for a purchase sheet to be paid without its invoice; another person has to agree.

    Refusals, first match wins: InvalidInput, SheetMissing, SheetStatusRefused.
    """
    if not reason.strip():
        raise InvalidInput(field=("reason",), reason=Why.WHY_NO_INVOICE)
    await lock_log(conn)
    sheet = await _get_sheet(conn, sheet_id)
    if sheet.status is not Status.INVOICE_PENDING:
        raise _refuse(sheet, step=Why.PAYING_UNINVOICED, needed=(Status.INVOICE_PENDING,))
    content = _describe_override(sheet)
    request = _to_request(sheet, Kind.INVOICE_OVERRIDE, content, amount=sheet.at_stake, description=reason)
    (requested,) = await request_approvals(conn, requests=[request], maker=actor, now=now)
    return requested


async def apply_invoice_overrides(conn: Connection, *, decided: Sequence[Decided], actor: Actor, now: datetime) -> None:
    """
    Pay purchase sheets without their invoice where that was agreed to. Raises ApprovalStale, also for what is asked for
    again and would be something else by now.
    """
    await lock_log(conn)
    standing = [each for each in decided if each.status not in _REFUSED]
    known = await find_sheets(conn, sheet_ids=[_sheet_id(each) for each in standing])
    rules = await Rules.load(conn, keys={sheet.key for sheet in known.values()})
    steps = Steps(actor, now)
    for each in standing:
        sheet = known[_sheet_id(each)]
        _check_digest(each, _describe_override(sheet))
        if each.granted:
            settle_figures(steps, sheet, debts={}, rules=rules)
    await write_and_post(conn, steps=steps)


async def request_write_off(conn: Connection, *, sheet_id: int, reason: str, actor: Actor, now: datetime) -> Requested:
    """
    Ask for what a party owes from a sheet to be given up; another person has to agree.

    Refusals, first match wins: InvalidInput, SheetMissing, SheetStatusRefused.
    """
    if not reason.strip():
        raise InvalidInput(field=("reason",), reason=Why.WHY_GIVEN_UP)
    await lock_log(conn)
    sheet = await _get_sheet(conn, sheet_id)
    if sheet.status not in OWING or not sheet.owed:
        raise _refuse(sheet, step=Why.WRITING_OFF, needed=OWING)
    content = describe_write_off(sheet)
    request = _to_request(sheet, Kind.WRITE_OFF, content, amount=sheet.owed, description=reason)
    (requested,) = await request_approvals(conn, requests=[request], maker=actor, now=now)
    return requested


async def apply_write_offs(conn: Connection, *, decided: Sequence[Decided], actor: Actor, now: datetime) -> None:
    """
    Give up what was agreed to be given up. Raises ApprovalStale, also for what is asked for again and would be
    something else by now.
    """
    await lock_log(conn)
    standing = [each for each in decided if each.status not in _REFUSED]
    known = await find_sheets(conn, sheet_ids=[_sheet_id(each) for each in standing])
    steps = Steps(actor, now)
    for each in standing:
        sheet = known[_sheet_id(each)]
        _check_digest(each, describe_write_off(sheet))
        if each.granted:
            await write_off(conn, steps=steps, sheet=sheet, approval_id=each.approval_id)
    await write_and_post(conn, steps=steps)


async def write_and_renew(conn: Connection, *, steps: Steps) -> None:
    """
    As write_and_post, and what waits for approval of a sheet that was netted is renewed: what its party owes from it is
    less than was shown. No further statement where nothing was netted.
    """
    await write_and_post(conn, steps=steps)
    netted = {take.sheet_id for take in steps.takes if take.kind is MovementKind.NETTED}
    await renew_requests(conn, sheet_ids=netted, actor=steps.actor, now=steps.now)


async def renew_requests(conn: Connection, *, sheet_ids: Iterable[int], actor: Actor, now: datetime) -> None:
    """
    End what waits for approval of how one of these sheets stood before something was taken of it or given back: it is
    STALE. What people were shown is not what would happen any more. The payment of a sheet is asked for again at once,
    in the name of whoever made it first, or goes on where nobody need agree to it any more; what a person asked for, he
    asks for again. The number of statements does not depend on the list.

    Called once what changed the sheets is posted: a payment that is asked for again nets what its party owes, which
    may take what has just come back.
    """
    wanted = set(sheet_ids)
    if not wanted:
        return
    by_subject = {sheet.subject: sheet for sheet in (await find_sheets(conn, sheet_ids=wanted)).values()}
    waiting = await find_waiting(conn, kinds=_KINDS, subjects=sorted(by_subject))
    outdated = [
        each.approval_id for each in waiting if each.digest != _digest_agreed(by_subject[each.subject], each.kind)
    ]
    if not outdated:
        return
    ended = await overtake(conn, approval_ids=outdated, reason="what was asked for has changed", actor=actor, now=now)
    payments = [each for each in ended if each.kind is Kind.SHEET]
    await apply_sheet_approvals(conn, decided=payments, actor=actor, now=now)


def _digest_agreed(sheet: Sheet, kind: Kind) -> bytes:
    """The digest of what would be done with a sheet as it stands, where people agree to this kind."""
    describe = {
        Kind.SHEET: describe_payment,
        Kind.INVOICE_OVERRIDE: _describe_override,
        Kind.WRITE_OFF: describe_write_off,
    }
    return digest_content(describe[kind](sheet))


async def _ask_again(
    conn: Connection, decided: Sequence[Decided], sheets: Sequence[Sheet], *, rules: Rules, actor: Actor, now: datetime
) -> None:
    """Ask about sheets whose requests were submitted again; a request that nobody need agree to any more ends."""
    steps = Steps(actor, now)
    await settle_confirmed(conn, steps=steps, sheets=sheets, rules=rules)
    await write_and_renew(conn, steps=steps)
    gone_on = {number for number, sheet in steps.sheets.items() if sheet.status is not Status.APPROVAL}
    left = [each.approval_id for each in decided if not each.granted and _sheet_id(each) in gone_on]
    if left:
        await overtake(conn, approval_ids=left, reason="what was asked for has changed", actor=actor, now=now)


def _check_digest(decided: Decided, content: str) -> None:
    if decided.digest != digest_content(content):
        raise ApprovalStale(field=("digest",), approval=decided.approval_id)


def _check_waiting(decided: Decided, sheet: Sheet) -> None:
    """Refuse with ApprovalStale a request that is not the one which the sheet waits for."""
    if sheet.status is not Status.APPROVAL or sheet.digest != decided.digest:
        raise ApprovalStale(field=("approval",), approval=decided.approval_id)


def _describe_override(sheet: Sheet) -> str:
    return write_content({"action": "PAY_WITHOUT_INVOICE", "status": sheet.status, "payment": describe_payment(sheet)})


def _to_request(sheet: Sheet, kind: Kind, content: str, *, amount: int, description: str) -> ApprovalRequest:
    return ApprovalRequest(
        kind=kind,
        subject=sheet.subject,
        digest=digest_content(content),
        amount_minor=amount,
        currency=sheet.key.currency,
        book_id=sheet.key.book_id,
        party_id=sheet.key.party_id,
        description=description,
        content=content,
    )


async def _get_sheet(conn: Connection, sheet_id: int) -> Sheet:
    sheet = (await find_sheets(conn, sheet_ids=[sheet_id])).get(sheet_id)
    if sheet is None:
        raise SheetMissing(field=("sheet",), sheet=sheet_id)
    return sheet


def _refuse(sheet: Sheet, *, step: Why, needed: tuple[Status, ...]) -> LedgerError:
    return SheetStatusRefused(field=("sheet",), sheet=sheet.sheet_id, status=sheet.status, step=step, needed=needed)


def _sheet_id(decided: Decided) -> int:
    return int(decided.subject.removeprefix("sheet/"))
