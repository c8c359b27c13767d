"""A file as numbered lines, in constant memory."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from app.importing.outcomes import LineInvalid, LineTooLong, Refusal, Rejected, Why

LONGEST_LINE = 2**20
TOO_LONG = Refusal.of(LineTooLong(limit=LONGEST_LINE))
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # some editors write one; the JSON standard lets a reader ignore it

# What a file begins with that is no text in UTF-8: each of its lines would be refused, and none would say why.
_OTHER_FILES = {
    b"\x1f\x8b": Why.GZIP,
    b"PK\x03\x04": Why.ZIP,
    b"\xff\xfe": Why.UTF_16_OR_32,
    b"\xfe\xff": Why.UTF_16,
}


class NumberedLine(NamedTuple):
    """`number` counts from 1, as editors do; `size` is what it takes in the file, its end included."""

    number: int
    raw: bytes
    size: int


def read_lines(file: BinaryIO) -> Iterator[NumberedLine | tuple[Rejected, int]]:
    """
    Yield the lines that are not blank; for one longer than 1 MiB its refusal and its size.

    Blank lines are counted and say nothing; many files end in one. A file that begins as no text does is refused once,
    in place of its first line.
    """
    number = 0
    while raw := file.readline(LONGEST_LINE + 2):  # the line's end, and one byte more to see that it is too long
        number += 1
        if number == 1:
            try:
                check_beginning(raw)
            except LineInvalid as invalid:
                yield Rejected(number, Refusal.of(invalid)), len(raw)
                return
        size = len(raw)
        text = raw.rstrip(b"\r\n")
        if len(text) > LONGEST_LINE:
            if not raw.endswith(b"\n"):
                size += _skip_rest(file)
            yield Rejected(number, TOO_LONG), size
            continue
        if number == 1:
            text = text.removeprefix(BYTE_ORDER_MARK)
        if text.strip():
            yield NumberedLine(number, text, size)


def check_beginning(raw: bytes) -> None:
    """
    See that a file which begins so may be text in UTF-8.

    Refusals: LineInvalid.
    """
    for beginning, reason in _OTHER_FILES.items():
        if raw.startswith(beginning):
            raise LineInvalid(reason=reason)


def _skip_rest(file: BinaryIO) -> int:
    skipped = 0
    while part := file.readline(LONGEST_LINE):
        skipped += len(part)
        if part.endswith(b"\n"):
            break
    return skipped
