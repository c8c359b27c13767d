"""
What banks say. An answer that fits moves its payout; one that does not is kept with the reason it was refused for, so
that nothing a bank ever said is lost and nothing wrong is posted. When a payout moves, the answers that wait for it are
tried again: a return that came before the payment is booked once the payment is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ledger.actor import Actor
from ledger.approvals.finding import find_waiting
from ledger.approvals.model import Kind
from ledger.approvals.withdrawing import overtake
from ledger.compact_json import write_json
from ledger.db.transacting import Connection
from ledger.errors import Alternatives, LedgerError
from ledger.fields import cut_text
from ledger.journal.accounts import resolve_accounts
from ledger.journal.balances import balances
from ledger.journal.dating import FURTHEST_DAYS, furthest_day
from ledger.journal.log import Head, lock_log
from ledger.journal.model import AccountKey, EventDraft, Refused
from ledger.journal.telling import log_events
from ledger.money import format_amount
from ledger.settlement.payouts import answer_sql as sql
from ledger.settlement.payouts import sql as payout_sql
from ledger.settlement.payouts.comparing import (
    Accounts,
    compare_accounts,
    compare_amount,
    find_accounts,
    name_accounts,
)
from ledger.settlement.payouts.errors import (
    AnswerConflict,
    AnswerContradicts,
    AnswerNotPostable,
    AnswerOfUnknownPayout,
    AnswerOutOfOrder,
    AnswerRepeated,
    Why,
)
from ledger.settlement.payouts.fates import (
    Fate,
    Known,
    find_known,
    fingerprint,
    identify,
    name_subject,
    to_fate,
    write_fates,
)
from ledger.settlement.payouts.loading import to_payout
from ledger.settlement.payouts.model import AnswerKind, Applied, BankAnswer, Payout, PayoutStatus
from ledger.settlement.payouts.moving import Moves, write_moves
from ledger.settlement.payouts.states import find_steps, is_repetition

# Waits for the payout, or for the book, to come so far; everything else waits for a person.
_TRIED_AGAIN = (AnswerOutOfOrder.code, AnswerNotPostable.code, AnswerContradicts.code)


@dataclass(slots=True)
class _Desk:
    """
    Where answers are judged: payouts as they stand last, what each book has in 1010, the keys of the payouts that a
    bank says were paid, in answers that wait, the last day that something may be dated, and by payout the accounts that
    it leaves and goes to, as answers name them.
    """

    moves: Moves
    by_key: dict[str, Payout]
    cash: dict[tuple[int, str], int]
    said_paid: set[str]
    latest: date
    touched: set[str] = field(default_factory=set)
    accounts: Mapping[int, Accounts] = field(default_factory=dict)


async def record_bank_answers(
    conn: Connection, *, answers: Sequence[BankAnswer], actor: Actor, now: datetime
) -> list[Applied | Refused]:
    """
    Record what a bank said, in its order; one outcome per answer. Refused ones are kept, told in the log and listed as
    unmatched.

    An answer counts once by its source, reference and payout: the same again is a replay, and one that was refused is
    tried again. Steps that a bank leaves out (paid without accepted) are taken. The number of statements does not
    depend on the number of answers.

    Refusals, first match wins: AnswerConflict, AnswerOfUnknownPayout, AnswerAccountDiffers, AnswerCurrencyDiffers,
        AnswerAmountDiffers, AnswerRepeated, AnswerOutOfOrder, AnswerContradicts, AnswerNotPostable.
    """
    head = await lock_log(conn)
    known = await find_known(conn, answers=answers)
    desk = await _open_desk(conn, keys={answer.key for answer in answers}, now=now, head=head)
    if any(answer.names_accounts for answer in answers):
        desk.accounts = await find_accounts(conn, payouts=desk.by_key.values())
    fates: list[Fate] = []
    replays: set[int] = set()
    fresh: list[Fate] = []
    again: list[Fate] = []
    for place, answer in enumerate(answers):
        earlier = known.setdefault(identify(answer), {})
        mark = fingerprint(answer)
        fate = earlier.get(mark)
        if fate is None:
            fate = earlier[mark] = Fate(_localize(desk, answer), mark)
            fresh.append(fate)
            if len(earlier) > 1:
                fate.payout = desk.by_key.get(answer.key)
                fate.refusal = _refuse_conflict(desk, fate)
            else:
                _judge(desk, fate)
        elif fate.refusal is None or fate.is_dismissed or isinstance(fate.refusal, AnswerConflict):
            replays.add(place)
        else:
            fate.answer = name_accounts(fate.answer, answer)
            # One that came earlier in this batch is written once, as it stands in the end.
            again += [fate] if fate.answer_id else []
            _judge(desk, fate)
        fates.append(fate)
    again += await _try_waiting(conn, desk, batch=known, seen={id(fate) for fate in again})
    await write_moves(conn, moves=desk.moves, actor=actor)
    await write_fates(conn, fresh=fresh, again=again, actor=actor, now=now)
    waiting = [_tell_waiting(fate, now) for fate in fresh if fate.status == "UNMATCHED"]
    if waiting:
        await log_events(conn, events=waiting, actor=actor)
    return [_to_outcome(fate, replayed=place in replays) for place, fate in enumerate(fates)]


class Place(NamedTuple):
    """A place among the answers that wait, in the order they came."""

    recorded_at: datetime
    answer_id: int


FIRST = Place(datetime.min.replace(tzinfo=UTC), 0)


class Retried(NamedTuple):
    """How many answers were applied, and where to go on; None at the end of those that wait."""

    applied: int
    after: Place | None


async def retry_unmatched_answers(
    conn: Connection, *, actor: Actor, now: datetime, after: Place = FIRST, most: int = 1_000
) -> Retried:
    """
    Try again the answers that waited for a payout to come so far, for a person, or for the bank account to hold enough:
    the first `most` that came `after` a place. Whoever goes on from where this ended has seen them all.
    """
    head = await lock_log(conn)
    rows = await sql.find_unmatched_keys(conn, refusals=_TRIED_AGAIN, after=after, most=most)
    if not rows:
        return Retried(0, None)
    keys = {row["channel_key"] for row in rows}
    desk = await _open_desk(conn, keys=keys, now=now, head=head)
    desk.touched = keys
    fates = await _try_waiting(conn, desk, batch={}, seen=set())
    await write_moves(conn, moves=desk.moves, actor=actor)
    applied = [fate for fate in fates if fate.refusal is None]
    await write_fates(conn, fresh=[], again=applied, actor=actor, now=now)
    return Retried(len(applied), Place(rows[-1]["recorded_at"], rows[-1]["bank_answer_id"]))


async def dismiss_answers(
    conn: Connection, *, answer_ids: Sequence[int], reason: str, actor: Actor, now: datetime
) -> list[int]:
    """
    Take unmatched answers off the work list: a person has seen to them. Those that were on it, by number. What waits
    for somebody to agree that one is booked is STALE.
    """
    await lock_log(conn)
    rows = await sql.dismiss_answers(conn, answer_ids=answer_ids, now=now)
    events = [
        EventDraft(
            "bank_answer.dismissed",
            name_subject(row["bank_answer_id"]),
            now,
            (),
            write_json({"source": row["source"], "reference": row["reference"], "reason": reason}),
        )
        for row in rows
    ]
    if events:
        await log_events(conn, events=events, actor=actor)
        asked = await find_waiting(conn, kinds=[Kind.LATE_PAYMENT], subjects=[event.subject for event in events])
        numbers = [each.approval_id for each in asked]
        if numbers:
            await overtake(conn, approval_ids=numbers, reason="the answer was dismissed", actor=actor, now=now)
    return [row["bank_answer_id"] for row in rows]


def _tell_waiting(fate: Fate, now: datetime) -> EventDraft:
    """What the log says of an answer that fits no payout now: what was said, and why it waits."""
    answer, refusal = fate.answer, fate.refusal
    assert refusal is not None, "what waits was refused"
    said: dict[str, object] = {
        "source": answer.source,
        "reference": answer.reference,
        "kind": answer.kind.value,
        "payoutKey": answer.key,
        "refusal": refusal.code,
        "why": str(refusal),
    }
    if answer.amount is not None and answer.currency:
        amount = format_amount(answer.amount, currency=answer.currency)
        said |= {"amount": amount, "currency": answer.currency}
    payload = write_json(said)
    return EventDraft("bank_answer.unmatched", name_subject(fate.answer_id), now, (), payload)


def _localize(desk: _Desk, answer: BankAnswer) -> BankAnswer:
    """
    The answer with the instant that it means: a bank's day is a day where the legal entity is, whose book it is in. Of
    a payout that nobody knows, the day stays one of UTC.
    """
    payout = desk.by_key.get(answer.key)
    if not answer.is_local or payout is None:
        return answer
    zone = ZoneInfo(desk.moves.books[payout.book_id].time_zone)
    return replace(answer, occurred_at=answer.occurred_at.replace(tzinfo=zone).astimezone(UTC), is_local=False)


def _judge(desk: _Desk, fate: Fate) -> None:
    """Apply one answer, or say why not."""
    answer = fate.answer
    payout = desk.by_key.get(answer.key)
    if payout is None:
        fate.refusal = AnswerOfUnknownPayout(key=answer.key or Alternatives.NONE)
        return
    fate.payout = payout
    fate.refusal = _refuse(desk, answer, payout)
    fate.is_dismissed = _is_settled(fate.refusal, answer, payout)
    if answer.says_paid and (fate.refusal is None or not fate.is_dismissed or answer.kind is AnswerKind.ACCEPTED):
        desk.said_paid.add(answer.key)
    if fate.refusal is not None:
        return
    # The payment keeps its name at the bank when it comes back under another.
    name = payout.bank_reference if answer.kind is AnswerKind.RETURNED else ""
    facts = replace(
        payout,
        bank_reference=cut_text(name or answer.bank_reference or payout.bank_reference),
        reason=cut_text(answer.reason),
    )
    for step in find_steps(payout.status, answer.kind):
        fee = answer.fee if step in (PayoutStatus.PAID, PayoutStatus.RETURNED) else 0
        facts = desk.moves.step(facts, step, at=answer.occurred_at, fee=fee)
    book = (payout.book_id, payout.currency)
    desk.cash[book] = desk.cash.get(book, 0) + _cash_effect(answer, payout)
    desk.by_key[answer.key] = facts
    desk.touched.add(answer.key)
    fate.payout = facts


def _refuse_conflict(desk: _Desk, fate: Fate) -> LedgerError:
    """Why nothing is made of an answer whose name was heard before. Another account is said first: it stays one."""
    answer, payout = fate.answer, fate.payout
    if answer.says_paid:
        desk.said_paid.add(answer.key)
    differs = compare_accounts(answer, payout.payout_id, desk.accounts.get(payout.payout_id)) if payout else None
    return differs or AnswerConflict(source=answer.source, reference=answer.reference)


def _is_settled(refusal: LedgerError | None, answer: BankAnswer, payout: Payout) -> bool:
    """
    Whether nobody need look at a refused answer: it is the same fact said twice, or an acceptance that was said before
    the refusal was known and came after it. Money that moved under another name at the bank moved a second time, and
    an acceptance that was said after the refusal, or says that the money has left, contradicts it.
    """
    if isinstance(refusal, AnswerOutOfOrder):
        if answer.kind is not AnswerKind.ACCEPTED or answer.says_paid or payout.status is not PayoutStatus.FAILED:
            return False
        return payout.ended_at is not None and answer.occurred_at <= payout.ended_at
    if not isinstance(refusal, AnswerRepeated):
        return False
    if answer.kind in (AnswerKind.ACCEPTED, AnswerKind.REFUSED):
        return True
    return answer.bank_reference != "" and answer.bank_reference == payout.bank_reference


def _refuse(desk: _Desk, answer: BankAnswer, payout: Payout) -> LedgerError | None:
    """Why an answer does not fit its payout; None when it does."""
    number = payout.payout_id
    differs = compare_accounts(answer, number, desk.accounts.get(number)) or compare_amount(answer, payout)
    if differs is not None:
        return differs
    if is_repetition(payout.status, answer.kind):
        return AnswerRepeated(payout=number, status=payout.status.value)
    if not find_steps(payout.status, answer.kind):
        return AnswerOutOfOrder(payout=number, status=payout.status.value, kind=answer.kind.value)
    if answer.kind is AnswerKind.REFUSED and answer.key in desk.said_paid:
        return AnswerContradicts(payout=number)
    obstacle = _find_obstacle(desk, answer, payout)
    return AnswerNotPostable(payout=number, reason=obstacle, days=FURTHEST_DAYS) if obstacle else None


def _find_obstacle(desk: _Desk, answer: BankAnswer, payout: Payout) -> Why | None:
    """Why the journal would not take what an answer causes; None when it would."""
    if answer.occurred_at.date() > desk.latest:
        return Why.DATED_AHEAD
    if desk.cash.get((payout.book_id, payout.currency), 0) + _cash_effect(answer, payout) < 0:
        return Why.OVERDRAWN
    return None


def _cash_effect(answer: BankAnswer, payout: Payout) -> int:
    """What 1010 goes up by."""
    if answer.kind is AnswerKind.PAID:
        return -payout.net - answer.fee
    return payout.net - answer.fee if answer.kind is AnswerKind.RETURNED else 0


def _to_outcome(fate: Fate, *, replayed: bool) -> Applied | Refused:
    if fate.refusal is not None:
        return Refused(fate.refusal)
    assert fate.payout is not None, "an applied answer has its payout"
    return Applied(fate.answer_id, fate.payout.payout_id, fate.payout.status, replayed)


async def _open_desk(conn: Connection, *, keys: set[str], now: datetime, head: Head) -> _Desk:
    payouts = [to_payout(row) for row in await payout_sql.find_payouts_by_key(conn, keys=sorted(keys))]
    moves = await Moves.open(conn, payouts=payouts, now=now)
    cash = await _find_cash(conn, {(payout.book_id, payout.currency) for payout in payouts})
    by_key = {payout.channel_key: payout for payout in payouts}
    said_paid = set(await payout_sql.find_said_paid(conn, payout_ids=[payout.payout_id for payout in payouts]))
    said_keys = {payout.channel_key for payout in payouts if payout.payout_id in said_paid}
    # Banks go by the clock of the world, which the log has, and not by one that somebody works by.
    return _Desk(moves, by_key, cash, said_keys, furthest_day(max(now, head.posted_at)))


async def _find_cash(conn: Connection, places: set[tuple[int, str]]) -> dict[tuple[int, str], int]:
    keys = [AccountKey(book_id, "1010", None, currency) for book_id, currency in sorted(places)]
    found = await resolve_accounts(conn, keys=keys)
    known = [key for key in keys if key in found]
    rows = await balances(conn, account_ids=[found[key].account_id for key in known]) if known else []
    return {(key.book_id, key.currency): row.debit - row.credit for key, row in zip(known, rows, strict=True)}


async def _try_waiting(conn: Connection, desk: _Desk, *, batch: Known, seen: set[int]) -> list[Fate]:
    """
    Try the answers that wait for the payouts that have moved, those of the batch itself too, in the order they came,
    until none of them fits. Returns those that were there before, were not in the batch (`seen`) and fit now.
    """
    if not desk.touched:
        return []
    in_batch = {(identity, mark): fate for identity, marks in batch.items() for mark, fate in marks.items()}
    waiting: list[Fate] = []
    for row in await sql.find_unmatched_of(conn, keys=sorted(desk.touched)):
        if row["refusal"] in _TRIED_AGAIN:
            fate = to_fate(row, payouts={})
            waiting.append(in_batch.get((identify(fate.answer), row["fingerprint"])) or fate)
    waiting += [f for f in in_batch.values() if f.answer_id == 0 and f.refusal and f.refusal.code in _TRIED_AGAIN]
    applied: list[Fate] = []
    progress = True
    while progress:
        progress = False
        for fate in waiting:
            if fate.refusal is None:
                continue
            _judge(desk, fate)
            if fate.refusal is None:
                progress = True
                applied.append(fate)
    return [fate for fate in applied if fate.answer_id and id(fate) not in seen]
