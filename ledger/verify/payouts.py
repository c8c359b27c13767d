"""Payouts against the entries they caused and the movements of their sheets."""

from ledger.verify import payout_sql as sql
from ledger.verify.model import Disagreement
from ledger.verify.snapshot import Snapshot

PAYOUTS, CLAIMS, TRANSIT = "payouts", "claims of payouts", "money in transit"


async def check_payouts(snapshot: Snapshot) -> Disagreement | None:
    """What each payout has in transit, has paid, withheld and had sent back is what its entries moved."""
    async for row in sql.stream_payouts(snapshot):
        names = ("transit", "paid", "withheld", "returned")
        found = {name: row[name] for name in names}
        posted = {name: row[f"p_{name}"] for name in names}
        return Disagreement(PAYOUTS, "payout", {"payout": row["payout_id"]}, found, posted)
    return None


async def check_claims(snapshot: Snapshot) -> Disagreement | None:
    """What payouts have claimed, paid and withheld of each sheet is what the sheet's movements say."""
    async for row in sql.stream_claims(snapshot):
        names = ("claimed", "paid", "withheld")
        found = {name: row[name] for name in names}
        moved = {name: row[f"m_{name}"] for name in names}
        key = {"sheet": row["sheet_id"], "reference": row["reference"]}
        return Disagreement(CLAIMS, "payout_sheet", key, found, moved)
    return None


async def check_transit(snapshot: Snapshot) -> Disagreement | None:
    """All that is in transit in a book and currency is what its payouts have there."""
    async for row in sql.stream_transit(snapshot):
        key = {"book": row["book_id"], "currency": row["currency"]}
        return Disagreement(TRANSIT, "payout", key, {"transit": row["transit"]}, {"transit": row["posted"]})
    return None
