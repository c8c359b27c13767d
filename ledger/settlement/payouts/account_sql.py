"""Every statement on bank accounts. What `find_numbers` and `find_paying_accounts` read is not shown to anybody."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from ledger.db.transacting import Connection

Row = asyncpg.Record
Columns = Sequence[Sequence[object]]


async def find_numbers(conn: Connection, *, payout_ids: Sequence[int]) -> list[Row]:
    """
    The IBANs that these payouts leave and go to, null where an account has another number; and that number, or the
    IBAN, where it goes.
    """
    return await conn.fetch(
        """
        SELECT p.payout_id, f.identifier AS from_iban, CASE t.scheme WHEN 'IBAN' THEN t.identifier END AS to_iban,
            t.identifier AS to_number
        FROM unnest($2::bigint[]) AS k (payout_id)
        CROSS JOIN LATERAL (
            SELECT o.* FROM payout AS o WHERE o.platform_id = $1 AND o.payout_id = k.payout_id LIMIT 1
        ) AS p
        LEFT JOIN LATERAL (
            SELECT o.identifier FROM paying_account AS o
            WHERE o.platform_id = $1 AND o.paying_account_id = p.paying_account_id AND o.scheme = 'IBAN' LIMIT 1
        ) AS f ON TRUE
        LEFT JOIN LATERAL (
            SELECT o.identifier, o.scheme FROM payee_account AS o
            WHERE o.platform_id = $1 AND o.payee_account_id = p.payee_account_id LIMIT 1
        ) AS t ON TRUE
        """,
        conn.platform_id,
        payout_ids,
    )


async def find_payee_accounts(conn: Connection, *, parties: Sequence[int], references: Sequence[str]) -> list[Row]:
    """Accounts of parties by reference, retired ones too."""
    return await conn.fetch(
        """
        SELECT a.party_id, a.reference, a.payee_account_id, a.fingerprint, a.currency, a.retired_at
        FROM unnest($2::bigint[], $3::text[]) AS k (party_id, reference)
        CROSS JOIN LATERAL (
            SELECT * FROM payee_account AS o
            WHERE o.platform_id = $1 AND o.party_id = k.party_id AND o.reference = k.reference LIMIT 1
        ) AS a
        """,
        conn.platform_id,
        parties,
        references,
    )


async def find_live_payee_accounts(conn: Connection, *, parties: Sequence[int], currencies: Sequence[str]) -> list[Row]:
    """The accounts that these parties are paid on now."""
    return await conn.fetch(
        """
        SELECT a.party_id, a.currency, a.payee_account_id, a.withholding_rule, a.fingerprint
        FROM unnest($2::bigint[], $3::text[]) AS k (party_id, currency)
        CROSS JOIN LATERAL (
            SELECT * FROM payee_account AS o
            WHERE o.platform_id = $1 AND o.party_id = k.party_id AND o.currency = k.currency
                AND o.retired_at IS NULL LIMIT 1
        ) AS a
        """,
        conn.platform_id,
        parties,
        currencies,
    )


async def find_retired_accounts(conn: Connection, *, account_ids: Sequence[int]) -> list[int]:
    """Those of these accounts of parties that others have taken the place of."""
    rows = await conn.fetch(
        """
        SELECT a.payee_account_id FROM unnest($2::bigint[]) AS k (payee_account_id)
        CROSS JOIN LATERAL (
            SELECT o.payee_account_id, o.retired_at FROM payee_account AS o
            WHERE o.platform_id = $1 AND o.payee_account_id = k.payee_account_id LIMIT 1
        ) AS a
        WHERE a.retired_at IS NOT NULL
        """,
        conn.platform_id,
        account_ids,
    )
    return [row["payee_account_id"] for row in rows]


async def find_payee_accounts_by_number(conn: Connection, *, account_ids: Sequence[int]) -> list[Row]:
    """Accounts of parties by number, retired ones too."""
    return await conn.fetch(
        """
        SELECT a.party_id, a.currency, a.payee_account_id, a.withholding_rule, a.fingerprint
        FROM unnest($2::bigint[]) AS k (payee_account_id)
        CROSS JOIN LATERAL (
            SELECT * FROM payee_account AS o
            WHERE o.platform_id = $1 AND o.payee_account_id = k.payee_account_id LIMIT 1
        ) AS a
        """,
        conn.platform_id,
        account_ids,
    )


async def retire_payee_accounts(
    conn: Connection, *, parties: Sequence[int], currencies: Sequence[str], now: datetime
) -> None:
    """End the accounts that these parties are paid on now."""
    await conn.execute(
        """
        UPDATE payee_account AS a SET retired_at = $4
        FROM unnest($2::bigint[], $3::text[]) AS k (party_id, currency)
        WHERE a.platform_id = $1 AND a.party_id = k.party_id AND a.currency = k.currency AND a.retired_at IS NULL
        """,
        conn.platform_id,
        parties,
        currencies,
        now,
    )


async def insert_payee_accounts(conn: Connection, *, rows: Columns, now: datetime) -> list[Row]:
    """
    Add accounts of parties, given as columns (party, reference, currency, holder, scheme, identifier, masked, bank
    code, withholding rule, fingerprint, whether another took its place at once).
    """
    return await conn.fetch(
        """
        INSERT INTO payee_account (
            platform_id, party_id, reference, currency, holder, scheme, identifier, masked, bank_code,
            withholding_rule, fingerprint, registered_at, retired_at
        )
        SELECT $1, a.party_id, a.reference, a.currency, a.holder, a.scheme, a.identifier, a.masked, a.bank_code,
            a.withholding_rule, a.fingerprint, $2, CASE WHEN a.is_replaced THEN $2::timestamptz END
        FROM unnest(
            $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
            $11::text[], $12::bytea[], $13::boolean[]
        ) AS a (
            party_id, reference, currency, holder, scheme, identifier, masked, bank_code, withholding_rule, fingerprint,
            is_replaced
        )
        RETURNING party_id, reference, payee_account_id
        """,
        conn.platform_id,
        now,
        *rows,
    )


async def find_paying_accounts(conn: Connection, *, books: Sequence[int], currencies: Sequence[str]) -> list[Row]:
    """The accounts that these legal entities pay from now."""
    return await conn.fetch(
        """
        SELECT a.paying_account_id, a.book_id, a.currency, a.channel, a.calendar, a.cut_off, a.step_minor, a.fee_minor,
            a.reference, a.holder, a.scheme, a.identifier, a.bank_code
        FROM unnest($2::bigint[], $3::text[]) AS k (book_id, currency)
        CROSS JOIN LATERAL (
            SELECT * FROM paying_account AS o
            WHERE o.platform_id = $1 AND o.book_id = k.book_id AND o.currency = k.currency
                AND o.retired_at IS NULL LIMIT 1
        ) AS a
        """,
        conn.platform_id,
        books,
        currencies,
    )


async def is_paying_account(conn: Connection, *, book_id: int, currency: str, reference: str) -> bool:
    """Whether a legal entity ever paid from an account of this name in a currency."""
    found: bool = await conn.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM paying_account AS a
            WHERE a.platform_id = $1 AND a.book_id = $2 AND a.currency = $3 AND a.reference = $4
        )
        """,
        conn.platform_id,
        book_id,
        currency,
        reference,
    )
    return found


async def find_retired_paying_accounts(conn: Connection, *, account_ids: Sequence[int]) -> list[int]:
    """Those of these accounts of legal entities that others have taken the place of."""
    rows = await conn.fetch(
        """
        SELECT a.paying_account_id FROM unnest($2::bigint[]) AS k (paying_account_id)
        CROSS JOIN LATERAL (
            SELECT o.paying_account_id, o.retired_at FROM paying_account AS o
            WHERE o.platform_id = $1 AND o.paying_account_id = k.paying_account_id LIMIT 1
        ) AS a
        WHERE a.retired_at IS NOT NULL
        """,
        conn.platform_id,
        account_ids,
    )
    return [row["paying_account_id"] for row in rows]


async def retire_paying_account(conn: Connection, *, account_id: int, now: datetime) -> None:
    """End an account that a legal entity pays from."""
    await conn.execute(
        """
        UPDATE paying_account AS a SET retired_at = $3
        WHERE a.platform_id = $1 AND a.paying_account_id = $2 AND a.retired_at IS NULL
        """,
        conn.platform_id,
        account_id,
        now,
    )


async def put_paying_account(conn: Connection, *, values: Sequence[object], now: datetime) -> int:
    """
    Add a legal entity's account, or change the way it is paid from: (book, reference, currency, holder, scheme,
    identifier, masked, bank code, channel, calendar, cut-off, step, fee).
    """
    account_id: int = await conn.fetchval(
        """
        INSERT INTO paying_account (
            platform_id, registered_at, book_id, reference, currency, holder, scheme, identifier, masked, bank_code,
            channel, calendar, cut_off, step_minor, fee_minor
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (platform_id, book_id, currency) WHERE retired_at IS NULL DO UPDATE SET
            channel = excluded.channel, calendar = excluded.calendar, cut_off = excluded.cut_off,
            step_minor = excluded.step_minor, fee_minor = excluded.fee_minor
        RETURNING paying_account_id
        """,
        conn.platform_id,
        now,
        *values,
    )
    return account_id
