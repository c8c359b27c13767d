"""Posting and reversing by people and their programs, who may not touch what a document owns."""

from collections.abc import Sequence
from datetime import datetime

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.journal import platform_sql
from ledger.journal.dating import furthest_day
from ledger.journal.errors import OwnedByDocument, Why
from ledger.journal.model import EntryDraft, Refused
from ledger.journal.posting import Outcome, post_entries
from ledger.journal.reversing import Reversal, mirror


async def post_manual_entries(
    conn: Connection, *, drafts: Sequence[EntryDraft], actor: Actor, now: datetime
) -> list[Outcome]:
    """
    `post_entries` for callers outside, who may date an entry 400 days ahead at most; one outcome per draft, in order.

    Refusals: OwnedByDocument first, then those of `post_entries`.
    """
    owned = await _owned_codes(conn)
    refused = {place: refusal for place, draft in enumerate(drafts) if (refusal := _find_owned(draft, owned))}
    posted = iter(
        await post_entries(
            conn,
            drafts=[draft for place, draft in enumerate(drafts) if place not in refused],
            actor=actor,
            latest=furthest_day(now),
        )
    )
    return [refused.get(place) or next(posted) for place in range(len(drafts))]


async def reverse_manual_entries(
    conn: Connection, *, reversals: Sequence[Reversal], actor: Actor, now: datetime
) -> list[Outcome]:
    """
    `reverse_entries` for callers outside; one outcome per reversal, in order.

    Refusals, first match wins: EntryMissing, OwnedByDocument, then those of `post_entries`.
    """
    drafts = await mirror(conn, reversals=reversals)
    judged = [_refuse_document(draft) if isinstance(draft, EntryDraft) else draft for draft in drafts]
    posted = iter(
        await post_manual_entries(
            conn, drafts=[draft for draft in judged if isinstance(draft, EntryDraft)], actor=actor, now=now
        )
    )
    return [next(posted) if isinstance(draft, EntryDraft) else draft for draft in judged]


async def _owned_codes(conn: Connection) -> frozenset[str]:
    """The codes that documents own; the chart of a platform does not change while the program runs."""
    owned: frozenset[str] | None = conn.memory.get("owned_codes")
    if owned is None:
        owned = frozenset(row["code"] for row in await platform_sql.find_owned_codes(conn))
        conn.memory["owned_codes"] = owned
    return owned


def _find_owned(draft: EntryDraft, owned: frozenset[str]) -> Refused | None:
    for position, line in enumerate(draft.lines):
        if line.account.code in owned:
            where = ("lines", str(position), "account")
            return Refused(OwnedByDocument(field=where, what=Why.THE_ACCOUNT, account=line.account.code))
    return None


def _refuse_document(draft: EntryDraft) -> EntryDraft | Refused:
    if draft.document:
        return Refused(
            OwnedByDocument(field=("entry",), what=Why.THE_ENTRY, entry=draft.reversal_of, document=draft.document)
        )
    return draft
