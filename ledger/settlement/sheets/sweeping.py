"""
Closing in one pass: sheets of a moderate size are claimed, posted and taken to their next step by one transaction.

    lock sheets -> claim and sum their lines -> lock the log -> post, close, take on

All that is long is done before the log is locked. A sheet of more lines than one pass takes is fixed first, and claims
its lines in steps (see fixing and claiming); one that waits for others of its party, for debts to be netted or for an
approval stays CLOSED and is taken on by itself (see advancing).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import asyncpg

from ledger.actor import Actor
from ledger.approvals.flows import choose_flow, find_flows
from ledger.approvals.model import Flow, Kind
from ledger.db.columns import days, instants, numbers, texts
from ledger.db.transacting import Connection
from ledger.journal.books import Book, resolve_books
from ledger.journal.model import EntryDraft, EventDraft
from ledger.journal.posting import write_entries
from ledger.noting import Noted, note
from ledger.settlement.sheets import closing_sql, sweeping_sql
from ledger.settlement.sheets.advancing import present
from ledger.settlement.sheets.claiming import find_late_day
from ledger.settlement.sheets.claiming_sql import LINES_AT_ONCE
from ledger.settlement.sheets.fixing import (
    Fix,
    check_unmoved,
    cut_amount,
    draft_closing,
    find_day_limit,
    fix_sheet,
    fix_sheets,
    gather_seen,
    get_posted,
    plan_following,
)
from ledger.settlement.sheets.keys import list_codes
from ledger.settlement.sheets.model import Sheet, Status
from ledger.settlement.sheets.opening import insert_plans, tell_opened, terms_columns
from ledger.settlement.sheets.pacing import NONE, find_rest
from ledger.settlement.sheets.payable import settle_status
from ledger.settlement.sheets.planning import Rules, check_terms
from ledger.settlement.sheets.settling import request_payment, settle_approved
from ledger.settlement.sheets.stepping import Step, Steps, to_sheet
from ledger.settlement.sheets.sweeping_sql import Row
from ledger.settlement.sheets.telling import tell


@dataclass(frozen=True, slots=True)
class Swept:
    """
    What one pass did: sheets fixed, lines claimed, sheets taken to their next step; and how long to rest before the
    next, so that others can post.
    """

    fixed: int = 0
    lines: int = 0
    advanced: int = 0
    rest: timedelta = NONE


class _Closing(NamedTuple):
    """A sheet that closes: what it was fixed with, where it stands afterwards, the steps there and what they tell."""

    fix: Fix
    sheet: Sheet
    steps: Steps
    # Whether the event of the closing says where it went on to.
    is_told: bool = False


async def sweep_sheets(
    conn: Connection, *, actor: Actor, now: datetime, limit: int, lines_at_once: int = LINES_AT_ONCE
) -> Swept:
    """
    Close up to `limit` sheets whose boundary has passed, of about `lines_at_once` lines between them, and
    open the sheets that follow them. Sheets that another closer has are left to it. Nothing fixed: nothing is due.

    Killed anywhere, nothing has happened. Statements: about fifteen and those of posting. Raises the journal's
    refusals, and asyncpg.SerializationError where terms or flows of approval have changed meanwhile: it is to be done
    again.
    """
    due = await closing_sql.lock_due_sheets(conn, now=now, limit=limit)
    if not due:
        return Swept()
    sheets = {row["sheet_id"]: to_sheet(row) for row in due}
    places = await sweeping_sql.find_places(conn, places=_place_columns(list(sheets.values())))
    through = _take_page(places, lines_at_once)
    if not through:
        return Swept(fixed=await fix_sheets(conn, actor=actor, now=now, limit=1))
    books = await resolve_books(conn, book_ids={sheet.key.book_id for sheet in sheets.values()})
    rules = await Rules.load(conn, keys={sheets[sheet_id].key for sheet_id in through})
    # Of most quiet sheets the places alone say so; there is nothing to claim, and nothing to keep of their accounts.
    busy = {row["sheet_id"] for row in places if row["size"]} & through.keys()
    accounts = [row for row in places if row["sheet_id"] in busy and row["account_id"] is not None]
    seen = gather_seen(await sweeping_sql.claim_whole(conn, accounts=_account_columns(accounts, sheets, books)))
    fixes = []
    for row in due:
        sheet_id = row["sheet_id"]
        if sheet_id in through:
            sheet, found = sheets[sheet_id], tuple(seen[sheet_id])
            plan = rules.plan_again(sheet)
            fixed = fix_sheet(sheet, plan, found, through=through[sheet_id], closed_at=now)
            fixes.append(Fix(fixed, plan, found, row["has_successor"], row["is_tail"]))
    return await _close(conn, fixes, rules, books, actor=actor, now=now)


def _take_page(places: Sequence[Row], lines_at_once: int) -> dict[int, int]:
    """As many sheets from the front as have `lines_at_once` between them, with the place through which they look."""
    sizes: dict[int, int] = {}
    for row in places:
        sizes[row["sheet_id"]] = sizes.get(row["sheet_id"], 0) + row["size"]
    page: set[int] = set()
    lines = 0
    for sheet_id, size in sizes.items():
        lines += size
        if lines > lines_at_once:
            break
        page.add(sheet_id)
    return {row["sheet_id"]: row["through_sequence"] for row in places if row["sheet_id"] in page}


async def _close(
    conn: Connection, fixes: Sequence[Fix], rules: Rules, books: Mapping[int, Book], *, actor: Actor, now: datetime
) -> Swept:
    bound = await sweeping_sql.find_bound(conn, sheet_ids=[fix.sheet.sheet_id for fix in fixes])
    flows = await find_flows(conn, kinds=[Kind.SHEET])
    closings = [
        _take_on(fix, Steps(actor, now), is_bound=fix.sheet.sheet_id in bound, flows=flows, rules=rules)
        for fix in fixes
    ]
    drafts, events, places = _draft(closings, books, now=now)
    sheets = _sheet_columns(closings)
    owners, lines = _line_columns(fixes)
    # Whatever does not need the places of the entries in the log is written before the log is locked.
    await sweeping_sql.insert_history(conn, history=_history_columns(closings), at=now, actor=actor.name)
    opened = await insert_plans(conn, plans=plan_following(fixes, rules, now=now), actor=actor, now=now)
    events += tell_opened(opened, now=now)
    written = await write_entries(conn, drafts=drafts, events=events, actor=actor)
    # What was decided without the lock is looked at once more.
    since = min(fix.sheet.through_sequence or 0 for fix in fixes)
    await check_terms(conn, since=since)
    await check_unmoved(conn, fixes=fixes, since=since)
    if await find_flows(conn, kinds=[Kind.SHEET]) != flows:
        raise asyncpg.SerializationError("flows of approval have changed while sheets closed")
    posted = [get_posted(outcome).sequence for outcome in written.outcomes]
    sequences = [None if place is None else posted[place] for place in places]
    await sweeping_sql.claim_posted_lines(conn, lines=[numbers([sequences[owner] for owner in owners]), *lines])
    await sweeping_sql.write_closed(conn, closing_sequences=numbers(sequences), sheets=sheets, at=now)
    # All of this is let go once others have the log: taking it apart takes milliseconds.
    conn.after_commit([fixes, closings, drafts, events, written].clear)
    advanced = sum(closing.sheet.status is not Status.CLOSED for closing in closings)
    rest = await find_rest(conn, written=written, since=since)
    return Swept(len(fixes), sum(fix.sheet.line_count for fix in fixes), advanced, rest)


def _draft(
    closings: Sequence[_Closing], books: Mapping[int, Book], *, now: datetime
) -> tuple[list[EntryDraft], list[EventDraft], list[int | None]]:
    """The entries that close sheets, what tells of them, and which entry is whose, by its place."""
    drafts: list[EntryDraft] = []
    events: list[EventDraft] = []
    places: list[int | None] = []
    for closing in closings:
        draft = draft_closing(closing.fix.sheet, closing.fix.seen, book=books[closing.sheet.key.book_id])
        places.append(len(drafts) if draft else None)
        drafts += [draft] if draft else []
        told = closing.sheet if closing.is_told else closing.fix.sheet
        entries = (len(drafts) - 1,) if draft else ()
        events.append(tell(told, now=now, kind="sheet.closed", entries=entries, lines=told.line_count))
        events += closing.steps.events
    return drafts, events, places


def _take_on(fix: Fix, steps: Steps, *, is_bound: bool, flows: Sequence[Flow], rules: Rules) -> _Closing:
    """What becomes of a closed sheet at once. One that is quiet or goes right on to be paid is told of by one event."""
    sheet = fix.sheet
    who = steps.actor.name
    if not sheet.line_count and not is_bound:
        steps.history.append(Step(sheet.sheet_id, Status.COMPLETED, steps.now, who, "nothing in its period"))
        return _Closing(fix, sheet._replace(status=Status.COMPLETED), steps, is_told=True)
    steps.history += [Step(sheet.sheet_id, status, steps.now, who) for status in (Status.CLOSING, Status.CLOSED)]
    if is_bound:
        pass
    elif sheet.total == 0:
        steps.move(sheet, Status.COMPLETED)
    elif sheet.confirmation != "NONE":
        present(steps, sheet)
    elif not (flows and choose_flow(flows, request=request_payment(sheet))):
        if sheet.total > 0 and sheet.key.mode == "AGENCY":
            return _take_to_payment(fix, steps)
        confirmed = steps.move(sheet, Status.CONFIRMED, reason=note(Noted.BY_TERMS))
        settle_approved(steps, steps.move(confirmed, Status.APPROVED), debts={}, rules=rules)
    return _Closing(fix, steps.sheets.get(sheet.sheet_id, sheet), steps)


def _take_to_payment(fix: Fix, steps: Steps) -> _Closing:
    """The same in one step, for the many that nobody has to agree to; one event tells of all of it."""
    sheet = fix.sheet._replace(status=settle_status(fix.sheet))
    for status, reason in ((Status.CONFIRMED, note(Noted.BY_TERMS)), (Status.APPROVED, ""), (sheet.status, "")):
        steps.history.append(Step(sheet.sheet_id, status, steps.now, steps.actor.name, reason))
    return _Closing(fix, sheet, steps, is_told=True)


def _place_columns(sheets: Sequence[Sheet]) -> list[str]:
    places = [(sheet, code) for sheet in sheets for code in list_codes(sheet.key.role, sheet.key.mode)]
    return [
        numbers([sheet.sheet_id for sheet, _ in places]),
        numbers([sheet.key.party_id for sheet, _ in places]),
        numbers([sheet.key.book_id for sheet, _ in places]),
        texts([sheet.key.currency for sheet, _ in places]),
        texts([code for _, code in places]),
    ]


def _account_columns(accounts: Sequence[Row], sheets: Mapping[int, Sheet], books: Mapping[int, Book]) -> list[str]:
    own = [sheets[row["sheet_id"]] for row in accounts]
    return [
        numbers([row["sheet_id"] for row in accounts]),
        numbers([row["account_id"] for row in accounts]),
        texts([row["code"] for row in accounts]),
        numbers([row["from_sequence"] for row in accounts]),
        numbers([row["through_sequence"] for row in accounts]),
        instants([sheet.period_start for sheet in own]),
        instants([sheet.period_end for sheet in own]),
        texts([sheet.zone for sheet in own]),
        days([find_day_limit(sheet.period_end, sheet.zone, books[sheet.key.book_id]) for sheet in own]),
        days([find_late_day(sheet.period_start, sheet.zone, books[sheet.key.book_id]) for sheet in own]),
    ]


def _line_columns(fixes: Sequence[Fix]) -> tuple[list[int], list[str]]:
    """The lines that take the business of sheets off their accounts: whose each is, by place, and the rest of each."""
    lines = [
        (place, position, fix.sheet.sheet_id, account_id, -part)
        for place, fix in enumerate(fixes)
        for position, (account_id, part) in enumerate(
            ((each.account_id, part) for each in fix.seen for part in cut_amount(each.net)), start=1
        )
    ]
    return [line[0] for line in lines], [numbers([line[column] for line in lines]) for column in range(1, 5)]


def _sheet_columns(closings: Sequence[_Closing]) -> list[str]:
    sheets = [closing.sheet for closing in closings]
    return [
        numbers([sheet.sheet_id for sheet in sheets]),
        texts([sheet.status for sheet in sheets]),
        texts([sheet.confirm_by.isoformat() if sheet.confirm_by else "" for sheet in sheets]),
        numbers([sheet.through_sequence for sheet in sheets]),
        numbers([sheet.line_count for sheet in sheets]),
        numbers([sheet.total for sheet in sheets]),
        days([sheet.due_date for sheet in sheets]),
        *terms_columns([closing.fix.plan for closing in closings]),
    ]


def _history_columns(closings: Sequence[_Closing]) -> list[str]:
    history = [step for closing in closings for step in closing.steps.history]
    return [
        numbers([step.sheet_id for step in history]),
        texts([step.status for step in history]),
        texts([step.reason for step in history]),
    ]
