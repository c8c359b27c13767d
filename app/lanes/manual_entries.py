"""Entries as callers name them, by references, and their way to drafts of the journal."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.journal.errors import BookMissing
from ledger.journal.manual import post_manual_entries
from ledger.journal.model import AccountKey, EntryDraft, LineDraft, Posted, Refused, Side
from ledger.parties.errors import PartyMissing
from ledger.parties.finding import find_parties
from ledger.parties.model import Party


class ManualLine(NamedTuple):
    """A line whose owner is named by reference, None for the platform's own account; minor units."""

    code: str
    party: str | None
    currency: str
    side: Side
    amount: int


class ManualEntry(NamedTuple):
    """An entry whose legal entity and parties are named by reference."""

    key: str
    legal_entity: str
    business_date: date
    description: str
    metadata: str
    lines: tuple[ManualLine, ...]


async def post_named_entries(
    conn: Connection, *, entries: Sequence[ManualEntry], actor: Actor, now: datetime
) -> list[Posted | Refused]:
    """
    Find the parties that entries name, by one statement, and post the entries; one outcome each, in order.

    Refusals, first match wins: BookMissing, PartyMissing, then those of post_manual_entries.
    """
    parties = await find_parties(conn, references=_references(entries))
    drafted = [_draft(entry, parties) for entry in entries]
    drafts = [each for each in drafted if isinstance(each, EntryDraft)]
    posted = iter(await post_manual_entries(conn, drafts=drafts, actor=actor, now=now))
    return [next(posted) if isinstance(each, EntryDraft) else each for each in drafted]


def _references(entries: Sequence[ManualEntry]) -> Iterator[str]:
    for entry in entries:
        yield entry.legal_entity
        for line in entry.lines:
            if line.party is not None:
                yield line.party


def _draft(entry: ManualEntry, parties: Mapping[str, Party]) -> EntryDraft | Refused:
    entity = parties.get(entry.legal_entity)
    if entity is None or entity.kind != "LEGAL_ENTITY":
        return Refused(BookMissing(field=("legal_entity",), book=entry.legal_entity))
    for place, line in enumerate(entry.lines):
        if line.party is not None and line.party not in parties:
            return Refused(PartyMissing(field=("lines", str(place), "account", "party"), reference=line.party))
    return EntryDraft(
        key=entry.key,
        book_id=entity.party_id,
        business_date=entry.business_date,
        lines=tuple(
            LineDraft(
                AccountKey(
                    entity.party_id,
                    line.code,
                    None if line.party is None else parties[line.party].party_id,
                    line.currency,
                ),
                line.side,
                line.amount,
            )
            for line in entry.lines
        ),
        description=entry.description,
        metadata=entry.metadata,
    )
