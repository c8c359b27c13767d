"""
When what a line is of happened, and which period that was in: text to be part of the statements of closing, claiming
and sweeping, and of those that tell what is open, so that all say the same of a line.

The instant of a line is that of the event that caused its entry, which stands right after its entries in the log; an
entry without a cause counts from the beginning of the day that it was to be booked on, also where that was closed and
it was booked later.
"""


def instant_of(entry: str) -> str:
    """The join of `i.instant`, that of the line `o`, read where `entry` finds its entry `e`; `k` has the zone."""
    return f"""LEFT JOIN LATERAL ({_find_instant(entry, zone="k.zone")}) AS i ON true"""


def instant_of_business(line: str, *, zone: str) -> str:
    """The join of `i.instant`, that of a line which is not a closing's own; a closing's own is left out."""
    entry = f"e.sequence = {line}.sequence AND e.template <> 'SHEET_CLOSED'"
    return f"""CROSS JOIN LATERAL ({_find_instant(entry, zone=zone)}) AS i"""


def _find_instant(entry: str, *, zone: str) -> str:
    return f"""
                SELECT coalesce(v.occurred_at, e.requested_date::timestamp AT TIME ZONE {zone}) AS instant
                FROM entry AS e
                LEFT JOIN LATERAL (
                    SELECT x.occurred_at FROM log_event AS x
                    WHERE e.cause <> '' AND x.platform_id = $1 AND x.sequence > e.sequence
                    ORDER BY x.sequence LIMIT 1
                ) AS v ON true
                WHERE e.platform_id = $1 AND {entry}
            """


# Whether any entry was moved off a closed day while the lines of `k` were posted. It is asked once for all of them
# (hence OFFSET): nearly always there is none, and none of the lines need look.
MOVED_MEANWHILE = """CROSS JOIN LATERAL (
                SELECT EXISTS (
                    SELECT 1 FROM entry AS x
                    WHERE x.platform_id = $1 AND x.sequence BETWEEN k.from_sequence AND k.through_sequence
                        AND x.requested_date <> x.business_date
                ) AS has_moved OFFSET 0
            ) AS moved"""
# Of lines that may be after the end of their period (`k.day_limit`), before its start (`k.late_day`), or were moved off
# a closed day; null of most lines of most sheets. By CASE and not by joins, which cost something where they find
# nothing too: half of reading the lines, when it was measured.
INSTANT_WHERE_IT_MATTERS = f"""CROSS JOIN LATERAL (
                SELECT CASE
                    WHEN o.business_date >= k.day_limit OR o.business_date <= k.late_day OR moved.has_moved AND (
                        SELECT true FROM entry AS x
                        WHERE x.platform_id = $1 AND x.sequence = o.sequence AND x.requested_date <> x.business_date
                    ) THEN ({_find_instant("e.sequence = o.sequence", zone="k.zone")})
                END AS instant
            ) AS i"""

# Of a line `l` that is claimed by a later sheet than that of its period: where such a period starts, else its day.
ORIGINAL_PERIOD_START = """CASE WHEN l.instant < l.period_start THEN coalesce(
                (
                    SELECT CASE WHEN o.period_end > l.instant THEN o.period_start END
                    FROM sheet AS s
                    INNER JOIN sheet AS o ON o.platform_id = s.platform_id AND o.party_id = s.party_id
                        AND o.book_id = s.book_id AND o.role = s.role AND o.mode = s.mode AND o.currency = s.currency
                    WHERE s.platform_id = $1 AND s.sheet_id = l.sheet_id AND o.period_start <= l.instant
                    ORDER BY o.period_start DESC LIMIT 1
                ),
                (l.instant AT TIME ZONE l.zone)::date::timestamp AT TIME ZONE l.zone
            ) END"""
