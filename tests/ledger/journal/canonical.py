"""
The canonical encoding a second time, written from its description alone: a field is a 4-byte big-endian length and that
many bytes. Works on the dicts of golden_entries.json and shares no code with the ledger.
"""

import hashlib
from typing import Any


def join(*fields: str | bytes) -> bytes:
    parts = [field if isinstance(field, bytes) else field.encode("utf-8") for field in fields]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def draft_bytes(entry: dict[str, Any]) -> bytes:
    head = [entry[name] for name in ("book", "requestedDate", "source", "template", "description", "document")]
    head += [entry["documentLine"], entry["cause"], entry["metadata"]]
    head += [str(entry["reversalOf"]) if entry["reversalOf"] else "", str(len(entry["lines"]))]
    lines = [
        text
        for line in entry["lines"]
        for text in (line["book"], line["code"], line["party"], line["currency"], line["side"], str(line["amount"]))
    ]
    return b"\x01" + join("draft", *head, *lines)


def entry_bytes(entry: dict[str, Any]) -> bytes:
    texts = [entry["platform"], str(entry["sequence"]), str(entry["postedAtMicroseconds"]), entry["businessDate"]]
    return b"\x01" + join("entry", *texts, entry["key"], entry["actor"], hashlib.sha256(draft_bytes(entry)).digest())


def event_bytes(event: dict[str, Any]) -> bytes:
    texts = [event["platform"], str(event["sequence"]), str(event["postedAtMicroseconds"]), event["kind"]]
    texts += [event["subject"], str(event["occurredAtMicroseconds"]), event["actor"]]
    texts += [" ".join(map(str, event["parties"])), event["payload"]]
    return b"\x01" + join("event", *texts)
