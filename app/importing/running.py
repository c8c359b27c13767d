"""A whole file: read, parse, send, report. The counts are the caller's, so they also tell of an interrupted import."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from app.importing.batches import BATCH_LINES, Batch, Parse, parse_batches
from app.importing.lines import NumberedLine
from app.importing.outcomes import Counts, Done, Rejected
from app.importing.writers import Outcome, Send
from app.memory import YOUNG_OBJECTS_OF_IMPORT, settle_memory

Item = TypeVar("Item")


async def import_lines(
    lines: Iterable[NumberedLine | tuple[Rejected, int]],
    *,
    parse: Parse[Item],
    send: Send[Item],
    counts: Counts,
    on_batch: Callable[[Sequence[Rejected]], None],
    batch_lines: int = BATCH_LINES,
) -> None:
    """
    Import the lines of a file; `on_batch` hears, after every batch, which lines were refused.

    Errors: whatever `send` raises about the store as a whole. What was counted by then is in the book.
    """
    settle_memory(young_objects=YOUNG_OBJECTS_OF_IMPORT)
    async for batch in parse_batches(lines, parse, batch_lines=batch_lines):
        outcomes = await send(batch.parsed) if batch.parsed else []
        on_batch(_count(batch, outcomes, counts))


def _count(batch: Batch[Item], outcomes: Sequence[Outcome], counts: Counts) -> list[Rejected]:
    rejected = list(batch.rejected)
    for each, outcome in zip(batch.parsed, outcomes, strict=True):
        if not isinstance(outcome, Done):
            rejected.append(Rejected(each.line, outcome))
        elif outcome.replayed:
            counts.replayed += 1
        else:
            counts.recorded += 1
    counts.refused += len(rejected)
    counts.bytes_read += batch.size
    return sorted(rejected, key=lambda each: each.line)
