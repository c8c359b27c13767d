"""Payouts, the bank accounts they move between, and what banks said."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting import sql_payouts as sql
from ledger.reporting.grouping import group, place, read_row
from ledger.reporting.model import Span


class PayoutRow(NamedTuple):
    """A payout as it stands; amounts in minor units, the account it goes to masked."""

    payout_id: int
    book_id: int
    party_id: int
    status: str
    approval: str
    approval_id: int | None
    gross_minor: int
    withheld_minor: int
    fee_minor: int
    net_minor: int
    bank_fee_minor: int
    currency: str
    takes_from: str
    due_date: date
    created_at: datetime
    created_by: str
    submitted_at: datetime | None
    ended_at: datetime | None
    channel_key: str
    bank_reference: str
    reason: str
    tax_rule: str
    replaces: int | None
    account_reference: str
    account_holder: str
    account_masked: str
    channel: str
    execution_date: date | None
    replaced_by: int | None
    legal_entity: str


class PayoutSheetRow(NamedTuple):
    """What a payout takes of a sheet."""

    sheet_id: int
    taken_minor: int
    withheld_minor: int
    stands: str
    currency: str


class BankAnswerRow(NamedTuple):
    """What a bank said, and what became of it."""

    bank_answer_id: int
    payout_id: int | None
    source: str
    reference: str
    kind: str
    channel_key: str
    amount_minor: int | None
    currency: str
    fee_minor: int
    occurred_at: datetime
    recorded_at: datetime
    bank_reference: str
    reason: str
    status: str
    refusal: str
    refusal_text: str
    refusal_facts: str | None
    tries: int


class PayeeAccountRow(NamedTuple):
    """Where a party is paid now."""

    reference: str
    currency: str
    holder: str
    masked: str
    bank_code: str
    withholding_rule: str
    registered_at: datetime


class PayingAccountRow(NamedTuple):
    """
    Where a legal entity pays from; `balance_minor` is in 1010, `transit_minor` of that is on its way out, and the bank
    will take `transit_fee_minor` with it.
    """

    paying_account_id: int
    book_id: int
    legal_entity: str
    reference: str
    currency: str
    holder: str
    masked: str
    channel: str
    calendar: str
    cut_off: time
    step_minor: int
    fee_minor: int
    balance_minor: int
    transit_minor: int
    transit_fee_minor: int

    @property
    def available_minor(self) -> int:
        """What can still be sent."""
        return max(self.balance_minor - self.transit_minor - self.transit_fee_minor, 0)


class PayoutFilter(NamedTuple):
    """
    Which payouts; None does not matter. `due_through` is inclusive, `is_replaced` whether what it did not bring stands
    with another one.
    """

    statuses: tuple[str, ...] | None = None
    party: str | None = None
    legal_entity: str | None = None
    due_through: date | None = None
    sheet_id: int | None = None
    is_replaced: bool | None = None


async def find_payouts(conn: Connection, *, keys: Sequence[int], scope: int | None) -> list[PayoutRow | None]:
    """Payouts by number, those of other parties left out; one statement."""
    return place(await sql.find_payouts(conn, payout_ids=keys, scope=scope), keys, _to_payout)


async def list_payouts(conn: Connection, *, scope: int | None, matching: PayoutFilter, span: Span) -> list[PayoutRow]:
    """Payouts, newest first; positions are (number)."""
    rows = await sql.list_payouts(
        conn,
        statuses=matching.statuses,
        party=matching.party,
        legal_entity=matching.legal_entity,
        due_through=matching.due_through,
        sheet_id=matching.sheet_id,
        is_replaced=matching.is_replaced,
        scope=scope,
        span=span,
    )
    return [_to_payout(row) for row in rows]


async def list_payout_sheets(conn: Connection, *, keys: Sequence[int]) -> list[list[PayoutSheetRow]]:
    """What each payout takes of its sheets; one statement."""
    rows = await sql.find_payout_sheets(conn, payout_ids=keys)
    return group(rows, keys, lambda row: read_row(PayoutSheetRow, row))


async def list_bank_answers(
    conn: Connection, *, status: str | None, payout_id: int | None = None, span: Span
) -> list[BankAnswerRow]:
    """Answers of banks, the oldest first; positions are (recorded at in ISO form, number)."""
    rows = await sql.list_answers(conn, status=status, payout_id=payout_id, span=span)
    return [read_row(BankAnswerRow, row) for row in rows]


async def list_payee_accounts(
    conn: Connection, *, keys: Sequence[int], scope: int | None
) -> list[list[PayeeAccountRow]]:
    """Where each party is paid now, by currency; one statement."""
    rows = await sql.find_payee_accounts(conn, parties=keys, scope=scope)
    return group(rows, keys, lambda row: read_row(PayeeAccountRow, row))


async def list_paying_accounts(conn: Connection) -> list[PayingAccountRow]:
    """The accounts that legal entities pay from, by entity and currency."""
    rows = await sql.list_paying_accounts(conn)
    return [read_row(PayingAccountRow, row) for row in rows]


def _to_payout(row: sql.Row) -> PayoutRow:
    return read_row(PayoutRow, row)


async def load_transit(conn: Connection, *, keys: Sequence[int]) -> list[dict[tuple[str, str], int]]:
    """What is on its way to each party now, by legal entity and currency; one statement."""
    return _by_place(await sql.sum_transit(conn, party_ids=keys), keys)


async def load_subtree_transit(conn: Connection, *, keys: Sequence[int]) -> list[dict[tuple[str, str], int]]:
    """The same of each party with everybody below it; one statement."""
    return _by_place(await sql.sum_subtree_transit(conn, party_ids=keys), keys)


def _by_place(rows: Sequence[sql.Row], keys: Sequence[int]) -> list[dict[tuple[str, str], int]]:
    placed: list[dict[tuple[str, str], int]] = [{} for _ in keys]
    for row in rows:
        placed[row["position"] - 1][row["legal_entity"], row["currency"]] = row["transit_minor"]
    return placed
