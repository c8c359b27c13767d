"""
The canonical bytes of an entry. They can never change: rows that were hashed are never rewritten. A new layout takes a
new version byte and leaves this one in place.

Version 1. A *field* is a 4-byte big-endian length and that many bytes; text is UTF-8; integers are decimal ASCII; days
are YYYY-MM-DD; instants are microseconds since 1970-01-01T00:00:00Z in decimal ASCII; nothing is the empty field.

    fingerprint  = SHA-256( 01 "draft"  book, requested date, source, template, description, document,
                            document line, cause, metadata, reversal-of, number of lines,
                            per line: legal entity, code, party, currency, side (D or C), amount )
    content hash = SHA-256( 01 "entry"  platform, sequence, posted at, business date, key, actor, fingerprint )
    event hash   = SHA-256( 01 "event"  platform, sequence, posted at, kind, subject, occurred at, actor, parties,
                            payload )

Legal entity, party and platform are their references; the parties of an event are the store's numbers of them, in the
order given, with blanks between. So the fingerprint covers what the caller said, and the content
hash what the caller said, who it was, and what the ledger decided. tests/ledger/journal/golden_entries.json pins both.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import sha256
from struct import Struct

from ledger.journal.model import Account, EntryDraft, EventDraft

VERSION = b"\x01"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_length = Struct(">I").pack


def field(text: str) -> bytes:
    """One field of the encoding."""
    data = text.encode()
    return _length(len(data)) + data


def account_identity(*, book: str, code: str, party: str | None, currency: str) -> bytes:
    """The four fields of an account, joined; kept with the account because every line of it needs them."""
    return field(book) + field(code) + field(party or "") + field(currency)


_DRAFT = VERSION + field("draft")
_ENTRY = VERSION + field("entry")
_EVENT = VERSION + field("event")
_SIDES = {"D": field("D"), "C": field("C")}
_NOTHING = field("")
_DIGEST = _length(32)

# Fields that recur from entry to entry: legal entities, days, sources, templates, actors.
_recurring = lru_cache(maxsize=10_000)(field)


def fingerprint(draft: EntryDraft, *, book: str, accounts: Sequence[Account]) -> bytes:
    """SHA-256 of what the caller said; `accounts` are those of the draft's lines, in order."""
    parts = [
        _opening(book, draft.business_date, draft.source, draft.template),
        _texts(draft.description, draft.document, draft.document_line, draft.cause, draft.metadata),
        _NOTHING if draft.reversal_of is None else field(str(draft.reversal_of)),
        _recurring(str(len(draft.lines))),
    ]
    for (_, side, amount_minor), account in zip(draft.lines, accounts, strict=True):
        amount = b"%d" % amount_minor
        parts += (account.identity, _SIDES[side], _length(len(amount)), amount)
    return sha256(b"".join(parts)).digest()


@lru_cache(maxsize=10_000)
def _opening(book: str, requested_date: date, source: str, template: str) -> bytes:
    """The first fields of a draft, which recur from entry to entry."""
    return _DRAFT + field(book) + field(requested_date.isoformat()) + field(source) + field(template)


def _texts(*texts: str) -> bytes:
    return b"".join(map(field, texts)) if any(texts) else _NOTHING * len(texts)


def content_hashes(
    entries: Sequence[tuple[int, date, str, bytes]], *, platform: str, posted_at: datetime, actor: str
) -> list[bytes]:
    """SHA-256 of entries as they stand in the log, given as (sequence, business date, key, fingerprint)."""
    head = _ENTRY + field(platform)
    moment = field(str(microseconds(posted_at)))
    who = field(actor) + _DIGEST
    hashes = []
    for sequence, business_date, key, mark in entries:
        number, name = b"%d" % sequence, key.encode()
        day = _recurring(business_date.isoformat())
        parts = (head, _length(len(number)), number, moment, day, _length(len(name)), name, who, mark)
        hashes.append(sha256(b"".join(parts)).digest())
    return hashes


def event_hashes(
    events: Sequence[tuple[int, EventDraft, str]], *, platform: str, posted_at: datetime, actor: str
) -> list[bytes]:
    """SHA-256 of events as they stand in the log, given as (sequence, draft, the payload that is stored)."""
    head = _EVENT + field(platform)
    moment = field(str(microseconds(posted_at)))
    who = field(actor)
    hashes = []
    for sequence, draft, payload in events:
        parts = (
            head,
            field(str(sequence)),
            moment,
            _recurring(draft.kind),
            field(draft.subject),
            _instant(draft.occurred_at),
            who,
            field(" ".join(map(str, draft.parties))),
            field(payload),
        )
        hashes.append(sha256(b"".join(parts)).digest())
    return hashes


@lru_cache(maxsize=10_000)
def _instant(instant: datetime) -> bytes:
    return field(str(microseconds(instant)))


def microseconds(instant: datetime) -> int:
    """Microseconds since the epoch, exactly (a fraction of seconds would lose the last digit)."""
    passed = instant - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
