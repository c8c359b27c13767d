"""Records and differences from their rows."""

import asyncpg

from ledger.charging.channel_days.model import Difference, DifferenceReason, Record, RecordKind


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


def read_difference(row: asyncpg.Record) -> Difference:
    """A difference as `channel_difference` has it."""
    return Difference(
        row["channel_day_id"],
        DifferenceReason(row["reason"]),
        RecordKind(row["kind"]),
        row["order_reference"],
        row["name"],
        row["record"],
        row["told_minor"],
        row["booked_minor"],
        row["told_currency"],
        row["booked_currency"],
    )
