"""Agreements made: how much of what a party leaves with us, for how long, and on what ground."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from ledger import money
from ledger.actor import Actor
from ledger.approvals.digests import digest_content
from ledger.compact_json import write_json
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.errors import BookMissing
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft, Refused
from ledger.journal.telling import log_events
from ledger.parties.errors import PartyMissing, PartyNotActive
from ledger.parties.finding import find_parties
from ledger.parties.model import Party
from ledger.settlement.deposits import sql
from ledger.settlement.deposits.errors import DepositConflict
from ledger.settlement.deposits.model import Agreed, AgreementDraft
from ledger.settlement.payables import get_code
from ledger.settlement.repeating import answer_each, cut_where_it_differs, find_first

Outcome = Agreed | Refused


class _Fit(NamedTuple):
    draft: AgreementDraft
    party: Party
    entity: Party


async def agree_deposits(
    conn: Connection, *, drafts: Sequence[AgreementDraft], actor: Actor, now: datetime
) -> list[Outcome]:
    """
    Make agreements; one outcome per draft, in order. The same one again is a replay. Nothing moves yet.

    Refusals, first match wins: DepositConflict, PartyMissing, BookMissing, PartyEarnsNothing, PartyNotActive when the
        party is closed: what it left with us stays, and it leaves no more.
    """
    await lock_log(conn)
    outcomes: list[Outcome] = []
    for stretch in cut_where_it_differs(drafts, key=lambda draft: draft.reference):
        outcomes += await _agree_stretch(conn, stretch, actor=actor, now=now)
    return outcomes


async def _agree_stretch(
    conn: Connection, drafts: Sequence[AgreementDraft], *, actor: Actor, now: datetime
) -> list[Outcome]:
    references = [draft.reference for draft in drafts]
    first = find_first(references)
    known = {row["reference"]: row for row in await sql.find_agreements(conn, references=references)}
    parties = await find_parties(conn, references={name for d in drafts for name in (d.party, d.legal_entity)})
    verdicts: dict[int, Outcome] = {}
    fits: dict[int, _Fit] = {}
    for place, draft in enumerate(drafts):
        if first[place] != place:
            continue
        row = known.get(draft.reference)
        try:
            if row is not None:
                _check_same(draft, row["fingerprint"])
                verdicts[place] = Agreed(row["agreement_id"], draft.reference, True)
            else:
                fits[place] = _Fit(draft, *_resolve(draft, parties))
        except LedgerError as refusal:
            verdicts[place] = Refused(refusal)
    ids = await _write(conn, list(fits.values()), actor=actor, now=now)
    for place, fit in fits.items():
        verdicts[place] = Agreed(ids[fit.draft.reference], fit.draft.reference, False)
    return answer_each(verdicts, first=first)


def _check_same(draft: AgreementDraft, fingerprint: bytes) -> None:
    if digest_content(draft.content) != fingerprint:
        raise DepositConflict(field=("reference",), reference=draft.reference)


def _resolve(draft: AgreementDraft, parties: Mapping[str, Party]) -> tuple[Party, Party]:
    party, entity = parties.get(draft.party), parties.get(draft.legal_entity)
    if party is None:
        raise PartyMissing(field=("party",), reference=draft.party)
    if entity is None or entity.kind != "LEGAL_ENTITY":
        raise BookMissing(field=("legalEntity",), book=draft.legal_entity)
    get_code(party, field="party")
    if party.status == "CLOSED":
        raise PartyNotActive(field=("party",), reference=draft.party, status=party.status)
    return party, entity


async def _write(conn: Connection, fits: Sequence[_Fit], *, actor: Actor, now: datetime) -> dict[str, int]:
    """Write the agreements with their events; their numbers by reference."""
    if not fits:
        return {}
    rows = [
        (
            *(draft.reference, party.party_id, entity.party_id, draft.base, draft.target, draft.cap, now),
            *(draft.months, draft.currency, draft.kind.value, draft.role or party.kind, draft.basis.value),
            *("" if draft.rate is None else money.format_rate(draft.rate), draft.shortfall.value),
            *(draft.release.value, draft.legal_ground, actor.name, digest_content(draft.content)),
        )
        for draft, party, entity in fits
    ]
    written = await sql.insert_agreements(conn, rows=transpose(rows))
    ids = {row["reference"]: row["agreement_id"] for row in written}
    events = [
        EventDraft(
            kind="deposit.agreed",
            subject=f"deposit-agreement/{fit.draft.reference}",
            occurred_at=now,
            parties=tuple(dict.fromkeys((fit.entity.party_id, fit.party.party_id))),
            payload=write_json({"agreement": ids[fit.draft.reference], "agreed": json.loads(fit.draft.content)}),
        )
        for fit in fits
    ]
    await log_events(conn, events=events, actor=actor)
    return ids
