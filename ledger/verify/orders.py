"""Orders against the entries they caused: what an order holds, owes and shared is what was posted for it."""

from ledger.verify import order_sql as sql
from ledger.verify.model import Disagreement
from ledger.verify.snapshot import Snapshot

FIGURES, SHARES, EVENTS = "figures of orders", "shares of orders", "events of orders"

# A figure of an order, the table that keeps it, and the account it is of.
_FIGURES = (
    ("held", "order_head"),
    ("frozen", "order_head"),
    ("owed", "order_refund"),
    ("suspended", "suspense_item"),
    ("fee_charged", "order_line"),
    ("fee_returned", "order_line"),
    ("disputed", "order_dispute"),
    ("settled", "order_head"),
    # What the settling entity has from the collecting one is what that one owes it.
    ("between_", "order_head"),
)


async def check_figures(snapshot: Snapshot) -> Disagreement | None:
    """What each order has in 2000, 1100, 1130, 2070 and 2200, and the channel's fees, are what its entries moved."""
    async for row in sql.stream_orders(snapshot):
        key = {"order": row["reference"]}
        if not row["known"]:
            return Disagreement(FIGURES, "order_head", key, None, "the order of entries in the journal")
        for name, table in _FIGURES:
            if row[name] != row[f"p_{name}"]:
                return Disagreement(FIGURES, table, key, {name: row[name]}, {name: row[f"p_{name}"]})
    return None


async def check_shares(snapshot: Snapshot) -> Disagreement | None:
    """What each receiver still has of a line is what its entries left on his account."""
    async for row in sql.stream_shares(snapshot):
        key = {"order": row["order_reference"], "line": row["line_reference"], "rank": row["rank"]}
        return Disagreement(SHARES, "order_share", key, {"has": row["has"]}, {"has": row["posted"]})
    return None


async def check_events(snapshot: Snapshot) -> Disagreement | None:
    """Every accepted event of an order is in the log at its place, and every event of an order there was accepted."""
    async for row in sql.stream_order_events(snapshot):
        key = {"sequence": row["sequence"]}
        return Disagreement(EVENTS, "order_event", key, row["named"], row["subject"])
    return None
