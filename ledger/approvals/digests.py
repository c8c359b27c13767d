"""The digest of what will happen: what an approver sees is what is done, or nothing is."""

import hashlib
from collections.abc import Mapping

from ledger.compact_json import write_sorted_json


def write_content(content: Mapping[str, object]) -> str:
    """
    What will happen as canonical JSON text: keys sorted, no spaces. Values are texts, integers, truths, None, and lists
    and mappings of these.
    """
    return write_sorted_json(content)


def digest_content(content: str) -> bytes:
    """SHA-256 of a content's UTF-8 bytes."""
    return hashlib.sha256(content.encode()).digest()
