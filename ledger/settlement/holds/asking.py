"""What people are asked about a hold that somebody wants to place, and whether they were asked before."""

import re
from collections.abc import Mapping
from dataclasses import replace

from ledger.approvals.digests import digest_content
from ledger.approvals.finding import find_same
from ledger.approvals.flows import choose_flow, find_flows
from ledger.approvals.model import ApprovalRequest, Kind
from ledger.db.transacting import Connection
from ledger.settlement.holds.model import HoldDraft

# As the subjects of liftings go on after hold/: the hold's number, and what calls the lifting.
_LIKE_A_LIFTING = re.compile("[0-9]+/lift/")


def draft_request(draft: HoldDraft, *, book_id: int, party_id: int) -> ApprovalRequest:
    """What is asked before a hold is placed; one that is called as liftings are stands in the way of none of them."""
    is_odd = _LIKE_A_LIFTING.match(draft.reference)
    return ApprovalRequest(
        kind=Kind.HOLD,
        subject=f"hold-named/{draft.reference}" if is_odd else f"hold/{draft.reference}",
        digest=digest_content(draft.content),
        amount_minor=draft.amount,
        currency=draft.currency,
        book_id=book_id,
        party_id=party_id,
        description=f"Hold of {draft.party}: {draft.legal_ground}",
        content=draft.content,
    )


async def find_asked(conn: Connection, *, requests: Mapping[int, ApprovalRequest]) -> dict[int, ApprovalRequest]:
    """Those of these that somebody has to agree to."""
    flows = await find_flows(conn, kinds=[Kind.HOLD]) if requests else []
    return {place: request for place, request in requests.items() if choose_flow(flows, request=request)}


async def find_waiting_holds(conn: Connection, *, requests: Mapping[int, ApprovalRequest]) -> dict[int, int]:
    """What was asked for before in just these words and waits, by place; in older stores all began with hold/."""
    older = {
        place: replace(request, subject=request.subject.replace("hold-named/", "hold/", 1))
        for place, request in requests.items()
        if request.subject.startswith("hold-named/")
    }
    return {**await find_same(conn, requests=older), **await find_same(conn, requests=requests)}
