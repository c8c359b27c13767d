"""Holds, deposits and adjustments in lanes, each a call of one function of the ledger."""

from collections.abc import Sequence
from datetime import datetime

from app.lanes.calls import make_batch_kind, make_single_kind
from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.journal.model import Refused
from ledger.settlement.adjustments.model import AdjustmentDraft, Proposed
from ledger.settlement.adjustments.proposing import propose_adjustments
from ledger.settlement.deposits.agreeing import agree_deposits
from ledger.settlement.deposits.discharging import discharge_slices
from ledger.settlement.deposits.model import Agreed, AgreementDraft, CashDraft, DischargeDraft, Moved
from ledger.settlement.deposits.receiving import record_cash
from ledger.settlement.deposits.retaining import retain_from_sheets
from ledger.settlement.holds.lifting import lift_holds
from ledger.settlement.holds.model import HoldDraft, LiftDraft, Lifted, Placed
from ledger.settlement.holds.placing import place_holds


async def _place(conn: Connection, drafts: list[HoldDraft], actor: Actor, now: datetime) -> Sequence[Placed | Refused]:
    return await place_holds(conn, drafts=drafts, actor=actor, now=now)


async def _lift(conn: Connection, drafts: list[LiftDraft], actor: Actor, now: datetime) -> Sequence[Lifted | Refused]:
    return await lift_holds(conn, drafts=drafts, actor=actor, now=now)


async def _agree(
    conn: Connection, drafts: list[AgreementDraft], actor: Actor, now: datetime
) -> Sequence[Agreed | Refused]:
    return await agree_deposits(conn, drafts=drafts, actor=actor, now=now)


async def _record(conn: Connection, drafts: list[CashDraft], actor: Actor, now: datetime) -> Sequence[Moved | Refused]:
    return await record_cash(conn, drafts=drafts, actor=actor, now=now)


async def _discharge(
    conn: Connection, drafts: list[DischargeDraft], actor: Actor, now: datetime
) -> Sequence[Moved | Refused]:
    return await discharge_slices(conn, drafts=drafts, actor=actor, now=now)


async def _retain(conn: Connection, sheet_ids: tuple[int, ...], actor: Actor, now: datetime) -> list[int]:
    return await retain_from_sheets(conn, sheet_ids=sheet_ids, now=now, actor=actor)


async def _propose(
    conn: Connection, drafts: list[AdjustmentDraft], actor: Actor, now: datetime
) -> Sequence[Proposed | Refused]:
    return await propose_adjustments(conn, drafts=drafts, maker=actor, now=now)


PLACE_HOLDS = make_batch_kind("place_holds", _place)
LIFT_HOLDS = make_batch_kind("lift_holds", _lift)
AGREE_DEPOSITS = make_batch_kind("agree_deposits", _agree)
RECORD_DEPOSIT_CASH = make_batch_kind("record_deposit_cash", _record)
RETAIN_DEPOSITS = make_single_kind("retain_deposits", _retain)
DISCHARGE_SLICES = make_batch_kind("discharge_slices", _discharge)
PROPOSE_ADJUSTMENTS = make_batch_kind("propose_adjustments", _propose)
