"""Receipts and their matches against the entries they caused, and against what their sheets say was collected."""

from ledger.verify import receipt_sql as sql
from ledger.verify.model import Disagreement
from ledger.verify.snapshot import Snapshot

RECEIPTS, MATCHES = "receipts", "matches of receipts"


async def check_receipts(snapshot: Snapshot) -> Disagreement | None:
    """What came in and what of it is matched is what receipts moved on 2210, and what their matches say."""
    async for row in sql.stream_receipts(snapshot):
        key = {"receipt": row["receipt_id"]}
        if not row["known"]:
            return Disagreement(RECEIPTS, "receipt", key, None, "the receipt of entries in the journal")
        found = {"amount": row["amount"], "matched": row["matched"]}
        posted = {"amount": row["p_amount"], "matched": row["p_matched"]}
        if found != posted:
            return Disagreement(RECEIPTS, "receipt", key, found, posted)
        return Disagreement(RECEIPTS, "receipt_match", key, {"matched": row["m_matched"]}, {"matched": row["matched"]})
    return None


async def check_matches(snapshot: Snapshot) -> Disagreement | None:
    """What matches of a receipt clear of a sheet is what the sheet says that the receipt has collected."""
    async for row in sql.stream_matches(snapshot):
        key = {"receipt": row["receipt_id"], "sheet": row["sheet_id"]}
        return Disagreement(MATCHES, "receipt_match", key, row["found"], row["expected"])
    return None
