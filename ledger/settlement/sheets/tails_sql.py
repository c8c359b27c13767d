"""The statement that finds what no sheet will claim because its party's sheets have come to an end."""

import asyncpg

from ledger.db.transacting import Connection
from ledger.settlement.sheets.keys import KINDS
from ledger.settlement.sheets.opening_sql import EARLIEST_UNCLAIMED

Row = asyncpg.Record


async def find_tails(conn: Connection, *, after: int) -> list[Row]:
    """
    Keys of closed parties that have lines which nobody has claimed and no open sheet, where an event behind this place
    of the log concerned the party: with the earliest instant of such a line, and the end of the key's last sheet.

    Whoever posts for a party, or closes its sheet, tells of it, so nothing is overlooked between two looks.
    """
    return await conn.fetch(
        f"""
        SELECT a.party_id, a.book_id, a.currency, k.role, k.mode, min(e.earliest) AS earliest, s.last_end
        FROM (
            SELECT o.party_id FROM party AS o WHERE o.platform_id = $1 AND o.status = 'CLOSED'
        ) AS p
        CROSS JOIN LATERAL (
            SELECT o.sequences[cardinality(o.sequences)] AS last FROM party_event AS o
            WHERE o.platform_id = $1 AND o.party_id = p.party_id ORDER BY o.first_sequence DESC LIMIT 1
        ) AS v
        CROSS JOIN LATERAL (
            SELECT o.account_id, o.party_id, o.book_id, o.currency, o.code FROM account AS o
            WHERE o.platform_id = $1 AND o.party_id = p.party_id
        ) AS a
        CROSS JOIN LATERAL (
            SELECT c.role, c.mode
            FROM unnest(string_to_array($3, chr(31)), string_to_array($4, chr(31)), string_to_array($5, chr(31)))
                AS c (code, role, mode)
            WHERE c.code = a.code LIMIT 1
        ) AS k
        LEFT JOIN LATERAL (
            SELECT max(o.period_end) AS last_end, bool_or(o.status = 'OPEN') AS is_open FROM sheet AS o
            WHERE o.platform_id = $1 AND o.party_id = a.party_id AND o.book_id = a.book_id AND o.role = k.role
                AND o.mode = k.mode AND o.currency = a.currency
        ) AS s ON true
        LEFT JOIN LATERAL (
            SELECT o.open_from_sequence FROM sheet_account AS o
            WHERE o.platform_id = $1 AND o.account_id = a.account_id AND o.account_id > 0
            ORDER BY o.open_from_sequence DESC LIMIT 1
        ) AS w ON true
        CROSS JOIN LATERAL ({EARLIEST_UNCLAIMED}
                AND l.sequence >= coalesce(w.open_from_sequence, 1)
        ) AS e
        WHERE v.last > $2 AND s.is_open IS NOT TRUE AND e.earliest IS NOT NULL
        GROUP BY a.party_id, a.book_id, a.currency, k.role, k.mode, s.last_end
        ORDER BY a.party_id, a.book_id, k.role, k.mode, a.currency
        """,
        conn.platform_id,
        after,
        *KINDS,
    )
