"""What stands against sending payouts that were created, besides money."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from ledger.db.transacting import Connection
from ledger.parties.finding import find_parties_by_id
from ledger.parties.model import Party
from ledger.settlement.payouts import account_sql, sql
from ledger.settlement.payouts.loading import to_payout
from ledger.settlement.payouts.model import Payout, PayoutDraft, Waiting
from ledger.settlement.payouts.outdating import OUTDATED, find_outdated
from ledger.settlement.payouts.planning import Reason

# What a preview looks at: it sends nothing, and says of all that there is.
MOST_FORESEEN = 100_000


async def find_unsent(
    conn: Connection, *, now: datetime, planned: Sequence[PayoutDraft] = ()
) -> tuple[dict[int, Payout], dict[int, Reason]]:
    """
    The payouts that were created and not sent, by number, and what keeps those of them waiting that wait for something
    else than money, once what is `planned` was created, too. Nothing is written.
    """
    rows = await sql.find_waiting_payouts(conn, most=MOST_FORESEEN)
    if not rows:
        return {}, {}
    payouts = {row["payout_id"]: to_payout(row) for row in rows}
    parties = await find_parties_by_id(conn, party_ids={payout.party_id for payout in payouts.values()})
    return payouts, await find_obstacles(conn, payouts.values(), parties=parties, now=now, planned=planned)


async def find_obstacles(
    conn: Connection,
    payouts: Collection[Payout],
    *,
    parties: Mapping[int, Party],
    now: datetime,
    besides: Collection[Reason] = (),
    planned: Sequence[PayoutDraft] = (),
) -> dict[int, Reason]:
    """
    What stands against sending these, by payout, `besides` what is not asked about, once what is `planned` was created;
    five statements at most.
    """
    outdated = await find_outdated(conn, payouts=payouts, now=now, planned=planned)
    said_paid = set(await sql.find_sheets_said_paid(conn))
    accounts = sorted({payout.payee_account_id for payout in payouts})
    retired = set(await account_sql.find_retired_accounts(conn, account_ids=accounts))
    left = sorted({payout.paying_account_id for payout in payouts})
    abandoned = set(await account_sql.find_retired_paying_accounts(conn, account_ids=left))
    obstacles: dict[int, Reason] = {}
    for payout in payouts:
        against = [
            (Reason.BANK_SAYS_PAID, any(share.sheet_id in said_paid for share in payout.shares)),
            *((why, outdated.get(payout.payout_id) is why) for why in OUTDATED),
            (Reason.PAYEE_ACCOUNT_RETIRED, payout.payee_account_id in retired),
            (Reason.PAYING_ACCOUNT_RETIRED, payout.paying_account_id in abandoned),
            (Reason.APPROVAL_PENDING, payout.approval == "PENDING"),
            (Reason.APPROVAL_REJECTED, payout.approval == "REJECTED"),
            (Reason.PARTY_BLOCKED, parties[payout.party_id].status == "BLOCKED"),
        ]
        for reason, holds in against:
            if holds and reason not in besides:
                obstacles[payout.payout_id] = reason
                break
    return obstacles


def wait_with(payout: Payout, reason: Reason) -> Waiting:
    """What waits with a payout, and why; pure."""
    return Waiting(
        payout.payout_id,
        tuple(share.sheet_id for share in payout.shares),
        payout.party_id,
        payout.book_id,
        payout.currency,
        payout.due_date,
        payout.net,
        reason.value,
    )
