"""One row per account that ever had a line: the gross sums ever posted to it."""

from collections.abc import AsyncIterator
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.exports import sql


class AccountSums(NamedTuple):
    """Sums in minor units of `currency`; `party` is empty for the platform's own accounts."""

    legal_entity: str
    account_code: str
    party: str
    currency: str
    debit: int
    credit: int


async def stream_balances(conn: Connection) -> AsyncIterator[AccountSums]:
    """
    Yield the accounts of the platform, sorted by legal entity, code, party and currency, each by its bytes.

    All of them are as of one instant: that of the read transaction.
    """
    async for row in sql.stream(conn, sql.BALANCES):
        yield AccountSums(*row)


async def count_accounts(conn: Connection) -> int:
    """Count the accounts, those without a line included: an upper bound for a progress bar."""
    return await sql.count_accounts(conn)
