"""Orders that another system has charged, before anything of them came here."""

from collections.abc import Collection, Mapping

from ledger.charging.fees import sql
from ledger.charging.fees.standard_items import COMPUTED_HERE
from ledger.db.transacting import Connection


async def find_charged_elsewhere(conn: Connection, *, orders: Collection[str]) -> Mapping[str, str]:
    """
    Of these orders those of which a fee line says what would be computed here, is booked and was not taken back: the
    first such line of each. What is never given back is left out: nobody could take it back. At most one statement.
    """
    if not orders:
        return {}
    rows = await sql.find_booked(conn, orders=sorted(orders), items=sorted(COMPUTED_HERE))
    return {row["order_reference"]: row["reference"] for row in rows}
