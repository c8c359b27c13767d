"""What a payout run would create, and who of these would wait for money; nothing is written."""

from datetime import date, datetime

from ledger.db.transacting import Connection
from ledger.reporting.payout_queue import load_queue
from ledger.settlement.payouts.creating import preview_payouts
from ledger.settlement.payouts.liquidity import Candidate, admit
from ledger.settlement.payouts.loading import load_payouts
from ledger.settlement.payouts.model import Run, Waiting
from ledger.settlement.payouts.outdating import find_outdated


async def preview_run(conn: Connection, *, through: date | None, now: datetime) -> Run:
    """
    The payouts that a run through a day, or without one, would create. `waiting` is what of sheets would be in none,
    and then the payouts that the bank accounts would not carry after those that wait to be sent already.
    """
    run = await preview_payouts(conn, through=through, now=now)
    queue, available = await load_queue(conn)
    # What its tax has outdated is cancelled where it would be sent, and keeps nobody else from his money.
    payouts = await load_payouts(conn, payout_ids=[candidate.payout_id for candidate in queue])
    outdated = await find_outdated(conn, payouts=payouts.values(), now=now)
    ahead = [candidate for candidate in queue if candidate.payout_id not in outdated]
    # What is created now gets higher numbers than everything that is there.
    first = max((candidate.payout_id for candidate in ahead), default=0) + 1
    planned = {first + place: created for place, created in enumerate(run.created) if not created.needs_approval}
    candidates = [
        Candidate(number, each.draft.paying_account_id, each.draft.due_date, each.draft.net, each.draft.fee)
        for number, each in planned.items()
    ]
    _, held = admit([*ahead, *candidates], available=available)
    behind = [
        Waiting(
            0,
            tuple(share.sheet_id for share in draft.shares),
            draft.party_id,
            draft.book_id,
            draft.currency,
            draft.due_date,
            draft.net,
            reason.value,
        )
        for candidate, reason in held
        if candidate.payout_id in planned and (draft := planned[candidate.payout_id].draft)
    ]
    return Run(run.created, (*run.waiting, *behind))
