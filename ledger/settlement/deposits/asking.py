"""What people are asked about the end of an agreement, and that it is outdated once what is billed has changed."""

from collections.abc import Collection
from datetime import datetime

from ledger import money
from ledger.actor import Actor
from ledger.approvals.digests import digest_content, write_content
from ledger.approvals.finding import find_waiting
from ledger.approvals.model import ApprovalRequest, Kind
from ledger.approvals.withdrawing import overtake
from ledger.db.transacting import Connection
from ledger.settlement.deposits.model import Agreement, EndingDraft
from ledger.settlement.deposits.parsing import ENDING

# How the subjects of agreements begin; those of slices begin with deposit/.
AGREEMENTS = "deposit-agreement/"


def draft_request(draft: EndingDraft, *, agreement: Agreement, due: int) -> ApprovalRequest:
    """What is asked before an agreement ends: who agrees sees what lapses with it."""
    currency = agreement.currency
    lapses = {"amount": money.format_amount(due, currency=currency)} if due else {}
    said = {"step": ENDING, "agreement": draft.agreement, "reason": draft.reason, "currency": currency, **lapses}
    content = write_content(said)
    return ApprovalRequest(
        kind=Kind.DEPOSIT,
        subject=f"{AGREEMENTS}{draft.agreement}",
        digest=digest_content(content),
        amount_minor=due,
        currency=currency,
        book_id=agreement.book_id,
        party_id=agreement.party_id,
        description=f"Deposit agreement of {agreement.party}, ended: {draft.reason}",
        content=content,
    )


async def outdate_endings(conn: Connection, *, agreements: Collection[str], actor: Actor, now: datetime) -> None:
    """
    End what is asked about the end of these agreements: what would lapse with it is not what was shown any more, or it
    has ended. The log is locked; no statement where there are none.
    """
    if not agreements:
        return
    subjects = [f"{AGREEMENTS}{reference}" for reference in sorted(agreements)]
    waiting = await find_waiting(conn, kinds=[Kind.DEPOSIT], subjects=subjects)
    if waiting:
        asked = [each.approval_id for each in waiting]
        await overtake(conn, approval_ids=asked, reason="what was asked for has changed", actor=actor, now=now)
