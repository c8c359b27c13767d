"""Records from their rows."""

import asyncpg

from ledger.charging.channel_days.model import Record, RecordKind


def read_record(row: asyncpg.Record) -> Record:
    """A record as `channel_record` has it, whatever else the row has."""
    return Record(
        row["reference"],
        RecordKind(row["kind"]),
        row["order_reference"],
        row["name"],
        row["amount_minor"],
        row["fee_minor"],
        row["occurred_at"],
    )
