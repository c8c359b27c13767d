"""Lines become batches in their order, and one bad line spoils nobody's day."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from app.importing.batches import READ_AHEAD, parse_batches
from app.importing.lines import TOO_LONG, NumberedLine
from app.importing.outcomes import Rejected
from ledger.errors import InvalidInput


def lines(*raws: bytes) -> list[NumberedLine]:
    return [NumberedLine(number, raw, len(raw) + 1) for number, raw in enumerate(raws, start=1)]


def parse(document: Mapping[str, Any]) -> int:
    if "n" not in document:
        raise InvalidInput(field=("n",), reason="n is missing.")
    return int(document["n"])


async def collect(given: Any, **limits: int) -> list[tuple[list[int], list[tuple[int, str]]]]:
    return [
        ([each.item for each in batch.parsed], [(line, refusal.code) for line, refusal in batch.rejected])
        async for batch in parse_batches(given, parse, **limits)
    ]


async def test_batches_keep_the_order_and_each_bad_line_its_number() -> None:
    given = lines(b'{"n":1}', b"{", b'{"n":2}', b'{"m":3}', b'{"n":4}')

    assert await collect(given, batch_lines=2) == [
        ([1], [(2, "INVALID_JSON")]),
        ([2], [(4, "INVALID_INPUT")]),
        ([4], []),
    ]


async def test_a_batch_ends_at_its_bytes_too() -> None:
    given = lines(*[b'{"n":1}'] * 5)

    assert [len(items) for items, _ in await collect(given, batch_bytes=16)] == [2, 2, 1]


async def test_a_refused_line_that_was_never_kept_still_counts() -> None:
    refusal = Rejected(2, TOO_LONG)

    batches = [batch async for batch in parse_batches([*lines(b'{"n":1}'), (refusal, 9)], parse)]

    assert [(batch.size, batch.rejected) for batch in batches] == [(17, [refusal])]


async def test_reading_stays_a_few_batches_ahead_of_a_slow_database() -> None:
    taken = 0

    def count() -> Iterator[NumberedLine]:
        nonlocal taken
        for line in lines(*[b'{"n":1}'] * 100):
            taken += 1
            yield line

    async for _ in parse_batches(count(), parse, batch_lines=1):
        await asyncio.sleep(0.02)
        assert taken <= 1 + READ_AHEAD + 1
        break


async def test_an_error_of_the_file_reaches_whoever_reads_the_batches() -> None:
    def fail() -> Iterator[NumberedLine]:
        yield from lines(b'{"n":1}')
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        await collect(fail())


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"{", "The line is not valid JSON: Expecting property name enclosed in double quotes at character 1."),
        (b"[1]", "The line must be a JSON object."),
        (b'{"n":1}{"n":2}', "The line is not valid JSON: Extra data at character 7."),
        (b'{"n":NaN}', "NaN is not JSON."),
        (b'{"n":Infinity}', "Infinity is not JSON."),
        (b'{"n":1,"n":2}', "The key 'n' stands twice in one object."),
        (b'{"n":"\xff"}', "The line is not valid UTF-8."),
        (b'{"n":"\\ud800"}', "Text must not contain U+0000 or half of a surrogate pair."),
        (b'{"n":"\\u0000"}', "Text must not contain U+0000 or half of a surrogate pair."),
        (b"[" * 100_000, "The line nests deeper than 64 levels."),
        (b'{"n":' + b"9" * 5_000 + b"}", "A number has more than 40 digits."),
        (b'{"n":1e999}', "A number is too long or too large."),
    ],
)
async def test_a_line_that_is_no_json_is_refused_with_its_reason(raw: bytes, message: str) -> None:
    (batch,) = [batch async for batch in parse_batches(lines(raw), parse)]

    assert [(line, refusal.code, refusal.message) for line, refusal in batch.rejected] == [(1, "INVALID_JSON", message)]
