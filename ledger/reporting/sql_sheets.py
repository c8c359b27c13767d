"""Statements on settlement sheets. `$1` is the platform."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from ledger.db.transacting import Connection
from ledger.reporting.model import Span
from ledger.reporting.sql_scope import directed, within
from ledger.settlement.left_sql import is_carried, owed_of, payable_of, unpaid_of
from ledger.settlement.sheets.instants_sql import instant_of_business
from ledger.settlement.sheets.keys import KINDS

Row = asyncpg.Record

# Of a sheet `s`.
SHEET = f"""
    s.sheet_id, s.party_id, s.book_id, find_holder_reference($1, s.book_id) AS legal_entity, s.role, s.mode, s.currency,
    s.zone, s.period_start, s.period_end, s.status, s.due_date, s.calendar, s.calendar_version, s.confirmation,
    s.confirm_by, s.closed_at, s.opened_at, s.overdue_at, s.closing_sequence, s.line_count, s.carried_cycles,
    s.total_minor, s.netted_minor, s.retained_minor, s.held_minor, s.withheld_minor, s.payout_minor, s.paid_minor,
    s.collected_minor, s.written_off_minor,
    CASE WHEN s.total_minor > 0 THEN {payable_of("s")} ELSE 0 END AS payable_minor,
    CASE WHEN s.total_minor < 0 THEN {owed_of("s")} ELSE 0 END AS owed_minor,
    s.total_minor > 0 AND {is_carried("s")} AS is_carried
"""
_FILTER = f"""
    ($2::text IS NULL OR s.role = $2) AND ($3::bigint IS NULL OR s.book_id = $3)
    AND ($4::text[] IS NULL OR s.status = ANY ($4::text[]))
    AND ($5::timestamptz IS NULL OR s.period_end > $5) AND ($6::timestamptz IS NULL OR s.period_start < $6)
    AND ($7::timestamptz IS NULL OR (
        s.total_minor > 0 AND s.status NOT IN ('PAID', 'COMPLETED', 'CLOSING') AND {unpaid_of("s")} > 0
        AND (s.due_date + 1)::timestamp AT TIME ZONE s.zone <= $7 AND NOT {is_carried("s")}
    ))
    AND ($12::boolean IS NULL OR (s.status <> 'OPEN' AND s.line_count = 0) = $12)
    AND ($8::bigint IS NULL OR s.sheet_id < $8) AND ($9::bigint IS NULL OR s.sheet_id > $9)
"""
# Of few parties: through their sheets. Of everybody, or of a large subtree: along the sheets.
_OF_PARTIES = directed(f"""
    SELECT {SHEET} FROM unnest($11::bigint[]) AS k (party_id)
    INNER JOIN sheet AS s ON s.platform_id = $1 AND s.party_id = k.party_id
    WHERE {_FILTER} ORDER BY s.sheet_id DESC_ LIMIT $10
""")
_OF_ALL = directed(f"""
    SELECT {SHEET} FROM sheet AS s
    WHERE s.platform_id = $1 AND {_FILTER} AND {within("s.party_id", scope="$11")}
    ORDER BY s.sheet_id DESC_ LIMIT $10
""")
_BY_NUMBER = f"""
    SELECT k.position, {SHEET}
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k (sheet_id, position)
    CROSS JOIN LATERAL (
        SELECT * FROM sheet AS o WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id LIMIT 1
    ) AS s
    WHERE {within("s.party_id", scope="$3")}
"""


async def find_members(conn: Connection, *, scope: int, limit: int) -> list[int]:
    """The parties of a subtree, at most so many."""
    rows = await conn.fetch(
        """
        WITH RECURSIVE walk AS (
            SELECT $2::bigint AS party_id
            UNION ALL
            SELECT p.party_id FROM walk AS w
            INNER JOIN party AS p ON p.platform_id = $1 AND p.parent_id = w.party_id
        )
        SELECT w.party_id FROM walk AS w LIMIT $3
        """,
        conn.platform_id,
        scope,
        limit,
    )
    return [row["party_id"] for row in rows]


async def list_sheets(
    conn: Connection,
    *,
    party_ids: Sequence[int] | None,
    scope: int | None,
    role: str | None,
    book_id: int | None,
    statuses: Sequence[str] | None,
    ends_after: datetime | None,
    starts_before: datetime | None,
    overdue_at: datetime | None,
    is_quiet: bool | None,
    span: Span,
) -> list[Row]:
    """Sheets, the newest first: of these parties, else of all inside the scope."""
    after, before = span.bounds
    statement, whose = (_OF_ALL, scope) if party_ids is None else (_OF_PARTIES, party_ids)
    filters = (role, book_id, statuses, ends_after, starts_before, overdue_at)
    page = (after, before, span.limit)
    return await conn.fetch(statement[span.backward], conn.platform_id, *filters, *page, whose, is_quiet)


async def find_sheets(conn: Connection, *, sheet_ids: Sequence[int], scope: int | None) -> list[Row]:
    """Sheets by number, inside the scope."""
    return await conn.fetch(_BY_NUMBER, conn.platform_id, sheet_ids, scope)


# The lines of sheets, claimed or (of an open sheet) still a question: the unclaimed lines of its accounts before its
# end, and, where an earlier sheet of the key has not closed, after its start; not those by which such an earlier one is
# being closed, which it claims last. See ledger.settlement.sheets.
_KEPT = """
    SELECT k.position, s.sheet_id, c.sequence, c.position AS line, c.account_id, c.amount_minor, c.original_period_start
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k (sheet_id, position)
    CROSS JOIN LATERAL (
        SELECT * FROM sheet AS o WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id AND o.status <> 'OPEN' LIMIT 1
    ) AS s
    CROSS JOIN LATERAL (
        SELECT * FROM sheet_line AS o
        WHERE o.platform_id = $1 AND o.sheet_id = s.sheet_id AND o.sheet_id > 0 AND NOT o.is_closing
            {bounds}
    ) AS c
"""
# The accounts of open sheets, each with the first of its lines that may be a question.
OPEN_ACCOUNTS = """
    SELECT k.position, s.sheet_id, s.party_id, s.currency, s.zone, s.period_start, s.period_end, f.is_preceded,
        a.account_id, w.from_sequence
    FROM unnest($2::bigint[]) WITH ORDINALITY AS k (sheet_id, position)
    CROSS JOIN LATERAL (
        SELECT * FROM sheet AS o WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id AND o.status = 'OPEN' LIMIT 1
    ) AS s
    CROSS JOIN LATERAL (
        SELECT EXISTS (
            SELECT 1 FROM sheet AS o
            WHERE o.platform_id = $1 AND o.party_id = s.party_id AND o.book_id = s.book_id AND o.role = s.role
                AND o.mode = s.mode AND o.currency = s.currency AND o.period_start < s.period_start
                AND o.status IN ('OPEN', 'CLOSING')
        ) AS is_preceded
    ) AS f
    CROSS JOIN unnest(string_to_array($3, chr(31)), string_to_array($4, chr(31)), string_to_array($5, chr(31)))
        AS c (code, role, mode)
    CROSS JOIN LATERAL (
        SELECT o.account_id FROM account AS o
        WHERE c.role = s.role AND c.mode = s.mode AND o.platform_id = $1 AND o.book_id = s.book_id
            AND o.code = c.code AND o.party_id = s.party_id AND o.currency = s.currency LIMIT 1
    ) AS a
    CROSS JOIN LATERAL (
        SELECT coalesce((
            SELECT o.open_from_sequence FROM sheet_account AS o
            WHERE o.platform_id = $1 AND o.account_id = a.account_id AND o.account_id > 0
            ORDER BY o.open_from_sequence DESC LIMIT 1
        ), 1) AS from_sequence
    ) AS w
"""
# Those lines `o` of such an account `x`, with the instant of each (`i`).
STANDING = f"""
        FROM line AS o
        {instant_of_business("o", zone="x.zone")}
        WHERE o.platform_id = $1 AND o.account_id = x.account_id AND o.sequence >= x.from_sequence
            AND i.instant < x.period_end AND (NOT x.is_preceded OR i.instant >= x.period_start)
            AND NOT EXISTS (
                SELECT 1 FROM sheet_line AS t
                WHERE t.platform_id = $1 AND t.sequence = o.sequence AND t.position = o.position
            )
"""
_ASKED = f"""
    SELECT x.position, x.sheet_id, l.sequence, l.position AS line, l.account_id,
        CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END AS amount_minor, l.original_period_start
    FROM ({OPEN_ACCOUNTS}) AS x
    CROSS JOIN LATERAL (
        SELECT o.*, CASE WHEN i.instant < x.period_start THEN i.instant END AS original_period_start
        {STANDING}
            {{bounds}}
    ) AS l
"""
# All of them, of open sheets.
OPEN_LINES = _ASKED.replace("{bounds}", "")
_LINE = """
    SELECT c.sequence, c.line AS position, c.amount_minor, c.original_period_start, a.code, a.currency, a.party_id,
        e.template, e.business_date, e.document, e.document_line, e.metadata, n.positions, n.amounts
    FROM ({lines}) AS c
    CROSS JOIN LATERAL (
        SELECT * FROM account AS o WHERE o.platform_id = $1 AND o.account_id = c.account_id LIMIT 1
    ) AS a
    CROSS JOIN LATERAL (
        SELECT * FROM entry AS o WHERE o.platform_id = $1 AND o.sequence = c.sequence LIMIT 1
    ) AS e
    CROSS JOIN LATERAL (
        SELECT array_agg(o.position ORDER BY o.position) AS positions,
            array_agg(CASE o.side WHEN 'C' THEN o.amount ELSE -o.amount END ORDER BY o.position) AS amounts
        FROM line AS o
        WHERE o.platform_id = $1 AND o.sequence = c.sequence AND o.account_id = c.account_id
    ) AS n
    ORDER BY c.sequence ASC_, c.line ASC_ LIMIT {limit}
"""
# Bounded and sorted next to the index, so that a page of a long sheet reads a page. Lines of one account in one entry
# have their versions in the order of their positions; the index by account has versions.
_BOUNDS = """
    AND (${a}::bigint IS NULL OR (o.sequence, o.position) > (${a}, ${b}::smallint))
    AND (${c}::bigint IS NULL OR (o.sequence, o.position) < (${c}, ${d}::smallint))
    ORDER BY o.sequence ASC_, o.{place} ASC_ LIMIT ${e}
"""


def _page(lines: str, *, first: int, place: str) -> tuple[str, str]:
    names = dict(zip("abcde", range(first, first + 5), strict=True))
    bounded = lines.replace("{bounds}", _BOUNDS.format(place=place, **names))
    return directed(_LINE.replace("{lines}", bounded).replace("{limit}", f"${first + 4}"))


_KEPT_PAGE, _ASKED_PAGE = _page(_KEPT, first=3, place="position"), _page(_ASKED, first=6, place="version")


async def list_lines(conn: Connection, *, sheet_id: int, is_open: bool, span: Span) -> list[Row]:
    """The lines of a sheet in the order of the log, with what their entries say."""
    after, before = span.after or (None, None), span.before or (None, None)
    bounds = (*after, *before, span.limit)
    if is_open:
        return await conn.fetch(_ASKED_PAGE[span.backward], conn.platform_id, [sheet_id], *KINDS, *bounds)
    return await conn.fetch(_KEPT_PAGE[span.backward], conn.platform_id, [sheet_id], *bounds)


async def find_open_totals(conn: Connection, *, sheet_ids: Sequence[int]) -> list[Row]:
    """What stands on open sheets now: total and number of lines, by position of the sheet."""
    return await conn.fetch(
        f"""
        SELECT c.position, sum(c.amount_minor)::bigint AS total_minor, count(*) AS line_count
        FROM ({OPEN_LINES}) AS c GROUP BY c.position
        """,
        conn.platform_id,
        sheet_ids,
        *KINDS,
    )


async def sum_fees(conn: Connection, *, sheet_ids: Sequence[int]) -> list[Row]:
    """
    What the lines of sheets come to by fee item, by position of the sheet: the fees that their entries carry for the
    account and its party, else the lines themselves under the template of their entry (`item` null).
    """
    kept = _KEPT.replace("{bounds}", "")
    return await conn.fetch(
        f"""
        SELECT g.position, f.item, CASE WHEN f.item IS NULL THEN e.template END AS template,
            sum(coalesce(f.amount, g.amount_minor))::bigint AS amount_minor, count(*) AS size
        FROM (
            SELECT c.position, c.sequence, c.account_id, sum(c.amount_minor) AS amount_minor
            FROM ({kept} UNION ALL {OPEN_LINES}) AS c GROUP BY 1, 2, 3
        ) AS g
        CROSS JOIN LATERAL (
            SELECT * FROM account AS o WHERE o.platform_id = $1 AND o.account_id = g.account_id LIMIT 1
        ) AS a
        CROSS JOIN LATERAL (
            SELECT o.template, CASE WHEN o.metadata LIKE '{{"fees":%' AND o.document <> ''
                THEN o.metadata::jsonb -> 'fees' END AS fees
            FROM entry AS o WHERE o.platform_id = $1 AND o.sequence = g.sequence LIMIT 1
        ) AS e
        LEFT JOIN LATERAL (
            SELECT fee ->> 'item' AS item, (fee ->> 'amount')::bigint AS amount
            FROM jsonb_array_elements(e.fees) AS fee
            WHERE fee ->> 'code' = a.code AND (fee ->> 'party')::bigint = a.party_id
        ) AS f ON true
        GROUP BY 1, 2, 3 ORDER BY 1, 2 NULLS LAST, 3
        """,
        conn.platform_id,
        sheet_ids,
        *KINDS,
    )


async def find_history(conn: Connection, *, sheet_ids: Sequence[int]) -> list[Row]:
    """The steps of sheets, in order, by position of the sheet."""
    return await conn.fetch(
        """
        SELECT k.position, h.status, h.at, h.actor, h.reason, h.due_date_before, h.due_date_after
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (sheet_id, position)
        CROSS JOIN LATERAL (
            SELECT * FROM sheet_history AS o
            WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id AND o.sheet_id > 0 ORDER BY o.step_id LIMIT 1000
        ) AS h
        ORDER BY k.position, h.step_id
        """,
        conn.platform_id,
        sheet_ids,
    )


async def find_movements(conn: Connection, *, sheet_ids: Sequence[int]) -> list[Row]:
    """What was taken from sheets and given back, in order, by position of the sheet."""
    return await conn.fetch(
        """
        SELECT k.position, m.kind, m.amount_minor, m.reference, m.moved_at, m.actor
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (sheet_id, position)
        CROSS JOIN LATERAL (
            SELECT * FROM sheet_movement AS o
            WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id AND o.sheet_id > 0 ORDER BY o.movement_id LIMIT 1000
        ) AS m
        ORDER BY k.position, m.movement_id
        """,
        conn.platform_id,
        sheet_ids,
    )


async def find_disputes(conn: Connection, *, sheet_ids: Sequence[int]) -> list[Row]:
    """The disputes of sheets, in order, by position of the sheet."""
    return await conn.fetch(
        """
        SELECT k.position, d.dispute_id, d.opened_at, d.actor, d.reason, d.evidence, d.line_sequences,
            d.line_positions, d.answered_at, d.answered_by, d.answer, d.adjustments
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (sheet_id, position)
        CROSS JOIN LATERAL (
            SELECT * FROM sheet_dispute AS o
            WHERE o.platform_id = $1 AND o.sheet_id = k.sheet_id AND o.sheet_id > 0 ORDER BY o.dispute_id LIMIT 1000
        ) AS d
        ORDER BY k.position, d.dispute_id
        """,
        conn.platform_id,
        sheet_ids,
    )
