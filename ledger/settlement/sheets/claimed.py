"""On which sheets money is, for those who act on it after its period has ended."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.journal.books import resolve_books
from ledger.journal.model import AccountKey
from ledger.settlement.sheets import claimed_sql as sql
from ledger.settlement.sheets import closing_sql
from ledger.settlement.sheets.fixing import list_places
from ledger.settlement.sheets.keys import find_kind
from ledger.settlement.sheets.model import Sheet, SheetKey
from ledger.settlement.sheets.opening import cut_again
from ledger.settlement.sheets.payable import find_sheets
from ledger.settlement.sheets.planning import Rules, find_local_day
from ledger.settlement.sheets.realigning import find_unfollowed

# How many periods that have ended and have no sheet yet are looked at; what stands after them counts as of today.
MOST_MISSING = 1_000


class DocumentLine(NamedTuple):
    """One line of a document ("order/O1", "1"), as far as it concerns a party."""

    document: str
    line: str
    party_id: int


async def find_claims(conn: Connection, *, lines: Sequence[DocumentLine]) -> list[list[tuple[int, int]]]:
    """The sheets that claimed each of these with what they claimed of it, in minor units, signed; one statement."""
    found: list[list[tuple[int, int]]] = [[] for _ in lines]
    for row in await sql.find_claims(
        conn,
        documents=[each.document for each in lines],
        lines=[each.line for each in lines],
        party_ids=[each.party_id for each in lines],
    ):
        found[row["place"] - 1].append((row["sheet_id"], row["amount_minor"]))
    return found


async def sum_claimed(conn: Connection, *, sheet_ids: Sequence[int], sequences: Sequence[int]) -> dict[int, int]:
    """What these sheets claimed of the entries at these places in the log, in minor units, signed; one statement."""
    rows = await sql.sum_claimed(conn, sheet_ids=sheet_ids, sequences=sequences) if sequences else ()
    return {row["sheet_id"]: row["amount_minor"] for row in rows}


class Ended(NamedTuple):
    """
    The last day of a period that has ended and whose sheet has not closed yet, and what stands on one account that it
    is the first to claim, in minor units; what the party is owed counts up.
    """

    last_day: date
    amount: int


async def find_ended(conn: Connection, *, keys: Collection[AccountKey], now: datetime) -> dict[AccountKey, list[Ended]]:
    """
    The periods that have ended by now and whose sheets have not closed yet, in order, of those of these accounts that
    have one; at most sixteen statements, three where nobody has one.

    Their money is about to leave them with those sheets. What acts on it as it stands there is dated on that day, and
    says no cause: it is then on the sheet that the money is on, not on the next. Of several only the first has a sheet
    yet, and that one closes before the next is opened.
    """
    known = [(key, kind) for key in keys if (kind := find_kind(key.code)) is not None and key.party_id is not None]
    changed = await find_unfollowed(conn)
    rows = await sql.find_ended(
        conn,
        party_ids=[key.party_id or 0 for key, _ in known],
        book_ids=[key.book_id for key, _ in known],
        roles=[role for _, (role, _) in known],
        modes=[mode for _, (_, mode) in known],
        currencies=[key.currency for key, _ in known],
        now=now,
        changed=changed,
    )
    if not rows:
        return {}
    open_ones = await find_sheets(conn, sheet_ids={row["sheet_id"] for row in rows})
    found = await _cut(conn, open_ones, changed, now=now)
    if not found:
        return {}
    sheets = await _add_missing(conn, found, now=now)
    books = await resolve_books(conn, book_ids={sheet.key.book_id for sheet in sheets})
    sums = await closing_sql.sum_open_lines(conn, places=list_places(sheets, books))
    stands = {(row["sheet_id"], row["code"]): row["credit"] - row["debit"] for row in sums}
    of_key: dict[SheetKey, list[Sheet]] = {}
    for sheet in sheets:
        of_key.setdefault(sheet.key, []).append(sheet)
    ended: dict[AccountKey, list[Ended]] = {}
    accounts = {known[row["place"] - 1][0]: found[row["sheet_id"]].key for row in rows if row["sheet_id"] in found}
    for account, sheet_key in accounts.items():
        before = 0
        for sheet in of_key[sheet_key]:
            # What stands before the end of one stands before the ends of those after it, too.
            amount = stands.get((sheet.sheet_id, account.code), 0)
            last_day = find_local_day(sheet.period_end - datetime.resolution, sheet.zone)
            ended.setdefault(account, []).append(Ended(last_day, amount - before))
            before = amount
    return ended


async def _cut(
    conn: Connection, sheets: Mapping[int, Sheet], changed: Collection[int | None], *, now: datetime
) -> dict[int, Sheet]:
    """Those of these open sheets whose period has ended; where terms have changed, by what they will be cut by."""
    cut = [sheet for sheet in sheets.values() if None in changed or sheet.key.party_id in changed]
    cut.sort(key=lambda sheet: (sheet.key, sheet.period_start))
    rules = await Rules.load(conn, keys={sheet.key for sheet in cut}) if cut else None
    moved = {sheet.sheet_id: sheet for sheet, _ in cut_again(cut, rules, now=now)} if rules else {}
    return {number: sheet for number, sheet in {**sheets, **moved}.items() if sheet.period_end <= now}


async def _add_missing(conn: Connection, sheets: Mapping[int, Sheet], *, now: datetime) -> list[Sheet]:
    """These open sheets and, of each key, those that will be opened and closed after them, numbered below zero."""
    found = sorted(sheets.values(), key=lambda sheet: sheet.period_start)
    rules = await Rules.load(conn, keys={sheet.key for sheet in found})
    missing: list[Sheet] = []
    for last in {sheet.key: sheet for sheet in found}.values():
        plan = rules.plan_next(last.key, after=last.period_end)
        while plan.period.end <= now and len(missing) < MOST_MISSING:
            start, end = plan.period.start, plan.period.end
            number = -1 - len(missing)
            missing.append(last._replace(sheet_id=number, zone=plan.zone, period_start=start, period_end=end))
            plan = rules.plan_next(last.key, after=end)
    return [*found, *missing]
