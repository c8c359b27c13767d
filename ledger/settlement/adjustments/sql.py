"""Every statement on the table of adjustments, shaped for arrays: their number does not depend on the batch."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record


async def find_adjustments(conn: Connection, *, references: Sequence[str]) -> list[Row]:
    """Those of these adjustments that were proposed."""
    return await conn.fetch(
        """
        SELECT a.reference, a.kind, a.party_id, a.counterparty_id, a.book_id, a.approval_id, a.sequence,
            a.amount_minor, a.currency, a.debit_code, a.credit_code, a.status, a.reason, a.order_reference,
            a.line_reference, a.attachment_sha256, a.fingerprint, a.proposed_by
        FROM unnest($2::text[]) AS k (reference)
        CROSS JOIN LATERAL (
            SELECT * FROM adjustment AS o WHERE o.platform_id = $1 AND o.reference = k.reference LIMIT 1
        ) AS a
        """,
        conn.platform_id,
        references,
    )


async def sum_unasked(conn: Connection, *, party_ids: Sequence[int], since: datetime) -> list[Row]:
    """
    What of these parties was adjusted after an instant without anybody being asked, by kind, counterparty, entity and
    currency.
    """
    return await conn.fetch(
        """
        SELECT a.party_id, a.counterparty_id, a.book_id, a.currency, a.kind,
            sum(a.amount_minor)::bigint AS amount_minor
        FROM unnest($2::bigint[]) AS k (party_id)
        CROSS JOIN LATERAL (
            SELECT o.* FROM adjustment AS o
            WHERE o.platform_id = $1 AND o.party_id = k.party_id AND o.party_id > 0 AND o.proposed_at > $3
                AND o.status = 'POSTED' AND o.approval_id IS NULL
        ) AS a
        GROUP BY a.party_id, a.counterparty_id, a.book_id, a.currency, a.kind
        """,
        conn.platform_id,
        party_ids,
        since,
    )


async def insert_adjustments(conn: Connection, *, rows: Sequence[Sequence[Any]]) -> None:
    """
    Add adjustments, given as columns: reference, kind, party, counterparty, book, approval, sequence, amount, currency,
    debit code, credit code, status, reason, order, line, proposer, instant, decider, instant, attachment, fingerprint.
    """
    await conn.execute(
        """
        INSERT INTO adjustment (
            platform_id, reference, kind, party_id, counterparty_id, book_id, approval_id, sequence, amount_minor,
            currency, debit_code, credit_code, status, reason, order_reference, line_reference, proposed_by,
            proposed_at, decided_by, decided_at, attachment_sha256, fingerprint
        )
        SELECT $1, a.reference, a.kind, a.party_id, a.counterparty_id, a.book_id, a.approval_id, a.sequence,
            a.amount_minor, a.currency, a.debit_code, a.credit_code, a.status, a.reason, a.order_reference,
            a.line_reference, a.proposed_by, a.proposed_at, a.decided_by, a.decided_at, a.attachment_sha256,
            a.fingerprint
        FROM unnest(
            $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
            $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[],
            $18::timestamptz[], $19::text[], $20::timestamptz[], $21::bytea[], $22::bytea[]
        ) AS a (
            reference, kind, party_id, counterparty_id, book_id, approval_id, sequence, amount_minor, currency,
            debit_code, credit_code, status, reason, order_reference, line_reference, proposed_by, proposed_at,
            decided_by, decided_at, attachment_sha256, fingerprint
        )
        """,
        conn.platform_id,
        *rows,
    )


async def settle_adjustments(conn: Connection, *, rows: Sequence[Sequence[Any]]) -> None:
    """
    Say what became of adjustments, given as columns: reference, status, sequence, approval, decider, instant, why not.
    """
    await conn.execute(
        """
        UPDATE adjustment AS a
        SET status = d.status, sequence = d.sequence, approval_id = d.approval_id, decided_by = d.decided_by,
            decided_at = d.decided_at, rejection = d.rejection
        FROM unnest(
            $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::timestamptz[], $8::text[]
        ) AS d (reference, status, sequence, approval_id, decided_by, decided_at, rejection)
        WHERE a.platform_id = $1 AND a.reference = d.reference
        """,
        conn.platform_id,
        *rows,
    )
