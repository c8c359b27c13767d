"""Refunds and disputes of orders: each refund has its event, and lines gave back what refunds and disputes took."""

from ledger.verify import refund_sql as sql
from ledger.verify.model import Disagreement
from ledger.verify.snapshot import Snapshot

REFUNDS, LINES = "refunds of orders", "what order lines gave back"


async def check_refunds(snapshot: Snapshot) -> Disagreement | None:
    """Every refund is at the place of its event, of as much as its lines, and no refund of the log is missing."""
    async for row in sql.stream_refunds(snapshot):
        key = {"sequence": row["sequence"]}
        if row["sequence"] is None:
            return Disagreement(REFUNDS, "order_refund_line", {"order": row["stray"]}, "a line of no refund", None)
        if row["order_reference"] != row["p_order_reference"]:
            return Disagreement(REFUNDS, "order_refund", key, row["order_reference"], row["p_order_reference"])
        return Disagreement(REFUNDS, "order_refund", key, {"payable": row["payable"]}, {"payable": row["p_payable"]})
    return None


async def check_lines(snapshot: Snapshot) -> Disagreement | None:
    """What a line has given back, and keeps in dispute, is what its standing refunds and its disputes took of it."""
    async for row in sql.stream_lines(snapshot):
        key = {"order": row["order_reference"], "line": row["line_reference"]}
        name = next(each for each in ("disputed", "given_back", "parts") if row[each] != row[f"p_{each}"])
        return Disagreement(LINES, "order_line", key, {name: row[name]}, {name: row[f"p_{name}"]})
    return None
