"""Holds, deposit agreements with their slices, and adjustments, in the viewer's scope."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting import sql_withholding
from ledger.reporting.grouping import group, place, read_row
from ledger.reporting.model import Span


class HoldRow(NamedTuple):
    """A hold as it stands; texts that nobody gave are empty."""

    hold_id: int
    reference: str
    party_id: int
    legal_entity: str
    currency: str
    account_code: str
    sheet_id: int | None
    amount_minor: int
    lifted_minor: int
    reason: str
    legal_ground: str
    release_condition: str
    release_rule: str
    expected_release_date: date
    zone: str
    order_reference: str
    line_reference: str
    dispute_reference: str
    placed_by: str
    placed_at: datetime


class HeldRow(NamedTuple):
    """What the open holds of one reason hold of a party, and when the first of them is expected to be lifted."""

    legal_entity: str
    currency: str
    reason: str
    amount_minor: int
    hold_count: int
    next_release_date: date


class StepRow(NamedTuple):
    """
    A step of a hold or of a slice; `sequence` is the place of its entry in the log. `paid_at` is of a claim for buyers,
    once it was paid to them.
    """

    kind: str
    reference: str
    amount_minor: int
    reason: str
    actor: str
    moved_at: datetime
    paid_at: datetime | None
    sequence: int


class AgreementRow(NamedTuple):
    """A deposit agreement; `rate` is "" where it is of a fixed amount, what says how it ended while it stands."""

    agreement_id: int
    reference: str
    party_id: int
    legal_entity: str
    currency: str
    kind: str
    role: str
    basis: str
    rate: str
    base_minor: int | None
    target_minor: int | None
    cap_minor: int | None
    months: int
    shortfall: str
    release: str
    legal_ground: str
    agreed_by: str
    agreed_at: datetime
    ended_at: datetime | None
    ended_by: str
    end_reason: str


class SliceRow(NamedTuple):
    """A slice of a deposit as it stands."""

    slice_id: int
    agreement_id: int
    party_id: int
    currency: str
    kind: str
    sheet_id: int | None
    principal_minor: int
    due_minor: int
    claimed_minor: int
    released_minor: int
    forfeited_minor: int
    lapsed_minor: int
    start_date: date
    end_date: date
    releasable_date: date
    zone: str
    status: str
    opened_at: datetime

    @property
    def left_minor(self) -> int:
        """What it still has."""
        gone = self.claimed_minor + self.released_minor + self.forfeited_minor + self.lapsed_minor
        return self.principal_minor - gone

    @property
    def received_minor(self) -> int:
        """What ever came in of it."""
        return self.principal_minor - self.due_minor - self.lapsed_minor


class AdjustmentRow(NamedTuple):
    """An adjustment as it stands; `sequence` is the place of its entry in the log."""

    reference: str
    kind: str
    party_id: int
    counterparty_id: int | None
    legal_entity: str
    currency: str
    amount_minor: int
    debit_code: str
    credit_code: str
    status: str
    reason: str
    rejection: str
    order_reference: str
    line_reference: str
    evidence_sha256: bytes | None
    approval_id: int | None
    sequence: int | None
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None


async def list_holds(
    conn: Connection,
    *,
    party_id: int | None,
    order: str | None,
    is_open: bool | None,
    overdue_at: datetime | None = None,
    scope: int | None,
    span: Span,
) -> list[HoldRow]:
    """
    Holds, the newest first; positions are (hold). `overdue_at` asks for those whose day had passed by then and that
    still hold something: the work queue HOLDS_OVERDUE.
    """
    rows = await sql_withholding.list_holds(
        conn, party_id=party_id, order=order, is_open=is_open, overdue_at=overdue_at, scope=scope, span=span
    )
    return [_to_hold(row) for row in rows]


async def find_holds(conn: Connection, *, keys: Sequence[int], scope: int | None) -> list[HoldRow | None]:
    """Holds by number, in order; None for those that are not there or not to be seen."""
    return place(await sql_withholding.find_holds(conn, hold_ids=keys, scope=scope), keys, _to_hold)


async def load_held_by_reason(conn: Connection, *, keys: Sequence[int]) -> list[list[HeldRow]]:
    """
    What is held of each of these parties, by legal entity, currency and reason; one statement. It adds up to what
    stands on their accounts 2050. The parties may be seen.
    """
    return group(await sql_withholding.sum_held_by_reason(conn, party_ids=keys), keys, _to_held)


async def list_hold_steps(conn: Connection, *, keys: Sequence[int]) -> list[list[StepRow]]:
    """The steps of each of these holds, in the order of the log."""
    return group(await sql_withholding.find_hold_steps(conn, hold_ids=keys), keys, _to_step)


async def list_agreements(
    conn: Connection, *, party_id: int | None, kind: str | None, is_open: bool | None, scope: int | None, span: Span
) -> list[AgreementRow]:
    """Deposit agreements, the newest first; positions are (agreement). `is_open`: whether it stands."""
    rows = await sql_withholding.list_agreements(
        conn, party_id=party_id, kind=kind, is_open=is_open, scope=scope, span=span
    )
    return [_to_agreement(row) for row in rows]


async def find_agreements(conn: Connection, *, keys: Sequence[str], scope: int | None) -> list[AgreementRow | None]:
    """Deposit agreements by reference, in order; None for those that are not there or not to be seen."""
    return place(await sql_withholding.find_agreements(conn, references=keys, scope=scope), keys, _to_agreement)


async def list_slices(
    conn: Connection,
    *,
    party_id: int | None,
    status: str | None,
    through: date | None,
    releasable_at: datetime | None,
    is_owed: bool | None,
    scope: int | None,
    span: Span,
) -> list[SliceRow]:
    """
    Slices by the day from which they may go back; positions are (ISO day, slice). `through` asks for those that hold
    something and may go back by that day, `releasable_at` for those that may at that instant, by the day in their zone:
    the work queue DEPOSITS_RELEASABLE. `is_owed`: whether something was claimed of them for buyers that is not paid.
    """
    rows = await sql_withholding.list_slices(
        conn,
        party_id=party_id,
        status=status,
        through=through,
        releasable_at=releasable_at,
        is_owed=is_owed,
        scope=scope,
        span=span,
    )
    return [_to_slice(row) for row in rows]


async def list_slices_of(conn: Connection, *, keys: Sequence[int]) -> list[list[SliceRow]]:
    """The slices of each of these agreements, the oldest first."""
    return group(await sql_withholding.find_slices_of(conn, agreement_ids=keys), keys, _to_slice)


async def find_slices(conn: Connection, *, keys: Sequence[int], scope: int | None) -> list[SliceRow | None]:
    """Slices by number, in order; None for those that are not there or not to be seen."""
    return place(await sql_withholding.find_slices(conn, slice_ids=keys, scope=scope), keys, _to_slice)


async def list_slice_steps(conn: Connection, *, keys: Sequence[int]) -> list[list[StepRow]]:
    """The steps of each of these slices, in the order of the log."""
    return group(await sql_withholding.find_slice_steps(conn, slice_ids=keys), keys, _to_step)


async def list_adjustments(
    conn: Connection, *, party_id: int | None, order: str | None, status: str | None, scope: int | None, span: Span
) -> list[AdjustmentRow]:
    """Adjustments of a party or with it, the newest first; positions are (ISO instant, reference)."""
    rows = await sql_withholding.list_adjustments(
        conn,
        party_id=party_id,
        order=order,
        status=status,
        scope=scope,
        span=span,
    )
    return [_to_adjustment(row) for row in rows]


async def find_adjustments(conn: Connection, *, keys: Sequence[str], scope: int | None) -> list[AdjustmentRow | None]:
    """Adjustments by reference, in order; None for those that are not there or not to be seen."""
    return place(await sql_withholding.find_adjustments(conn, references=keys, scope=scope), keys, _to_adjustment)


def _to_hold(row: sql_withholding.Row) -> HoldRow:
    return read_row(HoldRow, row)


def _to_held(row: sql_withholding.Row) -> HeldRow:
    return read_row(HeldRow, row)


def _to_step(row: sql_withholding.Row) -> StepRow:
    return read_row(StepRow, row)


def _to_agreement(row: sql_withholding.Row) -> AgreementRow:
    return read_row(AgreementRow, row)


def _to_slice(row: sql_withholding.Row) -> SliceRow:
    return read_row(SliceRow, row)


def _to_adjustment(row: sql_withholding.Row) -> AdjustmentRow:
    return read_row(AdjustmentRow, row)
