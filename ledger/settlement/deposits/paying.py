"""Claims for the buyers of an order that were paid to them: what stands on 2070 of them ends."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.log import lock_log
from ledger.journal.model import Refused
from ledger.settlement.deposits import sql
from ledger.settlement.deposits.errors import (
    DepositClaimConflict,
    DepositClaimMissing,
    DepositClaimOfParty,
    SliceMissing,
)
from ledger.settlement.deposits.model import ClaimPaymentDraft, Move, Moved, MoveKind, Slice
from ledger.settlement.deposits.moving import BANK_CODE, offer_moves, to_slice
from ledger.settlement.repeating import answer_each, cut_where_it_differs, find_first

Outcome = Moved | Refused
# Slice, kind and reference of a step.
_Steps = Mapping[tuple[int, str, str], sql.Row]


async def pay_claims(
    conn: Connection, *, drafts: Sequence[ClaimPaymentDraft], actor: Actor, now: datetime
) -> list[Outcome]:
    """
    Record that claims were paid to the buyers, each whole; one outcome per draft, in order. The same one again, which
    gives the same reason, is a replay.

    The money leaves the bank account of the slice's legal entity (Dr 2070, Cr 1010). Who had to agree did so when it
    was claimed. Written under the log's lock with events deposit.claim_paid.

    Refusals, first match wins: SliceMissing, DepositClaimMissing, DepositClaimOfParty, DepositClaimConflict,
        BalanceFloorReached where the bank account does not hold it, and what else the journal refuses.
    """
    await lock_log(conn)
    outcomes: list[Outcome] = []
    for stretch in cut_where_it_differs(drafts, key=lambda draft: (draft.slice_id, draft.claim)):
        outcomes += await _pay_stretch(conn, stretch, actor=actor, now=now)
    return outcomes


async def _pay_stretch(
    conn: Connection, drafts: Sequence[ClaimPaymentDraft], *, actor: Actor, now: datetime
) -> list[Outcome]:
    slice_ids = sorted({draft.slice_id for draft in drafts})
    parts = {row["slice_id"]: to_slice(row) for row in await sql.find_slices(conn, slice_ids=slice_ids)}
    rows = await sql.find_moves(conn, slice_ids=sorted(parts))
    steps = {(row["slice_id"], row["kind"], row["reference"]): row for row in rows}
    verdicts: dict[int, Outcome] = {}
    moves: dict[int, Move] = {}
    first = find_first((draft.slice_id, draft.claim) for draft in drafts)
    for place, draft in enumerate(drafts):
        if first[place] != place:
            continue
        try:
            claim = _find_claim(draft, parts, steps)
            paid = steps.get((draft.slice_id, MoveKind.CLAIM_PAID, draft.claim))
            if paid is None:
                moves[place] = _plan(draft, claim, parts[draft.slice_id])
                continue
            _check_same(draft, paid["reason"])
            verdicts[place] = Moved((draft.slice_id,), paid["amount_minor"], paid["sequence"], True)
        except LedgerError as refusal:
            verdicts[place] = Refused(refusal)
    posted = await offer_moves(conn, moves=list(moves.values()), actor=actor, now=now)
    for (place, move), outcome in zip(moves.items(), posted, strict=True):
        if isinstance(outcome, Refused):
            verdicts[place] = outcome
        else:
            verdicts[place] = Moved((move.after.slice_id,), move.amount, outcome.sequence, False)
    return answer_each(verdicts, first=first)


def _find_claim(draft: ClaimPaymentDraft, parts: Mapping[int, Slice], steps: _Steps) -> sql.Row:
    if draft.slice_id not in parts:
        raise SliceMissing(field=("slice",), slice=draft.slice_id)
    claim = steps.get((draft.slice_id, MoveKind.CLAIMED, draft.claim))
    if claim is None:
        raise DepositClaimMissing(field=("claim",), slice=draft.slice_id, claim=draft.claim)
    if claim["counterparty_id"] is not None:
        raise DepositClaimOfParty(field=("claim",), slice=draft.slice_id, claim=draft.claim)
    return claim


def _check_same(draft: ClaimPaymentDraft, reason: str) -> None:
    if draft.reason != reason:
        raise DepositClaimConflict(field=("claim",), slice=draft.slice_id, claim=draft.claim)


def _plan(draft: ClaimPaymentDraft, claim: sql.Row, part: Slice) -> Move:
    """The step that pays a claim; the slice stands as before."""
    amount, order = claim["amount_minor"], claim["order_reference"]
    return Move(MoveKind.CLAIM_PAID, part, amount, draft.claim, draft.reason, BANK_CODE, order=order)
