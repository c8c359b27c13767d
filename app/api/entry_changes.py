"""Mutations of the book: entries by hand, their reversals, and the day through which a book is closed."""

import re
from datetime import date

import strawberry

from app.api.batches import submit_each, submit_one, write_each
from app.api.bounds import LongList, at_most
from app.api.context import Context, Info
from app.api.entries import Entry, load_entry
from app.api.errors import Why
from app.api.figures import Side
from app.api.legal_entities import LegalEntity, load_legal_entity
from app.api.money import MoneyInput
from app.api.mutations import Payload, mutation
from app.api.nodes import read_key
from app.api.quick_inputs import built_quickly
from app.api.scalars import JSON, BigInt
from app.auth import PROVIDERS
from app.lanes.entry_kinds import CLOSE_PERIOD, POST_ENTRIES, REVERSE_ENTRIES, Closing
from app.lanes.manual_entries import ManualEntry, ManualLine
from ledger.compact_json import write_sorted_json
from ledger.errors import InvalidInput
from ledger.journal.errors import EntryMalformed, EntryMissing
from ledger.journal.errors import Why as Shape
from ledger.journal.model import CREDIT, DEBIT, MAX_LINES, Posted
from ledger.journal.reversing import Reversal

MOST_ENTRIES = 500
LONGEST_DESCRIPTION = 1_000
LONGEST_METADATA = 8_192

_KEY = re.compile("[!-~]{1,255}")


@built_quickly
@strawberry.input(description="An account by its place: opened on first use, where the chart allows it.")
class AccountInput:
    code: str = strawberry.field(description="The code in the chart of accounts, such as 1010.")
    party: str | None = strawberry.field(
        default=None, description="The reference of its owner; nobody for the platform's own."
    )


@built_quickly
@strawberry.input(description="One debit or credit; the currency of the amount is the account's.")
class EntryLineInput:
    account: AccountInput
    side: Side
    amount: MoneyInput


@built_quickly
@strawberry.input(description="A balanced fact. Under one key it is posted once, however often it is sent.")
class PostEntryInput:
    idempotency_key: str = strawberry.field(description="1 to 255 visible ASCII characters, unique on the platform.")
    legal_entity: str = strawberry.field(description="The reference of the legal entity whose book it goes into.")
    business_date: date = strawberry.field(description="Which day it belongs to; a closed day is refused.")
    lines: list[EntryLineInput] = at_most(
        MAX_LINES, is_of_item=True, description="2 to 1,000; debits and credits are equal in each currency."
    )
    description: str = ""
    metadata: JSON | None = strawberry.field(default=None, description="At most 8,192 characters.")

    def to_entry(self) -> ManualEntry:
        """Refusals, first match wins: InvalidInput, those of MoneyInput.to_minor."""
        lines = tuple(
            ManualLine(
                line.account.code,
                line.account.party,
                line.amount.currency,
                DEBIT if line.side == Side.DEBIT else CREDIT,
                line.amount.to_minor(field=("lines", str(place), "amount")),
            )
            for place, line in enumerate(self.lines)
        )
        return ManualEntry(
            _check_key(self.idempotency_key),
            self.legal_entity,
            self.business_date,
            _check_text(self.description, field="description"),
            _write_metadata(self.metadata),
            lines,
        )


@built_quickly
@strawberry.input(description="At most 500 entries.")
class PostEntriesInput:
    entries: list[PostEntryInput] = at_most(MOST_ENTRIES)


@strawberry.input(description="An entry by its id or by its sequence: exactly one of the two.")
class ReverseEntryInput:
    idempotency_key: str = strawberry.field(description="1 to 255 visible ASCII characters, unique on the platform.")
    business_date: date = strawberry.field(description="The day of the reversal; a closed day is refused.")
    reason: str
    entry: strawberry.ID | None = None
    sequence: BigInt | None = None

    def to_reversal(self, context: Context) -> Reversal:
        """Refusals, first match wins: InvalidInput, IdInvalid, EntryMissing."""
        if (self.entry is None) == (self.sequence is None):
            raise InvalidInput(field=("entry",), reason=Why.EXACTLY_ONE, one="entry", other="sequence")
        sequence: int | str | None = self.sequence
        if self.entry is not None:
            sequence = read_key(context, self.entry, kind="Entry", field=("entry",))
        if not isinstance(sequence, int):
            raise EntryMissing(field=("entry",), entry=self.entry)
        reason = _check_text(self.reason, field="reason")
        return Reversal(_check_key(self.idempotency_key), sequence, self.business_date, description=reason)


@strawberry.input(description="A book, and the day through which it closes.")
class ClosePeriodInput:
    legal_entity: str = strawberry.field(description="The reference of the legal entity.")
    through_date: date = strawberry.field(description="The last closed day, which is over; closing only moves forward.")


@strawberry.type(description="What became of one entry.")
class EntryPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it was posted under this key before.")
    sequence: BigInt | None = strawberry.field(default=None, description="Its place in the log.")

    @strawberry.field(description="The entry with its lines and the balances after them; null when it was refused.")
    async def entry(self, info: Info) -> Entry | None:
        return None if self.sequence is None else await load_entry(info.context, self.sequence)


@strawberry.type(description="What became of entries.")
class PostEntriesPayload(Payload):
    results: list[EntryPayload] = strawberry.field(
        default_factory=list, description="One per entry of the input, in its order."
    )


@strawberry.type(description="What became of the closing of a book.")
class ClosePeriodPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it was closed through this very day before.")
    closed_through: date | None = None
    book_id: strawberry.Private[int | None] = None

    @strawberry.field
    async def legal_entity(self, info: Info) -> LegalEntity | None:
        return await load_legal_entity(info.context, self.book_id)


@strawberry.type
class EntryMutations:
    @mutation(
        description="Post balanced entries, each on its own: one that is refused leaves the others. Accounts that a"
        " document owns, such as a party's payables, are refused.",
        roles=PROVIDERS,
    )
    async def post_entries(self, info: Info, input: PostEntriesInput) -> PostEntriesPayload:
        long = info.context.long_items.get(str(info.path.key), {})
        answers = await submit_each(
            info.context,
            POST_ENTRIES,
            input.entries,
            read=PostEntryInput.to_entry,
            refused={place: _refuse_lines(lines) for place, lines in long.items()},
        )
        results = write_each(info.context, answers, field="entries", refused=EntryPayload, done=_write_posted)
        return PostEntriesPayload(results=results)

    @mutation(description="Post the mirror of an entry: every line with its side swapped. Both stay.")
    async def reverse_entry(self, info: Info, input: ReverseEntryInput) -> EntryPayload:
        return _write_posted(await submit_one(info.context, REVERSE_ENTRIES, input.to_reversal(info.context)))

    @mutation(description="Close a book through a day: from now on no entry may be dated on or before it.")
    async def close_period(self, info: Info, input: ClosePeriodInput) -> ClosePeriodPayload:
        closing = Closing(input.legal_entity, input.through_date)
        closed = await submit_one(info.context, CLOSE_PERIOD, closing)
        return ClosePeriodPayload(replayed=closed.replayed, closed_through=closed.through, book_id=closed.book_id)


def _write_posted(posted: Posted) -> EntryPayload:
    return EntryPayload(replayed=posted.replayed, sequence=BigInt(posted.sequence))


def _refuse_lines(lines: LongList) -> EntryMalformed:
    """As the journal does, which does not see them."""
    return EntryMalformed(field=("lines",), reason=Shape.LINE_COUNT, most=lines.most, count=lines.given)


def _check_key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise InvalidInput(field=("idempotency_key",), reason=Why.IDEMPOTENCY_KEY)
    return key


def _check_text(text: str, *, field: str) -> str:
    if len(text) > LONGEST_DESCRIPTION:
        raise InvalidInput(field=(field,), reason=Why.TEXT_LENGTH, most=LONGEST_DESCRIPTION)
    return text


def _write_metadata(metadata: JSON | None) -> str:
    """Sorted and without spaces, so that the same content has one fingerprint."""
    if metadata is None:
        return ""
    text = write_sorted_json(metadata)
    if len(text) > LONGEST_METADATA:
        raise InvalidInput(field=("metadata",), reason=Why.METADATA_LENGTH, most=LONGEST_METADATA)
    return text
