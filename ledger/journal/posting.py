"""
The one way into the journal. A list of drafts becomes entries in one transaction, each phase its own statement:

    resolve accounts -> lock the head -> load what it protects -> judge -> write the log -> add to subtrees

A long list is judged and written a stretch at a time: while the database writes one stretch, the next is judged, so
both work at once. The number of statements does not depend on the list: six below 420 entries and nine at most, a few
more when accounts are opened, something is reversed, lines are dated on another day than they are posted, or another
process has posted since. Several lists of one transaction (`posting`) share the lock and the totals.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from ledger.actor import Actor
from ledger.db.transacting import Connection, meanwhile
from ledger.errors import InvariantBroken
from ledger.journal import sql, subtree_sql
from ledger.journal.errors import AlreadyReversed
from ledger.journal.judging import (
    Accepted,
    Known,
    Replay,
    ReversedHere,
    State,
    SubtreeKey,
    Verdict,
    judge,
    subtree_keys,
)
from ledger.journal.last_lines import known_lines, remember_lines
from ledger.journal.log import Head, lock_log
from ledger.journal.model import (
    MAX_CUMULATIVE_MINOR,
    Account,
    EntryDraft,
    EventDraft,
    Posted,
    Recorded,
    Refused,
    Running,
)
from ledger.journal.preparing import Batch, resolve_batch
from ledger.journal.subtrees import Late, add_late, add_to_subtrees, resolve_paths, sum_deltas
from ledger.journal.writing import Moment, Numbering, draw_log

# Into how many stretches lists of so many drafts are cut: shorter ones pay more for their statements than they gain.
_STRETCHES = ((900, 4), (420, 3))

Outcome = Posted | Refused


@dataclass(frozen=True, slots=True)
class Written:
    """One outcome per draft and one per event, in order; an event whose entries were not all posted is None."""

    outcomes: list[Outcome]
    events: list[Recorded | None]


async def post_entries(
    conn: Connection, *, drafts: Sequence[EntryDraft], actor: Actor, latest: date = date.max
) -> list[Outcome]:
    """
    Post balanced entries to the platform's log; one outcome per draft, in order.

    Lines: 2 to 1,000 a draft, amounts in minor units, debits equal credits in each currency. A refused draft leaves its
    neighbours alone. The log is locked until commit, so batches queue and cannot deadlock. `latest` is the last day
    that a new entry may be dated.

    Refusals, first match wins: EntryMalformed, EntryUnbalanced, AccountMissing, AccountIsSummary,
        AccountOfAnotherBook, IdempotencyConflict, AlreadyReversed, DateTooFarAhead, PeriodClosed, BalanceFloorReached,
        BalanceLimitReached.
    Source: README "Laws of the book".
    """
    written = await write_entries(conn, drafts=drafts, events=(), actor=actor, latest=latest)
    return written.outcomes


async def write_entries(
    conn: Connection,
    *,
    drafts: Sequence[EntryDraft],
    events: Sequence[EventDraft],
    actor: Actor,
    latest: date = date.max,
) -> Written:
    """Post entries and, in the same stretch of the log, the events that caused them. Refusals as `post_entries`."""
    async with posting(conn, actor=actor, latest=latest) as book:
        return await book.post(await book.take(drafts=drafts, events=events))


async def post_new(
    conn: Connection, *, drafts: Sequence[EntryDraft], events: Sequence[EventDraft], actor: Actor
) -> list[int]:
    """
    Post the entries and events of steps that each happen once, all of them or nothing; the entries' places in the log,
    in order.

    Raises the journal's refusal, and InvariantBroken where a key was used before: then the caller has taken a step
    twice. The transaction must be rolled back.
    """
    if not drafts and not events:
        return []
    written = await write_entries(conn, drafts=drafts, events=events, actor=actor)
    sequences = []
    for draft, outcome in zip(drafts, written.outcomes, strict=True):
        if isinstance(outcome, Refused):
            raise outcome.error
        if outcome.replayed:
            raise InvariantBroken(f"the step of {draft.key!r} is posted once")
        sequences.append(outcome.sequence)
    return sequences


class Listed(NamedTuple):
    """A list that is ready to be judged: what is known of it."""

    batch: Batch
    numbering: Numbering
    moment: Moment


class Posting:
    """
    What a transaction posts, a list after the other: `take` asks what must be known of a list, `post` judges and writes
    it. While the database writes one stretch the next is judged; the last one of a list is under way when `post` is
    done, so that its caller can go on with what comes next.
    """

    def __init__(self, conn: Connection, *, actor: Actor, latest: date) -> None:
        self._conn = conn
        self._actor = actor
        self._latest = latest
        self._opened: _Opened | None = None

    async def take(self, *, drafts: Sequence[EntryDraft], events: Sequence[EventDraft]) -> Listed:
        """Lock the log, and read what entries and the events that they caused are judged against; `post` is next."""
        batch = await resolve_batch(self._conn, drafts=drafts, is_first=self._opened is None)
        log = self._opened
        if log is None:
            log = self._opened = await meanwhile(self._open(), batch.prepare_all())
        moment = await self._load(log, batch)
        return Listed(batch, Numbering(events, after=log.sequence), moment)

    async def post(self, listed: Listed) -> Written:
        """Post what was taken; positions and outcomes are of this list."""
        outcomes: list[Outcome] = []
        for places in _stretches(len(listed.batch.drafts)):
            await self._write(listed, places, outcomes)
        return Written(outcomes, _recorded(listed.numbering, listed.moment))

    async def add_totals(self) -> None:
        """Add what was posted to the totals of subtrees; the last of these statements is under way then."""
        log = self._opened
        if log is None or log.moment is None or log.sequence == log.summed:
            return
        deltas = sum_deltas(log.state, log.accounts, late=log.late, paths=log.paths)
        await add_to_subtrees(self._conn, deltas=deltas, day=log.moment.posting_day)
        log.summed, log.late = log.sequence, {}
        log.state.read.update(log.state.running)
        log.state.running.clear()

    async def end(self) -> None:
        """Leave nothing under way, and remember the accounts as they stand, once that is committed."""
        await self.add_totals()
        await self._conn.settle()
        log = self._opened
        if log is not None and log.moment is not None and log.sequence > log.head.sequence:
            remember_lines(
                self._conn,
                head=log.head,
                sequence=log.sequence,
                posted_at=log.moment.posted_at,
                running=log.state.read,
            )

    async def _open(self) -> "_Opened":
        head = await lock_log(self._conn)
        before, read = await known_lines(self._conn, head=head)
        spare = MAX_CUMULATIVE_MINOR - head.volume
        paths: dict[int, Sequence[int]] = {}
        state = State(before=before, read=read, paths=paths, spare_volume=spare, latest=self._latest)
        return _Opened(head, state, paths, sequence=head.sequence, summed=head.sequence)

    async def _load(self, log: "_Opened", batch: Batch) -> Moment:
        """What the lock protects: last lines, closed days, used keys, the instant; and what only some lists need."""
        conn, state = self._conn, log.state
        new = batch.holders - log.paths.keys()
        paths = await resolve_paths(conn, party_ids=new, tree_version=log.head.tree_version)
        log.paths.update((party_id, paths[party_id]) for party_id in new)
        drafts = [batch.drafts[place] for place in batch.found]
        unread = sorted([each for each in batch.accounts if each not in state.before and each not in state.read])
        book_ids = sorted(batch.books)
        row = await sql.load_state(conn, keys=[draft.key for draft in drafts], account_ids=unread, book_ids=book_ids)
        figures = zip(row["versions"] or (), row["debits"] or (), row["credits"] or (), strict=True)
        state.read.update(zip(unread, map(Running._make, figures), strict=True))
        state.begin_list(
            books=batch.books,
            known=_read_known(row),
            closed_through=dict(zip(book_ids, row["closed_through"] or (), strict=True)),
        )
        reversed_now = [draft.reversal_of for draft in drafts if draft.reversal_of is not None]
        if reversed_now:
            found = await sql.find_reversals(conn, sequences=reversed_now)
            state.reversed_by.update((r["reversal_of"], r["sequence"]) for r in found)
        moment = Moment(row["platform"], row["posted_at"], row["posting_day"])
        # Both sides of a line's amount: a bound that errs on the careful side.
        state.near_limit = sum([line.amount for draft in drafts for line in draft.lines]) > state.spare_volume
        if state.near_limit or (log.moment is not None and log.moment.posting_day != moment.posting_day):
            await self.add_totals()
        if state.near_limit:
            state.totals = await _load_totals(conn, batch.accounts, state)
        log.moment = moment
        log.accounts.update(batch.accounts)
        return moment

    async def _write(self, listed: Listed, places: range, outcomes: list[Outcome]) -> None:
        log, batch, numbering, moment = self._opened, listed.batch, listed.numbering, listed.moment
        assert log is not None, "a list that was taken has the log"
        batch.prepare(places.stop)
        prepared = {place: batch.prepared[place] for place in places if place in batch.prepared}
        verdicts: Mapping[int, Verdict] = judge(prepared, state=log.state)
        placed = [verdicts.get(place) or batch.refusals[place] for place in places]
        numbers = numbering.advance(placed)
        if numbers.last > numbers.before:
            accepted = [verdict for verdict in placed if isinstance(verdict, Accepted)]
            columns = draw_log(accepted, numbers=numbers, numbering=numbering, moment=moment, actor=self._actor)
            await sql.write_log(self._conn, columns)
            add_late(log.late, accepted, posting_day=moment.posting_day)
            log.sequence = numbers.last
        _add_outcomes(outcomes, placed, numbering, moment)


@dataclass(slots=True)
class _Opened:
    """
    The log under its lock: as it was found, and as this transaction has brought it to `sequence`; `summed` is how far
    the totals of subtrees have come, and `late`, the accounts and the paths are what they are made of.
    """

    head: Head
    state: State
    paths: dict[int, Sequence[int]]
    sequence: int
    summed: int
    moment: Moment | None = None
    accounts: dict[int, Account] = field(default_factory=dict)
    late: Late = field(default_factory=dict)


@asynccontextmanager
async def posting(conn: Connection, *, actor: Actor, latest: date = date.max) -> AsyncIterator[Posting]:
    """Post several lists in one transaction: as `write_entries`, a list at a time."""
    book = Posting(conn, actor=actor, latest=latest)
    yield book
    await book.end()


async def _load_totals(
    conn: Connection, accounts: Mapping[int, Account], state: State
) -> dict[SubtreeKey, tuple[int, int]]:
    """Near the limit of what is kept exactly: the totals of every subtree that the list touches."""
    keys = {key for account in accounts.values() for key in subtree_keys(account, state.paths)}
    if not keys:
        return {}
    columns = [list(column) for column in zip(*sorted(keys), strict=True)]
    rows = await subtree_sql.find_subtree_totals(conn, keys=columns)
    return {
        (row["party_id"], row["code"], row["book_id"], row["currency"]): (row["debit"], row["credit"]) for row in rows
    }


def _read_known(row: sql.Row) -> dict[str, Known]:
    """What is posted already under the keys of a list."""
    columns = [row[name] or () for name in ("keys", "fingerprints", "sequences", "posted_ats", "business_dates")]
    return {
        key: Known(mark, Posted(number, True, at, day)) for key, mark, number, at, day in zip(*columns, strict=True)
    }


def _stretches(count: int) -> list[range]:
    """
    The places of a list, cut into stretches, each twice as long as the one before: so little is judged while the
    database has nothing to write yet, and judging is done by the time that the stretch before is written. One of none
    for no drafts, since there may be events.
    """
    number = next((number for least, number in _STRETCHES if count >= least), 1)
    ends = [count * (2**each - 1) // (2**number - 1) for each in range(number + 1)]
    return [range(start, end) for start, end in pairwise(ends)]


def _add_outcomes(outcomes: list[Outcome], placed: Sequence[Verdict], numbering: Numbering, moment: Moment) -> None:
    for verdict in placed:
        if isinstance(verdict, Accepted):
            number = numbering.entries[len(outcomes)]
            outcomes.append(Posted(number, False, moment.posted_at, verdict.business_date, verdict.after))
        elif isinstance(verdict, Replay):
            outcomes.append(verdict.known.earlier or _replay_of(outcomes[verdict.known.place]))
        elif isinstance(verdict, ReversedHere):
            reversed_by = numbering.entries[verdict.place]
            outcomes.append(Refused(AlreadyReversed(entry=verdict.entry, reversed_by=reversed_by)))
        else:
            outcomes.append(Refused(verdict))


def _replay_of(first: Outcome) -> Posted:
    assert isinstance(first, Posted), "a key is known only once its entry was accepted"
    return first._replace(replayed=True, balances_after=())


def _recorded(numbering: Numbering, moment: Moment) -> list[Recorded | None]:
    return [Recorded(number, moment.posted_at, moment.posting_day) if number else None for number in numbering.events]
