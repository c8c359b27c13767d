"""What is known of drafts without the lock: their shape, their accounts, their fingerprints."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import cast

from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.accounts import resolve_each
from ledger.journal.books import Book, resolve_books
from ledger.journal.encoding import fingerprint
from ledger.journal.judging import Prepared, check_accounts, check_shape
from ledger.journal.model import Account, EntryDraft

# Some tenths of a millisecond's work: as long as anybody else of this process may wait for the loop to turn.
AT_ONCE = 64


@dataclass(slots=True)
class Batch:
    """
    Drafts, and for those whose shape is right `found`, the account of each line or None, by their place; all of these
    accounts by their number, the parties that hold them, and the books. Of the drafts `checked` so far, those that are
    to be judged are in `prepared`, the others in `refusals`.
    """

    drafts: Sequence[EntryDraft]
    found: Mapping[int, Sequence[Account | None]]
    accounts: Mapping[int, Account]
    holders: set[int]
    books: Mapping[int, Book]
    refusals: dict[int, LedgerError]
    prepared: dict[int, Prepared] = field(default_factory=dict)
    checked: int = 0

    def prepare_all(self) -> Iterator[None]:
        """Prepare some drafts at each step."""
        while self.checked < len(self.drafts):
            self.prepare(min(self.checked + AT_ONCE, len(self.drafts)))
            yield

    def prepare(self, end: int) -> None:
        """Check what can be seen without the lock, and take the fingerprints, of all drafts before the place `end`."""
        for place in range(self.checked, end):
            if place in self.refusals:
                continue
            draft, accounts = self.drafts[place], self.found[place]
            refusal = check_accounts(draft, accounts=accounts)
            if refusal is not None:
                self.refusals[place] = refusal
                continue
            sound = cast(tuple[Account, ...], accounts)  # just checked: none of them is missing
            amount = sum([line.amount for line in draft.lines if line.side == "D"])
            has_floor = any(account.floor_minor is not None for account in sound)
            mark = fingerprint(draft, book=self.books[draft.book_id].reference, accounts=sound)
            self.prepared[place] = Prepared(draft, sound, mark, amount, has_floor)
        self.checked = max(self.checked, end)


async def resolve_batch(conn: Connection, *, drafts: Sequence[EntryDraft], is_first: bool) -> Batch:
    """
    Find the accounts of these drafts, opening those that the chart allows; no statement for those remembered.

    Before the first list of a transaction the loop turns in between: another transaction of this process may hold the
    log's lock, and everybody waits for that.
    """
    refusals: dict[int, LedgerError] = {}
    for start in range(0, len(drafts), AT_ONCE):
        if start and is_first:
            await asyncio.sleep(0)
        for place, draft in enumerate(drafts[start : start + AT_ONCE], start=start):
            if refusal := check_shape(draft):
                refusals[place] = refusal
    sound = [(place, draft) for place, draft in enumerate(drafts) if place not in refusals]
    each = await resolve_each(conn, keys=[line.account for _, draft in sound for line in draft.lines])
    following = iter(each)
    found = {place: tuple(islice(following, len(draft.lines))) for place, draft in sound}
    if len(drafts) > AT_ONCE and is_first:
        await asyncio.sleep(0)
    accounts = {account.account_id: account for account in each if account is not None}
    holders = {account.key.party_id for account in accounts.values() if account.key.party_id is not None}
    books = await resolve_books(conn, book_ids={draft.book_id for _, draft in sound})
    return Batch(drafts, found, accounts, holders, books, refusals)
