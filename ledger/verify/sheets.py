"""Settlement sheets, derived again: from the lines they claimed, their entries, and what was taken from them."""

from ledger.settlement.sheets.keys import SHEET_CODES
from ledger.verify import sheet_sql as sql
from ledger.verify.model import Disagreement
from ledger.verify.snapshot import Snapshot

PERIODS, CLAIMS, LEFT_BEHIND = "periods of sheets", "lines of sheets", "lines without a sheet"
FIGURES, STANDING = "figures of sheets", "what sheets leave to be paid"

_NAMES = (
    "total",
    "line_count",
    "remainder",
    "closed",
    "netted",
    "retained",
    "held",
    "withheld",
    "payout",
    "paid",
    "collected",
    "written_off",
)


async def check_periods(snapshot: Snapshot) -> Disagreement | None:
    """Sheets of one key follow each other in time; none begins before another has ended."""
    async for row in sql.stream_overlaps(snapshot):
        key = {"sheet": row["sheet_id"]}
        return Disagreement(PERIODS, "sheet", key, {"start": row["period_start"]}, {"start": row["ended"]})
    return None


async def check_claims(snapshot: Snapshot) -> Disagreement | None:
    """What a sheet claimed are lines of its accounts, with what they say, up to its place in the log."""
    async for row in sql.stream_claims(snapshot):
        key = {"sheet": row["sheet_id"], "entry": row["sequence"], "line": row["position"]}
        if row["is_foreign"]:
            return Disagreement(CLAIMS, "sheet_line", key, row["found"], "a line of an account of the sheet")
        if row["is_misplaced"]:
            return Disagreement(CLAIMS, "sheet_line", key, row["found"], "a line that the sheet has seen")
        return Disagreement(CLAIMS, "sheet_line", key, row["found"], row["expected"])
    return None


async def check_left_behind(snapshot: Snapshot) -> Disagreement | None:
    """Every line that closings have passed by is on a sheet."""
    async for row in sql.stream_left_behind(snapshot, codes=SHEET_CODES):
        key = {"entry": row["sequence"], "line": row["position"]}
        return Disagreement(LEFT_BEHIND, "sheet_line", key, None, f"{row['code']} {row['party_reference']}")
    return None


async def check_figures(snapshot: Snapshot) -> Disagreement | None:
    """A sheet's total is its lines' and its closing entry's; what became of it are its movements."""
    async for row in sql.stream_sheets(snapshot):
        for name in _NAMES:
            if row[name] != row[f"p_{name}"]:
                key = {"sheet": row["sheet_id"]}
                return Disagreement(FIGURES, "sheet", key, {name: row[name]}, {name: row[f"p_{name}"]})
    return None


async def check_standing(snapshot: Snapshot) -> Disagreement | None:
    """What sheets leave to be paid stands on 2015, and what they leave owed on 1200, party by party."""
    async for row in sql.stream_unsettled(snapshot):
        key = {name: row[name] for name in ("code", "party_id", "book_id", "currency")}
        return Disagreement(STANDING, "sheet", key, row["found"], row["expected"])
    return None
