"""A file becomes numbered lines in constant memory; nothing of it is skipped without a word."""

import gzip
import io
import tracemalloc

import pytest

from app.importing.lines import LONGEST_LINE, TOO_LONG, read_lines
from app.importing.outcomes import Rejected


def read(raw: bytes) -> list[tuple[int, bytes]]:
    return [(line.number, line.raw) for line in read_lines(io.BytesIO(raw))]  # type: ignore[union-attr]


def test_lines_are_numbered_as_an_editor_numbers_them() -> None:
    assert read(b'{"a":1}\n\n  \r\n{"b":2}\r\n{"c":3}') == [(1, b'{"a":1}'), (4, b'{"b":2}'), (5, b'{"c":3}')]


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    assert read(b'\xef\xbb\xbf{"a":1}\n\xef\xbb\xbf{"b":2}\n') == [(1, b'{"a":1}'), (2, b'\xef\xbb\xbf{"b":2}')]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (gzip.compress(b'{"a":1}\n' * 1_000, mtime=0), "The file is compressed with gzip: unpack it first."),
        (b"PK\x03\x04" + b"\n" * 10, "The file is a ZIP archive: unpack it first."),
        ('{"a":1}\n{"b":2}\n'.encode("utf-16"), "The file is in UTF-16 or UTF-32: write it in UTF-8."),
        (b"\xfe\xff" + '{"a":1}\n{"b":2}\n'.encode("utf-16-be"), "The file is in UTF-16: write it in UTF-8."),
    ],
    ids=["gzip", "zip", "utf-16", "utf-16 big-endian"],
)
def test_a_file_that_is_no_text_is_refused_once(raw: bytes, reason: str) -> None:
    ((rejected, _),) = read_lines(io.BytesIO(raw))

    assert isinstance(rejected, Rejected)
    assert (rejected.line, rejected.refusal.code, rejected.refusal.message) == (1, "INVALID_JSON", reason)


def test_an_empty_file_has_no_lines() -> None:
    assert read(b"") == []


def test_a_line_of_one_mebibyte_is_read_and_a_longer_one_refused_by_number() -> None:
    longest = b"x" * LONGEST_LINE

    lines = list(read_lines(io.BytesIO(longest + b"\r\n" + longest + b"x\n" + b"x" * 5_000_000 + b"\nlast")))

    assert [line for line in lines if isinstance(line[0], Rejected)] == [
        (Rejected(2, TOO_LONG), LONGEST_LINE + 2),
        (Rejected(3, TOO_LONG), 5_000_001),
    ]
    assert [line.number for line in (lines[0], lines[3])] == [1, 4]  # type: ignore[union-attr]
    assert lines[3].raw == b"last"  # type: ignore[union-attr]


def test_sizes_add_up_to_the_file() -> None:
    raw = b"one\r\n\ntwo\n" + b"x" * 3_000_000 + b"\nend"

    sizes = [line.size if hasattr(line, "size") else line[1] for line in read_lines(io.BytesIO(raw))]

    assert sum(sizes) == len(raw) - 1  # the blank line


def test_an_endless_line_takes_no_memory() -> None:
    raw = io.BytesIO(b"x" * 30_000_000)
    tracemalloc.start()
    list(read_lines(raw))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 4 * LONGEST_LINE
