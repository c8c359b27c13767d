"""
What a person makes of a bank's answer that fits nothing by itself: the difference is the bank's charge, a payout that
failed was paid after all, or one was that is only created here: this store is an older copy of the one that sent it.
The answer is dismissed, and what it means is recorded as an answer of its own, all in one transaction: it is judged,
posted and told like any other.
"""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ledger.actor import Actor
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.journal.log import lock_log
from ledger.journal.model import Refused
from ledger.money import format_amount
from ledger.parties.finding import find_parties_by_id
from ledger.settlement.payouts import account_sql, answer_sql, sql, submission_sql
from ledger.settlement.payouts.answering import dismiss_answers, record_bank_answers
from ledger.settlement.payouts.ending import retry_payout
from ledger.settlement.payouts.errors import (
    AnswerAmountDiffers,
    AnswerConflict,
    AnswerNotPostable,
    AnswerOfUnknownPayout,
    AnswerOutOfOrder,
    AnswerRepeated,
    BankAnswerEnded,
    BankAnswerMissing,
    BankAnswerNotSettled,
    BankChargeRefused,
    LatePaymentNotAgreed,
    PaidTwice,
    PayoutCannotBeRetried,
    PayoutKeptBack,
    Why,
)
from ledger.settlement.payouts.fates import to_answer
from ledger.settlement.payouts.loading import load_payouts, to_payout
from ledger.settlement.payouts.model import (
    SETTLED_SOURCE,
    AnswerKind,
    Applied,
    BankAnswer,
    Late,
    Payout,
    PayoutStatus,
)
from ledger.settlement.payouts.moving import Moves, write_moves
from ledger.settlement.payouts.obstacles import find_obstacles
from ledger.settlement.payouts.planning import Reason
from ledger.settlement.payouts.waits import WAITS
from ledger.settlement.sheets.unpaid import find_payable_of

# What an answer may have been refused for that a person can say the meaning of. Of one that names another account, or
# says what was said before, nobody here knows what became of the money: it stays on the list, or is dismissed.
SETTLED = frozenset(
    {
        AnswerAmountDiffers.code,
        AnswerConflict.code,
        AnswerNotPostable.code,
        AnswerOfUnknownPayout.code,
        AnswerOutOfOrder.code,
    }
)


class _Standing(NamedTuple):
    """A payout that has the money of a failed one, and whether it was booked for that, and so was never sent."""

    payout: Payout
    is_booked: bool


async def settle_answer(
    conn: Connection,
    *,
    answer_id: int,
    reason: str,
    actor: Actor,
    now: datetime,
    charge: int = 0,
    currency: str = "",
) -> Applied:
    """
    Settle an answer that waits. `charge`, in minor units of `currency`, is what the bank took inside the amount: a
    return of 48.00 with a charge of 2.00 is one of 50.00, and the platform bears the charge. A PAID of a payout that
    failed is of a new payout, which takes the failed one's place and its money again, and is never sent; what is
    returned of the failed one is then of that. A PAID of one that was not sent from here is of itself. The same again
    is a replay.

    Refusals, raised, so that nothing is kept, first match wins: BankAnswerMissing, BankAnswerEnded,
        BankAnswerNotSettled, BankChargeRefused, those of replace_failed, PayoutKeptBack, those of an answer
        (record_bank_answers).
    """
    await lock_log(conn)
    rows = await answer_sql.find_answers_by_number(conn, answer_ids=[answer_id])
    if not rows:
        raise BankAnswerMissing(field=("answer",), answer=answer_id)
    answer = to_answer(rows[0])
    if rows[0]["status"] != "UNMATCHED":
        return await _find_settled(conn, answer_id, charge=charge, status=rows[0]["status"])
    if rows[0]["refusal"] not in SETTLED:
        raise BankAnswerNotSettled(field=("answer",), answer=answer_id, refusal=rows[0]["refusal"])
    check_charge(answer, charge, currency)
    await dismiss_answers(conn, answer_ids=[answer_id], reason=reason, actor=actor, now=now)
    # It may have come before its payout.
    found = await sql.find_payouts_by_key(conn, keys=[answer.key])
    payout = to_payout(found[0]) if found else None
    key = answer.key
    if payout is not None and payout.status is PayoutStatus.CREATED and answer.kind is AnswerKind.PAID:
        await _take_unsent(conn, payout, answer, actor=actor, now=now)
    elif payout is not None and payout.status is PayoutStatus.FAILED:
        # The bank knows none but the failed one, whatever takes its place here.
        if answer.kind is AnswerKind.PAID:
            key = await replace_failed(conn, payout, answer, actor=actor, now=now)
        elif answer.kind is AnswerKind.RETURNED:
            key = await answer_sql.find_settled_payment(conn, source=SETTLED_SOURCE, payout_id=payout.payout_id) or key
    (outcome,) = await record_bank_answers(
        conn, answers=[restate(answer, answer_id, key=key, charge=charge)], actor=actor, now=now
    )
    if isinstance(outcome, Refused):
        raise outcome.error
    return outcome


async def _find_settled(conn: Connection, answer_id: int, *, charge: int, status: str) -> Applied:
    """What an answer was settled as before. Refusals: BankAnswerEnded (dismissed, applied, or settled otherwise)."""
    for row in await answer_sql.find_answers(conn, sources=[SETTLED_SOURCE], references=[str(answer_id)]):
        (before,) = await answer_sql.find_answers_by_number(conn, answer_ids=[answer_id])
        if row["status"] == "APPLIED" and row["fee_minor"] - before["fee_minor"] == charge:
            payout = (await load_payouts(conn, payout_ids=[row["payout_id"]]))[row["payout_id"]]
            return Applied(row["bank_answer_id"], payout.payout_id, payout.status, True)
    raise BankAnswerEnded(field=("answer",), answer=answer_id, status=status)


def check_charge(answer: BankAnswer, charge: int, currency: str) -> None:
    """A charge is inside an amount that moved, and not more than that. Refusals: BankChargeRefused."""
    if charge and currency != answer.currency:
        reason = Why.ANSWER_CURRENCY if answer.currency else Why.ANSWER_WITHOUT_CURRENCY
        raise BankChargeRefused(field=("charge",), reason=reason, currency=answer.currency)
    if charge and (answer.amount is None or answer.kind not in (AnswerKind.PAID, AnswerKind.RETURNED)):
        raise BankChargeRefused(field=("charge",), reason=Why.NOTHING_MOVED)
    if charge and answer.amount is not None and charge > answer.amount:
        moved = format_amount(answer.amount, currency=answer.currency)
        raise BankChargeRefused(field=("charge",), reason=Why.LESS_MOVED, moved=moved, currency=answer.currency)


def restate(answer: BankAnswer, answer_id: int, *, key: str, charge: int) -> BankAnswer:
    """What the answer means. What was paid went out with the charge, what came back did so without it."""
    amount = answer.amount
    if amount is not None:
        amount += charge if answer.kind is AnswerKind.RETURNED else -charge
    return replace(
        answer, source=SETTLED_SOURCE, reference=str(answer_id), key=key, amount=amount, fee=answer.fee + charge
    )


async def replace_failed(
    conn: Connection, failed: Payout, answer: BankAnswer, *, actor: Actor, now: datetime, late: Late | None = None
) -> str:
    """
    The key of a new payout in the place of one that failed and was paid after all, as if it were sent: its submission
    is answered before anybody could hand it over. Where the failed one was paid again since and as much came back of
    that, it takes what came back. `late` is what a second person agreed to.

    Refusals, first match wins: AnswerRepeated, PaidTwice, LatePaymentNotAgreed where nobody did and it needs approval,
        is of a party that is blocked or goes between accounts of which one was replaced, those of paying again
        (retry_payout), PayoutCannotBeRetried where other amounts of the sheets would be taken than was agreed to.
    """
    returned = await check_paid_once(conn, failed)
    if late is None:
        await _refuse_alone(conn, failed)
    again = failed if returned is None else returned
    created = await retry_payout(conn, payout_id=again.payout_id, actor=actor, now=now, late=late)
    if created.needs_approval:
        raise _ask_another(failed, Reason.APPROVAL_PENDING)
    # One is in the order in which the sheets fell due, the other in that of their numbers. What came back is as much as
    # was paid late, of whatever sheets it was.
    if late is not None and returned is None and set(created.draft.shares) != set(failed.shares):
        changed = Why.SHEETS_CHANGED
        raise PayoutCannotBeRetried(field=("answer",), payout=failed.payout_id, reason=changed, code=changed.code)
    payout = (await load_payouts(conn, payout_ids=[created.payout_id]))[created.payout_id]
    await _take_as_sent(conn, payout, answer, actor=actor, now=now)
    return payout.channel_key


async def _take_unsent(conn: Connection, payout: Payout, answer: BankAnswer, *, actor: Actor, now: datetime) -> None:
    """
    A payout that was not sent from here is as if it were, for what a bank paid under its name.

    Refusals: PayoutKeptBack where anything but that stands against sending it.
    """
    parties = await find_parties_by_id(conn, party_ids={payout.party_id})
    obstacles = await find_obstacles(conn, [payout], parties=parties, now=now, besides=[Reason.BANK_SAYS_PAID])
    for reason in obstacles.values():
        raise PayoutKeptBack(field=("answer",), payout=payout.payout_id, reason=WAITS[reason], code=reason.value)
    await _take_as_sent(conn, payout, answer, actor=actor, now=now)


async def _take_as_sent(conn: Connection, payout: Payout, answer: BankAnswer, *, actor: Actor, now: datetime) -> None:
    """Nobody hands the payout over: its submission is answered already."""
    (account,) = await submission_sql.find_paying_accounts(conn, account_ids=[payout.paying_account_id])
    moves = await Moves.open(conn, payouts=[payout], now=now)
    day = answer.occurred_at.astimezone(ZoneInfo(moves.books[payout.book_id].time_zone)).date()
    rows = [(payout.paying_account_id, account["channel"], day)]
    (submission,) = await submission_sql.insert_submissions(conn, rows=transpose(rows), now=now)
    await submission_sql.answer_submission(conn, submission_id=submission["submission_id"], now=now)
    moves.step(replace(payout, submission_id=submission["submission_id"], submitted_at=now), PayoutStatus.SUBMITTED)
    await write_moves(conn, moves=moves, actor=actor)


async def check_paid_once(conn: Connection, failed: Payout) -> Payout | None:
    """
    What another payout has claimed since is not booked a second time: the money of a sheet is claimed once. What came
    back of that other whole is nobody's claim: that payout, as find_returned.

    Refusals: AnswerRepeated where that is the one that was booked for this, and so was never sent; PaidTwice.
    """
    standing = await _find_standing(conn, failed)
    if standing is None:
        return None
    other = standing.payout
    if standing.is_booked:
        raise AnswerRepeated(field=("answer",), payout=other.payout_id, status=other.status.value)
    if not _came_back_whole(other, failed):
        raise PaidTwice(field=("answer",), payout=failed.payout_id, by=other.payout_id, status=other.status.value)
    return other


async def find_returned(conn: Connection, failed: Payout) -> Payout | None:
    """The payout that has claimed the money of a failed one since, where as much of it came back and is owed."""
    standing = await _find_standing(conn, failed)
    if standing is None or standing.is_booked or not _came_back_whole(standing.payout, failed):
        return None
    return standing.payout


async def _find_standing(conn: Connection, failed: Payout) -> _Standing | None:
    """
    The payout that has the money of a failed one now, if another has: the last of those that came back. Behind the one
    that was booked for it nobody looks: a bank pays it once, whatever became of that since.
    """
    is_of_sheets = failed.takes_from == "2015"
    # What came back is paid again in the place of the payout that it came back from.
    place = failed.payout_id if is_of_sheets else failed.replaces
    assert place is not None, "money that came back is paid in the place of another payout"
    by = await sql.find_replacement(conn, payout_id=place)
    if by is None and is_of_sheets:
        payable = await find_payable_of(conn, sheet_ids=[share.sheet_id for share in failed.shares])
        if sum(sheet.payable for sheet in payable) < failed.gross:
            by = await answer_sql.find_later_claim(conn, payout_id=failed.payout_id)
    if by is None:
        return None
    booked = await answer_sql.find_settled_payment(conn, source=SETTLED_SOURCE, payout_id=failed.payout_id)
    standing = None
    while by is not None:
        other = (await load_payouts(conn, payout_ids=[by]))[by]
        standing = _Standing(other, other.channel_key == booked)
        came_back = other.status is PayoutStatus.RETURNED and not standing.is_booked
        by = await sql.find_replacement(conn, payout_id=by) if came_back else None
    return standing


def _came_back_whole(other: Payout, failed: Payout) -> bool:
    return other.status is PayoutStatus.RETURNED and other.net == failed.net


async def _refuse_alone(conn: Connection, failed: Payout) -> None:
    """Refusals: LatePaymentNotAgreed, of a party that is blocked, or of an account that was replaced."""
    reason = None
    parties = await find_parties_by_id(conn, party_ids={failed.party_id})
    if parties[failed.party_id].status == "BLOCKED":
        reason = Reason.PARTY_BLOCKED
    elif await account_sql.find_retired_accounts(conn, account_ids=[failed.payee_account_id]):
        reason = Reason.PAYEE_ACCOUNT_RETIRED
    elif await account_sql.find_retired_paying_accounts(conn, account_ids=[failed.paying_account_id]):
        reason = Reason.PAYING_ACCOUNT_RETIRED
    if reason is not None:
        raise _ask_another(failed, reason)


def _ask_another(failed: Payout, reason: Reason) -> LatePaymentNotAgreed:
    return LatePaymentNotAgreed(field=("answer",), payout=failed.payout_id, reason=WAITS[reason], code=reason.value)
