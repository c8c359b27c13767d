"""Accounts by id and by place, in lists, and line by line."""

from collections.abc import Sequence

from ledger.db.transacting import Connection
from ledger.reporting import parties, sql_accounts
from ledger.reporting.grouping import group, place, read_row
from ledger.reporting.model import AccountFilter, AccountPlace, AccountRow, LineRow, Span

_EVERY = AccountFilter()


async def find_accounts(conn: Connection, *, keys: Sequence[int], scope: int | None) -> list[AccountRow | None]:
    """Accounts by id; one statement."""
    return place(await sql_accounts.find_by_id(conn, account_ids=keys, scope=scope), keys, to_account)


async def find_accounts_by_place(
    conn: Connection, *, keys: Sequence[AccountPlace], scope: int | None
) -> list[AccountRow | None]:
    """Accounts by where they stand; one statement."""
    columns = [
        [key.legal_entity for key in keys],
        [key.code for key in keys],
        [key.party or "" for key in keys],
        [key.currency for key in keys],
    ]
    return place(await sql_accounts.find_by_place(conn, places=columns, scope=scope), keys, to_account)


async def list_accounts(
    conn: Connection, *, scope: int | None, matching: AccountFilter = _EVERY, span: Span
) -> list[AccountRow]:
    """
    Accounts in the order they were opened. Inside a scope, naming the party is cheap; without it the list costs the
    number of parties in the scope.
    """
    if matching.party is not None:
        (party,) = await parties.find_parties_by_reference(conn, keys=[matching.party], scope=scope)
        if party is None:
            return []
        rows = await sql_accounts.list_of_parties(conn, party_ids=[party.party_id], matching=matching, span=span)
    elif scope is not None:
        rows = await sql_accounts.list_of_subtree(conn, root_id=scope, matching=matching, span=span)
    else:
        rows = await sql_accounts.list_all(conn, matching=matching, span=span)
    return [to_account(row) for row in rows]


async def list_party_accounts(conn: Connection, *, keys: Sequence[int], span: Span) -> list[list[AccountRow]]:
    """A page of the accounts of each party; one statement. The parties themselves may be seen."""
    return group(await sql_accounts.page_by_party(conn, party_ids=keys, span=span), keys, to_account)


async def list_account_lines(conn: Connection, *, keys: Sequence[int], span: Span) -> list[list[LineRow]]:
    """A page of the lines of each account, by version; one statement. The accounts themselves may be seen."""
    pages: list[list[LineRow]] = [[] for _ in keys]
    for row in await sql_accounts.page_lines(conn, account_ids=keys, span=span):
        pages[row["key_position"] - 1].append(to_line(row))
    return pages


def to_account(row: sql_accounts.Row) -> AccountRow:
    """A row as a value."""
    return read_row(AccountRow, row)


def to_line(row: sql_accounts.Row) -> LineRow:
    """A row as a value."""
    return read_row(LineRow, row)
