"""
The one way into the journal. A list of drafts becomes entries in one transaction, each phase its own statement:

    resolve accounts -> lock the head -> load what it protects -> judge -> write the log -> add to subtrees

A long list is judged and written a stretch at a time: while the database writes one stretch, the next is judged, so
both work at once. The number of statements does not depend on the list: six for up to 250 entries and nine at most, a
few more when accounts are opened, something is reversed, lines are dated on another day than they are posted, or
another process has posted since.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import NamedTuple, cast

from ledger.actor import Actor
from ledger.db.overlapping import under_way
from ledger.db.transacting import Connection
from ledger.errors import InvariantBroken, LedgerError
from ledger.journal import sql, subtree_sql
from ledger.journal.accounts import resolve_each
from ledger.journal.books import Book, resolve_books
from ledger.journal.encoding import fingerprint
from ledger.journal.errors import AlreadyReversed
from ledger.journal.judging import (
    Accepted,
    Known,
    Prepared,
    Replay,
    ReversedHere,
    State,
    Verdict,
    check_accounts,
    check_shape,
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
from ledger.journal.subtrees import Late, Paths, add_late, add_to_subtrees, resolve_paths, sum_deltas
from ledger.journal.writing import Moment, Numbering, draw_log

# A shorter stretch pays more for each statement than it gains by overlapping.
_STRETCH = 250
_STRETCHES_AT_MOST = 4

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
    batch = await _resolve(conn, drafts)
    head = await lock_log(conn)
    paths = await resolve_paths(conn, party_ids=batch.holders, tree_version=head.tree_version)
    state, moment = await _load(conn, batch, head=head, paths=paths)
    state.latest = latest
    numbering = Numbering(events, after=head.sequence)
    late: Late = {}
    outcomes: list[Outcome] = []
    async with under_way(conn) as writing:
        for places in _stretches(len(drafts)):
            prepared, refusals = _prepare(batch, places)
            verdicts: dict[int, Verdict] = {**judge(prepared, state=state), **refusals}
            placed = [verdicts[place] for place in places]
            numbers = numbering.advance(placed)
            if numbers.last > numbers.before:
                accepted = [verdict for verdict in placed if isinstance(verdict, Accepted)]
                columns = draw_log(accepted, numbers=numbers, numbering=numbering, moment=moment, actor=actor)
                await writing.begin(sql.write_log(conn, columns))
                add_late(late, accepted, posting_day=moment.posting_day)
            _add_outcomes(outcomes, placed, numbering, moment)
        deltas = sum_deltas(state, batch.accounts, late=late, paths=paths)
        await writing.end()
        await add_to_subtrees(conn, deltas=deltas, day=moment.posting_day)
    if numbering.last > head.sequence:
        running = {**state.read, **state.running}
        remember_lines(conn, head=head, sequence=numbering.last, posted_at=moment.posted_at, running=running)
    return Written(outcomes, _recorded(numbering, moment))


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


class _Batch(NamedTuple):
    """
    Drafts and what is known of them without the lock: the refusals of those whose shape is wrong, by their place; for
    the others `found`, the account of each line or None; and all of these accounts by their number.
    """

    drafts: Sequence[EntryDraft]
    refusals: Mapping[int, LedgerError]
    found: Mapping[int, Sequence[Account | None]]
    accounts: Mapping[int, Account]
    holders: set[int]
    books: Mapping[int, Book]


async def _resolve(conn: Connection, drafts: Sequence[EntryDraft]) -> _Batch:
    refusals = {place: refusal for place, draft in enumerate(drafts) if (refusal := check_shape(draft))}
    sound = [(place, draft) for place, draft in enumerate(drafts) if place not in refusals]
    each = await resolve_each(conn, keys=[line.account for _, draft in sound for line in draft.lines])
    following = iter(each)
    found = {place: tuple(islice(following, len(draft.lines))) for place, draft in sound}
    accounts = {account.account_id: account for account in each if account is not None}
    holders = {account.key.party_id for account in accounts.values() if account.key.party_id is not None}
    books = await resolve_books(conn, book_ids={draft.book_id for _, draft in sound})
    return _Batch(drafts, refusals, found, accounts, holders, books)


def _stretches(count: int) -> Iterator[range]:
    """The places of a list, cut into stretches; one of none for no drafts, since there may be events."""
    size = max(_STRETCH, -(-count // _STRETCHES_AT_MOST))
    for start in range(0, max(count, 1), size):
        yield range(start, min(start + size, count))


def _prepare(batch: _Batch, places: range) -> tuple[dict[int, Prepared], dict[int, LedgerError]]:
    """What is to be judged of a stretch, and what is refused already; each by its place."""
    prepared: dict[int, Prepared] = {}
    refusals: dict[int, LedgerError] = {}
    for place in places:
        draft = batch.drafts[place]
        refusal = batch.refusals.get(place) or check_accounts(draft, accounts=batch.found[place])
        if refusal is not None:
            refusals[place] = refusal
            continue
        accounts = cast(tuple[Account, ...], batch.found[place])  # just checked: none of them is missing
        amount = sum([line.amount for line in draft.lines if line.side == "D"])
        has_floor = any(account.floor_minor is not None for account in accounts)
        mark = fingerprint(draft, book=batch.books[draft.book_id].reference, accounts=accounts)
        prepared[place] = Prepared(draft, accounts, mark, amount, has_floor)
    return prepared, refusals


async def _load(conn: Connection, batch: _Batch, *, head: Head, paths: Paths) -> tuple[State, Moment]:
    """What the lock protects: last lines, closed days, used keys, the instant; and what only some batches need."""
    drafts = [batch.drafts[place] for place in batch.found]
    before, read = await known_lines(conn, head=head)
    unread = sorted([number for number in batch.accounts if number not in before and number not in read])
    book_ids = sorted(batch.books)
    row = await sql.load_state(conn, keys=[draft.key for draft in drafts], account_ids=unread, book_ids=book_ids)
    figures = zip(row["versions"] or (), row["debits"] or (), row["credits"] or (), strict=True)
    known = zip(
        row["keys"] or (),
        row["fingerprints"] or (),
        row["sequences"] or (),
        row["posted_ats"] or (),
        row["business_dates"] or (),
        strict=True,
    )
    read.update(zip(unread, map(Running._make, figures), strict=True))
    spare = MAX_CUMULATIVE_MINOR - head.volume
    state = State(
        before=before,
        read=read,
        known={key: Known(mark, Posted(number, True, at, day)) for key, mark, number, at, day in known},
        closed_through=dict(zip(book_ids, row["closed_through"] or (), strict=True)),
        books=batch.books,
        spare_volume=spare,
        paths=paths,
    )
    reversed_now = [draft.reversal_of for draft in drafts if draft.reversal_of is not None]
    if reversed_now:
        found = await sql.find_reversals(conn, sequences=reversed_now)
        state.reversed_by.update((r["reversal_of"], r["sequence"]) for r in found)
    # Both sides of a line's amount: a bound that errs on the careful side.
    state.near_limit = sum([line.amount for draft in drafts for line in draft.lines]) > spare
    if state.near_limit:
        await _load_totals(conn, batch.accounts, state)
    return state, Moment(row["platform"], row["posted_at"], row["posting_day"])


async def _load_totals(conn: Connection, accounts: Mapping[int, Account], state: State) -> None:
    """Near the limit of what is kept exactly: the totals of every subtree that the batch touches."""
    keys = {key for account in accounts.values() for key in subtree_keys(account, state.paths)}
    if keys:
        columns = [list(column) for column in zip(*sorted(keys), strict=True)]
        for row in await subtree_sql.find_subtree_totals(conn, keys=columns):
            key = (row["party_id"], row["code"], row["book_id"], row["currency"])
            state.totals[key] = (row["debit"], row["credit"])


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
