"""
The invariants of the book as questions to the store: each names what breaks it, so nothing found is the law kept.

They share no code with the program. A statement sees one platform, by the wall. That a replay changes nothing is acted
out by the histories themselves.
"""

from ledger.db.connecting import Database
from tests.invariants.approval_laws import APPROVAL_LAWS
from tests.invariants.book_laws import BOOK_LAWS
from tests.invariants.fee_laws import FEE_LAWS
from tests.invariants.order_laws import ORDER_LAWS
from tests.invariants.payout_laws import PAYOUT_LAWS
from tests.invariants.sheet_laws import SHEET_LAWS
from tests.invariants.standing_laws import STANDING_LAWS

LAWS: dict[str, str] = {
    **BOOK_LAWS,
    **ORDER_LAWS,
    **FEE_LAWS,
    **SHEET_LAWS,
    **PAYOUT_LAWS,
    **STANDING_LAWS,
    **APPROVAL_LAWS,
}


async def find_broken(database: Database, platform_id: int) -> dict[str, list[str]]:
    """What breaks each law, in words; empty when all are kept."""
    broken = {}
    async with database.read(platform_id) as conn:
        for law, statement in LAWS.items():
            rows = await conn.fetch(statement)
            if rows:
                broken[law] = [str(dict(row)) for row in rows[:5]]
    return broken
