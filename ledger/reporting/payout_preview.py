"""What a payout run would create, and what would wait then, also of payouts that there are; nothing is written."""

from dataclasses import replace
from datetime import date, datetime

from ledger.db.transacting import Connection
from ledger.reporting.payouts import list_paying_accounts
from ledger.settlement.payouts.creating import preview_payouts
from ledger.settlement.payouts.liquidity import Candidate, admit
from ledger.settlement.payouts.model import Created, Run, Waiting
from ledger.settlement.payouts.obstacles import find_unsent, wait_with
from ledger.settlement.payouts.planning import Reason


async def preview_run(conn: Connection, *, through: date | None, now: datetime) -> Run:
    """
    The payouts that a run through a day, or without one, would create. `waiting` is what of sheets would be in none,
    and then all payouts that would not be sent, by due date: those that there are, whenever they are due, and, as
    number 0, those that the run would create.
    """
    run = await preview_payouts(conn, through=through, now=now)
    unsent, obstacles = await find_unsent(conn, now=now, planned=[each.draft for each in run.created])
    # What is created now gets higher numbers than everything that is there.
    first = max(unsent, default=0) + 1
    planned = {first + place: created for place, created in enumerate(run.created)}
    candidates = [
        Candidate(number, each.paying_account_id, each.due_date, each.net, each.fee)
        for number, each in unsent.items()
        if number not in obstacles
    ]
    candidates += [
        Candidate(number, each.draft.paying_account_id, each.draft.due_date, each.draft.net, each.draft.fee)
        for number, each in planned.items()
        if not each.needs_approval
    ]
    available = {each.paying_account_id: each.available_minor for each in await list_paying_accounts(conn)}
    _, held = admit(candidates, available=available)
    reasons = obstacles | {number: Reason.APPROVAL_PENDING for number, each in planned.items() if each.needs_approval}
    reasons |= {candidate.payout_id: reason for candidate, reason in held}
    behind = [
        (number, wait_with(unsent[number], why) if number in unsent else _wait(planned[number], why))
        for number, why in reasons.items()
    ]
    behind.sort(key=lambda each: (each[1].due_date, each[0]))
    return replace(run, waiting=(*run.waiting, *(each for _, each in behind)))


def _wait(created: Created, reason: Reason) -> Waiting:
    draft = created.draft
    # In their order once it is written; a draft has them by the days on which they are due.
    sheets = tuple(sorted(share.sheet_id for share in draft.shares))
    return Waiting(0, sheets, draft.party_id, draft.book_id, draft.currency, draft.due_date, draft.net, reason.value)
