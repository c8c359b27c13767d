"""
The one way into the journal. A list of drafts becomes entries in one transaction, each phase its own statement:

    resolve accounts, outline -> lock the head -> load what it protects -> judge -> write the log -> add to subtrees

The number of statements does not depend on the list: six for one entry or a thousand, a few more when accounts are
opened, something is reversed, lines are dated on another day than they are posted, or another process has posted since.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal import sql, subtree_sql
from ledger.journal.accounts import resolve_accounts
from ledger.journal.books import resolve_books
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
from ledger.journal.model import MAX_CUMULATIVE_MINOR, EntryDraft, EventDraft, Posted, Recorded, Refused, Running
from ledger.journal.outlining import outline, redraw
from ledger.journal.subtrees import Paths, add_to_subtrees, draw_totals, remembered_paths, resolve_paths, to_deltas
from ledger.journal.writing import Moment, Numbers, number_log, write_log

Outcome = Posted | Refused


@dataclass(frozen=True, slots=True)
class Written:
    """One outcome per draft and one per event, in order; an event whose entries were not all posted is None."""

    outcomes: list[Outcome]
    events: list[Recorded | None]


async def post_entries(conn: Connection, *, drafts: Sequence[EntryDraft], actor: Actor) -> list[Outcome]:
    """
    Post balanced entries to the platform's log; one outcome per draft, in order.

    Lines: 2 to 1,000 a draft, amounts in minor units, debits equal credits in each currency. A refused draft leaves its
    neighbours alone. The log is locked until commit, so batches queue and cannot deadlock.

    Refusals, first match wins: EntryMalformed, EntryUnbalanced, AccountMissing, AccountIsSummary,
        AccountOfAnotherBook, IdempotencyConflict, AlreadyReversed, PeriodClosed, BalanceFloorReached,
        BalanceLimitReached.
    Source: README "Laws of the book".
    """
    written = await write_entries(conn, drafts=drafts, events=(), actor=actor)
    return written.outcomes


async def write_entries(
    conn: Connection, *, drafts: Sequence[EntryDraft], events: Sequence[EventDraft], actor: Actor
) -> Written:
    """Post entries and, in the same stretch of the log, the events that caused them. Refusals as `post_entries`."""
    prepared, refusals = await _prepare(conn, drafts)
    items = list(prepared.values())
    holders = {account.key.party_id for item in items for account in item.accounts if account.key.party_id}
    dates = [item.draft.business_date for item in items]
    expected = outline(items, dates=dates, known=remembered_paths(conn, party_ids=holders))

    head = await lock_log(conn)
    paths = await resolve_paths(conn, party_ids=holders, tree_version=head.tree_version)
    state, moment = await _load(conn, items, head=head, paths=paths)
    verdicts: dict[int, Verdict] = {**judge(prepared, state=state), **refusals}
    placed = [verdicts[place] for place in range(len(drafts))]
    numbers = number_log(placed, events, after=head.sequence)
    if numbers.last > head.sequence:
        accepted = [verdict for verdict in placed if isinstance(verdict, Accepted)]
        final = redraw(expected, items=items, accepted=accepted)
        await write_log(
            conn, accepted=accepted, outline=final, events=events, numbers=numbers, moment=moment, actor=actor
        )
        known = final.totals if final.tree_version == head.tree_version else None
        totals = draw_totals(final.moved, paths=paths) if known is None else known
        deltas = to_deltas(final.moved, totals, paths=paths, posting_day=moment.posting_day)
        await add_to_subtrees(conn, deltas=deltas, day=moment.posting_day)
        remember_lines(conn, head=head, sequence=numbers.last, posted_at=moment.posted_at, running=state.running)
    return Written(_outcomes(placed, numbers, moment), _recorded(events, numbers, moment))


async def _prepare(
    conn: Connection, drafts: Sequence[EntryDraft]
) -> tuple[dict[int, Prepared], dict[int, LedgerError]]:
    """All that needs no lock: shapes, accounts, fingerprints; each by the place of its draft."""
    refusals = {place: refusal for place, draft in enumerate(drafts) if (refusal := check_shape(draft))}
    sound = [(place, draft) for place, draft in enumerate(drafts) if place not in refusals]
    accounts = await resolve_accounts(conn, keys={line.account for _, draft in sound for line in draft.lines})
    books = await resolve_books(conn, book_ids={draft.book_id for _, draft in sound})
    prepared: dict[int, Prepared] = {}
    for place, draft in sound:
        found = [accounts.get(line.account) for line in draft.lines]
        refusal = check_accounts(draft, accounts=found)
        if refusal is not None:
            refusals[place] = refusal
            continue
        whole = tuple([account for account in found if account is not None])
        amount = sum([line.amount for line in draft.lines if line.side == "D"])
        has_floor = any(account.floor_minor is not None for account in whole)
        mark = fingerprint(draft, book=books[draft.book_id].reference, accounts=whole)
        prepared[place] = Prepared(draft, whole, mark, amount, has_floor)
    return prepared, refusals


async def _load(conn: Connection, items: Sequence[Prepared], *, head: Head, paths: Paths) -> tuple[State, Moment]:
    """What the lock protects: last lines, closed days, used keys, the instant; and what only some batches need."""
    touched = {account.account_id for item in items for account in item.accounts}
    running = await known_lines(conn, head=head, account_ids=touched)
    account_ids = sorted(touched.difference(running))
    book_ids = sorted({item.draft.book_id for item in items})
    keys = [item.draft.key for item in items]
    row = await sql.load_state(conn, keys=keys, account_ids=account_ids, book_ids=book_ids)
    figures = zip(row["versions"] or (), row["debits"] or (), row["credits"] or (), strict=True)
    known = zip(
        row["keys"] or (),
        row["fingerprints"] or (),
        row["sequences"] or (),
        row["posted_ats"] or (),
        row["business_dates"] or (),
        strict=True,
    )
    running.update(zip(account_ids, map(Running._make, figures), strict=True))
    spare = MAX_CUMULATIVE_MINOR - head.volume
    state = State(
        running=running,
        known={key: Known(mark, Posted(number, True, at, day)) for key, mark, number, at, day in known},
        closed_through=dict(zip(book_ids, row["closed_through"] or (), strict=True)),
        books=await resolve_books(conn, book_ids=set(book_ids)),
        spare_volume=spare,
        paths=paths,
    )
    reversed_now = [item.draft.reversal_of for item in items if item.draft.reversal_of is not None]
    if reversed_now:
        found = await sql.find_reversals(conn, sequences=reversed_now)
        state.reversed_by.update((r["reversal_of"], r["sequence"]) for r in found)
    state.near_limit = sum(item.amount for item in items) > spare
    if state.near_limit:
        await _load_totals(conn, items, state)
    return state, Moment(row["platform"], row["posted_at"], row["posting_day"])


async def _load_totals(conn: Connection, items: Sequence[Prepared], state: State) -> None:
    """Near the limit of what is kept exactly: the totals of every subtree that the batch touches."""
    keys = {key for item in items for account in item.accounts for key in subtree_keys(account, state.paths)}
    if keys:
        columns = [list(column) for column in zip(*sorted(keys), strict=True)]
        for row in await subtree_sql.find_subtree_totals(conn, keys=columns):
            key = (row["party_id"], row["code"], row["book_id"], row["currency"])
            state.totals[key] = (row["debit"], row["credit"])


def _outcomes(placed: Sequence[Verdict], numbers: Numbers, moment: Moment) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for place, verdict in enumerate(placed):
        if isinstance(verdict, Accepted):
            number = numbers.entries[place]
            outcomes.append(Posted(number, False, moment.posted_at, verdict.business_date, verdict.after))
        elif isinstance(verdict, Replay):
            outcomes.append(verdict.known.earlier or _replay_of(outcomes[verdict.known.place]))
        elif isinstance(verdict, ReversedHere):
            reversed_by = numbers.entries[verdict.place]
            outcomes.append(Refused(AlreadyReversed(entry=verdict.entry, reversed_by=reversed_by)))
        else:
            outcomes.append(Refused(verdict))
    return outcomes


def _replay_of(first: Outcome) -> Posted:
    assert isinstance(first, Posted), "a key is known only once its entry was accepted"
    return first._replace(replayed=True, balances_after=())


def _recorded(events: Sequence[EventDraft], numbers: Numbers, moment: Moment) -> list[Recorded | None]:
    return [
        Recorded(number, moment.posted_at, moment.posting_day) if number else None
        for event, number in zip(events, numbers.events, strict=True)
    ]
