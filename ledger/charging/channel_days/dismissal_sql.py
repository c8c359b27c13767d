"""Every statement on what persons set aside of differences, and took up again, shaped for arrays."""

from collections.abc import Sequence
from datetime import datetime

from ledger.charging.channel_days.sql import Columns, Row
from ledger.charging.channel_days.standing_sql import IS_STANDING, OF_DIFFERENCE
from ledger.db.transacting import Connection

_DIFFERENCE = """channel_day_id, reason, kind, order_reference, name, record, told_minor, booked_minor, told_currency,
    booked_currency"""
_GIVEN = f"""unnest(
    $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[],
    $10::text[], $11::text[]
) AS r ({_DIFFERENCE})"""


async def insert_dismissals(conn: Connection, *, rows: Columns, reason: str, actor: str, now: datetime) -> list[Row]:
    """
    Set differences (columns as of insert_differences) aside; those that were not, with their numbers. The log is
    locked.
    """
    return await conn.fetch(
        f"""
        INSERT INTO channel_dismissal (platform_id, dismissed_at, dismissed_by, words, {_DIFFERENCE}, round)
        SELECT $1, $12, $13, $14, {_DIFFERENCE}, (
            SELECT count(*) FROM channel_dismissal AS x WHERE {OF_DIFFERENCE} AND NOT {IS_STANDING}
        )
        FROM {_GIVEN}
        ON CONFLICT ON CONSTRAINT channel_difference_is_dismissed_once DO NOTHING
        RETURNING channel_dismissal_id, {_DIFFERENCE}
        """,
        conn.platform_id,
        *rows,
        now,
        actor,
        reason,
    )


async def insert_reopenings(conn: Connection, *, rows: Columns, reason: str, actor: str, now: datetime) -> list[Row]:
    """
    Take differences (columns as of insert_differences) up again; those that were set aside, with the numbers of that.
    The log is locked.
    """
    return await conn.fetch(
        f"""
        WITH fresh AS (
            INSERT INTO channel_reopening (platform_id, channel_dismissal_id, reopened_at, reopened_by, words)
            SELECT DISTINCT $1::bigint, x.channel_dismissal_id, $12::timestamptz, $13, $14
            FROM {_GIVEN}
            CROSS JOIN LATERAL (SELECT * FROM channel_dismissal AS x WHERE {OF_DIFFERENCE} AND {IS_STANDING}) AS x
            RETURNING channel_dismissal_id
        )
        SELECT d.channel_dismissal_id, d.channel_day_id, d.reason, d.kind, d.order_reference, d.name, d.record,
            d.told_minor, d.booked_minor, d.told_currency, d.booked_currency
        FROM fresh AS f
        INNER JOIN channel_dismissal AS d ON d.platform_id = $1 AND d.channel_dismissal_id = f.channel_dismissal_id
        ORDER BY d.channel_dismissal_id
        """,
        conn.platform_id,
        *rows,
        now,
        actor,
        reason,
    )


async def set_aside(conn: Connection, *, rows: Sequence[Sequence[object]], is_dismissed: bool) -> None:
    """
    Keep beside differences (columns as of insert_differences, of which the amounts and currencies do not matter)
    whether they are set aside, as they stand. The log is locked.
    """
    await conn.execute(
        """
        UPDATE channel_difference AS r SET is_dismissed = $8
        FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) AS k (
            channel_day_id, reason, kind, order_reference, name, record
        )
        WHERE r.platform_id = $1 AND r.channel_day_id = k.channel_day_id AND r.order_reference = k.order_reference
            AND r.kind = k.kind AND r.name = k.name AND r.record = k.record AND r.reason = k.reason
        """,
        conn.platform_id,
        *rows[:6],
        is_dismissed,
    )
