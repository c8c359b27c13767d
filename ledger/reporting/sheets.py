"""Settlement sheets as people read them: in lists, with their totals by fee, line by line, and step by step."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ledger.db.transacting import Connection
from ledger.reporting import sql_books, sql_sheets
from ledger.reporting.grouping import group, place, read_row
from ledger.reporting.model import Span
from ledger.reporting.ranges import check_range

# A subtree of so many parties is read through its parties; a larger one along the sheets.
_MOST_PARTIES = 2_000


class SheetRow(NamedTuple):
    """A sheet as it stands in the snapshot. Of an open one the figures are zero: see find_open_totals."""

    sheet_id: int
    party_id: int
    book_id: int
    legal_entity: str
    role: str
    mode: str
    currency: str
    zone: str
    period_start: datetime
    period_end: datetime
    status: str
    due_date: date
    calendar: str
    calendar_version: int
    confirmation: str
    confirm_by: datetime | None
    closed_at: datetime | None
    opened_at: datetime
    overdue_at: datetime | None
    closing_sequence: int | None
    line_count: int
    carried_cycles: int
    total_minor: int
    netted_minor: int
    retained_minor: int
    held_minor: int
    withheld_minor: int
    payout_minor: int
    paid_minor: int
    collected_minor: int
    written_off_minor: int
    payable_minor: int
    owed_minor: int
    is_carried: bool


class OpenTotal(NamedTuple):
    """What stands on an open sheet now."""

    total_minor: int
    line_count: int


class FeeTotal(NamedTuple):
    """What the lines of a sheet come to for one fee item, or, without fees, for one template of entries."""

    item: str | None
    template: str | None
    amount_minor: int
    size: int


class Fee(NamedTuple):
    """
    One computed fee in a line: what was taken of which base at which rate, exactly and rounded, by which rule. Minor
    units, counting up for the party; texts are None where the fee has no rate.
    """

    item: str
    amount: int
    base: int | None
    rate: str | None
    exact: str | None
    rounding: str | None
    rule: str | None
    tax: int | None


class SheetLineRow(NamedTuple):
    """
    A line of a sheet; `amount_minor` counts up for the party. `original_period_start` is set for what came late: on a
    closed sheet the start of the period it belongs to, on an open one the instant it happened.
    """

    sequence: int
    position: int
    amount_minor: int
    original_period_start: datetime | None
    code: str
    currency: str
    template: str
    business_date: date
    document: str
    document_line: str
    fees: tuple[Fee, ...]


class StepRow(NamedTuple):
    """A step of a sheet; the dates are those of a change of its due date."""

    status: str
    at: datetime
    actor: str
    reason: str
    due_date_before: date | None
    due_date_after: date | None


class MovementRow(NamedTuple):
    """What was taken from a sheet, or given back (below zero), and by which document."""

    kind: str
    amount_minor: int
    reference: str
    moved_at: datetime
    actor: str


class DisputeRow(NamedTuple):
    """An objection to a sheet, and its answer once there is one."""

    dispute_id: int
    opened_at: datetime
    actor: str
    reason: str
    evidence: bytes | None
    line_sequences: list[int]
    line_positions: list[int]
    answered_at: datetime | None
    answered_by: str | None
    answer: str | None
    adjustments: list[str]


async def find_sheets(conn: Connection, *, keys: Sequence[int], scope: int | None) -> list[SheetRow | None]:
    """Sheets by number; None for those outside the scope. One statement."""
    return place(await sql_sheets.find_sheets(conn, sheet_ids=keys, scope=scope), keys, _to_sheet)


async def list_sheets(
    conn: Connection,
    *,
    party_id: int | None,
    scope: int | None,
    role: str | None = None,
    book_id: int | None = None,
    statuses: Sequence[str] | None = None,
    ends_after: datetime | None = None,
    starts_before: datetime | None = None,
    overdue_at: datetime | None = None,
    is_quiet: bool | None = None,
    span: Span,
) -> list[SheetRow]:
    """
    Sheets, the newest first: of one party (which the caller has found inside the scope), else of everything inside it.
    Filters narrow; `overdue_at` asks for what was to be paid by then and was not, `is_quiet` for what closed without a
    line, or for all else. At most two statements.

    Refusals: InvalidInput for a period that ends before it begins.
    """
    check_range(ends_after, starts_before, field="period_to")
    party_ids: list[int] | None = None if party_id is None else [party_id]
    if party_ids is None and scope is not None:
        members = await sql_sheets.find_members(conn, scope=scope, limit=_MOST_PARTIES + 1)
        party_ids = members if len(members) <= _MOST_PARTIES else None
    rows = await sql_sheets.list_sheets(
        conn,
        party_ids=party_ids,
        scope=scope,
        role=role,
        book_id=book_id,
        statuses=statuses,
        ends_after=ends_after,
        starts_before=starts_before,
        overdue_at=overdue_at,
        is_quiet=is_quiet,
        span=span,
    )
    return [_to_sheet(row) for row in rows]


async def find_book(conn: Connection, *, reference: str) -> int | None:
    """The number of a legal entity; None when there is none."""
    return await sql_books.find_book(conn, reference=reference)


def unpaid(row: SheetRow) -> int:
    """What has to be paid of it and has not arrived, in minor units: also what a payout claimed; pure."""
    return row.payable_minor + row.payout_minor - row.paid_minor


def is_overdue(row: SheetRow, *, now: datetime) -> bool:
    """Whether a sheet was to be paid by a day that has passed in its zone; pure. The lists ask the same."""
    is_waiting = unpaid(row) > 0 and row.status not in ("OPEN", "CLOSING", "PAID", "COMPLETED") and not row.is_carried
    return is_waiting and now.astimezone(ZoneInfo(row.zone)).date() > row.due_date


async def find_open_totals(conn: Connection, *, keys: Sequence[int]) -> list[OpenTotal]:
    """What stands on each of these sheets while it is open: its unclaimed lines; one statement."""
    rows = await sql_sheets.find_open_totals(conn, sheet_ids=keys)
    found = place(rows, keys, lambda row: OpenTotal(row["total_minor"], row["line_count"]))
    return [each or OpenTotal(0, 0) for each in found]


async def list_lines(conn: Connection, *, sheet_id: int, is_open: bool, span: Span) -> list[SheetLineRow]:
    """The lines of a sheet in the order of the log, claimed or still a question, each with its fees; one statement."""
    rows = await sql_sheets.list_lines(conn, sheet_id=sheet_id, is_open=is_open, span=span)
    return [_to_line(row) for row in rows]


async def sum_fees(conn: Connection, *, keys: Sequence[int]) -> list[list[FeeTotal]]:
    """What the lines of each of these sheets come to by fee item; one statement."""
    rows = await sql_sheets.sum_fees(conn, sheet_ids=keys)
    return group(rows, keys, lambda row: read_row(FeeTotal, row))


async def find_history(conn: Connection, *, keys: Sequence[int]) -> list[list[StepRow]]:
    """The steps of each of these sheets, in order; one statement."""
    rows = await sql_sheets.find_history(conn, sheet_ids=keys)
    return group(rows, keys, lambda row: read_row(StepRow, row))


async def find_movements(conn: Connection, *, keys: Sequence[int]) -> list[list[MovementRow]]:
    """What was taken from each of these sheets, in order; one statement."""
    rows = await sql_sheets.find_movements(conn, sheet_ids=keys)
    return group(rows, keys, lambda row: read_row(MovementRow, row))


async def find_disputes(conn: Connection, *, keys: Sequence[int]) -> list[list[DisputeRow]]:
    """The disputes of each of these sheets, in order; one statement."""
    rows = await sql_sheets.find_disputes(conn, sheet_ids=keys)
    return group(rows, keys, lambda row: read_row(DisputeRow, row))


def read_fees(metadata: str, *, code: str, party_id: int) -> tuple[Fee, ...]:
    """The fees that an entry carries for one account; pure."""
    if not metadata.startswith('{"fees":'):
        return ()
    return tuple(
        Fee(
            item=fee["item"],
            amount=fee["amount"],
            base=fee.get("base"),
            rate=fee.get("rate"),
            exact=fee.get("exact"),
            rounding=fee.get("rounding"),
            rule=fee.get("rule"),
            tax=fee.get("tax"),
        )
        for fee in json.loads(metadata)["fees"]
        if fee.get("code") == code and fee.get("party") == party_id
    )


def _to_sheet(row: sql_sheets.Row) -> SheetRow:
    return read_row(SheetRow, row)


def share_fees(fees: Sequence[Fee], amounts: Sequence[int]) -> list[tuple[Fee, ...]]:
    """
    The fees of an entry for one account, dealt to its lines there; pure. A fee that is a line's amount by itself is
    that line's; what is left is the first other line's, which almost always is the only one.
    """
    dealt: list[tuple[Fee, ...]] = [()] * len(amounts)
    left = list(fees)
    if len(amounts) > 1:
        for line, amount in enumerate(amounts):
            alone = next((fee for fee in left if fee.amount == amount), None)
            if alone is not None:
                left.remove(alone)
                dealt[line] = (alone,)
    rest = next((line for line, own in enumerate(dealt) if not own), 0)
    dealt[rest] = (*dealt[rest], *left)
    return dealt


def _to_line(row: sql_sheets.Row) -> SheetLineRow:
    said = {name: row[name] for name in SheetLineRow._fields if name != "fees"}
    fees = read_fees(row["metadata"], code=row["code"], party_id=row["party_id"])
    dealt = share_fees(fees, row["amounts"])
    return SheetLineRow(**said, fees=dealt[row["positions"].index(row["position"])])
