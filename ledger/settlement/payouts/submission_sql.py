"""Statements on submissions: what is handed to a channel in one piece, and whether it was."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record
Columns = Sequence[Sequence[object]]


async def find_paying_accounts(conn: Connection, *, account_ids: Sequence[int]) -> list[Row]:
    """Accounts that payouts leave, by number."""
    return await conn.fetch(
        """
        SELECT a.paying_account_id, a.book_id, a.currency, a.channel, a.calendar, a.cut_off, a.step_minor, a.fee_minor
        FROM unnest($2::bigint[]) AS k (paying_account_id)
        CROSS JOIN LATERAL (
            SELECT * FROM paying_account AS o
            WHERE o.platform_id = $1 AND o.paying_account_id = k.paying_account_id LIMIT 1
        ) AS a
        """,
        conn.platform_id,
        account_ids,
    )


async def insert_submissions(conn: Connection, *, rows: Columns, now: datetime) -> list[Row]:
    """Add submissions, given as columns (paying account, channel, execution date), in order."""
    return await conn.fetch(
        """
        WITH fresh AS MATERIALIZED (
            SELECT nextval('payout_submission_submission_id_seq') AS submission_id, k.*
            FROM unnest($3::bigint[], $4::text[], $5::date[])
                WITH ORDINALITY AS k (paying_account_id, channel, execution_date, place)
        ), written AS (
            INSERT INTO payout_submission (
                platform_id, submission_id, paying_account_id, channel, execution_date, submitted_at
            )
            OVERRIDING SYSTEM VALUE
            SELECT $1, f.submission_id, f.paying_account_id, f.channel, f.execution_date, $2 FROM fresh AS f
        )
        SELECT f.submission_id FROM fresh AS f ORDER BY f.place
        """,
        conn.platform_id,
        now,
        *rows,
    )


async def find_open_submissions(conn: Connection) -> list[Row]:
    """The submissions without an outcome, oldest first."""
    return await conn.fetch(
        """
        SELECT s.submission_id, s.channel, s.claimed_at FROM payout_submission AS s
        WHERE s.platform_id = $1 AND s.answered_at IS NULL
        ORDER BY s.submission_id
        """,
        conn.platform_id,
    )


async def claim_submission(conn: Connection, *, submission_id: int, again: bool, now: datetime) -> Row | None:
    """Say that a submission is being handed over; nothing when somebody else has, unless `again` says it may be."""
    return await conn.fetchrow(
        """
        UPDATE payout_submission AS s SET claimed_at = $4
        WHERE s.platform_id = $1 AND s.submission_id = $2 AND s.answered_at IS NULL
            AND (s.claimed_at IS NULL OR $3)
        RETURNING s.submission_id, s.message_id, s.channel, s.submitted_at, s.execution_date, s.paying_account_id
        """,
        conn.platform_id,
        submission_id,
        again,
        now,
    )


async def lock_untouched(conn: Connection, *, submission_id: int) -> bool:
    """Keep others from beginning to hand a submission over until this transaction ends; False where somebody has."""
    found = await conn.fetchval(
        """
        SELECT s.submission_id FROM payout_submission AS s
        WHERE s.platform_id = $1 AND s.submission_id = $2 AND s.answered_at IS NULL AND s.claimed_at IS NULL
        FOR NO KEY UPDATE
        """,
        conn.platform_id,
        submission_id,
    )
    return found is not None


async def unclaim_submission(conn: Connection, *, submission_id: int) -> None:
    """Nothing was handed over after all."""
    await conn.execute(
        """
        UPDATE payout_submission SET claimed_at = NULL
        WHERE platform_id = $1 AND submission_id = $2 AND answered_at IS NULL
        """,
        conn.platform_id,
        submission_id,
    )


async def answer_submission(conn: Connection, *, submission_id: int, now: datetime) -> bool:
    """Keep that a submission's outcome is recorded; False when it was before."""
    answered = await conn.fetchval(
        """
        UPDATE payout_submission SET answered_at = $3, claimed_at = coalesce(claimed_at, $3)
        WHERE platform_id = $1 AND submission_id = $2 AND answered_at IS NULL
        RETURNING submission_id
        """,
        conn.platform_id,
        submission_id,
        now,
    )
    return answered is not None


async def find_payer(conn: Connection, *, paying_account_id: int) -> Row | None:
    """The account that a submission leaves, with its number, and the legal entity's name."""
    return await conn.fetchrow(
        """
        SELECT a.holder, a.scheme, a.identifier, a.masked, a.bank_code,
            find_holder_reference($1, a.book_id) AS legal_entity
        FROM paying_account AS a WHERE a.platform_id = $1 AND a.paying_account_id = $2
        """,
        conn.platform_id,
        paying_account_id,
    )


async def find_payments(conn: Connection, *, submission_id: int) -> list[Row]:
    """
    What a channel needs of each payout of a submission, with the number of the account it goes to; those that were
    recalled before anybody began to hand it over are none of it.
    """
    return await conn.fetch(
        """
        SELECT p.payout_id, p.channel_key, p.net_minor, p.currency, a.holder, a.scheme, a.identifier, a.masked,
            a.bank_code
        FROM payout AS p
        CROSS JOIN LATERAL (
            SELECT * FROM payee_account AS o
            WHERE o.platform_id = $1 AND o.payee_account_id = p.payee_account_id LIMIT 1
        ) AS a
        WHERE p.platform_id = $1 AND p.submission_id = $2
            AND NOT (p.status = 'FAILED' AND p.reason IN ('PAYEE_ACCOUNT_RETIRED', 'PARTY_BLOCKED'))
        ORDER BY p.payout_id
        """,
        conn.platform_id,
        submission_id,
    )


async def find_keys_of_message(conn: Connection, *, message_id: str) -> list[str]:
    """The keys of the payouts in a message of ours."""
    rows = await conn.fetch(
        """
        SELECT p.channel_key FROM payout_submission AS s
        INNER JOIN payout AS p ON p.platform_id = s.platform_id AND p.submission_id = s.submission_id
        WHERE s.platform_id = $1 AND s.message_id = $2
        ORDER BY p.payout_id
        """,
        conn.platform_id,
        message_id,
    )
    return [row["channel_key"] for row in rows]


async def put_file(
    conn: Connection,
    *,
    direction: str,
    kind: str,
    channel: str,
    message_id: str,
    name: str,
    digest: bytes,
    refusal: str,
    answers: int,
    actor: str,
    now: datetime,
) -> int | None:
    """Keep that a file was written or read, by its number; None when this very content was before."""
    number: int | None = await conn.fetchval(
        """
        INSERT INTO bank_file (
            platform_id, direction, kind, channel, message_id, name, content_digest, refusal, answers, actor,
            recorded_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT ON CONSTRAINT bank_file_is_recorded_once DO NOTHING
        RETURNING bank_file_id
        """,
        conn.platform_id,
        direction,
        kind,
        channel,
        message_id,
        name,
        digest,
        refusal,
        answers,
        actor,
        now,
    )
    return number


async def find_file(conn: Connection, *, digest: bytes) -> bool:
    """Whether a file of this content was read and not refused."""
    found = await conn.fetchval(
        """
        SELECT 1 FROM bank_file WHERE platform_id = $1 AND direction = 'IN' AND content_digest = $2 AND refusal = ''
        """,
        conn.platform_id,
        digest,
    )
    return found is not None


async def find_months_beside(conn: Connection, *, payout_ids: Sequence[int]) -> list[Row]:
    """
    Those of these payouts of whose month an earlier one has failed or was cancelled since they were created, with the
    name of their rule, and what stands of the month beside each: what is paid, and what is withheld of it.
    """
    return await conn.fetch(
        """
        SELECT p.payout_id, p.party_id, p.tax_rule, p.taxed_minor, m.taxed, m.withheld
        FROM unnest($2::bigint[]) AS k (payout_id)
        CROSS JOIN LATERAL (
            SELECT o.* FROM payout AS o WHERE o.platform_id = $1 AND o.payout_id = k.payout_id LIMIT 1
        ) AS p
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(o.taxed_minor) FILTER (WHERE i.stands), 0)::bigint AS taxed,
                coalesce(sum(o.withheld_minor) FILTER (WHERE i.stands), 0)::bigint AS withheld,
                bool_or(NOT i.stands AND o.payout_id < p.payout_id AND o.ended_at >= p.created_at) AS is_changed
            FROM payout AS o
            CROSS JOIN LATERAL (SELECT o.status NOT IN ('FAILED', 'CANCELLED')) AS i (stands)
            WHERE o.platform_id = $1 AND o.party_id = p.party_id AND o.payout_id > 0 AND o.payout_id <> p.payout_id
                AND o.book_id = p.book_id AND o.currency = p.currency AND o.tax_month = p.tax_month
        ) AS m
        WHERE m.is_changed
        ORDER BY p.payout_id
        """,
        conn.platform_id,
        payout_ids,
    )
