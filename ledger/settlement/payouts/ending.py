"""Cancelling payouts that were not sent, paying again what failed or came back, and what approvers decided."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from ledger.actor import Actor
from ledger.approvals.errors import ApprovalStale
from ledger.approvals.model import Decided, Status
from ledger.approvals.withdrawing import overtake
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.fields import cut_text
from ledger.journal.log import lock_log
from ledger.journal.model import Refused
from ledger.settlement.holds.rests import find_disputed_sheets
from ledger.settlement.payouts import account_sql, sql
from ledger.settlement.payouts.creating import create_again, load_world, withhold_first, write_payouts
from ledger.settlement.payouts.errors import (
    PayoutCannotBeRetried,
    PayoutMissing,
    PayoutReplaced,
    PayoutSaidPaid,
    PayoutStatusRefused,
    Why,
)
from ledger.settlement.payouts.loading import load_payouts
from ledger.settlement.payouts.model import Created, DueSheet, Late, Payout, PayoutDraft, PayoutStatus, Share
from ledger.settlement.payouts.moving import Moves, list_returned, write_moves
from ledger.settlement.payouts.planning import Reason
from ledger.settlement.payouts.waits import WAITS_AGAIN
from ledger.settlement.sheets.unpaid import find_payable_again

_S = PayoutStatus


async def cancel_payouts(
    conn: Connection, *, payout_ids: Sequence[int], reason: str, actor: Actor, now: datetime
) -> list[Payout | Refused]:
    """
    Cancel payouts that were created and not sent; their sheets have the money back. One outcome each, in order;
    cancelling twice is cancelling once.

    Refusals, first match wins: PayoutMissing, PayoutStatusRefused, PayoutSaidPaid.
    """
    await lock_log(conn)
    payouts = await load_payouts(conn, payout_ids=payout_ids)
    said_paid = set(await sql.find_said_paid(conn, payout_ids=sorted(payouts)))
    moves = await Moves.open(conn, payouts=payouts.values(), now=now)
    outcomes: list[Payout | Refused] = []
    approvals: list[int] = []
    for number in payout_ids:
        payout = payouts.get(number)
        refusal = _refuse(number, payout, needed=(_S.CREATED, _S.CANCELLED), action=Why.CANCELLING)
        if payout is None or refusal is not None:
            outcomes.append(Refused(refusal or PayoutMissing(payout=number)))
            continue
        if payout.status is _S.CREATED:
            if number in said_paid:
                outcomes.append(Refused(PayoutSaidPaid(field=("payout",), payout=number)))
                continue
            if payout.approval == "PENDING" and payout.approval_id:
                approvals.append(payout.approval_id)
            payout = payouts[number] = moves.step(replace(payout, reason=cut_text(reason)), _S.CANCELLED)
        outcomes.append(payout)
    await write_moves(conn, moves=moves, actor=actor)
    if approvals:
        await overtake(conn, approval_ids=approvals, reason="the payout was cancelled", actor=actor, now=now)
    return outcomes


async def retry_payout(
    conn: Connection, *, payout_id: int, actor: Actor, now: datetime, late: Late | None = None
) -> Created:
    """
    Pay again what failed or came back, by a new payout on the account that the party is paid on now. What failed takes
    those of its sheets anew that nobody has paid since, what came back is paid out of 2016. Of a payout that was
    replaced while a part of its money was on hold, the part that is left is paid. Where an answer says that it was paid
    after all, it is not paid again before a person has seen to that answer; with `late` one has, and the payout is
    between the accounts of then.

    Refusals, first match wins: PayoutMissing, PayoutStatusRefused, PayoutReplaced, PayoutCannotBeRetried.
    """
    await lock_log(conn)
    payout = (await load_payouts(conn, payout_ids=[payout_id])).get(payout_id)
    refusal = _refuse(payout_id, payout, needed=(_S.FAILED, _S.RETURNED), action=Why.PAYING_AGAIN)
    if payout is None or refusal is not None:
        raise refusal or PayoutMissing(payout=payout_id)
    replaced_by = await sql.find_replacement(conn, payout_id=payout_id)
    sheet_ids = [share.sheet_id for share in payout.shares]
    # What was not in the payout that replaced it, as it was on hold, is still to be paid, and by no run: it has failed.
    is_rest = (
        replaced_by is not None and payout.status is _S.FAILED and await find_payable_again(conn, sheet_ids=sheet_ids)
    )
    if replaced_by is not None and not is_rest:
        raise PayoutReplaced(field=("payout",), payout=payout_id, by=replaced_by)
    if payout.takes_from == "2016" and payout.status is _S.FAILED:
        # What had come back waits with the payout that it came back from.
        assert payout.replaces is not None, "money that came back is paid in the place of another payout"
        return await retry_payout(conn, payout_id=payout.replaces, actor=actor, now=now, late=late)
    if not set(sheet_ids).isdisjoint(await sql.find_sheets_said_paid(conn)):
        raise _wait(payout_id, Reason.BANK_SAYS_PAID)
    if payout.status is _S.RETURNED:
        await withhold_first(conn, actor=actor, now=now)
        return await _pay_returned(conn, payout, actor=actor, now=now, late=late)
    replaces = 0 if is_rest else payout_id
    run = await create_again(conn, sheet_ids=sheet_ids, replaces=replaces, actor=actor, now=now, late=late)
    if not run.created:
        if run.waiting:
            raise _wait(payout_id, Reason(run.waiting[0].reason))
        nothing = Why.NOTHING_PAYABLE
        raise PayoutCannotBeRetried(field=("payout",), payout=payout_id, reason=nothing, code=nothing.code)
    return run.created[0]


async def apply_payout_decisions(conn: Connection, *, decided: Sequence[Decided], actor: Actor, now: datetime) -> None:
    """
    What approvers made of payouts: granted ones may be sent, refused ones wait for a person to cancel them or to ask
    again.

    Refusals: ApprovalStale, raised, where a payout that may be sent or is asked for again is not waiting any more, is
    not what was decided on, or goes to an account that was replaced. An end of any other request finds what it finds.
    """
    await lock_log(conn)
    numbers = {int(each.subject.removeprefix("payout/")): each for each in decided}
    payouts = await load_payouts(conn, payout_ids=numbers)
    accounts = sorted({payout.payee_account_id for payout in payouts.values()})
    retired = set(await account_sql.find_retired_accounts(conn, account_ids=accounts))
    states = {Status.GRANTED: "GRANTED", Status.PENDING: "PENDING"}
    rows: list[tuple[int, int, str]] = []
    for number, each in numbers.items():
        payout = payouts.get(number)
        if each.status in states and (payout is None or payout.payee_account_id in retired):
            # It will never be sent: nobody has to look at it.
            raise ApprovalStale(field=("approval",), approval=each.approval_id)
        if payout is not None and payout.status is _S.CREATED and payout.digest == each.digest:
            rows.append((number, each.approval_id, states.get(each.status, "REJECTED")))
        elif each.status in states:
            raise ApprovalStale(field=("digest",), approval=each.approval_id)
    if rows:
        await sql.set_approvals(conn, rows=transpose(rows))


def _refuse(
    number: int, payout: Payout | None, *, needed: tuple[PayoutStatus, ...], action: Why
) -> PayoutMissing | PayoutStatusRefused | None:
    if payout is None:
        return PayoutMissing(field=("payout",), payout=number)
    if payout.status in needed:
        return None
    return PayoutStatusRefused(
        field=("payout",), payout=number, status=payout.status.value, action=action, needed=needed
    )


def _wait(number: int, reason: Reason) -> PayoutCannotBeRetried:
    return PayoutCannotBeRetried(field=("payout",), payout=number, reason=WAITS_AGAIN[reason], code=reason.value)


async def _pay_returned(conn: Connection, payout: Payout, *, actor: Actor, now: datetime, late: Late | None) -> Created:
    """
    A payout of what came back, out of 2016: whole, without tax or fee, which stay what they were.

    Whole, or not at all: while a chargeback disputes something of it, it waits.
    """
    moves = await Moves.open(conn, payouts=[payout], now=now)
    returned = list_returned(payout)
    first = returned[0][0]
    sheet = DueSheet(first, payout.party_id, payout.book_id, "", payout.currency, payout.due_date, payout.net)
    world = await load_world(conn, [sheet], parties=moves.parties, now=now, late=late)
    payee = world.payees.get((payout.party_id, payout.currency))
    paying = world.paying.get((payout.book_id, payout.currency))
    claimed = await sql.find_claimed_sheets(conn, sheet_ids=[sheet_id for sheet_id, _ in returned])
    obstacle = None
    if payout.party_id in world.blocked:
        obstacle = Reason.PARTY_BLOCKED
    elif payee is None or paying is None:
        obstacle = Reason.NO_PAYEE_ACCOUNT if payee is None else Reason.NO_PAYING_ACCOUNT
    elif claimed:
        obstacle = Reason.CLAIMED_MEANWHILE
    elif await find_disputed_sheets(conn, sheet_ids=[sheet_id for sheet_id, _ in returned]):
        obstacle = Reason.CHARGED_BACK
    if obstacle is not None:
        raise _wait(payout.payout_id, obstacle)
    assert payee is not None, "without an account it waits"
    assert paying is not None, "without an account it waits"
    draft = PayoutDraft(
        party_id=payout.party_id,
        book_id=payout.book_id,
        currency=payout.currency,
        paying_account_id=paying.paying_account_id,
        payee=payee,
        due_date=now.astimezone(ZoneInfo(moves.books[payout.book_id].time_zone)).date(),
        shares=tuple(Share(sheet_id, amount, 0) for sheet_id, amount in returned),
        fee=0,
        takes_from="2016",
        replaces=payout.payout_id,
    )
    (created,) = await write_payouts(
        conn, drafts=[draft], books=moves.books, parties=moves.parties, actor=actor, now=now, late=late
    )
    return created
