"""A file as numbered lines, in constant memory."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from app.importing.outcomes import LineTooLong, Refusal, Rejected

LONGEST_LINE = 2**20
TOO_LONG = Refusal.of(LineTooLong(limit=LONGEST_LINE))
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # some editors write one; the JSON standard lets a reader ignore it


class NumberedLine(NamedTuple):
    """`number` counts from 1, as editors do; `size` is what it takes in the file, its end included."""

    number: int
    raw: bytes
    size: int


def read_lines(file: BinaryIO) -> Iterator[NumberedLine | tuple[Rejected, int]]:
    """
    Yield the lines that are not blank; for one longer than 1 MiB its refusal and its size.

    Blank lines are counted and say nothing; many files end in one.
    """
    number = 0
    while raw := file.readline(LONGEST_LINE + 2):  # the line's end, and one byte more to see that it is too long
        number += 1
        size = len(raw)
        text = raw.rstrip(b"\r\n")
        if len(text) > LONGEST_LINE:
            if not raw.endswith(b"\n"):
                size += _skip_rest(file)
            yield Rejected(number, TOO_LONG), size
            continue
        if number == 1:
            text = text.removeprefix(_BYTE_ORDER_MARK)
        if text.strip():
            yield NumberedLine(number, text, size)


def _skip_rest(file: BinaryIO) -> int:
    skipped = 0
    while part := file.readline(LONGEST_LINE):
        skipped += len(part)
        if part.endswith(b"\n"):
            break
    return skipped
