"""Every statement on the table of terms, shaped for arrays."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record


async def find_role_versions(conn: Connection) -> list[Row]:
    """All versions of the platform's roles, in order."""
    return await conn.fetch(
        """
        SELECT t.role, t.version, t.valid_from, t.effect, t.cycle, t.due_days, t.calendar, t.anchor, t.confirmation,
            t.confirmation_days, t.netting, t.carry_limit_minor, t.carry_cycles, t.mode
        FROM settlement_terms AS t
        WHERE t.platform_id = $1 AND t.party_id IS NULL ORDER BY t.role, t.version
        """,
        conn.platform_id,
    )


async def find_party_versions(conn: Connection, *, party_ids: Sequence[int]) -> list[Row]:
    """All versions of these parties in any role, each party's in order."""
    return await conn.fetch(
        """
        SELECT k.party_id, o.* FROM unnest($2::bigint[]) AS k (party_id)
        CROSS JOIN LATERAL (
            SELECT t.role, t.version, t.valid_from, t.effect, t.cycle, t.due_days, t.calendar, t.anchor, t.confirmation,
                t.confirmation_days, t.netting, t.carry_limit_minor, t.carry_cycles, t.mode
            FROM settlement_terms AS t
            WHERE t.platform_id = $1 AND t.party_id = k.party_id ORDER BY t.role, t.version
        ) AS o
        """,
        conn.platform_id,
        party_ids,
    )


async def find_changed(conn: Connection, *, after: int, through: int) -> list[Row]:
    """Whose versions were made in this stretch of the log; no party for a role of the platform."""
    return await conn.fetch(
        """
        SELECT DISTINCT t.party_id FROM settlement_terms AS t
        WHERE t.platform_id = $1 AND t.sequence > $2 AND t.sequence <= $3
        """,
        conn.platform_id,
        after,
        through,
    )


async def insert_versions(conn: Connection, *, columns: Sequence[Sequence[Any]]) -> None:
    """
    Add versions, given as columns (party or null, role, sequence, version, first day, effect, and the terms in the
    order of the fields of a layer).
    """
    await conn.execute(
        """
        INSERT INTO settlement_terms (
            platform_id, party_id, role, sequence, version, valid_from, effect, cycle, due_days, calendar, anchor,
            confirmation, confirmation_days, netting, carry_limit_minor, carry_cycles, mode
        )
        SELECT $1, t.* FROM unnest(
            $2::bigint[], $3::text[], $4::bigint[], $5::int[], $6::date[], $7::text[], $8::text[], $9::smallint[],
            $10::text[], $11::text[], $12::text[], $13::smallint[], $14::boolean[], $15::bigint[], $16::smallint[],
            $17::text[]
        ) AS t
        """,
        conn.platform_id,
        *columns,
    )
