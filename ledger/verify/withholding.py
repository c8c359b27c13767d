"""
Holds, deposits and adjustments against the entries they caused, and against what stands on 2050, 2060, 1220 and, of
claims for buyers, on 2070.
"""

from typing import Any

from ledger.verify import withholding_sql as sql
from ledger.verify.model import Disagreement
from ledger.verify.snapshot import Row, Snapshot

HOLDS, HELD = "holds", "money on hold"
SLICES, DEPOSITED, ADJUSTMENTS = "deposit slices", "deposits", "adjustments"
BUYER_CLAIMS = "claims for buyers"

_HOLD = ("placed", "lifted")
_SLICE = ("principal", "due", "claimed", "released", "forfeited", "lapsed")


async def check_holds(snapshot: Snapshot) -> Disagreement | None:
    """Each hold has taken and given back what its entries moved, and what its movements say."""
    async for row in sql.stream_holds(snapshot):
        key = {"hold": row["hold_id"]}
        if not row["known"]:
            return Disagreement(HOLDS, "hold", key, None, "the hold of entries in the journal")
        found, posted = _figures(row, "", _HOLD), _figures(row, "p_", _HOLD)
        if found != posted:
            return Disagreement(HOLDS, "hold", key, found, posted)
        return Disagreement(HOLDS, "hold_movement", key, _figures(row, "m_", _HOLD), posted)
    return None


async def check_held(snapshot: Snapshot) -> Disagreement | None:
    """What a party's open holds add up to is what stands on 2050: every cent there has its reason."""
    async for row in sql.stream_held(snapshot):
        return Disagreement(HELD, "hold", _place(row), {"held": row["held"]}, {"held": row["posted"]})
    return None


async def check_slices(snapshot: Snapshot) -> Disagreement | None:
    """Each slice has what its entries moved, and what its movements say."""
    async for row in sql.stream_slices(snapshot):
        key = {"slice": row["slice_id"]}
        if not row["known"]:
            return Disagreement(SLICES, "deposit_slice", key, None, "the slice of entries in the journal")
        found, posted = _figures(row, "", _SLICE), _figures(row, "p_", _SLICE)
        if found != posted:
            return Disagreement(SLICES, "deposit_slice", key, found, posted)
        left = row["principal"] - row["claimed"] - row["released"] - row["forfeited"] - row["lapsed"]
        return Disagreement(SLICES, "deposit_movement", key, {"left": row["moved"]}, {"left": left})
    return None


async def check_deposited(snapshot: Snapshot) -> Disagreement | None:
    """What is left of a party's slices is what deposits left on 2060, and what of it is billed is on 1220."""
    async for row in sql.stream_deposited(snapshot):
        found = {"left": row["left_minor"], "due": row["due_minor"]}
        expected = {"left": row["deposited"], "due": row["billed"]}
        return Disagreement(DEPOSITED, "deposit_slice", _place(row), found, expected)
    return None


async def check_buyer_claims(snapshot: Snapshot) -> Disagreement | None:
    """
    What was claimed of each slice for buyers, and paid to them whole, is what its entries moved on 2070. With what
    orders owe on refunds, which has a check of its own, that is all that stands there.
    """
    async for row in sql.stream_buyer_claims(snapshot):
        found = {"claimed": row["claimed"], "paid": row["paid"], "of claims": row["whole"]}
        expected = {"claimed": row["p_claimed"], "paid": row["p_paid"], "of claims": row["p_paid"]}
        return Disagreement(BUYER_CLAIMS, "deposit_movement", {"slice": row["slice_id"]}, found, expected)
    return None


async def check_adjustments(snapshot: Snapshot) -> Disagreement | None:
    """Each posted adjustment has the entry that it says, and no other has one."""
    async for row in sql.stream_adjustments(snapshot):
        key = {"adjustment": row["reference"]}
        expected = {
            "entry": row["p_sequence"],
            "amount": row["p_amount"],
            "from": row["p_debit"],
            "to": row["p_credit"],
        }
        if row["status"] is None:
            return Disagreement(ADJUSTMENTS, "adjustment", key, None, expected)
        found = {
            "entry": row["sequence"],
            "amount": row["amount_minor"],
            "from": row["debit_code"],
            "to": row["credit_code"],
        }
        return Disagreement(ADJUSTMENTS, "adjustment", key, found, expected if row["p_sequence"] else None)
    return None


def _figures(row: Row, prefix: str, names: tuple[str, ...]) -> dict[str, int]:
    return {name: row[f"{prefix}{name}"] for name in names}


def _place(row: Row) -> dict[str, Any]:
    return {"party": row["party_id"], "book": row["book_id"], "currency": row["currency"]}
