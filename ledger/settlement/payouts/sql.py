"""Statements on payouts and what they take of sheets; shaped for arrays."""

from collections.abc import Sequence
from datetime import date, datetime

import asyncpg

from ledger.db.reserving import reserve_numbers
from ledger.db.transacting import Connection

Row = asyncpg.Record
Columns = Sequence[Sequence[object]]


async def reserve_ids(conn: Connection, *, count: int) -> list[int]:
    """Take numbers of payouts ahead."""
    return await reserve_numbers(conn, sequence="payout_payout_id_seq", count=count)


async def insert_payouts(conn: Connection, *, payouts: Columns, sheets: Columns, now: datetime, actor: str) -> None:
    """
    Add payouts with what they take of sheets, by one statement. Payouts as columns (number, book, party, paying
    account, payee account, replaced, gross, withheld, fee, net, taxed, tax month, due date, currency, account code,
    tax rule, digest), sheets as (payout, sheet, taken, withheld).
    """
    await conn.execute(
        """
        WITH shares AS (
            INSERT INTO payout_sheet (platform_id, payout_id, sheet_id, taken_minor, withheld_minor, stands)
            SELECT $1, s.*, 'CLAIMED' FROM unnest($21::bigint[], $22::bigint[], $23::bigint[], $24::bigint[]) AS s
        )
        INSERT INTO payout (
            platform_id, created_at, created_by, transit_minor, bank_fee_minor, status, approval, bank_reference,
            reason, payout_id, book_id, party_id, paying_account_id, payee_account_id, replaces, gross_minor,
            withheld_minor, fee_minor, net_minor, taxed_minor, tax_month, due_date, currency, takes_from, tax_rule,
            digest
        )
        OVERRIDING SYSTEM VALUE
        SELECT $1, $2, $3, 0, 0, 'CREATED', 'NOT_REQUIRED', '', '', p.payout_id, p.book_id, p.party_id, p.paying,
            p.payee, nullif(p.replaces, 0), p.gross, p.withheld, p.fee, p.net, p.taxed, p.tax_month, p.due_date,
            p.currency, p.takes_from, p.tax_rule, p.digest
        FROM unnest(
            $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[],
            $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::date[], $16::date[], $17::text[],
            $18::text[], $19::text[], $20::bytea[]
        ) AS p (
            payout_id, book_id, party_id, paying, payee, replaces, gross, withheld, fee, net, taxed, tax_month,
            due_date, currency, takes_from, tax_rule, digest
        )
        """,
        conn.platform_id,
        now,
        actor,
        *payouts,
        *sheets,
    )


async def set_approvals(conn: Connection, *, rows: Columns) -> None:
    """Where payouts stand with their approvals: (payout, approval's number or 0, state)."""
    await conn.execute(
        """
        UPDATE payout AS p SET approval = k.state, approval_id = coalesce(nullif(k.approval_id, 0), p.approval_id)
        FROM unnest($2::bigint[], $3::bigint[], $4::text[]) AS k (payout_id, approval_id, state)
        WHERE p.platform_id = $1 AND p.payout_id = k.payout_id
        """,
        conn.platform_id,
        *rows,
    )


_PAYOUT = """
        SELECT p.payout_id, p.book_id, p.party_id, p.paying_account_id, p.payee_account_id, p.submission_id,
            p.replaces, p.gross_minor, p.withheld_minor, p.tax_month, p.fee_minor, p.net_minor, p.bank_fee_minor,
            p.currency, p.takes_from, p.status, p.approval, p.approval_id, p.due_date, p.channel_key,
            p.bank_reference, p.reason, p.digest, p.submitted_at, p.ended_at, s.sheet_ids, s.taken, s.withheld, s.stands
"""

_SHARES = """
        LEFT JOIN LATERAL (
            SELECT array_agg(o.sheet_id ORDER BY o.sheet_id) AS sheet_ids,
                array_agg(o.taken_minor ORDER BY o.sheet_id) AS taken,
                array_agg(o.withheld_minor ORDER BY o.sheet_id) AS withheld,
                array_agg(o.stands ORDER BY o.sheet_id) AS stands
            FROM payout_sheet AS o WHERE o.platform_id = $1 AND o.payout_id = p.payout_id
        ) AS s ON TRUE
"""


async def find_payouts(conn: Connection, *, payout_ids: Sequence[int]) -> list[Row]:
    """Payouts by number, with what they take of sheets."""
    return await conn.fetch(
        f"""
        {_PAYOUT}
        FROM unnest($2::bigint[]) AS k (payout_id)
        CROSS JOIN LATERAL (
            SELECT o.* FROM payout AS o WHERE o.platform_id = $1 AND o.payout_id = k.payout_id LIMIT 1
        ) AS p
        {_SHARES}
        ORDER BY p.payout_id
        """,
        conn.platform_id,
        payout_ids,
    )


async def find_payouts_by_key(conn: Connection, *, keys: Sequence[str]) -> list[Row]:
    """Payouts by their name for channels."""
    return await conn.fetch(
        f"""
        {_PAYOUT}
        FROM unnest($2::text[]) AS k (channel_key)
        CROSS JOIN LATERAL (
            SELECT o.* FROM payout AS o WHERE o.platform_id = $1 AND o.channel_key = k.channel_key LIMIT 1
        ) AS p
        {_SHARES}
        ORDER BY p.payout_id
        """,
        conn.platform_id,
        keys,
    )


async def find_unsent_of_rests(conn: Connection) -> list[int]:
    """The payouts that wait to be sent and are of sheets of which something charged back is still to be held."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT p.payout_id
        FROM disputed_rest AS r
        CROSS JOIN LATERAL (
            SELECT o.payout_id FROM payout_sheet AS o
            WHERE o.platform_id = $1 AND o.sheet_id = r.sheet_id AND o.stands = 'CLAIMED' LIMIT 1
        ) AS s
        CROSS JOIN LATERAL (
            SELECT o.payout_id, o.status FROM payout AS o
            WHERE o.platform_id = $1 AND o.payout_id = s.payout_id LIMIT 1
        ) AS p
        WHERE r.platform_id = $1 AND r.held_minor < r.amount_minor AND NOT r.is_decided AND p.status = 'CREATED'
        """,
        conn.platform_id,
    )
    return [row["payout_id"] for row in rows]


async def find_waiting_payouts(conn: Connection, *, most: int, besides: Sequence[int] = ()) -> list[Row]:
    """
    The payouts that wait to be sent, but for these, the first due first; those that wait for an approval are behind
    them all. Of many, as many of each account that they leave, so that one without money keeps no other from being
    looked at.
    """
    return await conn.fetch(
        f"""
        {_PAYOUT}
        FROM (
            SELECT w.payout_id FROM (
                SELECT o.payout_id, o.approval IN ('PENDING', 'REJECTED') AS is_asked, row_number() OVER (
                    PARTITION BY o.approval IN ('PENDING', 'REJECTED'), o.paying_account_id
                    ORDER BY o.due_date, o.payout_id
                ) AS place
                FROM payout AS o
                WHERE o.platform_id = $1 AND o.status = 'CREATED'
                    AND NOT EXISTS (SELECT 1 FROM unnest($3::bigint[]) AS b (payout_id) WHERE b.payout_id = o.payout_id)
            ) AS w
            ORDER BY w.is_asked, w.place, w.payout_id LIMIT $2
        ) AS k
        CROSS JOIN LATERAL (
            SELECT o.* FROM payout AS o WHERE o.platform_id = $1 AND o.payout_id = k.payout_id LIMIT 1
        ) AS p
        {_SHARES}
        ORDER BY p.due_date, p.payout_id
        """,
        conn.platform_id,
        most,
        besides,
    )


async def find_created(conn: Connection, *, paying_account_id: int) -> list[int]:
    """The payouts that would leave this account and were not sent, by number."""
    rows = await conn.fetch(
        """
        SELECT p.payout_id FROM payout AS p
        WHERE p.platform_id = $1 AND p.status = 'CREATED' AND p.paying_account_id = $2
        ORDER BY p.payout_id
        """,
        conn.platform_id,
        paying_account_id,
    )
    return [row["payout_id"] for row in rows]


async def find_payouts_of_submission(conn: Connection, *, submission_id: int) -> list[Row]:
    """The payouts of a submission."""
    return await conn.fetch(
        f"""
        {_PAYOUT}
        FROM payout AS p
        {_SHARES}
        WHERE p.platform_id = $1 AND p.submission_id = $2
        ORDER BY p.payout_id
        """,
        conn.platform_id,
        submission_id,
    )


async def find_unknown_payouts(conn: Connection) -> list[Row]:
    """The keys of payouts whose answer was lost, by channel, the oldest first."""
    return await conn.fetch(
        """
        SELECT p.channel_key, s.channel FROM payout AS p
        INNER JOIN payout_submission AS s ON s.platform_id = p.platform_id AND s.submission_id = p.submission_id
        WHERE p.platform_id = $1 AND p.status = 'UNKNOWN'
        ORDER BY p.submitted_at, p.payout_id
        """,
        conn.platform_id,
    )


async def find_claimed_sheets(conn: Connection, *, sheet_ids: Sequence[int]) -> list[Row]:
    """Those of these sheets whose money a payout under way has claimed."""
    return await conn.fetch(
        """
        SELECT c.sheet_id, c.payout_id FROM unnest($2::bigint[]) AS k (sheet_id)
        CROSS JOIN LATERAL (
            SELECT o.sheet_id, o.payout_id FROM payout_sheet AS o
            WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id AND o.stands = 'CLAIMED' LIMIT 1
        ) AS c
        """,
        conn.platform_id,
        sheet_ids,
    )


async def find_months(
    conn: Connection, *, books: Sequence[int], parties: Sequence[int], currencies: Sequence[str], months: Sequence[date]
) -> list[Row]:
    """What parties were paid in a month under a withholding rule and what was withheld; what failed does not count."""
    return await conn.fetch(
        """
        SELECT k.book_id, k.party_id, k.currency, coalesce(sum(p.taxed_minor), 0)::bigint AS taxed,
            coalesce(sum(p.withheld_minor), 0)::bigint AS withheld
        FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::date[]) AS k (book_id, party_id, currency, month)
        CROSS JOIN LATERAL (
            SELECT o.taxed_minor, o.withheld_minor FROM payout AS o
            WHERE o.platform_id = $1 AND o.party_id = k.party_id AND o.payout_id > 0 AND o.book_id = k.book_id
                AND o.currency = k.currency AND o.tax_month = k.month AND o.status NOT IN ('FAILED', 'CANCELLED')
        ) AS p
        GROUP BY k.book_id, k.party_id, k.currency
        """,
        conn.platform_id,
        books,
        parties,
        currencies,
        months,
    )


async def find_asked_approvals(conn: Connection, *, parties: Sequence[int], currencies: Sequence[str]) -> list[int]:
    """The requests that payouts of these parties in these currencies wait for."""
    rows = await conn.fetch(
        """
        SELECT p.approval_id FROM unnest($2::bigint[], $3::text[]) AS k (party_id, currency)
        CROSS JOIN LATERAL (
            SELECT o.approval_id FROM payout AS o
            WHERE o.platform_id = $1 AND o.party_id = k.party_id AND o.payout_id > 0 AND o.currency = k.currency
                AND o.status = 'CREATED' AND o.approval = 'PENDING' AND o.approval_id IS NOT NULL
        ) AS p
        ORDER BY p.approval_id
        """,
        conn.platform_id,
        parties,
        currencies,
    )
    return [row["approval_id"] for row in rows]


async def find_posting_days(conn: Connection, *, books: Sequence[int], now: datetime) -> list[Row]:
    """The day that an entry of this instant is dated, by book."""
    return await conn.fetch(
        """
        SELECT k.book_id, find_posting_day($1, k.book_id, $3) AS day FROM unnest($2::bigint[]) AS k (book_id)
        """,
        conn.platform_id,
        books,
        now,
    )


async def find_replacement(conn: Connection, *, payout_id: int) -> int | None:
    """The payout that has taken this one's place, if one has."""
    found: int | None = await conn.fetchval(
        """
        SELECT p.payout_id FROM payout AS p
        WHERE p.platform_id = $1 AND p.replaces = $2 AND p.replaces IS NOT NULL
            AND p.status NOT IN ('FAILED', 'CANCELLED')
        """,
        conn.platform_id,
        payout_id,
    )
    return found


async def find_said_paid(conn: Connection, *, payout_ids: Sequence[int]) -> list[int]:
    """
    Those of these payouts of which a bank has said that they were paid: in an answer that nobody has seen to, or in an
    acceptance that says that the money has left, be it the first or a repeated one.
    """
    rows = await conn.fetch(
        """
        SELECT k.payout_id FROM unnest($2::bigint[]) AS k (payout_id)
        CROSS JOIN LATERAL (
            SELECT o.channel_key FROM payout AS o WHERE o.platform_id = $1 AND o.payout_id = k.payout_id LIMIT 1
        ) AS p
        CROSS JOIN LATERAL (
            SELECT is_said_paid($1, p.channel_key) AS holds
        ) AS a
        WHERE a.holds
        """,
        conn.platform_id,
        payout_ids,
    )
    return [row["payout_id"] for row in rows]


async def find_sheets_said_paid(conn: Connection) -> list[int]:
    """The sheets of all payouts of which a bank has said that they were paid, in answers that nobody has seen to."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT s.sheet_id FROM bank_answer AS a
        CROSS JOIN LATERAL (
            SELECT o.payout_id FROM payout AS o
            WHERE o.platform_id = $1 AND o.channel_key = a.channel_key LIMIT 1
        ) AS p
        INNER JOIN payout_sheet AS s ON s.platform_id = $1 AND s.payout_id = p.payout_id
        WHERE a.platform_id = $1 AND a.status = 'UNMATCHED'
            AND (a.kind = 'PAID' OR (a.kind = 'ACCEPTED' AND a.reason IN ('ACSC', 'ACCC')))
        """,
        conn.platform_id,
    )
    return [row["sheet_id"] for row in rows]


async def sum_fees_in_transit(conn: Connection, *, account_ids: Sequence[int]) -> list[Row]:
    """
    What banks will take with the transfers that are under way, per account: also with those that leave the accounts
    before it, for 1010 is kept per legal entity and currency.
    """
    return await conn.fetch(
        """
        SELECT a.paying_account_id, s.fee
        FROM unnest($2::bigint[]) AS k (paying_account_id)
        CROSS JOIN LATERAL (
            SELECT o.paying_account_id, o.book_id, o.currency FROM paying_account AS o
            WHERE o.platform_id = $1 AND o.paying_account_id = k.paying_account_id LIMIT 1
        ) AS a
        CROSS JOIN LATERAL (
            SELECT sum(p.fee_minor)::bigint AS fee FROM payout AS p
            WHERE p.platform_id = $1 AND p.status IN ('SUBMITTED', 'UNKNOWN', 'ACCEPTED')
                AND p.book_id = a.book_id AND p.currency = a.currency AND p.fee_minor > 0
        ) AS s
        WHERE s.fee IS NOT NULL
        """,
        conn.platform_id,
        account_ids,
    )


async def move_payouts(conn: Connection, *, payouts: Columns, sheets: Columns) -> None:
    """
    Put payouts where they stand now, with the rows of their sheets, by one statement: (payout, status, transit,
    submission or 0, submitted at or null, ended at or null, bank's reference, reason, bank's fee), and (payout, sheet,
    how it stands).
    """
    await conn.execute(
        """
        WITH shares AS (
            UPDATE payout_sheet AS s SET stands = k.stands
            FROM unnest($11::bigint[], $12::bigint[], $13::text[]) AS k (payout_id, sheet_id, stands)
            WHERE s.platform_id = $1 AND s.payout_id = k.payout_id AND s.sheet_id = k.sheet_id
                AND s.stands <> k.stands
        )
        UPDATE payout AS p SET
            status = k.status, transit_minor = k.transit, submission_id = nullif(k.submission_id, 0),
            submitted_at = k.submitted_at, ended_at = k.ended_at, bank_reference = k.bank_reference,
            reason = k.reason, bank_fee_minor = k.bank_fee
        FROM unnest(
            $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[], $7::timestamptz[], $8::text[],
            $9::text[], $10::bigint[]
        ) AS k (
            payout_id, status, transit, submission_id, submitted_at, ended_at, bank_reference, reason, bank_fee
        )
        WHERE p.platform_id = $1 AND p.payout_id = k.payout_id
        """,
        conn.platform_id,
        *payouts,
        *sheets,
    )
