"""What chargebacks found gone, against what the log told and what follows from it. `$1` is the platform."""

from collections.abc import AsyncIterator

from ledger.verify.snapshot import Row, Snapshot
from ledger.verify.told_sql import DIFFERING, compare, tells

# The merchants' shares of disputed lines as the log said them: by the record and the place of the line in it, from 1.
SAID = """
    SELECT v.sequence, row_number() OVER (PARTITION BY v.sequence ORDER BY d.place, l.place) AS place,
        'order/' || (v.payload::jsonb ->> 'order') AS subject, d.said ->> 'dispute' AS dispute,
        l.said ->> 'line' AS line, (l.said ->> 'merchantId')::bigint AS merchant_id,
        (l.said ->> 'merchantShareMinor')::bigint AS share
    FROM log_event AS v
    CROSS JOIN LATERAL jsonb_array_elements(
        coalesce(v.payload::jsonb -> 'disputes', jsonb_build_array(v.payload::jsonb))
    ) WITH ORDINALITY AS d (said, place)
    CROSS JOIN LATERAL jsonb_array_elements(d.said -> 'lines') WITH ORDINALITY AS l (said, place)
    WHERE v.platform_id = $1 AND (
        v.kind = 'order.charged_back'
        OR (v.kind IN ('order.split', 'suspense.released') AND v.payload::jsonb ? 'disputes')
    )
"""


def stream_missing(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    What is not there as a rest though it has to be: of each share of an open dispute that was read, what was not held
    at once, as far as sheets that had closed before had claimed the line and that was not held of them. Of a sheet that
    closed later nothing says whether its money was there when the chargeback was read; revision 0030 wrote down what
    older programs had not.
    """
    return snapshot.stream(
        f"""
        WITH said AS ({SAID}), share AS (
            SELECT s.* FROM said AS s
            INNER JOIN order_dispute AS d ON d.platform_id = $1 AND d.dispute_reference = s.dispute AND d.open_minor > 0
            INNER JOIN log_follower AS f ON f.platform_id = $1 AND f.name = 'disputes' AND s.sequence <= f.sequence
            WHERE s.share > 0
        ), claimed AS (
            SELECT s.sequence, s.place, k.sheet_id, sum(k.amount_minor) AS amount FROM share AS s
            INNER JOIN entry AS e ON e.platform_id = $1 AND e.document = s.subject AND e.document_line = s.line
            INNER JOIN sheet_line AS k ON k.platform_id = $1 AND k.sequence = e.sequence
            INNER JOIN account AS o ON o.platform_id = $1 AND o.account_id = k.account_id
                AND o.party_id = s.merchant_id
            INNER JOIN sheet AS z ON z.platform_id = $1 AND z.sheet_id = k.sheet_id
            WHERE z.closing_sequence < s.sequence
            GROUP BY s.sequence, s.place, k.sheet_id
        ), held AS (
            SELECT split_part(h.reference, '/', 2)::bigint AS sequence, split_part(h.reference, '/', 3)::int AS place,
                h.sheet_id, h.amount_minor
            FROM hold AS h
            WHERE h.platform_id = $1 AND h.release_rule = 'BY_DISPUTE'
                AND h.reference ~ '^dispute/[0-9]{{1,18}}/[0-9]{{1,9}}(/sheet/[0-9]+)?$'
        ), at_once AS (
            SELECT h.sequence, h.place, sum(h.amount_minor) AS amount FROM held AS h GROUP BY h.sequence, h.place
        ), gone AS (
            SELECT s.sequence, s.place, c.sheet_id, greatest(c.amount - coalesce(h.amount_minor, 0), 0) AS missing,
                s.share - coalesce(a.amount, 0) AS not_held
            FROM share AS s
            INNER JOIN claimed AS c ON c.sequence = s.sequence AND c.place = s.place
            LEFT JOIN held AS h ON h.sequence = s.sequence AND h.place = s.place AND h.sheet_id = c.sheet_id
            LEFT JOIN at_once AS a ON a.sequence = s.sequence AND a.place = s.place
        ), rest AS (
            SELECT g.*, least(g.missing, g.not_held - coalesce(sum(g.missing) OVER (
                PARTITION BY g.sequence, g.place ORDER BY g.sheet_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ), 0)) AS amount FROM gone AS g
        )
        SELECT json_build_object('sequence', r.sequence, 'place', r.place, 'sheet', r.sheet_id)::text AS key,
            NULL AS found, json_build_object('amount', r.amount)::text AS told
        FROM rest AS r
        WHERE r.amount > 0 AND NOT EXISTS (
            SELECT FROM disputed_rest AS o
            WHERE o.platform_id = $1 AND o.sequence = r.sequence AND o.place = r.place AND o.sheet_id = r.sheet_id
        )
        ORDER BY r.sequence, r.place, r.sheet_id
        """,
        snapshot.conn.platform_id,
    )


def stream_short(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    What the log told of as gone and is not there, or is another amount or of another dispute; and what is there though
    nobody told of it. Of an older store those are in order that were written down before it told of one.
    """
    return snapshot.stream(
        f"""
        WITH short AS (
            SELECT (v.said ->> 'sequence')::bigint AS sequence, (v.said ->> 'place')::int AS place,
                (x.said ->> 'sheet')::bigint AS sheet_id, (x.said ->> 'amountMinor')::bigint AS amount,
                v.said ->> 'dispute' AS dispute
            FROM (
                SELECT o.payload::jsonb AS said FROM log_event AS o
                WHERE o.platform_id = $1 AND o.kind = 'chargeback.short'
            ) AS v
            CROSS JOIN LATERAL jsonb_array_elements(v.said -> 'sheets') AS x (said)
        )
        SELECT c.* FROM (
            SELECT json_build_object(
                    'sequence', coalesce(r.sequence, t.sequence), 'place', coalesce(r.place, t.place),
                    'sheet', coalesce(r.sheet_id, t.sheet_id)
                )::text AS key,
                CASE WHEN r.sequence IS NOT NULL THEN
                    jsonb_build_object('amount', r.amount_minor, 'dispute', r.dispute_reference)
                END AS found,
                CASE WHEN t.sequence IS NOT NULL THEN jsonb_build_object('amount', t.amount, 'dispute', t.dispute)
                    WHEN {tells(2)} OR r.sequence > (SELECT min(o.sequence) FROM short AS o) THEN NULL
                    ELSE '{{}}' END AS told
            FROM (SELECT * FROM disputed_rest AS o WHERE o.platform_id = $1) AS r
            FULL JOIN short AS t ON t.sequence = r.sequence AND t.place = r.place AND t.sheet_id = r.sheet_id
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )


def stream_rests(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    What chargebacks found gone, when they came or when their money became a merchant's by a split or out of suspense,
    that is of no chargeback or of another merchant's sheet, that is held or decided otherwise than holds and the log
    say, or that is more than the share that was disputed left to be held, or than its sheet had of it. A decision is
    acted on when the log is read so far as it; what it took is waited for until it is agreed, and a little longer.
    """
    return compare(
        snapshot,
        first=f"""
            WITH said AS ({SAID}), decided AS (
                SELECT v.subject, v.payload::jsonb ->> 'dispute' AS dispute,
                    bool_or(coalesce(v.payload::jsonb ->> 'liability' = 'SPLIT', false)) AS has_taken,
                    bool_or(v.sequence <= f.sequence) AS is_read
                FROM log_event AS v
                INNER JOIN log_follower AS f ON f.platform_id = $1 AND f.name = 'disputes'
                WHERE v.platform_id = $1 AND v.kind IN ('chargeback.won', 'chargeback.lost')
                GROUP BY 1, 2
            ), held AS (
                SELECT split_part(h.reference, '/', 2)::bigint AS sequence,
                    split_part(h.reference, '/', 3)::int AS place,
                    h.sheet_id, sum(h.amount_minor) FILTER (WHERE split_part(h.reference, '/', 6) = '') AS at_once,
                    sum(h.amount_minor) FILTER (WHERE split_part(h.reference, '/', 6) <> '') AS since
                FROM hold AS h
                WHERE h.platform_id = $1 AND h.release_rule = 'BY_DISPUTE'
                    AND h.reference ~ '^dispute/[0-9]{{1,18}}/[0-9]{{1,9}}'
                GROUP BY 1, 2, 3
            ), whole AS (
                SELECT r.sequence, r.place, sum(r.amount_minor) AS gone FROM disputed_rest AS r
                WHERE r.platform_id = $1 GROUP BY r.sequence, r.place
            ), at_once AS (
                SELECT h.sequence, h.place, sum(h.at_once) AS held FROM held AS h GROUP BY h.sequence, h.place
            ), claimed AS (
                SELECT k.sheet_id, e.document, e.document_line, a.party_id, sum(k.amount_minor) AS amount,
                    bool_or(s.closing_sequence IS NOT NULL) AS is_closed
                FROM disputed_rest AS r
                INNER JOIN said AS v ON v.sequence = r.sequence AND v.place = r.place
                INNER JOIN entry AS e ON e.platform_id = $1 AND e.document = v.subject AND e.document_line = v.line
                INNER JOIN sheet_line AS k ON k.platform_id = $1 AND k.sequence = e.sequence AND NOT k.is_closing
                INNER JOIN account AS a ON a.platform_id = $1 AND a.account_id = k.account_id
                    AND a.party_id = v.merchant_id
                INNER JOIN sheet AS s ON s.platform_id = $1 AND s.sheet_id = k.sheet_id
                WHERE r.platform_id = $1
                GROUP BY r.sequence, r.place, r.sheet_id, k.sheet_id, e.document, e.document_line, a.party_id
            )
        """,
        key="'sequence', r.sequence, 'place', r.place, 'sheet', r.sheet_id",
        told="v.sequence IS NOT NULL",
        facts={
            "dispute": ("r.dispute_reference", "v.dispute"),
            "party": ("s.party_id", "v.merchant_id"),
            "held": ("r.held_minor", "coalesce(h.since, 0)"),
            "is_decided": (
                "r.is_decided",
                """CASE
                    WHEN d.dispute IS NULL OR coalesce(h.since, 0) >= r.amount_minor THEN false
                    WHEN d.has_taken AND is_loss_unsettled(
                        $1, substr(v.subject, 7), v.line, v.merchant_id, v.dispute
                    ) THEN false
                    WHEN d.has_taken OR NOT d.is_read THEN r.is_decided ELSE true END""",
            ),
            "amount": (
                "r.amount_minor",
                """least(
                    r.amount_minor, r.amount_minor + v.share - w.gone - coalesce(o.held, 0),
                    -- A sheet that is still claiming its lines may not have this one yet.
                    CASE s.status WHEN 'CLOSING' THEN r.amount_minor ELSE
                        coalesce(k.amount, 0) - coalesce(h.at_once, 0)
                    END
                )""",
            ),
        },
        rows="""
            disputed_rest AS r
            LEFT JOIN said AS v ON v.sequence = r.sequence AND v.place = r.place
            LEFT JOIN sheet AS s ON s.platform_id = $1 AND s.sheet_id = r.sheet_id
            LEFT JOIN decided AS d ON d.subject = v.subject AND d.dispute = v.dispute
            LEFT JOIN held AS h ON h.sequence = r.sequence AND h.place = r.place AND h.sheet_id = r.sheet_id
            LEFT JOIN whole AS w ON w.sequence = r.sequence AND w.place = r.place
            LEFT JOIN at_once AS o ON o.sequence = r.sequence AND o.place = r.place
            LEFT JOIN (SELECT DISTINCT * FROM claimed) AS k ON k.sheet_id = r.sheet_id AND k.document = v.subject
                AND k.document_line = v.line AND k.party_id = v.merchant_id
            WHERE r.platform_id = $1
        """,
    )
