"""What is known of drafts without the lock: their shape, their accounts, their fingerprints."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import NamedTuple, cast

from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.accounts import resolve_each
from ledger.journal.books import Book, resolve_books
from ledger.journal.encoding import fingerprint
from ledger.journal.judging import Prepared, check_accounts, check_shape
from ledger.journal.model import Account, EntryDraft


class Batch(NamedTuple):
    """
    Drafts, and the refusals of those whose shape is wrong, by their place; for the others `found`, the account of each
    line or None; and all of these accounts by their number, the parties that hold them, and the books.
    """

    drafts: Sequence[EntryDraft]
    refusals: Mapping[int, LedgerError]
    found: Mapping[int, Sequence[Account | None]]
    accounts: Mapping[int, Account]
    holders: set[int]
    books: Mapping[int, Book]


class Stretch(NamedTuple):
    """What is to be judged of a stretch, and what is refused already; each by its place."""

    places: range
    prepared: Mapping[int, Prepared]
    refusals: Mapping[int, LedgerError]


async def resolve_batch(conn: Connection, *, drafts: Sequence[EntryDraft]) -> Batch:
    """Find the accounts of these drafts, opening those that the chart allows; no statement for those remembered."""
    refusals = {place: refusal for place, draft in enumerate(drafts) if (refusal := check_shape(draft))}
    sound = [(place, draft) for place, draft in enumerate(drafts) if place not in refusals]
    each = await resolve_each(conn, keys=[line.account for _, draft in sound for line in draft.lines])
    following = iter(each)
    found = {place: tuple(islice(following, len(draft.lines))) for place, draft in sound}
    accounts = {account.account_id: account for account in each if account is not None}
    holders = {account.key.party_id for account in accounts.values() if account.key.party_id is not None}
    books = await resolve_books(conn, book_ids={draft.book_id for _, draft in sound})
    return Batch(drafts, refusals, found, accounts, holders, books)


def prepare(batch: Batch, places: range) -> Stretch:
    """Check what can be seen without the lock, and take the fingerprints."""
    prepared: dict[int, Prepared] = {}
    refusals: dict[int, LedgerError] = {}
    for place in places:
        draft = batch.drafts[place]
        refusal = batch.refusals.get(place) or check_accounts(draft, accounts=batch.found[place])
        if refusal is not None:
            refusals[place] = refusal
            continue
        accounts = cast(tuple[Account, ...], batch.found[place])  # just checked: none of them is missing
        amount = sum([line.amount for line in draft.lines if line.side == "D"])
        has_floor = any(account.floor_minor is not None for account in accounts)
        mark = fingerprint(draft, book=batch.books[draft.book_id].reference, accounts=accounts)
        prepared[place] = Prepared(draft, accounts, mark, amount, has_floor)
    return Stretch(places, prepared, refusals)
