"""
What payment channels said is kept as it came: days as the log told them, records as the marks of their days say. How
they differ from what is booked is worked out again; what a person set aside of it is as the log told.
"""

import json

from ledger.charging.channel_days.keeping import find_differences
from ledger.charging.channel_days.model import Difference, digest_records
from ledger.charging.channel_days.rows import read_difference, read_record
from ledger.verify import channel_day_sql as sql
from ledger.verify.model import Disagreement
from ledger.verify.snapshot import Row, Snapshot

DAYS, RECORDS, DIFFERENCES = "days of channels", "records of channels", "differences of channels"
DISMISSALS = "what was set aside of differences of channels"
ORDERS_AT_ONCE = 500


async def check_days(snapshot: Snapshot) -> Disagreement | None:
    """Each day says what the log told when it was recorded."""
    async for row in sql.stream_days(snapshot):
        found, told = (None if row[side] is None else json.loads(row[side]) for side in ("found", "told"))
        return Disagreement(DAYS, "channel_day", json.loads(row["key"]), found, told)
    return None


async def check_dismissals(snapshot: Snapshot) -> Disagreement | None:
    """
    What was set aside, and taken up again, is what the log told, with whoever did it and why, of records that their
    days have; and what nobody took up again is set aside, and nothing else.
    """
    for stream, table in (
        (sql.stream_dismissals, "channel_dismissal"),
        (sql.stream_dismissed_records, "channel_dismissal"),
        (sql.stream_reopenings, "channel_reopening"),
        (sql.stream_set_aside, "channel_difference"),
    ):
        async for row in stream(snapshot):
            found, told = (None if row[side] is None else json.loads(row[side]) for side in ("found", "told"))
            return Disagreement(DISMISSALS, table, json.loads(row["key"]), found, told)
    return None


async def check_records(snapshot: Snapshot) -> Disagreement | None:
    """The records of each day are those that its mark is of. Those of one day at a time are held in memory."""
    rows: list[Row] = []
    async for row in sql.stream_records(snapshot):
        if rows and rows[0]["channel_day_id"] != row["channel_day_id"]:
            wrong = _check_day(rows)
            if wrong is not None:
                return wrong
            rows = []
        rows.append(row)
    return _check_day(rows) if rows else None


async def check_differences(snapshot: Snapshot) -> Disagreement | None:
    """What is kept of how days differ is what was told and is booked; of so many orders at a time."""
    orders: list[str] = []
    async for row in sql.stream_orders(snapshot):
        orders.append(row["order_reference"])
        if len(orders) == ORDERS_AT_ONCE:
            wrong = await _check_orders(snapshot, orders)
            if wrong is not None:
                return wrong
            orders = []
    return await _check_orders(snapshot, orders) if orders else None


async def _check_orders(snapshot: Snapshot, orders: list[str]) -> Disagreement | None:
    kept = {read_difference(row) async for row in sql.stream_differences(snapshot, orders=orders)}
    worked_out = set(await find_differences(snapshot.conn, orders=orders))
    first = min(kept ^ worked_out, key=lambda each: tuple(_name(each).values()), default=None)
    if first is None:
        return None
    found, expected = (
        next((each._asdict() for each in side if _name(each) == _name(first)), None) for side in (kept, worked_out)
    )
    return Disagreement(DIFFERENCES, "channel_difference", _name(first), found, expected)


def _name(difference: Difference) -> dict[str, object]:
    """What a row is known by."""
    names = ("channel_day_id", "order", "kind", "name", "record", "reason")
    return {name: getattr(difference, name) for name in names}


def _check_day(rows: list[Row]) -> Disagreement | None:
    mark, day = rows[0]["fingerprint"], rows[0]["channel_day_id"]
    records = [read_record(row) for row in rows if row["reference"] is not None]
    expected = digest_records(records)
    if mark == expected:
        return None
    return Disagreement(RECORDS, "channel_record", {"day": day}, {"fingerprint": expected}, {"fingerprint": mark})
