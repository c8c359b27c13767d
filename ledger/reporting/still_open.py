"""
What is still open of a party that is closed, or is to be: its sheets still close, what it is owed is paid, what is held
goes back on its day, and what it owes stays owed.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting import sql_still_open
from ledger.reporting.grouping import group
from ledger.reporting.unpaid import UnpaidPart, load_parts

# Into which figure each part of what is not paid counts; together they are all of it.
_FIGURES = {
    "ACCRUED": "payable",
    "ON_SHEET": "payable",
    "IN_PAYOUT": "payable",
    "PAYOUT_FEE": "payable",
    "RETURNED": "payable",
    "IN_TRANSIT": "in_transit",
    "ON_HOLD": "on_hold",
    "DEPOSIT": "deposits",
    "RETENTION": "deposits",
    "SUSPENSE": "in_suspense",
    "OWED": "owed",
}


class StillOpen(NamedTuple):
    """
    What is open in one legal entity and currency, in minor units. `open_sheets` are to close yet, `unsettled_sheets`
    closed and are not settled. `payable` is accrued, on sheets and in payouts that were not sent, and may be below
    zero; `owed` counts up for us.
    """

    legal_entity: str
    currency: str
    open_sheets: int = 0
    unsettled_sheets: int = 0
    payable: int = 0
    in_transit: int = 0
    on_hold: int = 0
    deposits: int = 0
    in_suspense: int = 0
    owed: int = 0


async def load_still_open(conn: Connection, *, keys: Sequence[int]) -> list[list[StillOpen]]:
    """What is open of each of these parties, by legal entity and currency; two statements."""
    rows = await sql_still_open.count_sheets(conn, party_ids=keys)
    sheets = group(rows, keys, _to_sheets)
    return [_add_up(*each) for each in zip(sheets, await load_parts(conn, keys=keys, tells_all=True), strict=True)]


def _to_sheets(row: sql_still_open.Row) -> StillOpen:
    return StillOpen(row["legal_entity"], row["currency"], row["open_sheets"], row["unsettled_sheets"])


def _add_up(sheets: Sequence[StillOpen], parts: Sequence[UnpaidPart]) -> list[StillOpen]:
    places = {(each.legal_entity, each.currency): each for each in sheets}
    for part in parts:
        place = (part.legal_entity, part.currency)
        before = places.get(place, StillOpen(*place))
        name = _FIGURES[part.state]
        amount = -part.amount_minor if name == "owed" else part.amount_minor
        places[place] = before._replace(**{name: getattr(before, name) + amount})
    return [places[place] for place in sorted(places)]
