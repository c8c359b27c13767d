"""Fees against the lines of the entries that carry them, and fee lines against the entries that booked them."""

from ledger.verify import fee_sql as sql
from ledger.verify.model import Disagreement
from ledger.verify.snapshot import Snapshot

FEES, FEE_LINES, REVERSED = "fees of entries", "fee lines", "reversals of fee lines"


async def check_fees(snapshot: Snapshot) -> Disagreement | None:
    """The fees that an entry carries are what its lines move on the accounts of parties."""
    async for row in sql.stream_fees(snapshot):
        key = {"sequence": row["sequence"], "account": row["code"], "party": row["party_id"]}
        return Disagreement(FEES, "entry", key, row["said"], row["moved"])
    return None


async def check_fee_lines(snapshot: Snapshot) -> Disagreement | None:
    """Every fee line that is booked is what its entry moved, and every entry of a fee line has its line."""
    async for row in sql.stream_fee_lines(snapshot):
        return Disagreement(FEE_LINES, "fee_line", {"reference": row["reference"]}, row["said"], row["moved"])
    return None


async def check_reversed(snapshot: Snapshot) -> Disagreement | None:
    """What a fee line says was taken back of its amount, base and tax is what the lines that reverse it took."""
    async for row in sql.stream_reversed(snapshot):
        return Disagreement(REVERSED, "fee_line", {"reference": row["reference"]}, row["said"], row["taken"])
    return None
