"""
The orders that holds, adjustments and claims name: none that nobody knows.

A document with a reference that was mistyped would hold nothing of the order that was meant, stand in nobody's account
of it, and be for buyers that there are none of; and nothing would say so. Known is what was paid here, and what a fee
line of another system is of.
"""

from collections.abc import Iterable, Set

from ledger.db.transacting import Connection
from ledger.settlement import naming_sql
from ledger.settlement.errors import NamedLineMissing, NamedOrderMissing

# An order and a line of it, "" where the order alone is named.
Named = tuple[str, str]


async def find_unknown(conn: Connection, *, named: Iterable[Named]) -> Set[Named]:
    """Those of these orders and lines that are not known; who names no order (""), names nothing."""
    asked = {each for order, line in named if order for each in ((order, ""), (order, line))}
    if not asked:
        return frozenset()
    rows = await naming_sql.find_unknown(conn, named=sorted(asked))
    return {(row["order_reference"], row["line_reference"]) for row in rows}


def check_named(order: str, line: str = "", *, unknown: Set[Named]) -> None:
    """Pure. Refusals, first match wins: NamedOrderMissing, NamedLineMissing."""
    if (order, "") in unknown:
        raise NamedOrderMissing(field=("order",), order=order)
    if (order, line) in unknown:
        raise NamedLineMissing(field=("line",), order=order, line=line)
