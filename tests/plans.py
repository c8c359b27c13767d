"""What a statement reads of the tables, as it would where they are large: small ones are often read whole instead."""

import json
from collections.abc import Mapping
from typing import Any

from ledger.db.connecting import WRITER_SETTINGS
from ledger.db.transacting import Connection
from tests.statements import Asked

# Whether autovacuum has looked at a table yet is a matter of luck; where it has, sorting a few hundred rows looks
# cheaper than reading them in order.
AS_IF_LARGE = {**WRITER_SETTINGS, "enable_sort": "off"}


# Where the planner expects many on either side, it reads both whole if it may.
AS_IF_MANY = {"enable_nestloop": "off", "enable_seqscan": "off", "enable_bitmapscan": "off"}


async def list_scans(
    conn: Connection, asked: list[Asked], *, settings: Mapping[str, str] = AS_IF_LARGE
) -> list[list[dict[str, Any]]]:
    """The parts of each statement's plan that read tables, run once more."""
    for name, value in settings.items():
        await conn.execute(f"SET LOCAL {name} = {value}")
    plans = [
        json.loads(await conn.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *given))
        for statement, given in asked
    ]
    return [_list_scans(plan["Plan"]) for (plan,) in plans]


def count_rows(scan: dict[str, Any]) -> float:
    """The rows that a part of a plan read, those included that did not fit."""
    found: float = (scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)) * scan["Actual Loops"]
    return found


def _list_scans(node: dict[str, Any]) -> list[dict[str, Any]]:
    own = [node] if "Relation Name" in node else []
    return own + [scan for below in node.get("Plans", ()) for scan in _list_scans(below)]
