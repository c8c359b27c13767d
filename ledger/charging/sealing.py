"""
The seal of a payment: a digest of everything that it froze on its lines, said by the log.

The log shows payments to everybody they concern, and who else has a share of them is nobody's business; a digest tells
nobody, and shows whether a line is still what it was when it was paid.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ledger.compact_json import write_json


class Frozen(NamedTuple):
    """What a payment froze on a line, amounts in minor units; `rates` is the text that is stored."""

    line: str
    merchant_id: int
    agent_id: int | None
    goods: int
    delivery: int
    platform_discount: int
    merchant_discount: int
    quantity: int
    plan_version: int
    sku: str
    category: str
    levels_born_by: str
    chain: Sequence[int | None]
    rates: str


def seal_lines(lines: Iterable[Frozen], *, settling_book_id: int | None, fingerprint: bytes) -> str:
    """
    SHA-256 in hexadecimal of lines in their order, of the entity that owes their parties where it is another one, and
    of the fingerprint of the event that paid for them.
    """
    said = [fingerprint.hex(), settling_book_id, *([*line[:12], list(line.chain), line.rates] for line in lines)]
    return hashlib.sha256(write_json(said).encode()).hexdigest()
