"""Approvals against their decisions and the log, and closed periods that were opened again against both."""

from ledger.verify import approval_sql as sql
from ledger.verify.model import Disagreement
from ledger.verify.snapshot import Snapshot

APPROVALS, REOPENED = "approvals", "reopened periods"


async def check_approvals(snapshot: Snapshot) -> Disagreement | None:
    """Each request stands where the log says; what was granted has every person it takes, and none is its maker."""
    async for row in sql.stream_approvals(snapshot):
        names = ("status", "empty_seats", "refusals", "own_words")
        found = {name: row[name] for name in names}
        granted = row["told"] == "GRANTED"
        expected = {
            "status": row["told"],
            "empty_seats": 0 if granted else row["empty_seats"],
            "refusals": 0 if row["told"] != "REJECTED" else max(row["refusals"], 1),
            "own_words": 0,
        }
        return Disagreement(APPROVALS, "approval", {"approval": row["approval_id"]}, found, expected)
    return None


async def check_reopenings(snapshot: Snapshot) -> Disagreement | None:
    """Each book that was opened again was so by a granted request, and as the log says."""
    async for row in sql.stream_reopenings(snapshot):
        found = {"closed_through": row["closed_through"], "through": row["through"], "status": row["status"]}
        expected = {"closed_through": row["told_from"], "through": row["told_through"], "status": "GRANTED"}
        return Disagreement(REOPENED, "book_reopening", {"approval": row["approval_id"]}, found, expected)
    return None
