"""What payment channels said is kept as it came: days as the log told them, records as the marks of their days say."""

import json

from ledger.charging.channel_days.model import digest_records
from ledger.charging.channel_days.rows import read_record
from ledger.verify import channel_day_sql as sql
from ledger.verify.model import Disagreement
from ledger.verify.snapshot import Row, Snapshot

DAYS, RECORDS = "days of channels", "records of channels"


async def check_days(snapshot: Snapshot) -> Disagreement | None:
    """Each day says what the log told when it was recorded."""
    async for row in sql.stream_days(snapshot):
        found, told = (None if row[side] is None else json.loads(row[side]) for side in ("found", "told"))
        return Disagreement(DAYS, "channel_day", json.loads(row["key"]), found, told)
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


def _check_day(rows: list[Row]) -> Disagreement | None:
    mark, day = rows[0]["fingerprint"], rows[0]["channel_day_id"]
    records = [read_record(row) for row in rows if row["reference"] is not None]
    expected = digest_records(records)
    if mark == expected:
        return None
    return Disagreement(RECORDS, "channel_record", {"day": day}, {"fingerprint": expected}, {"fingerprint": mark})
