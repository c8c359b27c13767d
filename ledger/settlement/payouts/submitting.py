"""
Sending payouts: one transaction says that they are sent and posts it, the call comes after it, and a second transaction
says what came of the call. Whoever is stopped in between leaves a submission without an outcome; it is handed over
again where that changes nothing, and is UNKNOWN where it might.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ledger.actor import Actor
from ledger.calendars.finding import find_calendars
from ledger.calendars.model import Calendar
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.fields import cut_text
from ledger.journal.accounts import resolve_accounts
from ledger.journal.balances import balances
from ledger.journal.books import resolve_books
from ledger.journal.log import lock_log
from ledger.journal.model import AccountKey
from ledger.noting import Noted, note
from ledger.parties.finding import find_parties_by_id
from ledger.settlement.payouts import sql, submission_sql
from ledger.settlement.payouts.creating import to_paying_account
from ledger.settlement.payouts.disputing import hold_all_disputed
from ledger.settlement.payouts.filing import BankFile, digest_file, record_file
from ledger.settlement.payouts.liquidity import Candidate, admit
from ledger.settlement.payouts.loading import to_payout
from ledger.settlement.payouts.model import (
    BankNumber,
    Outcome,
    PayingAccount,
    Payment,
    Payout,
    PayoutStatus,
    Scheme,
    Secret,
    Submission,
    Verdict,
    Waiting,
)
from ledger.settlement.payouts.moving import Moves, write_moves
from ledger.settlement.payouts.obstacles import find_obstacles, wait_with
from ledger.settlement.payouts.outdating import OUTDATED, cancel_outdated
from ledger.settlement.payouts.planning import Reason

_S = PayoutStatus
_FOR_MONEY = frozenset((Reason.BANK_BALANCE, Reason.BEHIND_ANOTHER))

# What one call or file carries, and what one transaction looks at.
MOST_PAYMENTS = 1_000
MOST_WAITING = 5_000
# A call that has brought nothing for so long will not any more.
LOST_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Submitted:
    """
    The payouts that wait to be handed over, and who waits for what. `is_more` says that there are others, which were
    not looked at, and `exhausted` which accounts somebody waits for.
    """

    payout_ids: tuple[int, ...]
    waiting: tuple[Waiting, ...]
    is_more: bool = False
    exhausted: frozenset[int] = frozenset()


class OpenSubmission(NamedTuple):
    """A submission without an outcome; `claimed_at` is when somebody began to hand it over."""

    submission_id: int
    channel: str
    claimed_at: datetime | None


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file that handing over made."""

    kind: str
    name: str
    content: bytes


async def submit_payouts(
    conn: Connection,
    *,
    actor: Actor,
    now: datetime,
    payout_ids: Collection[int] | None = None,
    besides: Collection[int] = (),
    exhausted: Collection[int] = (),
) -> Submitted:
    """
    Send the payouts that were created (these, or all), by due date and number, up to what each bank account holds
    beside what is in transit; nobody overtakes. Posts the entries that put money in transit and withhold tax, and
    makes submissions; the caller commits and then hands them over.

    Looks at 5,000 of all. Whoever goes on after that names those that wait by now (`besides`), which are not looked at
    again, and the accounts that they wait for (`exhausted`), from which nothing is sent.

    What waits is told with its reason: APPROVAL_PENDING, APPROVAL_REJECTED, PARTY_BLOCKED, PAYEE_ACCOUNT_RETIRED (the
    party has another now: cancelled, it is paid there), PAYING_ACCOUNT_RETIRED (the entity has another now; such
    payouts were cancelled when it was registered, but for what a bank said was paid), BANK_SAYS_PAID (of a payout of
    the same sheets),
    TAX_MONTH_PASSED (its tax was counted in an earlier month: it is cancelled, the next run counts anew), TAX_CHANGED
    (what its tax was counted beside came to nothing; the same), CHARGED_BACK
    (of one that was asked for and is cancelled for that: the next run pays what is left), BANK_BALANCE, BEHIND_ANOTHER.
    """
    await lock_log(conn)
    await hold_all_disputed(conn, now=now, actor=actor)
    rows = (
        await sql.find_waiting_payouts(conn, most=MOST_WAITING, besides=sorted(besides))
        if payout_ids is None
        else await sql.find_payouts(conn, payout_ids=sorted(payout_ids))
    )
    payouts = {row["payout_id"]: to_payout(row) for row in rows if row["status"] == _S.CREATED.value}
    overtaken = [wait_with(to_payout(row), Reason.CHARGED_BACK) for row in rows if _was_charged_back(row)]
    is_more = payout_ids is None and len(rows) == MOST_WAITING
    if not payouts:
        return Submitted((), tuple(overtaken))
    parties = await find_parties_by_id(conn, party_ids={payout.party_id for payout in payouts.values()})
    accounts = await _load_accounts(conn, payouts.values())
    obstacles = await find_obstacles(conn, payouts.values(), parties=parties, now=now)
    chosen, waiting = choose_payouts(
        payouts.values(),
        obstacles=obstacles,
        available=await find_available(conn, accounts=accounts.values()),
        exhausted=exhausted,
    )
    books = await resolve_books(conn, book_ids={payout.book_id for payout in payouts.values()})
    moves = Moves(now, books, parties)
    await _submit(conn, chosen, accounts=accounts, moves=moves)
    outdated = {why: [payouts[number] for number, reason in obstacles.items() if reason is why] for why in OUTDATED}
    await cancel_outdated(conn, moves=moves, payouts=outdated, actor=actor, now=now)
    await write_moves(conn, moves=moves, actor=actor)
    for_money = [payouts[each.payout_id] for each in waiting if each.reason in _FOR_MONEY]
    return Submitted(
        tuple(payout.payout_id for payout in chosen),
        (*overtaken, *waiting),
        is_more,
        frozenset(exhausted) | {payout.paying_account_id for payout in for_money},
    )


async def submit_next_payouts(conn: Connection, *, actor: Actor, now: datetime) -> Submitted:
    """
    As submit_payouts, of all that were created: 5,000 after 5,000, until some of them are sent or none is left. So
    whoever calls it again for as long as there are more comes past those that wait.
    """
    waiting: tuple[Waiting, ...] = ()
    exhausted: frozenset[int] = frozenset()
    while True:
        besides = [each.payout_id for each in waiting]
        submitted = await submit_payouts(conn, actor=actor, now=now, besides=besides, exhausted=exhausted)
        waiting += submitted.waiting
        if submitted.payout_ids or not submitted.is_more:
            return replace(submitted, waiting=waiting)
        exhausted = submitted.exhausted


def choose_payouts(
    payouts: Collection[Payout],
    *,
    obstacles: Mapping[int, Reason],
    available: Mapping[int, int],
    exhausted: Collection[int] = (),
) -> tuple[list[Payout], list[Waiting]]:
    """Which of these are sent now, by what stands against them and what each paying account has; pure. See admit."""
    waiting = [wait_with(payout, obstacles[payout.payout_id]) for payout in payouts if payout.payout_id in obstacles]
    ready = {payout.payout_id: payout for payout in payouts if payout.payout_id not in obstacles}
    candidates = [
        Candidate(payout.payout_id, payout.paying_account_id, payout.due_date, payout.net, payout.fee)
        for payout in ready.values()
    ]
    sent, held = admit(candidates, available=available, exhausted=exhausted)
    waiting += [wait_with(ready[candidate.payout_id], reason) for candidate, reason in held]
    waiting.sort(key=lambda each: (each.due_date, each.payout_id))
    return [ready[candidate.payout_id] for candidate in sent], waiting


async def find_available(conn: Connection, *, accounts: Collection[PayingAccount]) -> dict[int, int]:
    """
    What each of these accounts can still send: 1010 less what is in transit and what the bank will take with that, in
    minor units; never below zero.
    """
    keys = {
        (account.paying_account_id, code): AccountKey(account.book_id, code, None, account.currency)
        for account in accounts
        for code in ("1010", "2190")
    }
    found = await resolve_accounts(conn, keys=keys.values())
    places = [(place, found[key].account_id) for place, key in keys.items() if key in found]
    rows = await balances(conn, account_ids=[account_id for _, account_id in places]) if places else []
    net = {place: row.debit - row.credit for (place, _), row in zip(places, rows, strict=True)}
    numbers = sorted(account.paying_account_id for account in accounts)
    fees = {row["paying_account_id"]: row["fee"] for row in await sql.sum_fees_in_transit(conn, account_ids=numbers)}
    return {
        number: max(net.get((number, "1010"), 0) + net.get((number, "2190"), 0) - fees.get(number, 0), 0)
        for number in numbers
    }


def find_execution_date(now: datetime, *, zone: str, cut_off: time, calendar: Calendar) -> date:
    """The day the bank is asked to pay on: today until the cut-off in the entity's zone, else the next working day."""
    local = now.astimezone(ZoneInfo(zone))
    day = local.date() if local.time() <= cut_off else local.date() + timedelta(days=1)
    return calendar.next_working_day(day)


async def find_open_submissions(conn: Connection) -> list[OpenSubmission]:
    """The submissions without an outcome, oldest first."""
    return [OpenSubmission(*row) for row in await submission_sql.find_open_submissions(conn)]


async def claim_submission(conn: Connection, *, submission_id: int, again: bool, now: datetime) -> Submission | None:
    """
    Take a submission to hand it over once this transaction has committed; None when it is somebody else's or done.

    With `again` it is taken though somebody else may have handed it over, for channels where that changes nothing.
    """
    row = await submission_sql.claim_submission(conn, submission_id=submission_id, again=again, now=now)
    if row is None:
        return None
    payer = await submission_sql.find_payer(conn, paying_account_id=row["paying_account_id"])
    assert payer is not None, "a submission has its account"
    payments = await submission_sql.find_payments(conn, submission_id=submission_id)
    return Submission(
        submission_id=submission_id,
        message_id=row["message_id"],
        channel=row["channel"],
        submitted_at=row["submitted_at"],
        execution_date=row["execution_date"],
        payer=_to_number(payer),
        payer_name=payer["holder"],
        payments=tuple(
            Payment(
                key=payment["channel_key"],
                amount=payment["net_minor"],
                currency=payment["currency"],
                payee=_to_number(payment),
                note=f"{payer['legal_entity']} {payment['channel_key']}"[:140],
            )
            for payment in payments
        ),
    )


async def give_submission_back(conn: Connection, *, submission_id: int) -> None:
    """Nothing was handed over: the next worker may try."""
    await submission_sql.unclaim_submission(conn, submission_id=submission_id)


async def record_outcomes(
    conn: Connection,
    *,
    submission_id: int,
    outcomes: Mapping[str, Outcome],
    files: Sequence[WrittenFile] = (),
    actor: Actor,
    now: datetime,
) -> list[Payout]:
    """
    Record what a channel made of a submission, by the payouts' keys: accepted, refused (the sheets have their money
    back) or unknown. A key without an outcome has its answer still to come. Recording the same twice changes
    nothing; the payouts that moved are returned.
    """
    await lock_log(conn)
    rows = await sql.find_payouts_of_submission(conn, submission_id=submission_id)
    payouts = [to_payout(row) for row in rows]
    said_paid = set(await sql.find_said_paid(conn, payout_ids=[payout.payout_id for payout in payouts]))
    moves = await Moves.open(conn, payouts=payouts, now=now)
    for payout in payouts:
        outcome = outcomes.get(payout.channel_key)
        if outcome is not None and outcome.verdict is Verdict.REFUSED and payout.payout_id in said_paid:
            # The channel and the bank contradict each other: nothing is released, and the bank is asked.
            outcome = outcome._replace(verdict=Verdict.UNKNOWN)
        if outcome is not None:
            _move(moves, payout, outcome)
    await submission_sql.answer_submission(conn, submission_id=submission_id, now=now)
    for file in files:
        written = BankFile(
            channel="",
            name=file.name,
            digest=digest_file(file.content),
            kind=file.kind,
            message_id=file.name.partition(".")[0],
            answers=len(payouts),
            direction="OUT",
        )
        await record_file(conn, written, actor=actor, now=now)
    await write_moves(conn, moves=moves, actor=actor)
    return list(moves.payouts.values())


async def mark_lost_submissions(conn: Connection, *, channels: Collection[str], actor: Actor, now: datetime) -> int:
    """
    What was claimed for one of these channels long ago and never got an outcome is UNKNOWN: whoever claimed it may have
    handed it over. Returns how many payouts that are.
    """
    await lock_log(conn)
    lost = 0
    for submission in await find_open_submissions(conn):
        claimed = submission.claimed_at
        # Whoever claimed it went by a clock of his own, which may have been ahead of this one.
        if submission.channel not in channels or claimed is None or abs(now - claimed) < LOST_AFTER:
            continue
        rows = await sql.find_payouts_of_submission(conn, submission_id=submission.submission_id)
        keys = [row["channel_key"] for row in rows]
        reason = note(Noted.NO_OUTCOME)
        moved = await record_outcomes(
            conn,
            submission_id=submission.submission_id,
            outcomes=dict.fromkeys(keys, Outcome(Verdict.UNKNOWN, reason=reason)),
            actor=actor,
            now=now,
        )
        lost += len(moved)
    return lost


async def find_unknown_keys(conn: Connection) -> dict[str, list[str]]:
    """
    The keys of all payouts whose answer was lost, by channel, the oldest first: those that nobody answers hide no
    others.
    """
    found: dict[str, list[str]] = {}
    for row in await sql.find_unknown_payouts(conn):
        found.setdefault(row["channel"], []).append(row["channel_key"])
    return found


def _was_charged_back(row: sql.Row) -> bool:
    return (row["status"], row["reason"]) == (_S.CANCELLED.value, Reason.CHARGED_BACK.value)


async def _load_accounts(conn: Connection, payouts: Collection[Payout]) -> dict[int, PayingAccount]:
    rows = await submission_sql.find_paying_accounts(
        conn, account_ids=sorted({payout.paying_account_id for payout in payouts})
    )
    return {row["paying_account_id"]: to_paying_account(row) for row in rows}


async def _submit(
    conn: Connection, chosen: Sequence[Payout], *, accounts: Mapping[int, PayingAccount], moves: Moves
) -> None:
    """Put payouts into submissions: one per account, and more where an account sends more than one may carry."""
    if not chosen:
        return
    calendars = await find_calendars(conn, names={account.calendar for account in accounts.values()})
    ordered = sorted(chosen, key=lambda payout: payout.paying_account_id)
    batches: list[list[Payout]] = []
    for _, group in groupby(ordered, key=lambda payout: payout.paying_account_id):
        listed = list(group)
        batches += [listed[start : start + MOST_PAYMENTS] for start in range(0, len(listed), MOST_PAYMENTS)]
    rows = []
    for batch in batches:
        account = accounts[batch[0].paying_account_id]
        day = find_execution_date(
            moves.now,
            zone=moves.books[account.book_id].time_zone,
            cut_off=account.cut_off,
            calendar=calendars[account.calendar],
        )
        rows.append((account.paying_account_id, account.channel, day))
    written = await submission_sql.insert_submissions(conn, rows=transpose(rows), now=moves.now)
    for row, batch in zip(written, batches, strict=True):
        for payout in batch:
            moves.step(replace(payout, submission_id=row["submission_id"], submitted_at=moves.now), _S.SUBMITTED)


def _move(moves: Moves, payout: Payout, outcome: Outcome) -> None:
    """An outcome counts while the payout waits for one; a certain one also resolves what was unknown."""
    target = {Verdict.ACCEPTED: _S.ACCEPTED, Verdict.REFUSED: _S.FAILED, Verdict.UNKNOWN: _S.UNKNOWN}[outcome.verdict]
    waits = payout.status is _S.SUBMITTED or (payout.status is _S.UNKNOWN and target is not _S.UNKNOWN)
    if not waits:
        return
    facts = replace(
        payout,
        bank_reference=cut_text(outcome.bank_reference or payout.bank_reference),
        reason=cut_text(outcome.reason),
    )
    moves.step(facts, target)


def _to_number(row: submission_sql.Row) -> BankNumber:
    return BankNumber(row["holder"], Scheme(row["scheme"]), Secret(row["identifier"]), row["masked"], row["bank_code"])
