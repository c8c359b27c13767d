"""Statements on what banks said; shaped for arrays."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record
Columns = Sequence[Sequence[object]]

_ANSWER = """
        SELECT a.bank_answer_id, a.payout_id, a.source, a.reference, a.kind, a.channel_key, a.amount_minor, a.currency,
            a.fee_minor, a.occurred_at, a.bank_reference, a.reason, a.status, a.refusal, a.refusal_text, a.fingerprint
"""


async def find_answers(conn: Connection, *, sources: Sequence[str], references: Sequence[str]) -> list[Row]:
    """What came before under these identities, first come first."""
    return await conn.fetch(
        f"""
        {_ANSWER}
        FROM (SELECT DISTINCT u.source, u.reference FROM unnest($2::text[], $3::text[]) AS u (source, reference)) AS k
        CROSS JOIN LATERAL (
            SELECT o.* FROM bank_answer AS o
            WHERE o.platform_id = $1 AND o.source = k.source AND o.reference = k.reference
        ) AS a
        ORDER BY a.bank_answer_id
        """,
        conn.platform_id,
        sources,
        references,
    )


async def find_answers_by_number(conn: Connection, *, answer_ids: Sequence[int]) -> list[Row]:
    """Answers by their numbers."""
    return await conn.fetch(
        f"""
        {_ANSWER}
        FROM unnest($2::bigint[]) AS k (bank_answer_id)
        CROSS JOIN LATERAL (
            SELECT * FROM bank_answer AS o
            WHERE o.platform_id = $1 AND o.bank_answer_id = k.bank_answer_id LIMIT 1
        ) AS a
        ORDER BY a.bank_answer_id
        """,
        conn.platform_id,
        answer_ids,
    )


async def find_settled_payment(conn: Connection, *, source: str, payout_id: int) -> str | None:
    """
    The key of the payout that was paid in the place of one that failed, by an answer of the failed one that a person
    settled. Settled answers (`source`) are few, and are named by the number of the answer that they are of.
    """
    found: str | None = await conn.fetchval(
        """
        SELECT p.channel_key FROM bank_answer AS a
        CROSS JOIN LATERAL (
            SELECT o.payout_id FROM bank_answer AS o
            WHERE o.platform_id = $1
                AND o.bank_answer_id = CASE WHEN a.reference ~ '^[0-9]{1,18}$' THEN a.reference::bigint END
            LIMIT 1
        ) AS seen
        CROSS JOIN LATERAL (
            SELECT o.channel_key FROM payout AS o WHERE o.platform_id = $1 AND o.payout_id = a.payout_id LIMIT 1
        ) AS p
        WHERE a.platform_id = $1 AND a.source = $2 AND a.kind = 'PAID' AND a.status = 'APPLIED'
            AND seen.payout_id = $3 AND a.payout_id <> $3
        """,
        conn.platform_id,
        source,
        payout_id,
    )
    return found


async def find_later_claim(conn: Connection, *, payout_id: int) -> int | None:
    """The last payout after this one that stands and takes of the same sheets, if one does."""
    found: int | None = await conn.fetchval(
        """
        SELECT max(o.payout_id) FROM payout_sheet AS s
        INNER JOIN payout_sheet AS o
            ON o.platform_id = s.platform_id AND o.sheet_id = s.sheet_id AND o.payout_id > s.payout_id
            AND o.stands <> 'RELEASED'
        WHERE s.platform_id = $1 AND s.payout_id = $2
        """,
        conn.platform_id,
        payout_id,
    )
    return found


async def find_unmatched_of(conn: Connection, *, keys: Sequence[str]) -> list[Row]:
    """The answers that wait for these payouts, in the order they came."""
    return await conn.fetch(
        f"""
        {_ANSWER}
        FROM (SELECT DISTINCT u.channel_key FROM unnest($2::text[]) AS u (channel_key)) AS k
        CROSS JOIN LATERAL (
            SELECT o.* FROM bank_answer AS o
            WHERE o.platform_id = $1 AND o.channel_key = k.channel_key AND o.status = 'UNMATCHED'
        ) AS a
        ORDER BY a.bank_answer_id
        """,
        conn.platform_id,
        keys,
    )


async def find_unmatched_keys(
    conn: Connection, *, refusals: Sequence[str], after: tuple[datetime, int], most: int
) -> list[Row]:
    """Answers refused for these reasons that wait, in the order they came, with what they call their payouts."""
    return await conn.fetch(
        """
        SELECT a.recorded_at, a.bank_answer_id, a.channel_key FROM bank_answer AS a
        WHERE a.platform_id = $1 AND a.status = 'UNMATCHED' AND a.refusal = ANY($2::text[])
            AND (a.recorded_at, a.bank_answer_id) > ($3::timestamptz, $4::bigint)
        ORDER BY a.recorded_at, a.bank_answer_id
        LIMIT $5
        """,
        conn.platform_id,
        refusals,
        *after,
        most,
    )


async def insert_answers(conn: Connection, *, rows: Columns, now: datetime, actor: str) -> list[int]:
    """
    Keep answers, given as columns (payout or 0, amount or null, fee, occurred at, source, reference, kind, key,
    currency, bank's reference, reason, status, refusal, its sentence and facts, fingerprint); their numbers, in order.
    """
    written = await conn.fetch(
        """
        INSERT INTO bank_answer (
            platform_id, recorded_at, applied_at, actor, tries, payout_id, amount_minor, fee_minor, occurred_at,
            source, reference, kind, channel_key, currency, bank_reference, reason, status, refusal, refusal_text,
            refusal_facts, fingerprint
        )
        SELECT $1, $2::timestamptz, CASE a.status WHEN 'UNMATCHED' THEN NULL ELSE $2::timestamptz END, $3, 1,
            nullif(a.payout_id, 0), a.amount,
            a.fee, a.occurred_at, a.source, a.reference, a.kind, a.channel_key, a.currency, a.bank_reference, a.reason,
            a.status, a.refusal, a.refusal_text, a.refusal_facts::jsonb, a.fingerprint
        FROM unnest(
            $4::bigint[], $5::bigint[], $6::bigint[], $7::timestamptz[], $8::text[], $9::text[], $10::text[],
            $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[],
            $19::bytea[]
        ) WITH ORDINALITY AS a (
            payout_id, amount, fee, occurred_at, source, reference, kind, channel_key, currency, bank_reference,
            reason, status, refusal, refusal_text, refusal_facts, fingerprint, place
        )
        ORDER BY a.place
        RETURNING bank_answer_id
        """,
        conn.platform_id,
        now,
        actor,
        *rows,
    )
    return [row["bank_answer_id"] for row in written]


async def settle_answers(conn: Connection, *, rows: Columns, now: datetime) -> None:
    """What became of answers that waited: (answer, payout or 0, status, refusal, its sentence and facts)."""
    await conn.execute(
        """
        UPDATE bank_answer AS a SET
            payout_id = coalesce(nullif(k.payout_id, 0), a.payout_id), status = k.status, refusal = k.refusal,
            refusal_text = k.refusal_text, refusal_facts = k.refusal_facts::jsonb, tries = a.tries + 1,
            applied_at = CASE k.status WHEN 'UNMATCHED' THEN NULL ELSE $2::timestamptz END
        FROM unnest($3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[]) AS k (
            bank_answer_id, payout_id, status, refusal, refusal_text, refusal_facts
        )
        WHERE a.platform_id = $1 AND a.bank_answer_id = k.bank_answer_id
        """,
        conn.platform_id,
        now,
        *rows,
    )


async def dismiss_answers(conn: Connection, *, answer_ids: Sequence[int], now: datetime) -> list[Row]:
    """Take answers off the work list; those that were on it."""
    return await conn.fetch(
        """
        UPDATE bank_answer AS a SET status = 'DISMISSED', applied_at = $3
        FROM unnest($2::bigint[]) AS k (bank_answer_id)
        WHERE a.platform_id = $1 AND a.bank_answer_id = k.bank_answer_id AND a.status = 'UNMATCHED'
        RETURNING a.bank_answer_id, a.source, a.reference, a.channel_key
        """,
        conn.platform_id,
        answer_ids,
        now,
    )
