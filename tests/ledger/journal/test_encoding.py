"""The canonical bytes never change: golden vectors, and the encoding written a second time from its description."""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.journal.encoding import account_identity, content_hashes, event_hashes, fingerprint, microseconds
from ledger.journal.model import Account, AccountKey, EntryDraft, EventDraft, LineDraft
from tests.ledger.journal import canonical
from tests.ledger.journal.world import World

GOLDEN = json.loads(Path(__file__).with_name("golden_entries.json").read_text(encoding="utf-8"))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def names_of(vectors: list[dict[str, Any]]) -> list[str]:
    return [vector["name"] for vector in vectors]


def read_account(line: dict[str, Any]) -> Account:
    party = line["party"] or None
    identity = account_identity(book=line["book"], code=line["code"], party=party, currency=line["currency"])
    return Account(1, AccountKey(1, line["code"], None, line["currency"]), "D", False, None, identity, line["code"])


def read_draft(entry: dict[str, Any]) -> EntryDraft:
    return EntryDraft(
        key=entry["key"],
        book_id=1,
        business_date=date.fromisoformat(entry["requestedDate"]),
        lines=tuple(LineDraft(read_account(line).key, line["side"], line["amount"]) for line in entry["lines"]),
        source=entry["source"],
        template=entry["template"],
        description=entry["description"],
        document=entry["document"],
        document_line=entry["documentLine"],
        cause=entry["cause"],
        metadata=entry["metadata"],
        reversal_of=entry["reversalOf"],
    )


@pytest.mark.parametrize("entry", GOLDEN["entries"], ids=names_of(GOLDEN["entries"]))
def test_an_entry_hashes_to_its_golden_vector(entry: dict[str, Any]) -> None:
    accounts = [read_account(line) for line in entry["lines"]]

    mark = fingerprint(read_draft(entry), book=entry["book"], accounts=accounts)
    (whole,) = content_hashes(
        [(entry["sequence"], date.fromisoformat(entry["businessDate"]), entry["key"], mark)],
        platform=entry["platform"],
        posted_at=EPOCH + timedelta(microseconds=entry["postedAtMicroseconds"]),
        actor=entry["actor"],
    )

    assert mark.hex() == entry["fingerprint"]
    assert whole.hex() == entry["contentHash"]


@pytest.mark.parametrize("entry", GOLDEN["entries"], ids=names_of(GOLDEN["entries"]))
def test_an_entry_is_encoded_as_described(entry: dict[str, Any]) -> None:
    assert canonical.draft_bytes(entry).hex() == entry["draftBytes"]
    assert canonical.entry_bytes(entry).hex() == entry["entryBytes"]
    assert hashlib.sha256(bytes.fromhex(entry["draftBytes"])).hexdigest() == entry["fingerprint"]
    assert hashlib.sha256(bytes.fromhex(entry["entryBytes"])).hexdigest() == entry["contentHash"]


@pytest.mark.parametrize("event", GOLDEN["events"], ids=names_of(GOLDEN["events"]))
def test_an_event_hashes_to_its_golden_vector(event: dict[str, Any]) -> None:
    occurred_at = EPOCH + timedelta(microseconds=event["occurredAtMicroseconds"])
    draft = EventDraft(event["kind"], event["subject"], occurred_at, tuple(event["parties"]), event["payload"])

    (mark,) = event_hashes(
        [(event["sequence"], draft, event["payload"])],
        platform=event["platform"],
        posted_at=EPOCH + timedelta(microseconds=event["postedAtMicroseconds"]),
        actor=event["actor"],
    )

    assert canonical.event_bytes(event).hex() == event["eventBytes"]
    assert mark.hex() == event["contentHash"] == hashlib.sha256(canonical.event_bytes(event)).hexdigest()


@pytest.mark.parametrize("part", ["book", "source", "template", "description", "document", "documentLine", "cause"])
def test_every_text_counts_for_the_fingerprint(part: str) -> None:
    entry = {**GOLDEN["entries"][0], part: "X"}

    accounts = [read_account(line) for line in entry["lines"]]
    assert fingerprint(read_draft(entry), book=entry["book"], accounts=accounts).hex() != entry["fingerprint"]


def test_texts_do_not_run_into_one_another() -> None:
    one = {**GOLDEN["entries"][0], "document": "ab", "documentLine": "c"}
    other = {**GOLDEN["entries"][0], "document": "a", "documentLine": "bc"}

    marks = [
        fingerprint(read_draft(entry), book=entry["book"], accounts=[read_account(line) for line in entry["lines"]])
        for entry in (one, other)
    ]
    assert marks[0] != marks[1]


def test_microseconds_are_exact_to_the_end_of_time() -> None:
    assert microseconds(datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == 253_402_300_799_999_999


async def test_what_the_store_keeps_is_what_was_hashed(world: World) -> None:
    posted = await world.post_lines("D 1100 CNY 500 / C 2010 M1 CNY 500")
    (stored,) = await world.fetch("SELECT * FROM entry WHERE sequence = $1", posted.sequence)

    entry = {
        "platform": world.reference,
        "book": "LE",
        "requestedDate": world.today.isoformat(),
        "businessDate": world.today.isoformat(),
        "source": "API",
        **dict.fromkeys(("template", "description", "document", "documentLine", "cause", "metadata"), ""),
        "reversalOf": None,
        "lines": [
            {"book": "LE", "code": "1100", "party": "", "currency": "CNY", "side": "D", "amount": 500},
            {"book": "LE", "code": "2010", "party": "M1", "currency": "CNY", "side": "C", "amount": 500},
        ],
        "sequence": posted.sequence,
        "postedAtMicroseconds": (stored["posted_at"] - EPOCH) // timedelta(microseconds=1),
        "key": stored["idempotency_key"],
        "actor": "tester",
    }
    assert stored["fingerprint"] == hashlib.sha256(canonical.draft_bytes(entry)).digest()
    assert stored["content_hash"] == hashlib.sha256(canonical.entry_bytes(entry)).digest()
