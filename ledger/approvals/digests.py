"""The digest of what will happen: what an approver sees is what is done, or nothing is."""

import hashlib
import json
from collections.abc import Mapping


def write_content(content: Mapping[str, object]) -> str:
    """
    What will happen as canonical JSON text: keys sorted, no spaces. Values are texts, integers, truths, None, and lists
    and mappings of these.
    """
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_content(content: str) -> bytes:
    """SHA-256 of a content's UTF-8 bytes."""
    return hashlib.sha256(content.encode()).digest()
