"""Receipts in lanes, each a call of one function of the ledger."""

from collections.abc import Sequence
from datetime import datetime

from app.lanes.calls import make_batch_kind
from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.journal.model import Refused
from ledger.settlement.receipts.assigning import assign_receipts
from ledger.settlement.receipts.matching import match_receipts
from ledger.settlement.receipts.model import (
    Assigned,
    AssignmentDraft,
    MatchDraft,
    MatchStep,
    ReceiptDraft,
    RecordedReceipt,
    ReturnDraft,
    Returned,
    ToleranceDraft,
    Tolerated,
    UnmatchDraft,
)
from ledger.settlement.receipts.recording import record_receipts
from ledger.settlement.receipts.returning import return_receipts
from ledger.settlement.receipts.tolerating import set_tolerances
from ledger.settlement.receipts.unmatching import unmatch_receipts


async def _record(
    conn: Connection, drafts: list[ReceiptDraft], actor: Actor, now: datetime
) -> Sequence[RecordedReceipt | Refused]:
    return await record_receipts(conn, drafts=drafts, actor=actor, now=now)


async def _match(
    conn: Connection, drafts: list[MatchDraft], actor: Actor, now: datetime
) -> Sequence[MatchStep | Refused]:
    return await match_receipts(conn, drafts=drafts, actor=actor, now=now)


async def _unmatch(
    conn: Connection, drafts: list[UnmatchDraft], actor: Actor, now: datetime
) -> Sequence[MatchStep | Refused]:
    return await unmatch_receipts(conn, drafts=drafts, actor=actor, now=now)


async def _return(
    conn: Connection, drafts: list[ReturnDraft], actor: Actor, now: datetime
) -> Sequence[Returned | Refused]:
    return await return_receipts(conn, drafts=drafts, actor=actor, now=now)


async def _assign(
    conn: Connection, drafts: list[AssignmentDraft], actor: Actor, now: datetime
) -> Sequence[Assigned | Refused]:
    return await assign_receipts(conn, drafts=drafts, actor=actor, now=now)


async def _tolerate(
    conn: Connection, drafts: list[ToleranceDraft], actor: Actor, now: datetime
) -> Sequence[Tolerated | Refused]:
    return await set_tolerances(conn, drafts=drafts, actor=actor, now=now)


RECORD_RECEIPTS = make_batch_kind("record_receipts", _record)
MATCH_RECEIPTS = make_batch_kind("match_receipts", _match)
UNMATCH_RECEIPTS = make_batch_kind("unmatch_receipts", _unmatch)
RETURN_RECEIPTS = make_batch_kind("return_receipts", _return)
ASSIGN_RECEIPTS = make_batch_kind("assign_receipts", _assign)
SET_TOLERANCES = make_batch_kind("set_receipt_tolerances", _tolerate)
