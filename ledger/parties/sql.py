"""Every statement on the parties' tables, shaped for arrays."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import asyncpg

from ledger.db.reserving import reserve_numbers
from ledger.db.transacting import Connection

Row = asyncpg.Record


async def find_parties(conn: Connection, *, references: Sequence[str]) -> list[Row]:
    """Parties by reference."""
    return await conn.fetch(
        """
        SELECT p.party_id, p.reference, p.kind, p.name, p.parent_id, p.status, p.currency, p.time_zone, p.fingerprint
        FROM unnest($2::text[]) AS k (reference)
        CROSS JOIN LATERAL (
            SELECT * FROM party AS o WHERE o.platform_id = $1 AND o.reference = k.reference LIMIT 1
        ) AS p
        """,
        conn.platform_id,
        references,
    )


async def find_parties_by_id(conn: Connection, *, party_ids: Sequence[int]) -> list[Row]:
    """Parties by id."""
    return await conn.fetch(
        """
        SELECT p.party_id, p.reference, p.kind, p.name, p.parent_id, p.status, p.currency, p.time_zone, p.fingerprint
        FROM unnest($2::bigint[]) AS k (party_id)
        CROSS JOIN LATERAL (
            SELECT * FROM party AS o WHERE o.platform_id = $1 AND o.party_id = k.party_id LIMIT 1
        ) AS p
        """,
        conn.platform_id,
        party_ids,
    )


async def find_settlers(conn: Connection, *, party_ids: Sequence[int]) -> list[Row]:
    """Parties by id with what they were registered to settle by, and the zone of the nearest ancestor that has one."""
    return await conn.fetch(
        """
        SELECT p.party_id, p.reference, p.kind, p.settlement::text AS settlement, z.time_zone
        FROM find_time_zones($1, $2::bigint[]) AS z
        CROSS JOIN LATERAL (
            SELECT * FROM party AS o WHERE o.platform_id = $1 AND o.party_id = z.party_id LIMIT 1
        ) AS p
        """,
        conn.platform_id,
        party_ids,
    )


async def find_root(conn: Connection) -> Row | None:
    """The operator of the platform."""
    return await conn.fetchrow(
        """
        SELECT party_id, reference, kind, name, parent_id, status, currency, time_zone, fingerprint
        FROM party WHERE platform_id = $1 AND parent_id IS NULL
        """,
        conn.platform_id,
    )


async def reserve_ids(conn: Connection, *, count: int) -> list[int]:
    """Take ids ahead, so that a batch may name parents that it registers itself."""
    return await reserve_numbers(conn, sequence="party_party_id_seq", count=count)


async def insert_parties(conn: Connection, *, rows: Sequence[Sequence[Any]]) -> None:
    """
    Add parties, given as columns (id, reference, kind, parent, parent kind, name, currency, time zone, settlement,
    metadata, fingerprint); parents may be in the same list.
    """
    await conn.execute(
        """
        INSERT INTO party (
            platform_id, party_id, reference, kind, parent_id, parent_kind, name, currency, time_zone, settlement,
            metadata, fingerprint
        )
        OVERRIDING SYSTEM VALUE
        SELECT $1, p.party_id, p.reference, p.kind, p.parent_id, p.parent_kind, p.name, p.currency, p.time_zone,
            nullif(p.settlement, '')::jsonb, nullif(p.metadata, '')::jsonb, p.fingerprint
        FROM unnest(
            $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::text[], $11::text[], $12::bytea[]
        ) AS p (
            party_id, reference, kind, parent_id, parent_kind, name, currency, time_zone, settlement, metadata,
            fingerprint
        )
        """,
        conn.platform_id,
        *rows,
    )


async def place_party(conn: Connection, *, party_id: int, parent_id: int, parent_kind: str) -> None:
    """Put a party under another parent."""
    await conn.execute(
        "UPDATE party SET parent_id = $3, parent_kind = $4 WHERE platform_id = $1 AND party_id = $2",
        conn.platform_id,
        party_id,
        parent_id,
        parent_kind,
    )


async def insert_move(
    conn: Connection, *, sequence: int, party_id: int, from_parent_id: int, to_parent_id: int, posting_day: date
) -> None:
    """Keep where a party stood before, for questions about past days."""
    await conn.execute(
        """
        INSERT INTO party_move (platform_id, sequence, party_id, from_parent_id, to_parent_id, posting_day)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        conn.platform_id,
        sequence,
        party_id,
        from_parent_id,
        to_parent_id,
        posting_day,
    )


async def set_status(conn: Connection, *, party_id: int, status: str, reason: str) -> None:
    """Change whether a party takes new business."""
    await conn.execute(
        "UPDATE party SET status = $3, status_reason = $4 WHERE platform_id = $1 AND party_id = $2",
        conn.platform_id,
        party_id,
        status,
        reason,
    )
