"""Holds, deposits and adjustments in lanes, each a call of one function of the ledger."""

from collections.abc import Sequence
from datetime import datetime

from app.lanes.calls import make_batch_kind, make_draft_kind, make_single_kind
from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.journal.model import Refused
from ledger.settlement.adjustments.model import AdjustmentDraft, Proposed
from ledger.settlement.adjustments.proposing import propose_adjustments
from ledger.settlement.deposits.agreeing import agree_deposits
from ledger.settlement.deposits.discharging import discharge_slices
from ledger.settlement.deposits.ending import end_agreements
from ledger.settlement.deposits.paying import pay_claims
from ledger.settlement.deposits.receiving import record_cash
from ledger.settlement.deposits.retaining import retain_from_sheets
from ledger.settlement.holds.lifting import lift_holds
from ledger.settlement.holds.placing import place_holds


async def _retain(conn: Connection, sheet_ids: tuple[int, ...], actor: Actor, now: datetime) -> list[int]:
    return await retain_from_sheets(conn, sheet_ids=sheet_ids, now=now, actor=actor)


async def _propose(
    conn: Connection, drafts: list[AdjustmentDraft], actor: Actor, now: datetime
) -> Sequence[Proposed | Refused]:
    return await propose_adjustments(conn, drafts=drafts, maker=actor, now=now)


PLACE_HOLDS = make_draft_kind("place_holds", place_holds)
LIFT_HOLDS = make_draft_kind("lift_holds", lift_holds)
AGREE_DEPOSITS = make_draft_kind("agree_deposits", agree_deposits)
END_DEPOSIT_AGREEMENTS = make_draft_kind("end_deposit_agreements", end_agreements)
RECORD_DEPOSIT_CASH = make_draft_kind("record_deposit_cash", record_cash)
RETAIN_DEPOSITS = make_single_kind("retain_deposits", _retain)
DISCHARGE_SLICES = make_draft_kind("discharge_slices", discharge_slices)
PAY_DEPOSIT_CLAIMS = make_draft_kind("pay_deposit_claims", pay_claims)
PROPOSE_ADJUSTMENTS = make_batch_kind("propose_adjustments", _propose)
