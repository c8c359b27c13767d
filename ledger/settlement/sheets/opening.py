"""
Sheets are opened before their period begins, by the rule alone, and for every account that is new.

From its first sheet on a key always has an open one: closing opens the next where it was not there yet. Only of a party
that is closed no more come once the last is empty, until something is posted for it after all (see tails).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ledger.actor import Actor
from ledger.db.columns import days, instants, numbers, texts
from ledger.db.transacting import Connection
from ledger.journal.model import EventDraft
from ledger.journal.posting import write_entries
from ledger.journal.telling import log_events
from ledger.settlement.sheets import opening_sql
from ledger.settlement.sheets.model import Sheet, SheetKey
from ledger.settlement.sheets.pacing import NONE, find_rest
from ledger.settlement.sheets.planning import Plan, Rules, check_terms, follow_plan
from ledger.settlement.sheets.stepping import to_sheet
from ledger.settlement.sheets.telling import tell
from ledger.settlement.terms.model import OPEN_END, Confirmation
from ledger.settlement.terms.periods import next_period

# How long before its period begins a sheet is there. A worker that runs at least daily is never late, and opens what
# comes next at about noon: not at the boundary, when it has enough to close.
AHEAD = timedelta(hours=36)
# Accounts and sheets looked at by one call; opening a thousand takes about 0.1 s of the log's time.
AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Opened:
    """How many sheets one call opened, whether there may be more to open, and how long to rest before the next call."""

    sheets: int
    is_more: bool
    rest: timedelta


async def open_sheets(
    conn: Connection, *, actor: Actor, now: datetime, ahead: timedelta = AHEAD, limit: int = AT_ONCE
) -> Opened:
    """
    Open the first sheets of new accounts, and the sheets of periods that begin within `ahead`; each is an event.

    The first sheet of a key is that of its earliest line, so that what was imported is settled by its own periods. Call
    it until nothing is left. Statements: about ten and those of posting, whatever the number of sheets. Raises
    asyncpg.SerializationError where terms have changed meanwhile: it is to be done again.
    """
    # Accounts are opened under the log's lock, so those that cannot be seen yet have higher numbers than all others.
    since = await opening_sql.lock_opening(conn)
    accounts = await opening_sql.find_new_accounts(conn, limit=limit)
    first = _find_first(accounts, now=now)
    # New accounts first: all sheets are looked through once for all of them.
    ending: list[opening_sql.Row] = []
    is_more = True
    if len(accounts) < limit:
        ending, is_more = await _find_ending(conn, now=now, until=now + ahead, limit=limit)
    following = {to_key(row): row["period_end"] for row in ending}
    rules = await Rules.load(conn, keys=[*first, *following])
    plans = [rules.plan_first(key, instant=instant) for key, instant in first.items()]
    following |= {plan.key: plan.period.end for plan in plans if now < plan.period.end <= now + ahead}
    plans += [rules.plan_next(key, after=end) for key, end in following.items()]
    opened = await insert_plans(conn, plans=plans, actor=actor, now=now)
    if accounts:
        await opening_sql.set_opened_through(conn, account_id=accounts[-1]["account_id"])
    rest = NONE
    if opened:
        written = await write_entries(conn, drafts=(), events=tell_opened(opened, now=now), actor=actor)
        await check_terms(conn, since=since)
        rest = await find_rest(conn, written=written, since=since)
    return Opened(len(opened), is_more, rest)


async def realign_sheets(
    conn: Connection, *, actor: Actor, now: datetime, party_ids: Sequence[int] | None = None, after: int = 0
) -> int | None:
    """
    Cut or move the open sheets of these parties, or of a page of all, by the terms in force: what is closed stays, the
    open one ends where its period ends now, the one after it begins there. Returns the last party of the page, to go on
    `after`; None at the end.

    Call it when terms have changed. The sheets are locked first, then their opening, then the log, as closing does it.
    """
    rows = await _lock_open_sheets(conn, party_ids, after=after)
    if rows:
        # Others may have opened the next one of a key since; from here on nobody does.
        await opening_sql.lock_opening(conn)
        rows = await _lock_open_sheets(conn, party_ids, after=after)
    sheets = [to_sheet(row) for row in rows]
    rules = await Rules.load(conn, keys={sheet.key for sheet in sheets})
    moved = cut_again(sheets, rules, now=now)
    for part in order_moves(moved, sheets):
        await opening_sql.set_periods(conn, sheets=list_period_columns(part))
    if moved:
        events = [tell(sheet, now=now, kind="sheet.redated") for sheet, _ in moved]
        await log_events(conn, events=events, actor=actor)
    return sheets[-1].key.party_id if sheets and party_ids is None else None


async def _lock_open_sheets(conn: Connection, party_ids: Sequence[int] | None, *, after: int) -> list[opening_sql.Row]:
    if party_ids is None:
        return await opening_sql.find_open_sheets(conn, after=after, limit=AT_ONCE)
    return await opening_sql.find_open_sheets_of(conn, party_ids=sorted(set(party_ids)))


def cut_again(sheets: Sequence[Sheet], rules: Rules, *, now: datetime) -> list[tuple[Sheet, Plan]]:
    """Those of these open sheets, in the order of keys and periods, that have other periods by the terms; pure."""
    moved: list[tuple[Sheet, Plan]] = []
    ends: dict[SheetKey, datetime] = {}
    last = {sheet.key: sheet.sheet_id for sheet in sheets}
    for sheet in sheets:
        history = rules.of(sheet.key).history
        start = ends.get(sheet.key, sheet.period_start)
        end = next_period(history, after=start, zone=ZoneInfo(sheet.zone)).end
        # Only the last sheet of a key can be without an end, and one that somebody has ended stays so.
        if end == OPEN_END and (sheet.sheet_id != last[sheet.key] or sheet.period_end <= now):
            end = sheet.period_end
        ends[sheet.key] = end
        placed = sheet._replace(period_start=start, period_end=end)
        plan = rules.plan_again(placed)
        if (plan.period.start, plan.period.end) != (sheet.period_start, sheet.period_end):
            moved.append((follow_plan(placed, plan), plan))
    return moved


def order_moves(moved: Sequence[tuple[Sheet, Plan]], sheets: Iterable[Sheet]) -> list[list[tuple[Sheet, Plan]]]:
    """
    These cut sheets in parts to be written one after the other, `sheets` as they stood before; pure.

    The database lets no two sheets of a key overlap, at any moment: one that moves to where another stands comes after
    that one has moved on. There are about three open ones of a key, so no more parts than that.
    """
    before = {sheet.sheet_id: sheet for sheet in sheets}
    parts: list[list[tuple[Sheet, Plan]]] = []
    left = list(moved)
    while left:
        standing: dict[SheetKey, list[Sheet]] = {}
        for sheet, _ in left:
            standing.setdefault(sheet.key, []).append(before[sheet.sheet_id])
        free = [(sheet, plan) for sheet, plan in left if not _meets_another(sheet, standing[sheet.key])]
        # What moves on has room in the end: the last where they move on, the first where they move back.
        parts.append(free or left)
        written = {sheet.sheet_id for sheet, _ in parts[-1]}
        left = [(sheet, plan) for sheet, plan in left if sheet.sheet_id not in written]
    return parts


async def insert_plans(conn: Connection, *, plans: Iterable[Plan], actor: Actor, now: datetime) -> list[Sheet]:
    """
    Open these sheets where they are not there yet; those that were opened. Who inserts sheets takes the opening first,
    then the log: so nobody who has the log waits for somebody who has inserted the same sheet and waits for the log.
    """
    planned = sorted(plans, key=lambda plan: (*plan.key, plan.period.start))
    if not planned:
        return []
    await opening_sql.lock_opening(conn)
    columns = _plan_columns(planned)
    rows = await opening_sql.insert_sheets(conn, sheets=columns, now=now, actor=actor.name)
    return [to_sheet(row) for row in rows]


def tell_opened(sheets: Iterable[Sheet], *, now: datetime) -> list[EventDraft]:
    """The events of sheets that were opened."""
    return [tell(sheet, now=now, kind="sheet.opened") for sheet in sheets]


def to_key(row: opening_sql.Row) -> SheetKey:
    """The key that a row has the columns of."""
    return SheetKey(row["party_id"], row["book_id"], row["role"], row["mode"], row["currency"])


async def _find_ending(
    conn: Connection, *, now: datetime, until: datetime, limit: int
) -> tuple[list[opening_sql.Row], bool]:
    """
    Sheets that end by `until` and are the last of their keys, and whether there may be more. Where the call before this
    one stopped is a hint: what it opened need not be passed again. The last call looks at all.
    """
    passed = conn.memory.get("sheets_opened_ahead")
    rows = await opening_sql.find_without_successor(conn, now=now, until=until, after=passed, limit=limit)
    last = rows[-1] if len(rows) == limit else None
    conn.memory["sheets_opened_ahead"] = last and (last["period_end"], last["sheet_id"])
    return rows, last is not None or passed is not None


def _find_first(accounts: Sequence[opening_sql.Row], *, now: datetime) -> dict[SheetKey, datetime]:
    """
    Keys without a sheet, with the instant that their first one is to cover: several accounts make one. Of a closed
    party whose sheets have come to an end another may be new; what is on it is of the sheet after those (see tails).
    """
    first: dict[SheetKey, datetime] = {}
    for row in accounts:
        if row["role"] is not None and not row["has_sheets"]:
            key = to_key(row)
            first[key] = min(first.get(key, now), row["earliest"] or now)
    return first


def _meets_another(sheet: Sheet, standing: Iterable[Sheet]) -> bool:
    return any(
        sheet.period_start < other.period_end and other.period_start < sheet.period_end
        for other in standing
        if other.sheet_id != sheet.sheet_id
    )


def terms_columns(plans: Sequence[Plan]) -> list[str]:
    """What a sheet keeps of its terms, as columns: calendar, its version, confirmation and its days."""
    deemed = [plan.terms.confirmation is Confirmation.DEEMED for plan in plans]
    return [
        texts([plan.terms.calendar for plan in plans]),
        numbers([plan.calendar_version for plan in plans]),
        texts([plan.terms.confirmation for plan in plans]),
        numbers(
            [plan.terms.confirmation_days if is_deemed else None for plan, is_deemed in zip(plans, deemed, strict=True)]
        ),
    ]


def _plan_columns(plans: Sequence[Plan]) -> list[str]:
    keys = [plan.key for plan in plans]
    return [
        numbers([key.party_id for key in keys]),
        numbers([key.book_id for key in keys]),
        texts([key.role for key in keys]),
        texts([key.mode for key in keys]),
        texts([key.currency for key in keys]),
        texts([plan.zone for plan in plans]),
        instants([plan.period.start for plan in plans]),
        instants([plan.period.end for plan in plans]),
        days([plan.due_date for plan in plans]),
        *terms_columns(plans),
    ]


def list_period_columns(moved: Sequence[tuple[Sheet, Plan]]) -> list[str]:
    """Sheets with new periods, and the plans that they follow, as the columns of set_periods."""
    return [
        numbers([sheet.sheet_id for sheet, _ in moved]),
        instants([sheet.period_start for sheet, _ in moved]),
        instants([sheet.period_end for sheet, _ in moved]),
        days([plan.due_date for _, plan in moved]),
        *terms_columns([plan for _, plan in moved]),
    ]
