"""Entries and their lines."""

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.api import accounts as account_types
from app.api.connections import Connection
from app.api.context import Context, Info
from app.api.cursor import CursorInvalid, CursorScope
from app.api.documents import OWN, name_document
from app.api.errors import Why
from app.api.figures import Count, Cursor, EntrySource, Side, check_sequences_shown, to_span
from app.api.legal_entities import LegalEntity
from app.api.money import Money
from app.api.named import check_named, check_order
from app.api.nodes import Node, read_key, write_id
from app.api.scalars import JSON, BigInt
from ledger.errors import InvalidInput
from ledger.journal.errors import AccountMissing
from ledger.reporting import entries
from ledger.reporting.model import EntryFilter, EntryRow, LineRow

if TYPE_CHECKING:
    from app.api.accounts import Account

AnAccount = Annotated["Account", strawberry.lazy("app.api.accounts")]


@strawberry.type(description="One debit or credit of an entry.")
class Line:
    position: int = strawberry.field(description="Its place in the entry, from 1.")
    side: Side
    amount: Money = strawberry.field(description="Always positive; the side says which way.")
    balance_after: Money = strawberry.field(description="The account's balance after this line, on its normal side.")
    business_date: date
    row: strawberry.Private[LineRow]

    @classmethod
    def of(cls, row: LineRow) -> "Line":
        """Make the API's line of the ledger's."""
        return cls(
            position=row.position,
            side=Side(row.side),
            amount=Money.of(row.amount, row.currency),
            balance_after=Money.of(row.balance_after, row.currency),
            business_date=row.business_date,
            row=row,
        )

    @strawberry.field
    async def account(self, info: Info) -> AnAccount:
        return await account_types.load_account(info.context, self.row.account_id)

    @strawberry.field
    async def entry(self, info: Info) -> "Entry":
        return await get_entry(info.context, self.row.sequence)


@strawberry.type(description="One balanced fact in the journal. It never changes; a correction is a new entry.")
class Entry(Node):
    kind: str = strawberry.field(description="The rule that made it, such as SPLIT or REFUND; else how it came in.")
    source: EntrySource
    business_date: date = strawberry.field(description="Which day it belongs to.")
    requested_date: date = strawberry.field(
        description="The day that was asked for; another than businessDate where that day was closed."
    )
    posted_at: datetime = strawberry.field(description="When it was written.")
    legal_entity: LegalEntity = strawberry.field(description="The one whose book it is in.")
    description: str
    document_line: str | None
    cause: str | None = strawberry.field(
        description="The id of what caused it, such as an order's event; null for keys that see only a part."
    )
    proof: str | None = strawberry.field(description="Reserved for proofs of inclusion; null for now.")
    row: strawberry.Private[EntryRow]

    @classmethod
    def of(cls, context: Context, row: EntryRow) -> "Entry":
        """Make the API's entry of the ledger's."""
        return cls(
            id=write_entry_id(context, row.sequence),
            kind=row.template or row.source,
            source=EntrySource(row.source),
            business_date=row.business_date,
            requested_date=row.requested_date,
            posted_at=row.posted_at,
            legal_entity=LegalEntity(reference=row.book_reference),
            description=row.description,
            document_line=row.document_line or None,
            cause=row.cause or None if context.viewer.sees_whole_platform else None,
            proof=None,
            row=row,
        )

    @strawberry.field(description=f"What it belongs to, such as order/O-1. {OWN}")
    async def document(self, info: Info) -> str | None:
        return await name_document(info.context, self.row.document)

    @strawberry.field(description="Its place in the platform's log; null for keys that see only a part.")
    def sequence(self, info: Info) -> BigInt | None:
        return BigInt(self.row.sequence) if info.context.viewer.sees_whole_platform else None

    @strawberry.field(description="SHA-256 in hexadecimal over all of it; null for keys that see only a part.")
    def content_hash(self, info: Info) -> str | None:
        return self.row.content_hash.hex() if info.context.viewer.sees_whole_platform else None

    @strawberry.field(
        description="SHA-256 in hexadecimal of what was asked for, which a replay of its key must match; null for keys"
        " that see only a part."
    )
    def fingerprint(self, info: Info) -> str | None:
        return self.row.fingerprint.hex() if info.context.viewer.sees_whole_platform else None

    @strawberry.field(description="The key it was posted under, once; null for keys that see only a part.")
    def idempotency_key(self, info: Info) -> str | None:
        return self.row.idempotency_key if info.context.viewer.sees_whole_platform else None

    @strawberry.field(description="Who posted it; null for keys that see only a part.")
    def actor(self, info: Info) -> str | None:
        return self.row.actor if info.context.viewer.sees_whole_platform else None

    # It says what everybody got of an order: what is a party's own of that, its sheets' lines and its fee lines show.
    @strawberry.field(description="What came with it, as a rule its fees; null for keys that see only a part.")
    def metadata(self, info: Info) -> JSON | None:
        if not self.row.metadata or not info.context.viewer.sees_whole_platform:
            return None
        return JSON(json.loads(self.row.metadata))

    @strawberry.field(description="Its lines in order; for a key of a party, those of its subtree.")
    async def lines(self, info: Info) -> list[Line]:
        context = info.context
        rows = await context.load(entries.list_entry_lines, self.row.sequence, scope=context.viewer.scope_party_id)
        return [Line.of(row) for row in rows]

    @strawberry.field(description="The entry that this one mirrors.")
    async def reversal_of(self, info: Info) -> "Entry | None":
        return None if self.row.reversal_of is None else await load_entry(info.context, self.row.reversal_of)

    @strawberry.field(description="The entry that mirrors this one.")
    async def reversed_by(self, info: Info) -> "Entry | None":
        context = info.context
        row = await context.load(entries.find_reversals, self.row.sequence, scope=context.viewer.scope_party_id)
        return None if row is None else Entry.of(context, row)


@strawberry.input(
    description="Which entries; what is left out does not matter. Dates and sequences are inclusive; `account` and"
    " `party` (by reference) ask for entries with a line there, together for those with a line of each; `order` is"
    " short for the document order/REFERENCE, and asks for the order's own entries. What only names an order (a fee"
    " line from elsewhere, an adjustment, a hold) is a document of its own: `trace` of the order has its entries, too."
)
class EntryFilterInput:
    legal_entity: str | None = None
    business_date_from: date | None = None
    business_date_to: date | None = None
    sequence_from: BigInt | None = None
    sequence_to: BigInt | None = None
    document: str | None = strawberry.field(default=None, description="What they belong to, such as order/O-1.")
    document_line: str | None = None
    order: str | None = None
    kind: str | None = None
    source: EntrySource | None = None
    account: strawberry.ID | None = None
    party: str | None = None
    idempotency_key: str | None = None


@strawberry.type
class EntryQueries:
    @strawberry.field(description="One entry; null when there is none that you may see.")
    async def entry(self, info: Info, id: strawberry.ID) -> Entry | None:
        key = read_key(info.context, id, kind="Entry")
        return None if key is None else await find_entry(info.context, key)

    @strawberry.field(description="Entries, newest first.")
    async def entries(
        self,
        info: Info,
        *,
        filter: EntryFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[Entry]:
        context = info.context
        scope = context.viewer.scope_party_id
        given = filter or EntryFilterInput()
        matching = await _read_filter(context, given)
        pager = context.open_list("entries", matching=matching)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows: list[EntryRow] = []
        if matching is not None:
            rows = await context.read(entries.list_entries, scope=scope, matching=matching, span=to_span(page))
        await check_named(context, rows, party=given.party, legal_entity=given.legal_entity)
        if not rows and given.order is not None:
            await _check_order(context, given.order)
        return pager.lay_out(rows, page, node=lambda row: Entry.of(context, row), position=lambda row: (row.sequence,))


async def _read_filter(context: Context, given: EntryFilterInput) -> EntryFilter | None:
    """
    None when it names documents that no entry can have, or none that the viewer is told of.

    Refusals: AccountMissing.
    """
    if (given.sequence_from, given.sequence_to) != (None, None):
        check_sequences_shown(context, field=("filter", "sequence_from"))
    if given.idempotency_key is not None and not context.viewer.sees_whole_platform:
        raise InvalidInput(field=("filter", "idempotency_key"), reason=Why.KEYS_HIDDEN)
    documents = {given.document, given.order and f"order/{given.order}"} - {None}
    for each in documents:
        if each and await name_document(context, each) is None:
            return None
    account = None
    if given.account is not None:
        key = read_key(context, given.account, kind="Account", field=("filter", "account"))
        account = None if key is None else await account_types.find_account(context, key)
        if account is None:
            raise AccountMissing(field=("filter", "account"), account=given.account)
    if len(documents) > 1:
        return None
    return EntryFilter(
        legal_entity=given.legal_entity,
        business_date_from=given.business_date_from,
        business_date_to=given.business_date_to,
        sequence_from=given.sequence_from,
        sequence_to=given.sequence_to,
        document=next(iter(documents), None),
        document_line=given.document_line,
        kind=given.kind,
        source=given.source and str(given.source),
        account_id=None if account is None else account.row.account_id,
        party=given.party,
        key=given.idempotency_key,
    )


async def _check_order(context: Context, reference: str) -> None:
    """Whether there is such an order, or an entry that names it: nobody need have paid for it."""
    scope = context.viewer.scope_party_id
    if not await context.load(entries.list_document_entries, (f"order/{reference}", None), scope=scope):
        await check_order(context, reference)


async def load_entry(context: Context, sequence: int) -> Entry | None:
    """An entry by its place in the log; None when it may not be seen."""
    row = await context.load(entries.find_entries, sequence, scope=context.viewer.scope_party_id)
    return None if row is None else Entry.of(context, row)


async def get_entry(context: Context, sequence: int) -> Entry:
    """The entry of a line that may be seen."""
    entry = await load_entry(context, sequence)
    assert entry is not None, "a line that is seen shows that its entry is"
    return entry


async def find_entry(context: Context, key: int | str) -> Entry | None:
    """An entry by the key of its id; None when it may not be seen."""
    sequence = _read_sequence(context, key)
    return None if sequence is None else await load_entry(context, sequence)


def write_entry_id(context: Context, sequence: int) -> strawberry.ID:
    """
    The global id of an entry. It holds the sequence, which a party's key must not learn: there it is sealed as a cursor
    is, for that key's scope only.
    """
    if context.viewer.sees_whole_platform:
        return write_id(context, "Entry", sequence)
    return write_id(context, "Entry", context.services.cursors.encode((sequence,), scope=_seal_scope(context)))


def _read_sequence(context: Context, key: int | str) -> int | None:
    if context.viewer.sees_whole_platform:
        return key if isinstance(key, int) else None
    try:
        (sequence,) = context.services.cursors.decode(str(key), scope=_seal_scope(context))
    except CursorInvalid:
        return None
    return int(sequence)


def _seal_scope(context: Context) -> CursorScope:
    return CursorScope(context.viewer.platform_id, "entry id", {"scope": context.viewer.scope_party_id})
