"""The events of approvals: how everybody who is concerned hears of them. They are the operator's own business."""

import json
from collections.abc import Sequence
from datetime import datetime

from ledger.approvals.model import Approval
from ledger.journal.model import EventDraft


def tell(what: str, approval: Approval, *, now: datetime, awaited: Sequence[str] = (), **facts: object) -> EventDraft:
    """
    Make the event `approval.<what>`; `awaited` names whom the request waits for now.

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
        "awaited": list(awaited),
        **facts,
    }
    text = json.dumps(payload, ensure_ascii=False)
    return EventDraft(f"approval.{what}", f"approval/{approval.approval_id}", now, (), text)
