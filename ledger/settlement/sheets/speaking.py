"""Who may say something to a sheet: its party, or whoever speaks for the platform. To see it is not enough."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.subtrees import find_paths
from ledger.settlement.sheets.errors import SheetMissing, SheetOfAnotherParty
from ledger.settlement.sheets.model import Sheet


class Wish(NamedTuple):
    """Something is to be said to a sheet by a party (its number), or by one who speaks for the platform (None)."""

    sheet_id: int
    party_id: int | None


async def refuse_strangers(
    conn: Connection, *, wishes: Sequence[Wish], known: Mapping[int, Sheet]
) -> list[LedgerError | None]:
    """
    Judge whether each may be said, in order, by the tree as it stands; `known` are the sheets that there are, by
    number. One statement, and none where everybody speaks for himself.

    Refusals, first match wins: SheetMissing where there is none, or one that the party does not see;
        SheetOfAnotherParty where the sheet's party stands below the one that speaks.
    """
    others = {
        known[wish.sheet_id].key.party_id
        for wish in wishes
        if wish.sheet_id in known and wish.party_id not in (None, known[wish.sheet_id].key.party_id)
    }
    paths = await find_paths(conn, party_ids=sorted(others)) if others else {}
    return [_refuse(wish, known.get(wish.sheet_id), paths) for wish in wishes]


def _refuse(wish: Wish, sheet: Sheet | None, paths: Mapping[int, Sequence[int]]) -> LedgerError | None:
    if sheet is not None:
        if wish.party_id is None or wish.party_id == sheet.key.party_id:
            return None
        if wish.party_id in paths[sheet.key.party_id]:
            return SheetOfAnotherParty(field=("sheet",), sheet=wish.sheet_id)
    return SheetMissing(field=("sheet",), sheet=wish.sheet_id)
