"""What a sheet's page and a trace read in the database, of sheets picked at random among all that have closed."""

import time
from collections.abc import Awaitable, Callable

from ledger.db.transacting import Connection
from ledger.reporting import settled, sheets
from ledger.reporting.model import Span
from tests.bench.marketplaces import Marketplace
from tests.bench.measuring import Figures, percentile
from tests.bench.tables import Row

QUERIES = 200
LINES_PER_PAGE = 50
PARTS_PER_PAGE = 101

_PICKED = "SELECT sheet_id FROM sheet WHERE status <> 'OPEN' AND line_count > 0 ORDER BY random() LIMIT $1"
# As many rows by hand, outside the platform's wall.
_PAGE = """
SELECT s.*, l.* FROM sheet AS s
INNER JOIN LATERAL (
    SELECT o.sequence, o.amount_minor, o.position FROM sheet_line AS o
    WHERE o.platform_id = s.platform_id AND o.sheet_id = s.sheet_id AND o.sheet_id > 0
    ORDER BY o.sequence, o.position LIMIT 50
) AS l ON true
WHERE s.platform_id = $1 AND s.sheet_id = $2
"""


async def read_sheets(market: Marketplace, *, count: int = QUERIES) -> list[Row]:
    """The page of a sheet, and the trace from it to its documents and back from a document."""
    picked = [row["sheet_id"] for row in await market.admin.fetch(_PICKED, count)]

    async def by_hand(_: Connection, sheet_id: int) -> None:
        assert await market.admin.fetch(_PAGE, market.platform_id, sheet_id)

    async with market.database.read(market.platform_id) as conn:
        # It is idle while the floor is measured, as long as that takes on a busy machine.
        await conn.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        floor, _ = await _time(conn, picked, by_hand)
        measured = [
            ("page of a sheet: figures, fees, 50 lines, history", _read_page),
            ("trace of a sheet to its documents and payouts", _trace_sheet),
            ("trace of a document of 100 parties to its sheets", _trace_document),
        ]
        rows = []
        for name, act in measured:
            took, slowest = await _time(conn, picked, act)
            rows.append(Row(name, "ms", took, floor, {"p99 ms": slowest}))
    return rows


async def _read_page(conn: Connection, sheet_id: int) -> None:
    """What the API asks for a sheet with everything that its page shows."""
    (sheet,) = await sheets.find_sheets(conn, keys=[sheet_id], scope=None)
    assert sheet is not None
    lines = await sheets.list_lines(conn, sheet_id=sheet_id, is_open=False, span=Span(LINES_PER_PAGE))
    (fees,) = await sheets.sum_fees(conn, keys=[sheet_id])
    (history,) = await sheets.find_history(conn, keys=[sheet_id])
    await sheets.find_movements(conn, keys=[sheet_id])
    await sheets.find_disputes(conn, keys=[sheet_id])
    assert lines
    assert history
    assert sum(fee.amount_minor for fee in fees) == sheet.total_minor


async def _trace_sheet(conn: Connection, sheet_id: int) -> list[settled.SettledPart]:
    parts = await settled.list_parts_of_sheets(conn, sheet_ids=[sheet_id], span=Span(PARTS_PER_PAGE))
    await settled.sum_parts_of_sheets(conn, keys=[sheet_id])
    await settled.list_payouts_of_sheets(conn, keys=[sheet_id])
    assert parts
    return parts


async def _trace_document(conn: Connection, sheet_id: int) -> None:
    document = _documents[sheet_id] if sheet_id in _documents else (await _trace_sheet(conn, sheet_id))[0].document
    _documents[sheet_id] = document
    (parts,) = await settled.list_parts_of_documents(conn, keys=[settled.PartKey(document)], scope=None)
    assert any(part.sheet_id == sheet_id for part in parts)
    await settled.list_payouts_of_sheets(conn, keys=[part.sheet_id for part in parts if part.sheet_id])


_documents: dict[int, str] = {}


async def _time(
    conn: Connection, picked: list[int], act: Callable[[Connection, int], Awaitable[object]]
) -> tuple[Figures, float]:
    """Milliseconds of each, after a round to warm up; and the 99th percentile."""
    for sheet_id in picked:
        await act(conn, sheet_id)
    took = []
    for sheet_id in picked:
        began = time.perf_counter()
        await act(conn, sheet_id)
        took.append((time.perf_counter() - began) * 1_000)
    return Figures(tuple(took)), percentile(sorted(took), 0.99)
