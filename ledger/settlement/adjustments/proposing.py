"""Adjustments proposed: judged, then posted at once or waiting for approval."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from ledger.actor import Actor
from ledger.approvals.digests import digest_content
from ledger.approvals.flows import choose_flow, find_flows
from ledger.approvals.model import ApprovalRequest, Kind
from ledger.approvals.requesting import request_by_place
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.books import resolve_books
from ledger.journal.errors import BookMissing
from ledger.journal.log import lock_log
from ledger.journal.model import Refused
from ledger.parties.errors import PartyMissing
from ledger.parties.finding import find_parties
from ledger.parties.model import Party
from ledger.settlement.adjustments import sql
from ledger.settlement.adjustments.errors import AdjustmentConflict, AdjustmentForClosedParty, AdjustmentMovesNothing
from ledger.settlement.adjustments.model import Adjustment, AdjustmentDraft, AdjustmentKind, Proposed
from ledger.settlement.adjustments.posting import post_adjustments, tell
from ledger.settlement.naming import check_named, find_unknown
from ledger.settlement.payables import get_code
from ledger.settlement.repeating import answer_each, cut_where_it_differs, find_first

Outcome = Proposed | Refused

# What is said in parts within this time is one adjustment to whoever has to agree to it.
ADDS_UP_FOR = timedelta(days=1)


async def propose_adjustments(
    conn: Connection, *, drafts: Sequence[AdjustmentDraft], maker: Actor, now: datetime
) -> list[Outcome]:
    """
    Propose adjustments; one outcome per draft, in order. The same one again is a replay and says how it stands.

    Posted at once where no flow asks for approval, else PROPOSED until somebody else decides. The flow is chosen by all
    of its kind between the same parties within a day that nobody was asked about, in that legal entity and currency. An
    adjustment against a party may leave it owing us: that is what the next sheet says. Written under the
    log's lock.

    Who is blocked or closed still has what he has, and it may be corrected. But a closed party takes no new business:
    it may owe more, and what it gets is of an order.

    Refusals, first match wins: AdjustmentConflict, PartyMissing, BookMissing, PartyEarnsNothing,
        AdjustmentMovesNothing, AdjustmentForClosedParty, NamedOrderMissing, NamedLineMissing.
    """
    await lock_log(conn)
    outcomes: list[Outcome] = []
    for stretch in cut_where_it_differs(drafts, key=lambda draft: draft.reference):
        outcomes += await _propose_stretch(conn, stretch, maker=maker, now=now)
    return outcomes


async def _propose_stretch(
    conn: Connection, drafts: Sequence[AdjustmentDraft], *, maker: Actor, now: datetime
) -> list[Outcome]:
    first = find_first(draft.reference for draft in drafts)
    verdicts: dict[int, Outcome] = {}
    fits = await _judge(conn, drafts, first, verdicts)
    requests = await _list_requests(conn, fits, now=now)
    approvals = await request_by_place(conn, requests=requests, maker=maker, now=now)
    going = {place: fit for place, fit in fits.items() if place not in approvals}
    books = await resolve_books(conn, book_ids={fit.book_id for fit in fits.values()})
    told = [tell("proposed", fits[place], book=books[fits[place].book_id], now=now) for place in approvals]
    posted = await post_adjustments(conn, adjustments=list(going.values()), told=told, actor=maker, now=now)
    sequences = dict(zip(going, posted, strict=True))
    for place, fit in fits.items():
        approval_id = approvals[place].approval_id if place in approvals else None
        status = "POSTED" if place in sequences else "PROPOSED"
        verdicts[place] = Proposed(fit.draft.reference, status, sequences.get(place, 0), False, approval_id)
    await _write(conn, fits, verdicts, maker=maker, now=now)
    return answer_each(verdicts, first=first)


async def _judge(
    conn: Connection, drafts: Sequence[AdjustmentDraft], first: Sequence[int], verdicts: dict[int, Outcome]
) -> dict[int, Adjustment]:
    """What nothing stands against, by its place, the first of each reference only."""
    known = {r["reference"]: r for r in await sql.find_adjustments(conn, references=[d.reference for d in drafts])}
    names = {name for d in drafts for name in (d.party, d.legal_entity, d.counterparty) if name}
    parties = await find_parties(conn, references=names)
    unknown = await find_unknown(conn, named={(d.order, d.line) for d in drafts if d.reference not in known})
    fits: dict[int, Adjustment] = {}
    for place, draft in enumerate(drafts):
        if first[place] != place:
            continue
        row = known.get(draft.reference)
        try:
            if row is not None:
                _check_same(draft, row["fingerprint"])
                verdicts[place] = Proposed(
                    draft.reference, row["status"], row["sequence"] or 0, True, row["approval_id"]
                )
            else:
                fit = resolve_adjustment(draft, parties)
                check_named(draft.order, draft.line, unknown=unknown)
                fits[place] = fit
        except LedgerError as refusal:
            verdicts[place] = Refused(refusal)
    return fits


def _check_same(draft: AdjustmentDraft, fingerprint: bytes) -> None:
    if digest_content(draft.content) != fingerprint:
        raise AdjustmentConflict(field=("reference",), reference=draft.reference)


def resolve_adjustment(draft: AdjustmentDraft, parties: Mapping[str, Party]) -> Adjustment:
    """From references to parties and accounts; pure. Refusals as propose_adjustments."""
    party, entity = parties.get(draft.party), parties.get(draft.legal_entity)
    if party is None:
        raise PartyMissing(field=("party",), reference=draft.party)
    if entity is None or entity.kind != "LEGAL_ENTITY":
        raise BookMissing(field=("legalEntity",), book=draft.legal_entity)
    own = get_code(party, draft.account, field="party")
    if draft.kind is AdjustmentKind.PENALTY:
        return Adjustment(draft, party.party_id, None, entity.party_id, own, "4040")
    if draft.kind is AdjustmentKind.COMPENSATION:
        check_receiver(draft, parties)
        return Adjustment(draft, party.party_id, None, entity.party_id, "5060", own)
    other = parties.get(draft.counterparty)
    if other is None:
        raise PartyMissing(field=("counterparty",), reference=draft.counterparty)
    named = own if draft.kind is AdjustmentKind.CORRECTION else draft.counter_account
    gets = get_code(other, named, field="counterparty")
    if (other.party_id, gets) == (party.party_id, own):
        raise AdjustmentMovesNothing(field=("counterparty",), account=own, party=draft.party)
    check_receiver(draft, parties)
    return Adjustment(draft, party.party_id, other.party_id, entity.party_id, own, gets)


def check_receiver(draft: AdjustmentDraft, parties: Mapping[str, Party]) -> None:
    """Pure. Refusals: AdjustmentForClosedParty where who gets something is closed, and it is not of an order."""
    if draft.kind is AdjustmentKind.PENALTY or draft.order or draft.counterparty == draft.party:
        return
    field, gets = ("counterparty", draft.counterparty) if draft.counterparty else ("party", draft.party)
    if parties[gets].status == "CLOSED":
        raise AdjustmentForClosedParty(field=(field,), party=gets)


async def _list_requests(
    conn: Connection, fits: Mapping[int, Adjustment], *, now: datetime
) -> dict[int, ApprovalRequest]:
    """What is asked for each, by its place, in their order: each adds to those before it that nobody is asked about."""
    flows = await find_flows(conn, kinds={Kind.ADJUSTMENT}) if fits else ()
    if not flows:
        return {place: _request(fit, stake=fit.draft.amount) for place, fit in fits.items()}
    parties = sorted({fit.party_id for fit in fits.values()})
    rows = await sql.sum_unasked(conn, party_ids=parties, since=now - ADDS_UP_FOR)
    sums = {
        (row["party_id"], row["counterparty_id"], row["book_id"], row["currency"], row["kind"]): row["amount_minor"]
        for row in rows
    }
    requests: dict[int, ApprovalRequest] = {}
    for place, fit in fits.items():
        key = (fit.party_id, fit.counterparty_id, fit.book_id, fit.draft.currency, fit.draft.kind.value)
        stake = sums.get(key, 0) + fit.draft.amount
        requests[place] = _request(fit, stake=stake)
        if choose_flow(flows, request=requests[place]) is None:
            sums[key] = stake
    return requests


def _request(adjustment: Adjustment, *, stake: int) -> ApprovalRequest:
    draft = adjustment.draft
    return ApprovalRequest(
        kind=Kind.ADJUSTMENT,
        subject=f"adjustment/{draft.reference}",
        digest=digest_content(draft.content),
        # In parts it would be below an amount that the whole of it reaches.
        amount_minor=stake,
        currency=draft.currency,
        book_id=adjustment.book_id,
        party_id=adjustment.party_id,
        description=f"{draft.kind} of {draft.party}: {draft.reason}",
        content=draft.content,
        counterparty_id=adjustment.counterparty_id,
    )


async def _write(
    conn: Connection,
    fits: Mapping[int, Adjustment],
    verdicts: Mapping[int, Outcome],
    *,
    maker: Actor,
    now: datetime,
) -> None:
    rows = []
    for place, fit in fits.items():
        draft, verdict = fit.draft, verdicts[place]
        assert isinstance(verdict, Proposed), "what fits was posted or waits"
        is_posted = verdict.status == "POSTED"
        rows.append(
            (
                *(draft.reference, draft.kind.value, fit.party_id, fit.counterparty_id, fit.book_id),
                *(verdict.approval_id, verdict.sequence or None, draft.amount, draft.currency, fit.debit_code),
                *(fit.credit_code, verdict.status, draft.reason, draft.order, draft.line, maker.name, now),
                *((maker.name, now) if is_posted else ("", None)),
                *(draft.evidence_sha256, digest_content(draft.content)),
            )
        )
    if rows:
        await sql.insert_adjustments(conn, rows=transpose(rows))
