"""Receipts and their matches against the entries they caused, and against what their sheets say was collected."""

from ledger.verify import receipt_sql as sql
from ledger.verify.model import Disagreement
from ledger.verify.snapshot import Snapshot

RECEIPTS, MATCHES = "receipts", "matches of receipts"


async def check_receipts(snapshot: Snapshot) -> Disagreement | None:
    """What came in and what of it is matched or given back is what moved on 2210, and what matches and returns say."""
    async for row in sql.stream_receipts(snapshot):
        key = {"receipt": row["receipt_id"]}
        if not row["known"]:
            return Disagreement(RECEIPTS, "receipt", key, None, "the receipt of entries in the journal")
        found = {"amount": row["amount"], "matched": row["matched"], "returned": row["returned"]}
        posted = {"amount": row["p_amount"], "matched": row["p_matched"], "returned": row["p_returned"]}
        if found != posted:
            return Disagreement(RECEIPTS, "receipt", key, found, posted)
        if row["returned"] != row["b_returned"]:
            said = {"returned": row["b_returned"]}
            return Disagreement(RECEIPTS, "receipt_return", key, said, {"returned": row["returned"]})
        return Disagreement(RECEIPTS, "receipt_match", key, {"matched": row["m_matched"]}, {"matched": row["matched"]})
    return None


async def check_matches(snapshot: Snapshot) -> Disagreement | None:
    """
    What matches of a receipt clear of a sheet is what the sheet says that the receipt has collected, and the rest that
    goes with them what it says was given up, and what stands on 5070.
    """
    async for row in sql.stream_matches(snapshot):
        key = {"receipt": row["receipt_id"], "sheet": row["sheet_id"]}
        if row["found"] != row["expected"]:
            return Disagreement(MATCHES, "receipt_match", key, row["found"], row["expected"])
        said = {"givenUp": row["given_up"], "posted": row["posted"]}
        return Disagreement(MATCHES, "receipt_match", key, {"rest": row["rest"]}, said)
    return None
