"""
Lines parsed into batches, while the batch before is being posted.

Parsing gives way to the event loop after every few lines, so both go on at once in one process: whenever the database
works, this side parses, and an answer of the database waits for a few lines at most. While a batch is ready there is no
hurry: posting has better use for the time before the database has something to do.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from app.importing.documents import read_document
from app.importing.lines import NumberedLine
from app.importing.outcomes import Refusal, Rejected
from ledger.errors import LedgerError

Item = TypeVar("Item")
Parse = Callable[[Mapping[str, Any]], Item]

# Two thousand events make a transaction of two thirds of a second. Larger ones gain little, and cost others patience.
BATCH_LINES = 2_000
# A parsed line takes some ten times its size in memory, and up to four batches exist at once.
BATCH_BYTES = 2 * 2**20
READ_AHEAD = 2
_LINES_AT_ONCE = 16
_UNHURRIED_S = 0.002


class Parsed(NamedTuple, Generic[Item]):
    """A line that is well-formed: as a value, and as the object it was."""

    line: int
    item: Item
    document: Mapping[str, Any]


@dataclass(slots=True)
class Batch(Generic[Item]):
    """Some lines that follow each other: the good ones, the others, and how many bytes both took."""

    parsed: list[Parsed[Item]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    size: int = 0


async def parse_batches(
    lines: Iterable[NumberedLine | tuple[Rejected, int]],
    parse: Parse[Item],
    *,
    batch_lines: int = BATCH_LINES,
    batch_bytes: int = BATCH_BYTES,
) -> AsyncIterator[Batch[Item]]:
    """Yield batches in the order of the lines, one being parsed while up to two wait."""
    ready: asyncio.Queue[Batch[Item] | None] = asyncio.Queue(READ_AHEAD)
    parsing = asyncio.create_task(_fill(ready, lines, parse, batch_lines, batch_bytes))
    try:
        while (batch := await ready.get()) is not None:
            yield batch
        await parsing
    finally:
        parsing.cancel()


def parse_line(line: NumberedLine, parse: Parse[Item]) -> Parsed[Item] | Rejected:
    """Read one line; whatever is wrong with it is its own refusal."""
    try:
        document = read_document(line.raw)
        return Parsed(line.number, parse(document), document)
    except LedgerError as error:
        return Rejected(line.number, Refusal.of(error))


async def _fill(
    ready: asyncio.Queue[Batch[Item] | None],
    lines: Iterable[NumberedLine | tuple[Rejected, int]],
    parse: Parse[Item],
    batch_lines: int,
    batch_bytes: int,
) -> None:
    batch: Batch[Item] = Batch()
    try:
        for count, line in enumerate(lines, start=1):
            _add(batch, line, parse)
            if len(batch.parsed) + len(batch.rejected) >= batch_lines or batch.size >= batch_bytes:
                await ready.put(batch)
                batch = Batch()
            elif count % _LINES_AT_ONCE == 0:
                await asyncio.sleep(_UNHURRIED_S if ready.qsize() else 0)
        if batch.size:
            await ready.put(batch)
    except Exception:
        await ready.put(None)  # the reader then finds the error in this task
        raise
    await ready.put(None)


def _add(batch: Batch[Item], line: NumberedLine | tuple[Rejected, int], parse: Parse[Item]) -> None:
    if isinstance(line, NumberedLine):
        outcome = parse_line(line, parse)
        batch.size += line.size
    else:
        outcome, size = line
        batch.size += size
    if isinstance(outcome, Rejected):
        batch.rejected.append(outcome)
    else:
        batch.parsed.append(outcome)
