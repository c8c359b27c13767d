"""Fee plans as they were published, and what waits in suspense."""

from datetime import date, datetime
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting import sql_charging
from ledger.reporting.grouping import read_row
from ledger.reporting.model import Span


class FeePlanRow(NamedTuple):
    """A version of a fee plan; `content` is its JSON text."""

    version: int
    plan: str
    valid_from: date
    content: str


class SuspenseRow(NamedTuple):
    """A share that its receiver could not be credited with; `amount_minor` is what still waits."""

    item: int
    order_reference: str
    line_reference: str
    owner_id: int
    rank: int
    amount_minor: int
    currency: str
    reason: str
    status: str
    opened_at: datetime
    deadline: datetime
    times: int


async def list_fee_plans(conn: Connection, *, plan: str | None, span: Span) -> list[FeePlanRow]:
    """Versions of fee plans, of one plan or of all, the last published first."""
    rows = await sql_charging.list_plans(conn, plan=plan, span=span)
    return [read_row(FeePlanRow, row) for row in rows]


async def list_suspense_items(
    conn: Connection, *, scope: int | None, status: str | None, overdue_at: datetime | None = None, span: Span
) -> list[SuspenseRow]:
    """
    Suspense items in the order in which each first came to suspense, which but for shares that were suspended again is
    that of their deadlines; positions end with (item). Of those that are OPEN, those in which something waits;
    `overdue_at` asks for those that had waited for longer than they may by then.
    """
    rows = await sql_charging.list_suspense(conn, status=status, overdue_at=overdue_at, scope=scope, span=span)
    return [read_row(SuspenseRow, row) for row in rows]
