"""Statements on approvals."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from ledger.approvals.model import PROGRAM_NAMES
from ledger.db.transacting import Connection
from ledger.reporting.model import Span
from ledger.reporting.sql_scope import directed

Row = asyncpg.Record

_COLUMNS = """a.approval_id, a.kind, a.subject, a.digest, a.content, a.description, a.amount_minor, a.currency,
        a.book_id, a.party_id, a.maker, a.status, a.step, a.awaited, a.requested_at, a.step_opened_at, a.due_at,
        a.escalated_at, a.closed_at, a.resubmission_of"""

_SAID = """
    {person} = a.maker OR EXISTS (
        SELECT 1 FROM approval_decision AS said
        WHERE said.platform_id = $1 AND said.approval_id = a.approval_id
            AND {person} IN (said.actor, said.on_behalf_of)
    )
"""


def _spoken(person: str) -> str:
    """
    SQL that holds where a request has somebody's word, himself or through another, or he asked for it: he is free no
    more, also under another way of writing his name, of which $10 and $11 are pairs.
    """
    other = _SAID.format(person="alike.other")
    return f"""
        {_SAID.format(person=person)} OR EXISTS (
            SELECT 1 FROM unnest($10::text[], $11::text[]) AS alike (name, other)
            WHERE alike.name = {person} AND ({other})
        )
    """


_PERSON = f"{{name}} !~ '{PROGRAM_NAMES}'"


def _free(names: str) -> str:
    """SQL that holds where somebody whom these names mean is there, did not ask and has not spoken."""
    return f"""EXISTS (
        SELECT 1 FROM api_key AS k
        WHERE k.platform_id = $1 AND k.role = 'OPERATOR' AND k.revoked_at IS NULL
            AND (k.expires_at IS NULL OR k.expires_at > $3) AND {_PERSON.format(name="k.actor")}
            AND (k.actor = ANY({names}) OR 'role:operator' = ANY({names})) AND NOT ({_spoken("k.actor")})
    )"""


_LATE = "(a.escalated_at IS NOT NULL OR a.due_at <= $3)"
_NAMED = "($2 = ANY({names}) OR 'role:operator' = ANY({names}))"

# The same as ledger.approvals.seating.find_place says, over all that waits; a test holds them together.
_WAITS_FOR = f"""
    a.status = 'PENDING' AND NOT ({_spoken("$2")})
    AND EXISTS (
        SELECT 1 FROM api_key AS own
        WHERE own.platform_id = $1 AND own.actor = $2 AND own.role = 'OPERATOR' AND own.revoked_at IS NULL
            AND (own.expires_at IS NULL OR own.expires_at > $3)
    )
    AND {_PERSON.format(name="$2")}
    AND EXISTS (
        SELECT 1 FROM approval_seat AS s
        WHERE s.platform_id = $1 AND s.approval_id = a.approval_id AND s.step = a.step
            AND NOT EXISTS (
                SELECT 1 FROM approval_decision AS taken
                WHERE taken.platform_id = $1 AND taken.approval_id = s.approval_id AND taken.step = s.step
                    AND taken.seat = s.seat
            )
            AND (
                {_NAMED.format(names="s.approvers")}
                OR EXISTS (
                    SELECT 1 FROM approval_delegation AS d
                    WHERE d.platform_id = $1 AND d.to_actor = $2 AND d.starts_at <= $3 AND d.ends_at > $3
                        AND (d.ended_at IS NULL OR d.ended_at > $3) AND coalesce(d.kind, a.kind) = a.kind
                        AND d.from_actor = ANY(s.approvers) AND {_free("ARRAY[d.from_actor]")}
                )
                OR (
                    {_NAMED.format(names="s.substitutes")} AND ({_LATE} OR NOT {_free("s.approvers")})
                )
                OR (
                    {_NAMED.format(names="s.escalates_to")}
                    AND ({_LATE} OR (NOT {_free("s.approvers")} AND NOT {_free("s.substitutes")}))
                )
            )
    )
"""

_WAITING = directed(f"""
    SELECT {_COLUMNS} FROM approval AS a
    WHERE a.platform_id = $1 AND ($4::text IS NULL OR a.status = $4) AND ($5::text IS NULL OR a.kind = $5)
        AND ($6::text IS NULL OR a.subject = $6)
        AND ($7::bigint IS NULL OR a.approval_id > $7) AND ($8::bigint IS NULL OR a.approval_id < $8)
        AND {_WAITS_FOR}
    ORDER BY a.approval_id ASC_ LIMIT $9
""")

_ALL = directed(f"""
    SELECT {_COLUMNS} FROM approval AS a
    WHERE a.platform_id = $1 AND ($2::text IS NULL OR a.status = $2) AND ($3::text IS NULL OR a.kind = $3)
        AND ($4::text IS NULL OR a.subject = $4)
        AND ($5::bigint IS NULL OR a.approval_id > $5) AND ($6::bigint IS NULL OR a.approval_id < $6)
    ORDER BY a.approval_id ASC_ LIMIT $7
""")


async def list_names(conn: Connection) -> list[str]:
    """The actors of all keys that there ever were."""
    rows = await conn.fetch("SELECT DISTINCT k.actor FROM api_key AS k WHERE k.platform_id = $1", conn.platform_id)
    return [row["actor"] for row in rows]


async def list_approvals(
    conn: Connection,
    *,
    actor: str | None,
    alike: Sequence[tuple[str, str]],
    status: str | None,
    kind: str | None,
    subject: str | None,
    now: datetime,
    span: Span,
) -> list[Row]:
    """
    Requests, the oldest first; with an actor those that wait for this person. `alike` are pairs of names that are one
    person's, both ways round.
    """
    after, before = span.bounds
    rest = (status, kind, subject, after, before, span.limit)
    if actor is None:
        return await conn.fetch(_ALL[span.backward], conn.platform_id, *rest)
    columns = [name for name, _ in alike], [other for _, other in alike]
    return await conn.fetch(_WAITING[span.backward], conn.platform_id, actor, now, *rest, *columns)


async def find_approvals(conn: Connection, *, approval_ids: Sequence[int]) -> list[Row]:
    """Requests by id."""
    return await conn.fetch(
        f"""
        SELECT k.position, {_COLUMNS}
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (approval_id, position)
        INNER JOIN approval AS a ON a.platform_id = $1 AND a.approval_id = k.approval_id
        """,
        conn.platform_id,
        approval_ids,
    )


async def find_seats(conn: Connection, *, approval_ids: Sequence[int]) -> list[Row]:
    """Seats with the word that was said at them."""
    return await conn.fetch(
        """
        SELECT k.position, s.step, s.seat, s.approvers, s.substitutes, s.escalates_to, s.due_hours, d.verdict,
            d.capacity, d.actor, d.on_behalf_of, d.comment, d.decided_at
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (approval_id, position)
        INNER JOIN approval_seat AS s ON s.platform_id = $1 AND s.approval_id = k.approval_id
        LEFT JOIN approval_decision AS d ON d.platform_id = $1 AND d.approval_id = s.approval_id
            AND d.step = s.step AND d.seat = s.seat
        ORDER BY k.position, s.step, s.seat
        """,
        conn.platform_id,
        approval_ids,
    )


async def find_history(conn: Connection, *, approval_ids: Sequence[int]) -> list[Row]:
    """The events of requests, in the order of the log."""
    return await conn.fetch(
        """
        SELECT k.position, v.kind, v.actor, v.occurred_at, v.payload
        FROM unnest($2::bigint[]) WITH ORDINALITY AS k (approval_id, position)
        INNER JOIN log_event AS v ON v.platform_id = $1 AND v.subject = 'approval/' || k.approval_id
        ORDER BY v.sequence
        """,
        conn.platform_id,
        approval_ids,
    )


async def list_flows(conn: Connection, *, kind: str | None) -> list[Row]:
    """The last definition for each set of conditions, where it is not retired."""
    return await conn.fetch(
        """
        SELECT f.* FROM (
            SELECT DISTINCT ON (o.kind, o.book_id, o.party_id, o.currency, o.from_amount_minor)
                o.flow_version, o.kind, o.name, o.book_id, o.party_id, o.currency, o.from_amount_minor, o.steps,
                o.defined_by, o.defined_at, o.is_retired
            FROM approval_flow AS o
            WHERE o.platform_id = $1 AND ($2::text IS NULL OR o.kind = $2)
            ORDER BY o.kind, o.book_id, o.party_id, o.currency, o.from_amount_minor, o.flow_version DESC
        ) AS f
        WHERE NOT f.is_retired ORDER BY f.kind, f.flow_version
        """,
        conn.platform_id,
        kind,
    )


_DELEGATIONS = directed("""
    SELECT d.delegation_id, d.from_actor, d.to_actor, d.kind, d.starts_at, d.ends_at, d.ended_at, d.reason
    FROM approval_delegation AS d
    WHERE d.platform_id = $1 AND ($2::text IS NULL OR $2 IN (d.from_actor, d.to_actor))
        AND d.ends_at > $3 AND (d.ended_at IS NULL OR d.ended_at > $3)
        AND ($4::bigint IS NULL OR d.delegation_id < $4) AND ($5::bigint IS NULL OR d.delegation_id > $5)
    ORDER BY d.delegation_id DESC_ LIMIT $6
""")


async def list_delegations(conn: Connection, *, actor: str | None, now: datetime, span: Span) -> list[Row]:
    """Delegations that have not ended, the last made first."""
    after, before = span.bounds
    return await conn.fetch(_DELEGATIONS[span.backward], conn.platform_id, actor, now, after, before, span.limit)


_OVERRIDES = directed("""
    SELECT o.override_version, o.party_id, o.approval_id, o.valid_from, o.valid_through, o.content
    FROM rate_override AS o
    WHERE o.platform_id = $1 AND (
        $2::text IS NULL OR o.party_id = (
            SELECT p.party_id FROM party AS p WHERE p.platform_id = $1 AND p.reference = $2
        )
    ) AND ($3::integer IS NULL OR o.override_version < $3) AND ($4::integer IS NULL OR o.override_version > $4)
    ORDER BY o.override_version DESC_ LIMIT $5
""")


async def list_overrides(conn: Connection, *, party: str | None, span: Span) -> list[Row]:
    """Rates of merchants' own, the last granted first."""
    after, before = span.bounds
    return await conn.fetch(_OVERRIDES[span.backward], conn.platform_id, party, after, before, span.limit)
