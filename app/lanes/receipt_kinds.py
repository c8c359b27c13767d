"""Receipts in lanes, each a call of one function of the ledger."""

from app.lanes.calls import make_draft_kind
from ledger.settlement.receipts.assigning import assign_receipts
from ledger.settlement.receipts.matching import match_receipts
from ledger.settlement.receipts.recording import record_receipts
from ledger.settlement.receipts.returning import return_receipts
from ledger.settlement.receipts.tolerating import set_tolerances
from ledger.settlement.receipts.unmatching import unmatch_receipts

RECORD_RECEIPTS = make_draft_kind("record_receipts", record_receipts)
MATCH_RECEIPTS = make_draft_kind("match_receipts", match_receipts)
UNMATCH_RECEIPTS = make_draft_kind("unmatch_receipts", unmatch_receipts)
RETURN_RECEIPTS = make_draft_kind("return_receipts", return_receipts)
ASSIGN_RECEIPTS = make_draft_kind("assign_receipts", assign_receipts)
SET_TOLERANCES = make_draft_kind("set_receipt_tolerances", set_tolerances)
