"""
The balance of accounts now, at a sequence, at a business date, and at a business date as it was known at a sequence.

A balance now or at a sequence is the account's last line at or before it. For a business date T as known at S:

    cumulative at min(S, last sequence of posting day T)
      + lines dated up to T that were posted after T        (and not after S)
      - lines posted up to T that are dated after T         (and not after S)

The two corrections come from account_late for the posting days before that of S, and for S's own day from its late
lines. So the answer is exact under any backdating, at the cost of a few look-ups an account.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.errors import InvalidInput
from ledger.ids import LARGEST_NUMBER
from ledger.journal import balance_sql as sql
from ledger.journal.errors import Why

# Past every sequence.
EVERYTHING = LARGEST_NUMBER


@dataclass(frozen=True, slots=True)
class AsOf:
    """What a balance is of: both None is now, `sequence` the state of knowledge, `business_date` the day looked at."""

    sequence: int | None = None
    business_date: date | None = None


NOW = AsOf()


class Balance(NamedTuple):
    """
    Gross sums ever posted, in minor units. `version` is that of the account as known then: the same version and the
    same date always give the same balance.
    """

    debit: int
    credit: int
    version: int


async def balances(conn: Connection, *, account_ids: Sequence[int], as_of: AsOf = NOW) -> list[Balance]:
    """
    Read the balances of accounts, in the order asked; an account that had no line then stands at zero.

    One statement, and one more where a sequence or a date is given, whatever the number of accounts.

    Refusals: InvalidInput for a sequence that the log has not reached.
    """
    if as_of == NOW:
        rows = await sql.find_balances(conn, account_ids=account_ids, sequence=EVERYTHING)
        return [Balance(*row) for row in rows]
    known = EVERYTHING if as_of.sequence is None else as_of.sequence
    bounds = await sql.find_bounds(conn, sequence=known, day=as_of.business_date or date.max)
    if as_of.sequence is not None and not 0 <= as_of.sequence <= bounds["last"]:
        raise InvalidInput(
            field=("asOf", "sequence"), reason=Why.SEQUENCE_AHEAD, last=bounds["last"], sequence=as_of.sequence
        )
    if as_of.business_date is None:
        rows = await sql.find_balances(conn, account_ids=account_ids, sequence=known)
    else:
        rows = await sql.find_balances_on(
            conn,
            account_ids=account_ids,
            day=as_of.business_date,
            sequence=known,
            cut=min(known, bounds["end_of_day"]),
            known_day=bounds["known_day"] or date.max,
            before_known_day=bounds["before_known_day"],
        )
    return [Balance(*row) for row in rows]
