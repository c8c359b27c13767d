"""
What plans, rates of merchants' own, calendars, fee items and sources of fee lines say, against what the log told. `$1`
is the platform.

A content is compared with its mark, the SHA-256 of its text; since the log says the marks, with that too.
"""

from collections.abc import AsyncIterator

from ledger.verify.snapshot import Row, Snapshot
from ledger.verify.told_sql import DIFFERING, compare, tells, told_of


def stream_plans(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Fee plans that are not what the log told at their place, or whose content is not what they are marked by."""
    return compare(
        snapshot,
        key="'version', coalesce(f.version, (v.said ->> 'version')::int)",
        found="f.version IS NOT NULL",
        told="v.sequence IS NOT NULL",
        facts={
            "plan": ("f.plan", "v.said ->> 'plan'"),
            "version": ("f.version", "v.said -> 'version'"),
            "valid_from": ("f.valid_from", "v.said ->> 'validFrom'"),
            "fingerprint": ("encode(f.fingerprint, 'hex')", "encode(sha256(convert_to(f.content, 'UTF8')), 'hex')"),
            "content": ("CASE WHEN f.content IS JSON OBJECT THEN f.content::jsonb ->> 'plan' END", "v.said ->> 'plan'"),
            "from": (
                "CASE WHEN f.content IS JSON OBJECT THEN f.content::jsonb ->> 'validFrom' END",
                "v.said ->> 'validFrom'",
            ),
            "told": ("encode(f.fingerprint, 'hex')", "v.said ->> 'sha256'"),
        },
        rows=f"""
            (SELECT * FROM fee_plan AS o WHERE o.platform_id = $1) AS f
            FULL JOIN {told_of("plan.published")} AS v ON v.sequence = f.sequence
        """,
    )


def stream_overrides(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Rates of merchants' own that are not what the log told, or that nobody granted."""
    return compare(
        snapshot,
        key="'sequence', coalesce(r.sequence, v.sequence)",
        found="r.sequence IS NOT NULL",
        told="v.sequence IS NOT NULL",
        facts={
            "version": ("r.override_version", "v.number"),
            "party": ("p.reference", "v.said ->> 'party'"),
            "valid_from": ("r.valid_from", "v.said ->> 'validFrom'"),
            "valid_through": ("r.valid_through", "v.said ->> 'validThrough'"),
            "content": ("r.content", "v.payload"),
            "approval": ("a.content", "v.payload"),
            "status": ("a.status", "'GRANTED'"),
        },
        rows="""
            (SELECT * FROM rate_override AS o WHERE o.platform_id = $1) AS r
            FULL JOIN (
                SELECT o.sequence, row_number() OVER (ORDER BY o.sequence) AS number, o.payload,
                    o.payload::jsonb AS said
                FROM log_event AS o WHERE o.platform_id = $1 AND o.kind = 'rates.overridden'
            ) AS v ON v.sequence = r.sequence
            LEFT JOIN party AS p ON p.platform_id = $1 AND p.party_id = r.party_id
            LEFT JOIN approval AS a ON a.platform_id = $1 AND a.approval_id = r.approval_id
        """,
    )


def stream_calendars(snapshot: Snapshot) -> AsyncIterator[Row]:
    """Versions of calendars that are not what the log told at their place, or whose content is not their mark's."""
    return compare(
        snapshot,
        key="'sequence', coalesce(k.sequence, v.sequence)",
        found="k.sequence IS NOT NULL",
        told="v.sequence IS NOT NULL",
        facts={
            "name": ("k.name", "v.said ->> 'calendar'"),
            "version": ("k.version", "v.said -> 'version'"),
            "published_at": ("k.published_at", "v.occurred_at"),
            "fingerprint": ("encode(k.fingerprint, 'hex')", "encode(sha256(convert_to(k.content, 'UTF8')), 'hex')"),
            "told": ("encode(k.fingerprint, 'hex')", "v.said ->> 'sha256'"),
            "first_day": ("k.first_day", "CASE WHEN k.content IS JSON OBJECT THEN k.content::jsonb ->> 'firstDay' END"),
            "last_day": ("k.last_day", "CASE WHEN k.content IS JSON OBJECT THEN k.content::jsonb ->> 'lastDay' END"),
        },
        rows=f"""
            (SELECT * FROM calendar AS o WHERE o.platform_id = $1) AS k
            FULL JOIN {told_of("calendar.published")} AS v ON v.sequence = k.sequence
        """,
    )


def stream_items(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Versions of fee items that are not what the log told at their place, or whose content is not their mark's. A
    standard item that a line was the first to use is kept without a word, at place 0.
    """
    return compare(
        snapshot,
        key="'item', coalesce(i.code, v.code), 'version', coalesce(i.version, v.version)",
        found="i.code IS NOT NULL",
        told="v.code IS NOT NULL OR i.version = 1",
        facts={
            "sequence": ("i.sequence", "coalesce(v.sequence, 0)"),
            "code": ("CASE WHEN i.content IS JSON OBJECT THEN i.content::jsonb ->> 'code' END", "i.code"),
            "is_reversible": (
                "i.is_reversible",
                "CASE WHEN i.content IS JSON OBJECT THEN i.content::jsonb -> 'reversible' END",
            ),
            "fingerprint": ("encode(i.fingerprint, 'hex')", "encode(sha256(convert_to(i.content, 'UTF8')), 'hex')"),
            "told": ("encode(i.fingerprint, 'hex')", "v.sha256"),
        },
        rows="""
            (SELECT * FROM fee_item AS o WHERE o.platform_id = $1) AS i
            FULL JOIN (
                SELECT o.sequence, x.said ->> 'code' AS code, (x.said ->> 'version')::int AS version,
                    x.said ->> 'sha256' AS sha256
                FROM log_event AS o CROSS JOIN LATERAL jsonb_array_elements(o.payload::jsonb -> 'items') AS x (said)
                WHERE o.platform_id = $1 AND o.kind = 'fee_items.published'
            ) AS v ON v.code = i.code AND v.version = i.version
        """,
    )


def stream_sources(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Sources that are not what the log told when they were registered, or whose watermark is not that of the page that
    was taken last. Older programs told of pages with lines alone, and not behind which watermark they were.
    """
    return compare(
        snapshot,
        first="""
            WITH told AS (
                SELECT v.subject, v.sequence, v.kind, v.payload::jsonb AS said FROM log_event AS v
                WHERE v.platform_id = $1 AND v.kind IN ('source.registered', 'source.pulled')
            ), named AS (
                SELECT t.subject, sum((t.said ->> 'lines')::bigint) AS lines FROM told AS t GROUP BY t.subject
            ), registered AS (
                SELECT DISTINCT ON (t.subject) t.subject, t.said FROM told AS t
                WHERE t.kind = 'source.registered' ORDER BY t.subject, t.sequence DESC
            ), placed AS (
                SELECT DISTINCT ON (t.subject) t.subject, t.said ->> 'cursor' AS cursor FROM told AS t
                WHERE t.kind = 'source.registered' OR t.said ? 'after' ORDER BY t.subject, t.sequence DESC
            )
        """,
        key="'source', coalesce(s.name, substr(n.subject, 8))",
        found="s.name IS NOT NULL",
        told=f"n.subject IS NOT NULL OR NOT {tells(1)}",
        facts={
            "url": ("s.url", "r.said ->> 'url'"),
            "credential_variable": ("s.credential_variable", "r.said ->> 'credentialVariable'"),
            "interval": ("s.interval_seconds", "r.said -> 'intervalSeconds'"),
            "is_active": ("s.is_active", "r.said -> 'active'"),
            "cursor": ("s.cursor", "p.cursor"),
            "lines": ("s.pulled_lines", "coalesce(n.lines, 0)"),
        },
        rows="""
            (SELECT * FROM charging_source AS o WHERE o.platform_id = $1) AS s
            FULL JOIN named AS n ON n.subject = 'source/' || s.name
            LEFT JOIN registered AS r ON r.subject = n.subject
            LEFT JOIN placed AS p ON p.subject = n.subject
        """,
    )


def stream_refused_lines(snapshot: Snapshot) -> AsyncIterator[Row]:
    """
    Refused lines of sources that are not what the log told when they came, or when they were refused for another reason
    since, or were accepted after all though it never told so, or the other way round; those told of that are not there,
    and those that nobody told of. Of an older store those are in order that were kept before the first one that it told
    of; their digest is of what came.
    """
    return snapshot.stream(
        f"""
        WITH told AS (
            SELECT v.kind, v.sequence, v.occurred_at, v.payload::jsonb AS said FROM log_event AS v
            WHERE v.platform_id = $1 AND v.kind IN (
                'source.lines_refused', 'source.lines_refused_again', 'source.lines_accepted'
            )
        ), refused AS (
            SELECT t.said ->> 'source' AS source, t.occurred_at, (x.said ->> 'refusal')::bigint AS refusal,
                x.said ->> 'sha256' AS sha256
            FROM told AS t CROSS JOIN LATERAL jsonb_array_elements(t.said -> 'refusals') AS x (said)
            WHERE t.kind = 'source.lines_refused'
        ), accepted AS (
            SELECT x.refusal::bigint AS refusal, max(t.occurred_at) AS at
            FROM told AS t CROSS JOIN LATERAL jsonb_array_elements_text(t.said -> 'refusals') AS x (refusal)
            WHERE t.kind = 'source.lines_accepted' GROUP BY x.refusal
        ), renamed AS (
            SELECT DISTINCT ON (x.said ->> 'refusal') (x.said ->> 'refusal')::bigint AS refusal,
                x.said ->> 'sha256' AS sha256
            FROM told AS t CROSS JOIN LATERAL jsonb_array_elements(t.said -> 'refusals') AS x (said)
            WHERE t.kind = 'source.lines_refused_again' ORDER BY x.said ->> 'refusal', t.sequence DESC
        )
        SELECT c.* FROM (
            SELECT json_build_object('refusal', coalesce(r.refusal, v.refusal))::text AS key,
                CASE WHEN r.refusal IS NOT NULL THEN jsonb_build_object(
                    'digest', encode(r.digest, 'hex'), 'source', r.source, 'refused_at', r.refused_at,
                    'resolved_at', coalesce(to_jsonb(r.resolved_at), 'false'), 'sha256', encode(sha256(convert_to(
                        concat_ws(chr(31), r.document, r.code, r.message), 'UTF8'
                    )), 'hex')
                ) END AS found,
                CASE WHEN v.refusal IS NOT NULL THEN jsonb_build_object(
                        'source', v.source, 'refused_at', v.occurred_at, 'sha256', coalesce(n.sha256, v.sha256),
                        'resolved_at', coalesce(to_jsonb(a.at), 'false')
                    )
                    WHEN {tells(2)} OR r.refusal > (SELECT min(f.refusal) FROM refused AS f) THEN NULL
                    ELSE jsonb_build_object('resolved_at', a.at) END
                    || jsonb_build_object('digest', encode(sha256(convert_to(r.document, 'UTF8')), 'hex')) AS told
            FROM (SELECT * FROM source_refusal AS o WHERE o.platform_id = $1) AS r
            FULL JOIN refused AS v ON v.refusal = r.refusal
            LEFT JOIN accepted AS a ON a.refusal = coalesce(r.refusal, v.refusal)
            LEFT JOIN renamed AS n ON n.refusal = v.refusal
        ) AS c
        """
        + DIFFERING,
        snapshot.conn.platform_id,
    )
