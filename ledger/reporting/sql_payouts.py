"""Statements on payouts, bank accounts and answers of banks. Numbers of accounts are never selected."""

from collections.abc import Sequence
from datetime import date, datetime

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.model import Span
from ledger.reporting.sql_scope import directed, within
from ledger.settlement.left_sql import payable_of

Row = asyncpg.Record

_COLUMNS = """p.payout_id, p.book_id, p.party_id, p.status, p.approval, p.approval_id, p.gross_minor, p.withheld_minor,
        p.fee_minor, p.net_minor, p.bank_fee_minor, p.currency, p.takes_from, p.due_date, p.created_at, p.created_by,
        p.submitted_at, p.ended_at, p.channel_key, p.bank_reference, p.reason, p.tax_rule, p.replaces,
        a.reference AS account_reference, a.holder AS account_holder, a.masked AS account_masked, f.channel,
        s.execution_date, r.payout_id AS replaced_by, find_holder_reference($1, p.book_id) AS legal_entity"""

_ACCOUNTS = """
    CROSS JOIN LATERAL (
        SELECT o.reference, o.holder, o.masked FROM payee_account AS o
        WHERE o.platform_id = $1 AND o.payee_account_id = p.payee_account_id LIMIT 1
    ) AS a
    CROSS JOIN LATERAL (
        SELECT o.channel FROM paying_account AS o
        WHERE o.platform_id = $1 AND o.paying_account_id = p.paying_account_id LIMIT 1
    ) AS f
    LEFT JOIN LATERAL (
        SELECT o.execution_date FROM payout_submission AS o
        WHERE o.platform_id = $1 AND o.submission_id = p.submission_id LIMIT 1
    ) AS s ON TRUE
    LEFT JOIN LATERAL (
        SELECT o.payout_id FROM payout AS o
        WHERE o.platform_id = $1 AND o.replaces = p.payout_id AND o.replaces IS NOT NULL
            AND o.status NOT IN ('FAILED', 'CANCELLED') LIMIT 1
    ) AS r ON TRUE"""


def what_failed_has_left(row: str) -> str:
    """
    Of the failed payout `row`: whether a later payout has taken any of its sheets, and what of the others may be paid,
    null where nothing. The others are what was on hold when it was paid again.
    """
    # A sheet is in one payout at a time, so a later one of it took what this one gave back, whomever it names. With
    # OFFSET 0 it is asked of each by itself; without, those of all payouts that ever were may be gathered first.
    return f"""(
            SELECT bool_or(u.is_again) AS is_again,
                sum(u.payable_minor) FILTER (WHERE NOT u.is_again AND u.payable_minor > 0)::bigint AS left_minor
            FROM (
                SELECT
                    CASE WHEN s.status IN ('PAYMENT_PENDING', 'PAY_FAILED') THEN {payable_of("s")} END AS payable_minor,
                    EXISTS (
                        SELECT 1 FROM payout_sheet AS w
                        INNER JOIN payout AS n ON n.platform_id = $1 AND n.payout_id = w.payout_id
                        WHERE w.platform_id = $1 AND w.sheet_id = v.sheet_id AND w.sheet_id > 0
                            AND w.payout_id > v.payout_id AND n.takes_from = '2015' AND n.status <> 'CANCELLED'
                        OFFSET 0
                    ) AS is_again
                FROM payout_sheet AS v
                CROSS JOIN LATERAL (
                    SELECT * FROM sheet AS o WHERE o.platform_id = $1 AND o.sheet_id = v.sheet_id LIMIT 1
                ) AS s
                WHERE v.platform_id = $1 AND v.payout_id = {row}.payout_id
            ) AS u
        )"""


def is_replaced(row: str) -> str:
    """
    Whether what the payout `row` did not bring stands with another payout: one that pays it again, of what failed also
    a later one of its sheets that failed in its turn, and of what had come back the one that it came back from.
    """
    return f"""CASE {row}.status
        WHEN 'FAILED' THEN {row}.takes_from = '2016' OR (
            SELECT u.is_again AND u.left_minor IS NULL FROM {what_failed_has_left(row)} AS u
        )
        ELSE EXISTS (
            SELECT 1 FROM payout AS n
            WHERE n.platform_id = $1 AND n.replaces = {row}.payout_id AND n.replaces IS NOT NULL
                AND n.status NOT IN ('FAILED', 'CANCELLED')
            OFFSET 0
        )
    END"""


_FIND = f"""
    SELECT k.position, {_COLUMNS}
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k (payout_id, position)
    CROSS JOIN LATERAL (
        SELECT * FROM payout AS o WHERE o.platform_id = $1 AND o.payout_id = k.payout_id LIMIT 1
    ) AS p
    {_ACCOUNTS}
    WHERE {within("p.party_id", scope="$3")}
"""


async def find_payouts(conn: Connection, *, payout_ids: Sequence[int], scope: int | None) -> list[Row]:
    """Payouts by number, with the account they go to, masked."""
    return await conn.fetch(_FIND, conn.platform_id, payout_ids, scope)


def _write_list(where: str = "p.platform_id = $1") -> tuple[str, str]:
    return directed(f"""
        SELECT {_COLUMNS}
        FROM payout AS p
        {_ACCOUNTS}
        WHERE {where}
            AND ($2::bigint IS NULL OR p.payout_id < $2) AND ($3::bigint IS NULL OR p.payout_id > $3)
            AND ($5::text[] IS NULL OR p.status = ANY($5))
            AND ($6::text IS NULL OR p.party_id = (
                SELECT o.party_id FROM party AS o WHERE o.platform_id = $1 AND o.reference = $6
            ))
            AND ($7::text IS NULL OR p.book_id = (
                SELECT o.book_id FROM book AS o WHERE o.platform_id = $1 AND o.reference = $7
            ))
            AND ($8::date IS NULL OR p.due_date <= $8)
            AND ($9::bigint IS NULL OR EXISTS (
                SELECT 1 FROM payout_sheet AS o
                WHERE o.platform_id = $1 AND o.payout_id = p.payout_id AND o.sheet_id = $9
            ))
            AND {within("p.party_id", scope="$10")}
            AND ($11::boolean IS NULL OR ({is_replaced("p")}) = $11)
        ORDER BY p.payout_id DESC_ LIMIT $4
    """)


_LIST = _write_list()
# What failed or came back is little of all, and has an index that is chosen where a statement asks for nothing else.
_NOT_PAID = frozenset({"FAILED", "RETURNED"})
_LIST_NOT_PAID = _write_list("p.platform_id = $1 AND p.status IN ('FAILED', 'RETURNED')")


async def list_payouts(
    conn: Connection,
    *,
    statuses: Sequence[str] | None,
    party: str | None,
    legal_entity: str | None,
    due_through: date | None,
    sheet_id: int | None,
    is_replaced: bool | None,
    scope: int | None,
    span: Span,
) -> list[Row]:
    """Payouts, newest first; positions are (number)."""
    after, before = span.bounds
    statement = _LIST_NOT_PAID if statuses and _NOT_PAID.issuperset(statuses) else _LIST
    return await conn.fetch(
        statement[span.backward],
        conn.platform_id,
        after,
        before,
        span.limit,
        statuses,
        party,
        legal_entity,
        due_through,
        sheet_id,
        scope,
        is_replaced,
    )


async def find_payout_sheets(conn: Connection, *, payout_ids: Sequence[int]) -> list[Row]:
    """What each payout takes of its sheets."""
    return await conn.fetch(
        """
        SELECT k.position, s.sheet_id, s.taken_minor, s.withheld_minor, s.stands, h.currency
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (payout_id, position)
        CROSS JOIN LATERAL (
            SELECT * FROM payout_sheet AS o WHERE o.platform_id = $1 AND o.payout_id = k.payout_id
        ) AS s
        CROSS JOIN LATERAL (
            SELECT * FROM sheet AS o WHERE o.platform_id = $1 AND o.sheet_id = s.sheet_id LIMIT 1
        ) AS h
        ORDER BY k.position, s.sheet_id
        """,
        conn.platform_id,
        payout_ids,
    )


_ANSWERS = directed("""
    SELECT a.bank_answer_id, a.payout_id, a.source, a.reference, a.kind, a.channel_key, a.amount_minor, a.currency,
        a.fee_minor, a.occurred_at, a.recorded_at, a.bank_reference, a.reason, a.status, a.refusal, a.refusal_text,
        a.refusal_facts, a.tries
    FROM bank_answer AS a
    WHERE a.platform_id = $1 AND ($2::text IS NULL OR a.status = $2)
        AND ($3::timestamptz IS NULL OR (a.recorded_at, a.bank_answer_id) > ($3, $4::bigint))
        AND ($5::timestamptz IS NULL OR (a.recorded_at, a.bank_answer_id) < ($5, $6::bigint))
        AND ($8::bigint IS NULL OR a.payout_id = $8)
    ORDER BY a.recorded_at ASC_, a.bank_answer_id ASC_ LIMIT $7
""")


async def list_answers(conn: Connection, *, status: str | None, payout_id: int | None, span: Span) -> list[Row]:
    """Answers of banks, the oldest first; positions are (recorded at in ISO form, number)."""
    bounds = span.read_bounds(datetime.fromisoformat)
    return await conn.fetch(_ANSWERS[span.backward], conn.platform_id, status, *bounds, span.limit, payout_id)


async def find_payee_accounts(conn: Connection, *, parties: Sequence[int], scope: int | None) -> list[Row]:
    """The accounts that parties are paid on now."""
    return await conn.fetch(_PAYEES, conn.platform_id, parties, scope)


_PAYEES = f"""
    SELECT k.position, a.reference, a.currency, a.holder, a.masked, a.bank_code, a.withholding_rule, a.registered_at
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k (party_id, position)
    CROSS JOIN LATERAL (
        SELECT * FROM payee_account AS o
        WHERE o.platform_id = $1 AND o.party_id = k.party_id AND o.retired_at IS NULL
    ) AS a
    WHERE {within("k.party_id", scope="$3")}
    ORDER BY k.position, a.currency
"""


async def list_paying_accounts(conn: Connection) -> list[Row]:
    """The accounts that legal entities pay from now, with what is in them and on its way out of them."""
    return await conn.fetch(
        """
        SELECT a.paying_account_id, a.book_id, b.reference AS legal_entity, a.reference, a.currency, a.holder, a.masked,
            a.channel, a.calendar, a.cut_off, a.step_minor, a.fee_minor,
            coalesce(bank.balance, 0) AS balance_minor, coalesce(transit.balance, 0) AS transit_minor,
            (
                SELECT coalesce(sum(p.fee_minor), 0)::bigint FROM payout AS p
                WHERE p.platform_id = $1 AND p.status IN ('SUBMITTED', 'UNKNOWN', 'ACCEPTED')
                    AND p.book_id = a.book_id AND p.currency = a.currency
            ) AS transit_fee_minor
        FROM paying_account AS a
        INNER JOIN book AS b ON b.platform_id = a.platform_id AND b.book_id = a.book_id
        LEFT JOIN LATERAL (
            SELECT l.debit_after - l.credit_after AS balance FROM account AS c
            CROSS JOIN LATERAL (
                SELECT o.debit_after, o.credit_after FROM line AS o
                WHERE o.platform_id = $1 AND o.account_id = c.account_id
                ORDER BY o.sequence DESC, o.version DESC LIMIT 1
            ) AS l
            WHERE c.platform_id = $1 AND c.book_id = a.book_id AND c.code = '1010' AND c.party_id IS NULL
                AND c.currency = a.currency
        ) AS bank ON TRUE
        LEFT JOIN LATERAL (
            SELECT l.credit_after - l.debit_after AS balance FROM account AS c
            CROSS JOIN LATERAL (
                SELECT o.debit_after, o.credit_after FROM line AS o
                WHERE o.platform_id = $1 AND o.account_id = c.account_id
                ORDER BY o.sequence DESC, o.version DESC LIMIT 1
            ) AS l
            WHERE c.platform_id = $1 AND c.book_id = a.book_id AND c.code = '2190' AND c.party_id IS NULL
                AND c.currency = a.currency
        ) AS transit ON TRUE
        WHERE a.platform_id = $1 AND a.retired_at IS NULL
        ORDER BY b.reference, a.currency
        """,
        conn.platform_id,
    )


async def sum_transit(conn: Connection, *, party_ids: Sequence[int]) -> list[Row]:
    """What is on its way to each of these parties now, per legal entity and currency."""
    return await conn.fetch(
        """
        SELECT k.position, b.reference AS legal_entity, p.currency, sum(p.transit_minor)::bigint AS transit_minor
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (party_id, position)
        CROSS JOIN LATERAL (
            SELECT o.book_id, o.currency, o.transit_minor FROM payout AS o
            WHERE o.platform_id = $1 AND o.party_id = k.party_id AND o.payout_id > 0
                AND o.status IN ('SUBMITTED', 'UNKNOWN', 'ACCEPTED')
        ) AS p
        INNER JOIN book AS b ON b.platform_id = $1 AND b.book_id = p.book_id
        GROUP BY k.position, b.reference, p.currency
        """,
        conn.platform_id,
        party_ids,
    )


async def sum_subtree_transit(conn: Connection, *, party_ids: Sequence[int]) -> list[Row]:
    """
    The same of each party with everybody below. It climbs from the payouts that are under way, which are few, and not
    down from the parties, who may have a million below them.
    """
    return await conn.fetch(
        """
        WITH under_way AS MATERIALIZED (
            SELECT p.party_id, p.book_id, p.currency, sum(p.transit_minor) AS transit FROM payout AS p
            WHERE p.platform_id = $1 AND p.status IN ('SUBMITTED', 'UNKNOWN', 'ACCEPTED')
            GROUP BY p.party_id, p.book_id, p.currency
        ), holders AS MATERIALIZED (
            SELECT h.party_id, h.path
            FROM find_holders($1, ARRAY(SELECT DISTINCT u.party_id FROM under_way AS u)) AS h
        )
        SELECT k.position, b.reference AS legal_entity, u.currency, sum(u.transit)::bigint AS transit_minor
        FROM under_way AS u
        INNER JOIN holders AS h ON h.party_id = u.party_id
        INNER JOIN unnest($2::bigint[]) WITH ORDINALITY AS k (party_id, position) ON k.party_id = ANY(h.path)
        INNER JOIN book AS b ON b.platform_id = $1 AND b.book_id = u.book_id
        GROUP BY k.position, b.reference, u.currency
        """,
        conn.platform_id,
        party_ids,
    )


async def list_waiting(conn: Connection) -> list[Row]:
    """
    The payouts that wait to be sent and may be, with what each takes out of its account and how it is taxed; the first
    due first. Who is blocked, or has another account by now, is passed by, and so are accounts that were replaced, and
    sheets of which a bank says that they were paid. Whether the tax is still right is not asked (see payout_queue).
    """
    return await conn.fetch(
        """
        WITH said AS MATERIALIZED (
            SELECT DISTINCT s.sheet_id FROM bank_answer AS a
            INNER JOIN payout AS o ON o.platform_id = $1 AND o.channel_key = a.channel_key
            INNER JOIN payout_sheet AS s ON s.platform_id = $1 AND s.payout_id = o.payout_id
            WHERE a.platform_id = $1 AND a.status = 'UNMATCHED'
                AND (a.kind = 'PAID' OR (a.kind = 'ACCEPTED' AND a.reason IN ('ACSC', 'ACCC')))
        )
        SELECT p.payout_id, p.paying_account_id, p.due_date, p.net_minor AS net, p.fee_minor AS fee, p.book_id,
            p.currency, p.tax_month, p.withheld_minor AS withheld
        FROM payout AS p
        WHERE p.platform_id = $1 AND p.status = 'CREATED' AND p.approval IN ('NOT_REQUIRED', 'GRANTED')
            AND NOT EXISTS (
                SELECT 1 FROM party AS o
                WHERE o.platform_id = $1 AND o.party_id = p.party_id AND o.status = 'BLOCKED'
            )
            AND NOT EXISTS (
                SELECT 1 FROM payee_account AS o
                WHERE o.platform_id = $1 AND o.payee_account_id = p.payee_account_id AND o.retired_at IS NOT NULL
            )
            AND NOT EXISTS (
                SELECT 1 FROM paying_account AS o
                WHERE o.platform_id = $1 AND o.paying_account_id = p.paying_account_id AND o.retired_at IS NOT NULL
            )
            AND NOT EXISTS (
                SELECT 1 FROM payout_sheet AS o
                INNER JOIN said AS d ON d.sheet_id = o.sheet_id
                WHERE o.platform_id = $1 AND o.payout_id = p.payout_id
            )
        ORDER BY p.due_date, p.payout_id
        """,
        conn.platform_id,
    )
