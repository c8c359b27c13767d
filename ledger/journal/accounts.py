"""
From a place in the chart to an account, opened on first use.

Nothing of an account ever changes, so the process remembers those it has seen committed. The memory is bounded; when it
is full it starts again.
"""

from collections.abc import Iterable, Sequence

from ledger.db.transacting import Connection
from ledger.journal import sql
from ledger.journal.encoding import account_identity
from ledger.journal.model import Account, AccountKey

REMEMBERED = 500_000


async def resolve_accounts(conn: Connection, *, keys: Iterable[AccountKey]) -> dict[AccountKey, Account]:
    """The accounts at these places; a place that cannot have one is left out. Otherwise as `resolve_each`."""
    wanted = list(set(keys))
    accounts = await resolve_each(conn, keys=wanted)
    return {key: account for key, account in zip(wanted, accounts, strict=True) if account is not None}


async def resolve_each(conn: Connection, *, keys: Sequence[AccountKey]) -> list[Account | None]:
    """
    Find the account at each of these places, opening those the chart allows; None for a place that cannot have one.

    At most four statements, none when all are remembered.
    """
    remembered: dict[AccountKey, Account] = conn.memory.setdefault("accounts", {})
    accounts = [remembered.get(key) for key in keys]
    if all(accounts):
        return accounts
    learned: dict[AccountKey, Account] = conn.learned.setdefault("accounts", {})
    accounts = [account or learned.get(key) for key, account in zip(keys, accounts, strict=True)]
    if all(accounts):
        return accounts
    unknown = list({key for key, account in zip(keys, accounts, strict=True) if account is None})
    stored = await _find(conn, unknown)
    missing = [key for key in unknown if key not in stored]
    if missing:
        # Accounts are opened under the log's lock only. A writer that opened one first and waited for the lock would
        # deadlock with a writer that holds the lock and opens the same.
        await sql.lock_head(conn)
        missing.sort(key=lambda key: (key.book_id, key.code, key.party_id or 0, key.currency))
        await sql.open_accounts(conn, keys=_columns(missing))
        stored.update(await _find(conn, missing))
    learned.update(stored)
    conn.after_commit(lambda: _remember(remembered, stored))
    return [account or stored.get(key) for key, account in zip(keys, accounts, strict=True)]


def describe(*, code: str, party: str | None, currency: str) -> str:
    """An account as a person reads it: code, party, currency."""
    return " ".join(part for part in (code, party, currency) if part)


async def _find(conn: Connection, keys: list[AccountKey]) -> dict[AccountKey, Account]:
    accounts: dict[AccountKey, Account] = {}
    for row in await sql.find_accounts(conn, keys=_columns(keys)):
        key = keys[row["position"] - 1]
        party = row["party_reference"]
        accounts[key] = Account(
            account_id=row["account_id"],
            key=key,
            normal_side=row["normal_side"],
            is_summary=row["is_summary"],
            floor_minor=row["floor_minor"],
            identity=account_identity(book=row["book_reference"], code=key.code, party=party, currency=key.currency),
            name=describe(code=key.code, party=party, currency=key.currency),
        )
    return accounts


def _columns(keys: list[AccountKey]) -> list[list[object]]:
    return [
        [key.book_id for key in keys],
        [key.code for key in keys],
        [key.party_id or 0 for key in keys],
        [key.currency for key in keys],
    ]


def _remember(remembered: dict[AccountKey, Account], stored: dict[AccountKey, Account]) -> None:
    if len(remembered) + len(stored) > REMEMBERED:
        remembered.clear()
    remembered.update(stored)
