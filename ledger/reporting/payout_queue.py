"""The queue of payouts that wait to be sent and how far the money of each bank account goes, as a run has it."""

from collections.abc import Collection
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting import sql_payouts as sql
from ledger.reporting.payouts import list_paying_accounts
from ledger.settlement.payouts.liquidity import Candidate, admit


class Queue(NamedTuple):
    """The payouts that may be sent, and what each account has for them, by its number, in minor units."""

    candidates: tuple[Candidate, ...]
    available: dict[int, int]


async def load_queue(conn: Connection) -> Queue:
    """The payouts that nothing but money keeps waiting, with what there is for them; two statements."""
    available = {each.paying_account_id: each.available_minor for each in await list_paying_accounts(conn)}
    return Queue(tuple(Candidate(*row) for row in await sql.list_waiting(conn)), available)


async def find_held_up(conn: Connection, *, payout_ids: Collection[int]) -> frozenset[int]:
    """
    Those of these payouts that the bank account does not carry, by themselves or behind those that are before them. Two
    statements, none where nothing is asked.
    """
    if not payout_ids:
        return frozenset()
    queue = await load_queue(conn)
    _, held = admit(queue.candidates, available=queue.available)
    return frozenset(candidate.payout_id for candidate, _ in held) & frozenset(payout_ids)
