"""
What is written of a batch whatever its place in the log: made before the lock, as if everything will be accepted, as
almost always everything is. What is refused or moved to another day makes the outline anew.
"""

from collections.abc import Sequence
from datetime import date
from itertools import chain
from typing import NamedTuple, TypeVar

from ledger.db import columns
from ledger.journal.judging import Accepted, Prepared
from ledger.journal.subtrees import Moved, Paths, draw_totals, sum_moved

Value = TypeVar("Value")


class Outline(NamedTuple):
    """Columns of the entries and lines of a batch, the number of lines per entry, and what it moves per account."""

    books: str
    reversals: str
    business_dates: str
    requested_dates: str
    line_counts: str
    fingerprints: bytes
    texts: list[str]
    counts: list[int]
    positions: str
    account_ids: str
    sides: str
    amounts: str
    currencies: str
    line_dates: str
    volume: int
    moved: Moved
    totals: list[str] | None
    tree_version: int


def outline(items: Sequence[Prepared], *, dates: Sequence[date], known: tuple[Paths, int] | None) -> Outline:
    """
    Draw up a batch dated on `dates`. `known` are the paths of its parties with their version, when remembered: then the
    totals are summed here as well.
    """
    drafts = [item.draft for item in items]
    lines = [line for draft in drafts for line in draft.lines]
    counts = [len(draft.lines) for draft in drafts]
    moved = sum_moved((day, item.draft, item.accounts) for day, item in zip(dates, items, strict=True))
    return Outline(
        books=columns.numbers([draft.book_id for draft in drafts]),
        reversals=columns.numbers([draft.reversal_of for draft in drafts]),
        business_dates=columns.days(dates),
        requested_dates=columns.days([draft.business_date for draft in drafts]),
        line_counts=columns.numbers(counts),
        fingerprints=b"".join([item.fingerprint for item in items]),
        texts=[
            columns.texts([draft.key for draft in drafts]),
            columns.texts([draft.source for draft in drafts]),
            columns.texts([draft.template for draft in drafts]),
            columns.texts([draft.description for draft in drafts]),
            columns.texts([draft.document for draft in drafts]),
            columns.texts([draft.document_line for draft in drafts]),
            columns.texts([draft.cause for draft in drafts]),
            columns.texts([draft.metadata for draft in drafts]),
        ],
        counts=counts,
        positions=columns.numbers(chain.from_iterable([range(1, count + 1) for count in counts])),
        account_ids=columns.numbers([account.account_id for item in items for account in item.accounts]),
        sides=columns.texts([line.side for line in lines]),
        amounts=columns.numbers([line.amount for line in lines]),
        currencies=columns.texts([line.account.currency for line in lines]),
        line_dates=columns.days(spread(dates, counts)),
        volume=sum([item.amount for item in items]),
        moved=moved,
        totals=draw_totals(moved, paths=known[0]) if known else None,
        tree_version=known[1] if known else -1,
    )


def redraw(expected: Outline, *, items: Sequence[Prepared], accepted: Sequence[Accepted]) -> Outline:
    """The outline of what was accepted: the expected one, unless something was refused or moved off a closed day."""
    as_expected = len(accepted) == len(items) and all(
        verdict.business_date == verdict.prepared.draft.business_date for verdict in accepted
    )
    if as_expected:
        return expected
    return outline(
        [verdict.prepared for verdict in accepted],
        dates=[verdict.business_date for verdict in accepted],
        known=None,
    )


def spread(values: Sequence[Value], counts: Sequence[int]) -> list[Value]:
    """What an entry has once, for each of its lines."""
    return [value for value, count in zip(values, counts, strict=True) for _ in range(count)]
