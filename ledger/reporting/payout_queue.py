"""The queue of payouts that wait to be sent, how far the money of each bank account goes, and who waits for what."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.parties.finding import find_parties_by_id
from ledger.reporting import sql_payouts as sql
from ledger.reporting.grouping import read_row
from ledger.reporting.payouts import list_paying_accounts
from ledger.settlement.payouts.liquidity import Candidate, admit
from ledger.settlement.payouts.loading import load_payouts
from ledger.settlement.payouts.model import Payout
from ledger.settlement.payouts.obstacles import find_obstacles
from ledger.settlement.payouts.outdating import find_outdated
from ledger.settlement.payouts.planning import Reason


class Queued(NamedTuple):
    """A payout that may be sent, as far as its tax lets it; amounts in minor units."""

    payout_id: int
    paying_account_id: int
    due_date: date
    net: int
    fee: int
    book_id: int
    currency: str
    tax_month: date | None
    withheld: int


async def find_waits(
    conn: Connection, *, payout_ids: Collection[int], now: datetime, untold: Collection[Reason] = ()
) -> dict[int, Reason]:
    """
    What keeps each of these payouts, which were created, from being sent; what the next run sends is not among them.
    Reasons in `untold` are as if they were not: of those that they keep it is told what else would.
    Twelve statements at most, none where nothing is asked.
    """
    if not payout_ids:
        return {}
    payouts = await load_payouts(conn, payout_ids=payout_ids)
    parties = await find_parties_by_id(conn, party_ids={payout.party_id for payout in payouts.values()})
    waits = await find_obstacles(conn, payouts.values(), parties=parties, now=now, besides=untold)
    free = [payout for number, payout in payouts.items() if number not in waits]
    return waits | await find_held_up(conn, payouts=free, now=now)


async def find_held_up(conn: Connection, *, payouts: Collection[Payout], now: datetime) -> dict[int, Reason]:
    """
    Those of these payouts that the bank account does not carry, by themselves (BANK_BALANCE) or behind those that are
    before them (BEHIND_ANOTHER); what may not be sent is judged as if it were alone in that. Four statements at most,
    none where nothing is asked.
    """
    if not payouts:
        return {}
    available = {each.paying_account_id: each.available_minor for each in await list_paying_accounts(conn)}
    queue: list[Queued | Payout] = [read_row(Queued, row) for row in await sql.list_waiting(conn)]
    asking = {payout.payout_id for payout in payouts} - {each.payout_id for each in queue}
    # Out of an account that was replaced nothing goes any more, whatever is in it.
    queue += [each for each in payouts if each.payout_id in asking and each.paying_account_id in available]
    wanted = {payout.payout_id for payout in payouts}
    held = _admit(queue, available, wanted, asking)
    if not held:
        return {}
    # Who stands in the way only on paper, as the tax has outdated it, is looked for where money is short.
    short = {each.paying_account_id for each in queue if each.payout_id in held}
    outdated = await find_outdated(conn, payouts=[each for each in queue if each.paying_account_id in short], now=now)
    return _admit([each for each in queue if each.payout_id not in outdated], available, wanted, asking)


def _admit(
    queue: Sequence[Queued | Payout], available: Mapping[int, int], wanted: Collection[int], asking: Collection[int]
) -> dict[int, Reason]:
    candidates = [
        Candidate(each.payout_id, each.paying_account_id, each.due_date, each.net, each.fee) for each in queue
    ]
    _, held = admit(candidates, available=available, asking=asking)
    return {candidate.payout_id: reason for candidate, reason in held if candidate.payout_id in wanted}
