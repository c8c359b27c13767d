"""What settlement sheets say, against what the log told of them. `$1` is the platform."""

from collections.abc import AsyncIterator

from ledger.verify.snapshot import Row, Snapshot
from ledger.verify.told_sql import DIFFERING, compare, or_none


def stream_sheets(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Sheets that are not what the log told when they were opened, or do not stand where it told last; a sheet is CLOSING
    without a word, CLOSED by that of how it was fixed, and waits for approval by that of its request. What is overdue
    and what is to be confirmed until when was told with that instant; the terms with whatever changes them, and a
    version of a calendar that moved no date with all the sheets that it is for.
    """
    return snapshot.stream(
        """
        WITH told AS (
            SELECT v.subject, v.sequence, v.kind, v.occurred_at, v.payload::jsonb AS said FROM log_event AS v
            WHERE v.platform_id = $1 AND v.kind LIKE 'sheet.%'
        ), opened AS (
            SELECT t.* FROM told AS t WHERE t.kind = 'sheet.opened'
        ), last AS (
            SELECT DISTINCT ON (t.subject) t.subject, t.said FROM told AS t ORDER BY t.subject, t.sequence DESC
        ), agreed AS (
            -- The terms that it was opened, cut anew, dated anew or closed by, whichever was last.
            SELECT DISTINCT ON (t.subject) t.subject, t.sequence, t.said -> 'terms' AS said FROM told AS t
            WHERE t.said ? 'terms' ORDER BY t.subject, t.sequence DESC
        ), delayed AS (
            -- Who was told of as overdue is not until he is told of again, once there is another day to pay by.
            SELECT t.subject, max(t.sequence) AS sequence FROM told AS t
            WHERE t.kind = 'sheet.due_date_changed'
                AND (t.said ->> 'dueDate')::date > (t.said ->> 'dueDateBefore')::date
            GROUP BY t.subject
        ), overdue AS (
            SELECT DISTINCT ON (t.subject) t.subject, t.sequence, t.occurred_at AS at FROM told AS t
            WHERE t.kind = 'sheet.overdue' ORDER BY t.subject, t.sequence DESC
        ), adopted AS (
            SELECT DISTINCT ON (x.sheet) 'sheet/' || x.sheet AS subject, v.sequence,
                (v.payload::jsonb ->> 'version')::int AS version
            FROM log_event AS v CROSS JOIN LATERAL jsonb_array_elements_text(v.payload::jsonb -> 'sheets') AS x (sheet)
            WHERE v.platform_id = $1 AND v.kind = 'calendar.adopted' ORDER BY x.sheet, v.sequence DESC
        ), marked AS (
            SELECT t.subject, max(t.occurred_at) FILTER (WHERE t.kind = 'sheet.closed') AS closed_at,
                array_agg((t.said ->> 'confirmBy')::timestamptz) FILTER (WHERE t.said ? 'confirmBy') AS confirm_by,
                max((t.said ->> 'lines')::bigint) FILTER (WHERE t.kind = 'sheet.closed') AS lines
            FROM told AS t WHERE t.kind IN ('sheet.closed', 'sheet.presented') GROUP BY t.subject
        )
        SELECT c.* FROM (
            SELECT json_build_object('sheet', coalesce(s.sheet_id::text, substr(o.subject, 7)))::text AS key,
                CASE WHEN s.sheet_id IS NOT NULL THEN jsonb_build_object(
                    'party', p.reference, 'book', b.reference, 'role', s.role, 'mode', s.mode, 'currency', s.currency,
                    'period_start', s.period_start, 'period_end', s.period_end, 'opened_at', s.opened_at,
                    'status', s.status, 'due_date', s.due_date, 'total', s.total_minor,
                    'closed_at', coalesce(s.closed_at, '-infinity'),
                    'overdue_at', coalesce(to_jsonb(s.overdue_at), 'false'),
                    'confirm_by', s.confirm_by, 'line_count', s.line_count, 'zone', s.zone, 'calendar', s.calendar,
                    'calendar_version', s.calendar_version, 'confirmation', s.confirmation,
                    'deemed_days', coalesce(s.deemed_days, 0)
                ) END AS found,
                CASE WHEN o.subject IS NOT NULL THEN jsonb_build_object(
                    'party', o.said ->> 'party', 'book', o.said ->> 'legalEntity', 'role', o.said ->> 'role',
                    'mode', o.said ->> 'mode', 'currency', o.said ->> 'currency',
                    -- Other terms may end an open period on another day, and begin the one after it there.
                    'period_start', (l.said ->> 'periodStart')::timestamptz,
                    'period_end', (l.said ->> 'periodEnd')::timestamptz,
                    'opened_at', o.occurred_at,
                    'status', CASE WHEN s.status = 'CLOSING' AND l.said ->> 'status' = 'OPEN' THEN 'CLOSING'
                        WHEN s.status = 'CLOSED' AND l.said ->> 'status' = 'CLOSING' THEN 'CLOSED'
                        WHEN s.status = 'APPROVAL' AND l.said ->> 'status' = 'CONFIRMED' AND EXISTS (
                            SELECT 1 FROM approval AS a
                            WHERE a.platform_id = $1 AND a.kind = 'SHEET' AND a.subject = l.subject
                                AND a.status = 'PENDING'
                        ) THEN 'APPROVAL'
                        ELSE l.said ->> 'status' END,
                    'due_date', coalesce(l.said ->> 'dueDate', g.said ->> 'dueDate'),
                    'total', replace(l.said ->> 'total', '.', '')::bigint,
                    'closed_at', CASE WHEN s.status <> 'CLOSING' THEN coalesce(m.closed_at, '-infinity') END,
                    'overdue_at', CASE WHEN v.sequence > coalesce(y.sequence, 0) THEN to_jsonb(v.at) ELSE 'false' END,
                    'confirm_by', CASE WHEN s.confirm_by = ANY (m.confirm_by) THEN s.confirm_by
                        ELSE coalesce(m.confirm_by[1], '-infinity') END,
                    'line_count', CASE WHEN s.status = 'OPEN' THEN 0 ELSE m.lines END,
                    'zone', g.said ->> 'zone', 'calendar', g.said ->> 'calendar',
                    'calendar_version', CASE WHEN d.sequence > coalesce(g.sequence, 0) THEN d.version
                        ELSE (g.said ->> 'calendarVersion')::int END,
                    'confirmation', g.said ->> 'confirmation',
                    'deemed_days', CASE WHEN g.subject IS NOT NULL
                        THEN coalesce((g.said ->> 'deemedDays')::int, 0) END
                ) - CASE WHEN s.confirm_by IS NULL AND s.status <> 'CONFIRM_PENDING' THEN ARRAY['confirm_by']
                    WHEN s.confirm_by IS NULL AND m.confirm_by IS NULL THEN ARRAY['confirm_by'] ELSE '{}' END
                END AS told
            FROM (SELECT * FROM sheet AS o WHERE o.platform_id = $1) AS s
            FULL JOIN opened AS o ON o.subject = 'sheet/' || s.sheet_id
            LEFT JOIN last AS l ON l.subject = o.subject
            LEFT JOIN marked AS m ON m.subject = o.subject
            LEFT JOIN overdue AS v ON v.subject = o.subject
            LEFT JOIN delayed AS y ON y.subject = o.subject
            LEFT JOIN agreed AS g ON g.subject = o.subject
            LEFT JOIN adopted AS d ON d.subject = o.subject
            LEFT JOIN party AS p ON p.platform_id = $1 AND p.party_id = s.party_id
            LEFT JOIN book AS b ON b.platform_id = $1 AND b.book_id = s.book_id
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )


def stream_history(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Steps in the life of a sheet that the log did not tell at their instant, or by another actor, or of other due
    dates, steps that it told and that are not there, and sheets whose last step is not where they stand. A sheet is
    CLOSING without a word, waits for approval by that of its request, and of several steps at once the last is told.
    What happens to a sheet beside its steps (other terms, netting, being overdue) is told and is none, and who is
    silent confirms at another instant than it is told.
    """
    return snapshot.stream(
        """
        WITH told AS (
            SELECT v.subject, v.occurred_at, v.actor, v.kind, v.payload::jsonb AS said FROM log_event AS v
            WHERE v.platform_id = $1 AND v.kind LIKE 'sheet.%'
        ), last AS (
            SELECT DISTINCT ON (h.sheet_id) h.sheet_id, h.step_id, h.status FROM sheet_history AS h
            WHERE h.platform_id = $1 ORDER BY h.sheet_id, h.step_id DESC
        )
        SELECT c.* FROM (
            SELECT json_build_object('sheet', h.sheet_id, 'step', h.step_id)::text AS key,
                jsonb_build_object(
                    'status', h.status, 'at', h.at, 'actor', h.actor, 'reason', h.reason,
                    'due_date_before', h.due_date_before, 'due_date_after', h.due_date_after
                ) AS found,
                null::jsonb AS told
            FROM sheet_history AS h
            WHERE h.platform_id = $1 AND h.status <> 'CLOSING' AND NOT (h.status = 'APPROVAL' AND EXISTS (
                SELECT 1 FROM approval AS a
                WHERE a.platform_id = $1 AND a.kind = 'SHEET' AND a.subject = 'sheet/' || h.sheet_id
                    AND a.requested_at = h.at
            )) AND NOT EXISTS (
                SELECT 1 FROM told AS t
                WHERE t.subject = 'sheet/' || h.sheet_id AND (
                        -- Who is silent confirms at the instant until which he was asked.
                        t.kind = 'sheet.presented' AND h.status = 'CONFIRMED' AND h.actor = 'system'
                        AND (t.said ->> 'confirmBy')::timestamptz = h.at
                        OR t.occurred_at = h.at AND t.actor = h.actor
                    ) AND (
                        h.due_date_before IS NULL AND h.due_date_after IS NULL
                        OR t.kind = 'sheet.due_date_changed' AND t.said ->> 'status' = h.status
                        AND (t.said ->> 'dueDateBefore')::date = h.due_date_before
                        AND (t.said ->> 'dueDateAfter')::date = h.due_date_after
                    )
            )
            UNION ALL
            SELECT json_build_object('sheet', substr(t.subject, 7), 'at', t.occurred_at)::text AS key, NULL,
                jsonb_build_object('status', t.said ->> 'status', 'actor', t.actor)
            FROM told AS t
            LEFT JOIN sheet_history AS h ON h.platform_id = $1 AND 'sheet/' || h.sheet_id = t.subject
                AND h.at = t.occurred_at AND h.actor = t.actor AND h.status = t.said ->> 'status'
            WHERE h.step_id IS NULL AND t.kind NOT IN (
                'sheet.redated', 'sheet.netted', 'sheet.given_up', 'sheet.overdue', 'sheet.confirmed'
            )
            UNION ALL
            SELECT json_build_object('sheet', s.sheet_id, 'step', l.step_id)::text AS key,
                CASE WHEN l.sheet_id IS NOT NULL THEN jsonb_build_object('status', l.status) END AS found,
                jsonb_build_object('status', s.status) AS told
            FROM sheet AS s LEFT JOIN last AS l ON l.sheet_id = s.sheet_id
            WHERE s.platform_id = $1
        ) AS c
        WHERE c.found IS NULL OR c.told IS NULL OR c.found <> c.told ORDER BY c.key COLLATE "C"
        """,
        snapshot.conn.platform_id,
    )


def stream_accounts(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Accounts of closed sheets whose sums and bounds are not those of the lines that the sheet claimed of them. Each
    began to look where the one that was closed before it had left off.
    """
    return compare(
        snapshot,
        first="""
            WITH placed AS (
                SELECT o.*, lag(o.open_from_sequence) OVER (
                    PARTITION BY o.account_id
                    ORDER BY s.through_sequence, o.open_from_sequence, o.from_sequence, o.sheet_id
                ) AS left_from
                FROM sheet_account AS o
                LEFT JOIN sheet AS s ON s.platform_id = $1 AND s.sheet_id = o.sheet_id
                WHERE o.platform_id = $1
            ), claimed AS (
                SELECT k.sheet_id, k.account_id,
                    coalesce(sum(-k.amount_minor) FILTER (WHERE k.amount_minor < 0), 0) AS debit,
                    coalesce(sum(k.amount_minor) FILTER (WHERE k.amount_minor > 0), 0) AS credit, count(*) AS lines,
                    min(k.sequence) AS first
                FROM sheet_line AS k WHERE k.platform_id = $1 AND NOT k.is_closing GROUP BY k.sheet_id, k.account_id
            )
        """,
        key="'sheet', coalesce(a.sheet_id, k.sheet_id), 'account', coalesce(a.account_id, k.account_id)",
        found="a.sheet_id IS NOT NULL",
        told="s.status <> 'OPEN'",
        facts={
            "code": ("a.code", "o.code"),
            "debit": ("a.debit_minor", "coalesce(k.debit, 0)::bigint"),
            "credit": ("a.credit_minor", "coalesce(k.credit, 0)::bigint"),
            "lines": ("a.line_count", "coalesce(k.lines, 0)"),
            "first": ("coalesce(k.first, a.from_sequence) >= a.from_sequence", "true"),
            "from": ("a.from_sequence", "coalesce(a.left_from, 1)"),
            "ahead": (
                "a.open_from_sequence > s.through_sequence + 1 OR a.claimed_through > s.through_sequence",
                "false",
            ),
        },
        rows="""
            (SELECT * FROM placed AS o WHERE o.account_id > 0) AS a
            FULL JOIN claimed AS k ON k.sheet_id = a.sheet_id AND k.account_id = a.account_id
            LEFT JOIN sheet AS s ON s.platform_id = $1 AND s.sheet_id = coalesce(a.sheet_id, k.sheet_id)
            LEFT JOIN account AS o ON o.platform_id = $1 AND o.account_id = coalesce(a.account_id, k.account_id)
            WHERE s.status IS DISTINCT FROM 'CLOSING'
        """,
    )


def stream_disputes(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Objections to sheets that the log tells otherwise, or not at all, and those told of that are not there."""
    return compare(
        snapshot,
        first="""
            WITH told AS (
                SELECT DISTINCT ON (v.payload::jsonb ->> 'dispute') (v.payload::jsonb ->> 'dispute')::bigint AS number,
                    v.subject, v.sequence, v.occurred_at, v.actor, v.payload::jsonb AS said
                FROM log_event AS v WHERE v.platform_id = $1 AND v.kind = 'sheet.disputed'
                ORDER BY v.payload::jsonb ->> 'dispute', v.sequence
            ), answered AS (
                SELECT DISTINCT ON (t.number) t.number, v.occurred_at, v.actor, v.payload::jsonb ->> 'reason' AS answer
                FROM told AS t
                INNER JOIN log_event AS v ON v.platform_id = $1 AND v.subject = t.subject
                    AND v.kind = 'sheet.presented' AND v.sequence > t.sequence
                ORDER BY t.number, v.sequence
            ), adjusted AS (
                SELECT (v.payload::jsonb ->> 'dispute')::bigint AS number,
                    v.payload::jsonb -> 'adjustments' AS adjustments
                FROM log_event AS v WHERE v.platform_id = $1 AND v.kind = 'sheet.adjusted'
            )
        """,
        key="'dispute', coalesce(d.dispute_id, v.number)",
        found="d.dispute_id IS NOT NULL",
        told="v.number IS NOT NULL",
        facts={
            "sheet": ("'sheet/' || d.sheet_id", "v.subject"),
            "opened_at": ("d.opened_at", "v.occurred_at"),
            "actor": ("d.actor", "v.actor"),
            "reason": ("d.reason", "v.said ->> 'reason'"),
            "lines": ("cardinality(d.line_sequences)", "(v.said ->> 'lines')::bigint"),
            "positions": ("cardinality(d.line_positions)", "(v.said ->> 'lines')::bigint"),
            "answered_at": (or_none("d.answered_at"), or_none("w.occurred_at")),
            "answered_by": ("coalesce(d.answered_by, '')", "coalesce(w.actor, '')"),
            "answer": ("coalesce(d.answer, '')", "coalesce(w.answer, '')"),
            "adjustments": (
                "array_to_string(d.adjustments, ',')",
                """coalesce((
                    SELECT string_agg(x.reference, ',' ORDER BY x.place)
                    FROM jsonb_array_elements_text(j.adjustments) WITH ORDINALITY AS x (reference, place)
                ), '')""",
            ),
        },
        rows="""
            (SELECT * FROM sheet_dispute AS o WHERE o.platform_id = $1) AS d
            FULL JOIN told AS v ON v.number = d.dispute_id
            LEFT JOIN answered AS w ON w.number = d.dispute_id
            LEFT JOIN adjusted AS j ON j.number = d.dispute_id
        """,
    )
