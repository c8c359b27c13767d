"""Parties come in lists of thousands, parents before children, each with its own outcome."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import astuple
from datetime import datetime

from ledger.actor import Actor
from ledger.compact_json import write_json
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.books import Book
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft, Refused
from ledger.journal.platforms import open_books
from ledger.journal.telling import log_events
from ledger.parties import sql
from ledger.parties.errors import PartyConflict, PartyMissing, PartyNotActive, SecondRoot
from ledger.parties.finding import to_party
from ledger.parties.model import Party, PartyDraft, Registered
from ledger.parties.rules import check_parent_kind

Outcome = Registered | Refused
# Why a party that is not there yet may not be registered as it is described, by rules of floors above this one.
Judge = Callable[[PartyDraft], LedgerError | None]

# How much programs tell, by number; an operator's record says with which one the log of its platform began. Since 1
# every bank file and every source is told of, so a row that was not told of is nobody's; since 2 so is every refused
# line of a source, what a chargeback found gone, and every order that its channel could not split any more.
TELLS = 2


async def register_parties(
    conn: Connection,
    *,
    drafts: Sequence[PartyDraft],
    actor: Actor,
    now: datetime,
    judge: Judge = lambda draft: None,
) -> list[Outcome]:
    """
    Register parties; one outcome per draft, in order. Parents come before their children, in this list or earlier.

    The same draft again is a replay, also after the party was moved. Five statements, whatever the number of parties.

    Refusals, first match wins: PartyConflict, those of `judge`, SecondRoot, PartyMissing (the parent), PartyNotActive
        (the parent), ParentKindNotAllowed.
    """
    await lock_log(conn)
    names = {draft.reference for draft in drafts} | {draft.parent for draft in drafts if draft.parent}
    rows = await sql.find_parties(conn, references=list(names))
    registry = _Registry(
        parties={row["reference"]: to_party(row) for row in rows},
        fingerprints={row["reference"]: row["fingerprint"] for row in rows},
        root=await _find_root(conn) if any(draft.parent is None for draft in drafts) else None,
        spare_ids=[],
        judge=judge,
    )
    fresh = {draft.reference for draft in drafts} - registry.parties.keys()
    registry.spare_ids = (await sql.reserve_ids(conn, count=len(fresh)))[::-1] if fresh else []
    outcomes = [registry.admit(draft) for draft in drafts]
    await _write(conn, registry, actor=actor, now=now)
    return outcomes


class _Registry:
    """What is registered, moved forward draft by draft."""

    def __init__(
        self,
        *,
        parties: dict[str, Party],
        fingerprints: dict[str, bytes],
        root: Party | None,
        spare_ids: list[int],
        judge: Judge,
    ) -> None:
        self.parties = parties
        self.fingerprints = fingerprints
        self.root = root
        self.spare_ids = spare_ids
        self.judge = judge
        self.admitted: list[tuple[PartyDraft, Party, Party | None]] = []

    def admit(self, draft: PartyDraft) -> Outcome:
        mark = fingerprint(draft)
        known = self.parties.get(draft.reference)
        if known is not None:
            if self.fingerprints[draft.reference] == mark:
                return Registered(known.party_id, known.reference, replayed=True)
            return Refused(PartyConflict(field=("reference",), reference=draft.reference))
        parent = self.parties.get(draft.parent) if draft.parent else None
        refusal = self.judge(draft) or self._refuse(draft, parent)
        if refusal is not None:
            return Refused(refusal)
        party = Party(
            party_id=self.spare_ids.pop(),
            reference=draft.reference,
            kind=draft.kind,
            name=draft.name,
            parent_id=parent.party_id if parent else None,
            status="ACTIVE",
            currency=draft.currency,
            time_zone=draft.time_zone,
        )
        self.parties[draft.reference] = party
        self.fingerprints[draft.reference] = mark
        self.root = self.root or (party if parent is None else None)
        self.admitted.append((draft, party, parent))
        return Registered(party.party_id, party.reference, replayed=False)

    def _refuse(self, draft: PartyDraft, parent: Party | None) -> LedgerError | None:
        if draft.parent is None:
            return SecondRoot(field=("kind",), reference=self.root.reference) if self.root else None
        if parent is None:
            return PartyMissing(field=("parent",), reference=draft.parent)
        if parent.status == "CLOSED":
            return PartyNotActive(field=("parent",), reference=parent.reference, status=parent.status)
        return check_parent_kind(draft.kind, parent.kind, field="parent")


def fingerprint(draft: PartyDraft) -> bytes:
    """SHA-256 of everything that was said of a party."""
    return hashlib.sha256(json.dumps(astuple(draft), ensure_ascii=False).encode()).digest()


async def _find_root(conn: Connection) -> Party | None:
    row = await sql.find_root(conn)
    return to_party(row) if row else None


async def _write(conn: Connection, registry: _Registry, *, actor: Actor, now: datetime) -> None:
    if not registry.admitted:
        return
    rows = [
        (
            party.party_id,
            party.reference,
            party.kind,
            party.parent_id,
            parent.kind if parent else None,
            party.name,
            party.currency,
            party.time_zone,
            draft.settlement,
            draft.metadata,
            registry.fingerprints[party.reference],
        )
        for draft, party, parent in registry.admitted
    ]
    await sql.insert_parties(conn, rows=transpose(rows))
    books = [
        Book(party.party_id, party.reference, party.time_zone or (parent.time_zone if parent else None) or "UTC")
        for _, party, parent in registry.admitted
        if party.kind == "LEGAL_ENTITY"
    ]
    await open_books(conn, books=books)
    events = [
        EventDraft(
            kind="party.registered",
            subject=f"party/{party.reference}",
            occurred_at=now,
            parties=(party.party_id,),
            payload=write_json(_describe(party, draft)),
        )
        for draft, party, _ in registry.admitted
    ]
    await log_events(conn, events=events, actor=actor)


def _describe(party: Party, draft: PartyDraft) -> dict[str, object]:
    said: dict[str, object] = {"party": party.reference, "kind": party.kind, "parent": draft.parent}
    # An operator is the first thing that the log of a platform tells.
    return said if party.kind != "OPERATOR" else {**said, "tells": TELLS}
