"""Every entry with everything that its content hash covers, so that a reader can compute the hash anew."""

from collections.abc import AsyncIterator
from datetime import UTC
from typing import Any

import asyncpg

from ledger.db.transacting import Connection
from ledger.exports import sql


async def stream_entries(conn: Connection) -> AsyncIterator[dict[str, Any]]:
    """
    Yield the entries of the platform in the order of the log, as objects for JSON.

    Amounts and sequences are strings, as in the API; instants have microseconds and are in UTC; hashes are hexadecimal.
    `fingerprint` and `contentHash` follow from the other fields, as ledger.journal.encoding says.
    """
    async for row in sql.stream(conn, sql.ENTRIES):
        yield _write_entry(row)


async def count_entries(conn: Connection) -> int:
    """Count the entries, for a progress bar."""
    return await sql.count_entries(conn)


def _write_entry(row: asyncpg.Record) -> dict[str, Any]:
    columns = ("legal_entities", "codes", "parties", "currencies", "sides", "amounts")
    names = ("legalEntity", "accountCode", "party", "currency", "side", "amount")
    lines = [
        dict(zip(names, (*line[:5], str(line[5])), strict=True))
        for line in zip(*(row[column] for column in columns), strict=True)
    ]
    return {
        "platform": row["platform"],
        "sequence": str(row["sequence"]),
        "legalEntity": row["legal_entity"],
        "postedAt": row["posted_at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "businessDate": row["business_date"].isoformat(),
        "requestedDate": row["requested_date"].isoformat(),
        "key": row["idempotency_key"],
        "actor": row["actor"],
        "source": row["source"],
        "template": row["template"],
        "description": row["description"],
        "document": row["document"],
        "documentLine": row["document_line"],
        "cause": row["cause"],
        "metadata": row["metadata"],
        "reversalOf": None if row["reversal_of"] is None else str(row["reversal_of"]),
        "lines": lines,
        "fingerprint": row["fingerprint"].hex(),
        "contentHash": row["content_hash"].hex(),
    }
