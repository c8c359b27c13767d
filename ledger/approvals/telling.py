"""The events of approvals: how everybody who is concerned hears of them. They are the operator's own business."""

from datetime import datetime

from ledger.approvals.model import Approval
from ledger.compact_json import write_json
from ledger.journal.model import EventDraft

# Why a request was passed on.
NOBODY_THERE = "NOBODY_THERE"
OVERDUE = "OVERDUE"


def tell(what: str, approval: Approval, *, now: datetime, **facts: object) -> EventDraft:
    """
    Make the event `approval.<what>` of a request as it stands now.

    No party is named in it: who decides, and on what step, is not told to those whom it is about. Their own documents
    tell them what came of it.
    """
    payload = {
        "approval": approval.approval_id,
        "kind": approval.kind.value,
        "subject": approval.subject,
        "digest": approval.digest.hex(),
        "status": approval.status.value,
        "step": approval.step,
        "maker": approval.maker,
        "awaited": list(approval.awaited),
        **facts,
    }
    text = write_json(payload)
    return EventDraft(f"approval.{what}", f"approval/{approval.approval_id}", now, (), text)
