"""
The first half of closing: what a sheet has seen is summed, and under the log's lock its total is fixed and posted.

    lock sheets whose boundary has passed -> sum their unclaimed lines -> lock the log -> post, CLOSING, open the next

The sums look through the place in the log that was the last when they were read. What is posted after it is not on the
sheet, whenever it happened: that place is the sheet's `through_sequence`, and claiming finds the same lines again.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

import asyncpg

from ledger.actor import Actor
from ledger.db.columns import days, instants, numbers, texts
from ledger.db.transacting import Connection
from ledger.errors import InvariantBroken
from ledger.journal.books import Book, resolve_books
from ledger.journal.model import CREDIT, DEBIT, MAX_AMOUNT_MINOR, AccountKey, EntryDraft, LineDraft, Posted
from ledger.journal.posting import Outcome, write_entries
from ledger.settlement.sheets import closing_sql
from ledger.settlement.sheets.keys import list_codes
from ledger.settlement.sheets.model import Sheet, Status
from ledger.settlement.sheets.opening import insert_plans, tell_opened, terms_columns
from ledger.settlement.sheets.planning import Plan, Rules, find_local_day, follow_plan
from ledger.settlement.sheets.stepping import to_sheet
from ledger.settlement.sheets.telling import tell

PAYABLE_CODE, RECEIVABLE_CODE = "2015", "1200"


class Seen(NamedTuple):
    """What a sheet found on one of its accounts; `net` counts up what the party is owed."""

    account_id: int
    code: str
    from_sequence: int
    open_from_sequence: int
    debit: int
    credit: int
    line_count: int
    earliest_left: datetime | None

    @property
    def net(self) -> int:
        """Credit less debit, in minor units."""
        return self.credit - self.debit


class Fix(NamedTuple):
    """
    A sheet as it will be closed: its figures, the terms in force at its end, what it found, whether the next one of its
    key is open, and whether its party is closed.
    """

    sheet: Sheet
    plan: Plan
    seen: tuple[Seen, ...]
    has_successor: bool
    is_tail: bool

    @property
    def earliest_left(self) -> datetime | None:
        """The earliest instant of what stays open on its accounts."""
        return min((each.earliest_left for each in self.seen if each.earliest_left), default=None)


async def fix_sheets(conn: Connection, *, actor: Actor, now: datetime, limit: int) -> int:
    """
    Fix and post up to `limit` sheets whose boundary has passed, open the sheets that follow them, and return
    how many. Sheets that another closer has are left to it. Statements: about fifteen and those of posting.
    """
    rows = await closing_sql.lock_due_sheets(conn, now=now, limit=limit)
    if not rows:
        return 0
    sheets = [to_sheet(row) for row in rows]
    books = await resolve_books(conn, book_ids={sheet.key.book_id for sheet in sheets})
    rules = await Rules.load(conn, keys={sheet.key for sheet in sheets})
    sums = await closing_sql.sum_open_lines(conn, places=list_places(sheets, books))
    seen = gather_seen(sums)
    through = sums[0]["through_sequence"] if sums else 0
    fixes = []
    for sheet, row in zip(sheets, rows, strict=True):
        plan, found = rules.plan_again(sheet), tuple(seen[sheet.sheet_id])
        fixes.append(
            Fix(fix_sheet(sheet, plan, found, through=through), plan, found, row["has_successor"], row["is_tail"])
        )
    await _write(conn, fixes, rules, books, actor=actor, now=now)
    return len(fixes)


def list_places(sheets: Sequence[Sheet], books: Mapping[int, Book]) -> list[str]:
    """Where the lines of sheets stand, as the columns of sum_open_lines."""
    places = [(sheet, code) for sheet in sheets for code in list_codes(sheet.key.role, sheet.key.mode)]
    limits = {
        sheet.sheet_id: find_day_limit(sheet.period_end, sheet.zone, books[sheet.key.book_id]) for sheet in sheets
    }
    return [
        numbers([sheet.sheet_id for sheet, _ in places]),
        numbers([sheet.key.party_id for sheet, _ in places]),
        numbers([sheet.key.book_id for sheet, _ in places]),
        texts([sheet.key.currency for sheet, _ in places]),
        texts([code for _, code in places]),
        instants([sheet.period_end for sheet, _ in places]),
        texts([sheet.zone for sheet, _ in places]),
        days([limits[sheet.sheet_id] for sheet, _ in places]),
    ]


def find_day_limit(boundary: datetime, zone: str, book: Book) -> date:
    """
    The first business day of a book on which a line may be at or after a boundary; pure.

    A business day is the book's local day of the event, or a later one where that was closed; of an entry without an
    event it begins at the party's midnight. So the earlier of the boundary's two local days is safe.
    """
    return min(find_local_day(boundary, zone), find_local_day(boundary, book.time_zone))


def draft_closing(sheet: Sheet, seen: Sequence[Seen], *, book: Book) -> EntryDraft | None:
    """
    The entry that takes a sheet's business off its accounts (to 2015, or to 1200 where the party owes); None where
    there is none. It is dated on the period's last day, or on the first open day after it.
    """
    party_id, book_id, currency = sheet.key.party_id, sheet.key.book_id, sheet.key.currency
    nets = [(each.code, each.net) for each in seen] + [
        (PAYABLE_CODE if sheet.total > 0 else RECEIVABLE_CODE, -sheet.total)
    ]
    lines = tuple(
        LineDraft(AccountKey(book_id, code, party_id, currency), DEBIT if part > 0 else CREDIT, abs(part))
        for code, net in nets
        for part in cut_amount(net)
    )
    if not lines:
        return None
    return EntryDraft(
        # With spaces, which no caller's key has.
        key=f"sheet {sheet.sheet_id} closed",
        book_id=book_id,
        business_date=find_local_day(sheet.period_end - datetime.resolution, book.time_zone),
        lines=lines,
        source="RULE",
        template="SHEET_CLOSED",
        document=sheet.subject,
        document_line=str(sheet.sheet_id),
        cause=sheet.subject,
        moves_off_closed_day=True,
    )


def cut_amount(amount: int) -> list[int]:
    """A signed amount in parts that one line can carry; none of nothing; pure."""
    sign = 1 if amount > 0 else -1
    whole, rest = divmod(abs(amount), MAX_AMOUNT_MINOR)
    return [sign * MAX_AMOUNT_MINOR] * whole + ([sign * rest] if rest else [])


def fix_sheet(
    sheet: Sheet, plan: Plan, seen: Sequence[Seen], *, through: int, closed_at: datetime | None = None
) -> Sheet:
    """A sheet with its figures and the terms in force at its end; closed, where it has its lines. Pure."""
    return follow_plan(sheet, plan)._replace(
        status=Status.CLOSED if closed_at else Status.CLOSING,
        closed_at=closed_at,
        through_sequence=through,
        total=sum(each.net for each in seen),
        line_count=sum(each.line_count for each in seen),
    )


def plan_following(fixes: Sequence[Fix], rules: Rules, *, now: datetime) -> list[Plan]:
    """
    The sheets that follow these where nobody has opened them yet; pure. Of a closed party only where something is left
    for it: else nothing would come but empty sheets, for ever.
    """
    return [
        rules.plan_next(fix.sheet.key, after=fix.sheet.period_end, instant=min(now, fix.earliest_left or now))
        for fix in fixes
        if not fix.has_successor and not (fix.is_tail and fix.earliest_left is None)
    ]


async def check_unmoved(conn: Connection, *, fixes: Sequence[Fix], since: int) -> None:
    """
    Make sure that nobody has acted on the money of these periods, as it stood there (see claimed.find_ended), since the
    log stood there and what is on their sheets was summed: a hold would be on the next sheet, and what it holds paid
    with these. Call it once the log is locked.

    Raises asyncpg.SerializationError: it is to be done again.
    """
    accounts = [each.account_id for fix in fixes for each in fix.seen]
    if accounts and await closing_sql.has_acted_on_ended(conn, account_ids=accounts, since=since):
        raise asyncpg.SerializationError("money of these periods was held while sheets closed")


def gather_seen(rows: Sequence[closing_sql.Row]) -> dict[int, list[Seen]]:
    """What was summed, by sheet."""
    seen: dict[int, list[Seen]] = defaultdict(list)
    for row in rows:
        seen[row["sheet_id"]].append(
            Seen(
                row["account_id"],
                row["code"],
                row["from_sequence"],
                # Without lines that stay open everything seen is claimed, and the next sheet begins behind it.
                row["first_left"] or row["through_sequence"] + 1,
                row["debit"],
                row["credit"],
                row["line_count"],
                row["earliest_left"],
            )
        )
    return seen


async def _write(
    conn: Connection, fixes: Sequence[Fix], rules: Rules, books: Mapping[int, Book], *, actor: Actor, now: datetime
) -> None:
    drafts: list[EntryDraft] = []
    events = []
    places: list[int | None] = []
    for fix in fixes:
        draft = draft_closing(fix.sheet, fix.seen, book=books[fix.sheet.key.book_id])
        places.append(len(drafts) if draft else None)
        drafts += [draft] if draft else []
        events.append(tell(fix.sheet, now=now, entries=(len(drafts) - 1,) if draft else (), lines=fix.sheet.line_count))
    opened = await insert_plans(conn, plans=plan_following(fixes, rules, now=now), actor=actor, now=now)
    written = await write_entries(conn, drafts=drafts, events=[*events, *tell_opened(opened, now=now)], actor=actor)
    posted = [get_posted(outcome) for outcome in written.outcomes]
    if any(event is None for event in written.events):
        raise InvariantBroken("a sheet's closing is in the log once its entry is")
    await check_unmoved(conn, fixes=fixes, since=min(fix.sheet.through_sequence or 0 for fix in fixes))
    sequences = [posted[place].sequence if place is not None else None for place in places]
    await closing_sql.fix_sheets(
        conn, sheets=_sheet_columns(fixes, sequences), accounts=_account_columns(fixes), at=now, actor=actor.name
    )


def get_posted(outcome: Outcome) -> Posted:
    """An entry of ours that was posted; the journal's refusals are raised."""
    if not isinstance(outcome, Posted):
        raise outcome.error
    return outcome


def _sheet_columns(fixes: Sequence[Fix], sequences: Sequence[int | None]) -> list[str]:
    sheets = [fix.sheet for fix in fixes]
    return [
        numbers([sheet.sheet_id for sheet in sheets]),
        numbers([sheet.through_sequence for sheet in sheets]),
        numbers(sequences),
        numbers([sheet.line_count for sheet in sheets]),
        numbers([sheet.total for sheet in sheets]),
        days([sheet.due_date for sheet in sheets]),
        *terms_columns([fix.plan for fix in fixes]),
    ]


def _account_columns(fixes: Sequence[Fix]) -> list[str]:
    seen = [(fix.sheet.sheet_id, each) for fix in fixes for each in fix.seen]
    return [
        numbers([sheet_id for sheet_id, _ in seen]),
        numbers([each.account_id for _, each in seen]),
        texts([each.code for _, each in seen]),
        numbers([each.from_sequence for _, each in seen]),
        numbers([each.open_from_sequence for _, each in seen]),
        numbers([each.debit for _, each in seen]),
        numbers([each.credit for _, each in seen]),
        numbers([each.line_count for _, each in seen]),
    ]
