"""
What may be posted: pure, and decided before anything is written, so that a refusal names its item and nothing needs
undoing. Drafts are judged in order; each sees what the accepted ones before it did.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from ledger.errors import LedgerError
from ledger.journal.books import Book
from ledger.journal.dating import too_far_ahead
from ledger.journal.errors import (
    AccountIsSummary,
    AccountMissing,
    AccountOfAnotherBook,
    AlreadyReversed,
    BalanceFloorReached,
    BalanceLimitReached,
    EntryMalformed,
    EntryUnbalanced,
    IdempotencyConflict,
    PeriodClosed,
    Why,
)
from ledger.journal.model import (
    MAX_AMOUNT_MINOR,
    MAX_CUMULATIVE_MINOR,
    MAX_KEY_LENGTH,
    MAX_LINES,
    Account,
    EntryDraft,
    Posted,
    Running,
    make_running,
)

# What the store cannot keep, and the character that separates texts on their way to it.
_UNKEEPABLE = re.compile("[\x00\x1f\ud800-\udfff]")

# party, code, book, currency
SubtreeKey = tuple[int, str, int, str]


class Known(NamedTuple):
    """What is already posted under a key: by an earlier transaction, or by this very batch at `place`."""

    fingerprint: bytes
    earlier: Posted | None
    place: int = -1


class Prepared(NamedTuple):
    """A draft whose shape is right, with the accounts of its lines and its fingerprint."""

    draft: EntryDraft
    accounts: tuple[Account, ...]
    fingerprint: bytes
    amount: int
    has_floor: bool


@dataclass(slots=True)
class State:
    """
    What the lock protects, as read under it; judging moves it forward. `running` are accounts as the batch has left
    them; as it found them they are in `read`, or else in `before`, which is shared. `reversed_by` are sequences of the
    log, `reversed_here` places in the batch. `totals` are kept only `near_limit`, where the batch may pass what is
    spare. No new entry is dated after `latest`.
    """

    before: Mapping[int, Running]
    read: dict[int, Running]
    known: dict[str, Known] = field(default_factory=dict)
    closed_through: Mapping[int, date] = field(default_factory=dict)
    books: Mapping[int, Book] = field(default_factory=dict)
    running: dict[int, Running] = field(default_factory=dict)
    reversed_by: dict[int, int] = field(default_factory=dict)
    reversed_here: dict[int, int] = field(default_factory=dict)
    spare_volume: int = MAX_CUMULATIVE_MINOR
    paths: Mapping[int, Sequence[int]] = field(default_factory=dict)
    near_limit: bool = False
    latest: date = date.max
    totals: dict[SubtreeKey, tuple[int, int]] = field(default_factory=dict)

    def begin_list(
        self, *, books: Mapping[int, Book], known: dict[str, Known], closed_through: Mapping[int, date]
    ) -> None:
        """Go on to another list of the same transaction; what the ones before it posted is in the log by now."""
        self.books, self.known, self.closed_through = books, known, closed_through
        self.reversed_here = {}


class Accepted(NamedTuple):
    """To be written: its business date, and per line the account's running figures after it."""

    prepared: Prepared
    business_date: date
    after: tuple[Running, ...]


class Replay(NamedTuple):
    """Already posted under this key, with the same input."""

    known: Known


class ReversedHere(NamedTuple):
    """Already reversed, by the draft at `place` of this very batch, which has no number yet."""

    entry: int
    place: int


Verdict = Accepted | Replay | ReversedHere | LedgerError


def check_shape(draft: EntryDraft) -> LedgerError | None:
    """
    What can be seen without accounts.

    Refusals, first match wins: EntryMalformed, EntryUnbalanced.
    """
    if not 1 <= len(draft.key) <= MAX_KEY_LENGTH:
        return EntryMalformed(field=("idempotencyKey",), reason=Why.KEY_LENGTH, longest=MAX_KEY_LENGTH)
    texts = (
        draft.key,
        draft.template,
        draft.description,
        draft.document,
        draft.document_line,
        draft.cause,
        draft.metadata,
    )
    if _UNKEEPABLE.search("".join(texts)):
        return EntryMalformed(reason=Why.TEXT_UNKEEPABLE)
    if not 2 <= len(draft.lines) <= MAX_LINES:
        return EntryMalformed(field=("lines",), reason=Why.LINE_COUNT, most=MAX_LINES, count=len(draft.lines))
    open_minor: dict[str, int] = {}
    for position, ((_, _, _, currency), side, amount) in enumerate(draft.lines):
        if not 0 < amount <= MAX_AMOUNT_MINOR:
            where = ("lines", str(position), "amount")
            return EntryMalformed(field=where, reason=Why.AMOUNT_RANGE, most=MAX_AMOUNT_MINOR)
        open_minor[currency] = open_minor.get(currency, 0) + (amount if side == "D" else -amount)
    for currency, rest in open_minor.items():
        if rest:
            credit = sum(line.amount for line in draft.lines if line.side != "D" and line.account.currency == currency)
            return EntryUnbalanced(field=("lines",), currency=currency, debit=credit + rest, credit=credit)
    return None


def check_accounts(draft: EntryDraft, *, accounts: Sequence[Account | None]) -> LedgerError | None:
    """
    What can be seen without the lock; `accounts` are those of the lines, in order, None where there is none.

    Refusals, first match wins: AccountMissing, AccountIsSummary, AccountOfAnotherBook.
    """
    for position, (line, account) in enumerate(zip(draft.lines, accounts, strict=True)):
        if account is not None and not account.is_summary and line.account.book_id == draft.book_id:
            continue
        where = ("lines", str(position), "account")
        if account is None:
            return AccountMissing(field=where, account=f"{line.account.code} {line.account.currency}")
        if account.is_summary:
            return AccountIsSummary(field=where, account=account.name)
        return AccountOfAnotherBook(field=where, account=account.name)
    return None


def judge(prepared: Mapping[int, Prepared], *, state: State) -> dict[int, Verdict]:
    """
    Judge a batch in order; one verdict per draft, by its place.

    Refusals, first match wins: IdempotencyConflict, AlreadyReversed, DateTooFarAhead, PeriodClosed,
        BalanceFloorReached, BalanceLimitReached.
    """
    verdicts: dict[int, Verdict] = {}
    for place, item in prepared.items():
        draft = item.draft
        known = state.known.get(draft.key)
        verdict: Verdict
        if known is not None:
            if known.fingerprint == item.fingerprint:
                verdict = Replay(known)
            else:
                verdict = IdempotencyConflict(field=("idempotencyKey",), key=draft.key)
        else:
            verdict = _judge_new(item, state)
        if isinstance(verdict, Accepted):
            _step(verdict, state, place)
        verdicts[place] = verdict
    return verdicts


def _judge_new(item: Prepared, state: State) -> Accepted | ReversedHere | LedgerError:
    draft = item.draft
    closed_through = state.closed_through[draft.book_id]
    if draft.reversal_of is not None and draft.reversal_of in state.reversed_by:
        return AlreadyReversed(entry=draft.reversal_of, reversed_by=state.reversed_by[draft.reversal_of])
    if draft.reversal_of is not None and draft.reversal_of in state.reversed_here:
        return ReversedHere(draft.reversal_of, state.reversed_here[draft.reversal_of])
    business_date = draft.business_date
    if business_date > state.latest:
        return too_far_ahead(business_date, field=("businessDate",))
    if business_date <= closed_through:
        if not draft.moves_off_closed_day or closed_through == date.max:
            return PeriodClosed(
                field=("businessDate",),
                book=state.books[draft.book_id].reference,
                closed_through=closed_through.isoformat(),
                business_date=business_date.isoformat(),
            )
        business_date = closed_through + timedelta(days=1)
    latest: dict[int, Running] = {}
    after = _run(item, state, latest)
    refusal = (_find_floor(item, after) if item.has_floor else None) or _find_limit(item, after, state)
    if refusal is not None:
        return refusal
    state.running.update(latest)
    return Accepted(item, business_date, after)


def _run(item: Prepared, state: State, latest: dict[int, Running]) -> tuple[Running, ...]:
    """
    The running figures after each line, and in `latest` those of each account; a later line of the same account
    continues from the earlier.
    """
    running, read, before = state.running, state.read, state.before
    after = []
    for (_, side, amount), account in zip(item.draft.lines, item.accounts, strict=True):
        account_id = account.account_id
        version, debit, credit = (
            latest.get(account_id) or running.get(account_id) or read.get(account_id) or before[account_id]
        )
        if side == "D":
            debit += amount
        else:
            credit += amount
        latest[account_id] = step = make_running((version + 1, debit, credit))
        after.append(step)
    return tuple(after)


def _find_floor(item: Prepared, after: Sequence[Running]) -> LedgerError | None:
    """A floor holds after the entry, not between its lines."""
    last = {account.account_id: position for position, account in enumerate(item.accounts)}
    for position in last.values():
        account, running = item.accounts[position], after[position]
        if account.floor_minor is None:
            continue
        balance = running.debit - running.credit if account.normal_side == "D" else running.credit - running.debit
        if balance < account.floor_minor:
            return BalanceFloorReached(
                field=("lines", str(position)), account=account.name, balance=balance, floor=account.floor_minor
            )
    return None


def _find_limit(item: Prepared, after: Sequence[Running], state: State) -> LedgerError | None:
    """
    No cumulative total, of an account or of a subtree, may leave the range that is kept exactly.

    No total is larger than all amounts ever posted together, so while those fit nothing else is looked at; past that,
    `state.totals` holds the totals of every subtree that the batch touches.
    """
    if item.amount <= state.spare_volume:
        return None
    added: dict[SubtreeKey, list[int]] = {}
    for position, (line, account, running) in enumerate(zip(item.draft.lines, item.accounts, after, strict=True)):
        largest = max(running.debit, running.credit)
        for key in subtree_keys(account, state.paths):
            sums = added.setdefault(key, list(state.totals.get(key, (0, 0))))
            sums[0 if line.side == "D" else 1] += line.amount
            largest = max(largest, *sums)
        if largest > MAX_CUMULATIVE_MINOR:
            where = ("lines", str(position), "amount")
            return BalanceLimitReached(field=where, account=account.name, limit=MAX_CUMULATIVE_MINOR)
    return None


def subtree_keys(account: Account, paths: Mapping[int, Sequence[int]]) -> Iterator[SubtreeKey]:
    """The totals that a line on this account belongs to: its party's and those of all ancestors."""
    key = account.key
    if key.party_id is not None:
        for party_id in paths[key.party_id]:
            yield (party_id, key.code, key.book_id, key.currency)


def _step(accepted: Accepted, state: State, place: int) -> None:
    item = accepted.prepared
    state.known[item.draft.key] = Known(item.fingerprint, None, place)
    if item.draft.reversal_of is not None:
        state.reversed_here[item.draft.reversal_of] = place
    state.spare_volume -= item.amount
    if state.near_limit:
        _step_totals(accepted, state)


def _step_totals(accepted: Accepted, state: State) -> None:
    """Near the limit only: keep the subtree totals in step, so that the batch's own entries count."""
    item = accepted.prepared
    for line, account in zip(item.draft.lines, item.accounts, strict=True):
        for key in subtree_keys(account, state.paths):
            debit, credit = state.totals.get(key, (0, 0))
            if line.side == "D":
                state.totals[key] = (debit + line.amount, credit)
            else:
                state.totals[key] = (debit, credit + line.amount)
