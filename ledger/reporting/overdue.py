"""What was to be paid by a day that has passed where it is."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting import sql_overdue
from ledger.reporting.errors import PlaceGone
from ledger.reporting.grouping import read_row
from ledger.reporting.model import Position, Span
from ledger.reporting.sheets import SheetRow

# Due dates that changed between two pages and are looked at one by one; with more, the list starts again.
_MOST_CHANGES = 20_000
# A cursor of an older program says nothing of that: as if no date had changed since.
_UNKNOWN = 2**62


class OverdueRow(NamedTuple):
    """A sheet, and the last change of a due date that its page knows of."""

    sheet: SheetRow
    dated_at: int

    @property
    def position(self) -> Position:
        """Where it stands in the list, as its page knows it."""
        return (self.sheet.due_date.isoformat(), self.sheet.sheet_id, self.dated_at)


async def list_overdue(conn: Connection, *, now: datetime, scope: int | None, span: Span) -> list[OverdueRow]:
    """
    What was to be paid by a day that has passed where it is, the longest overdue first; one statement, and one for each
    cursor.

    Refusals: PlaceGone when sheets were dated anew since the cursor's page so that one has passed it.
    """
    for name, cursor in (("after", span.after), ("before", span.before)):
        if cursor is not None:
            await _check_place(conn, *cursor, now=now, scope=scope, field=name)
    until = (now + timedelta(days=1)).date()
    rows = await sql_overdue.list_overdue(conn, now=now, until=until, scope=scope, span=span)
    return [OverdueRow(read_row(SheetRow, row), row["dated_at"]) for row in rows]


async def _check_place(
    conn: Connection,
    day: int | str,
    sheet_id: int | str,
    dated_at: int | str = _UNKNOWN,
    *,
    now: datetime,
    scope: int | None,
    field: str,
) -> None:
    changed = await sql_overdue.find_dated_since(
        conn,
        dated_at=int(dated_at),
        limit=_MOST_CHANGES + 1,
        place=(date.fromisoformat(str(day)), int(sheet_id)),
        now=now,
        scope=scope,
    )
    if changed is not None and (changed["changes"] > _MOST_CHANGES or changed["is_passed"]):
        raise PlaceGone(field=(field,))
