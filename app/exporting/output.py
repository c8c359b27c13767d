"""Where an export goes: stdout, or a file that is there whole or not at all."""

import errno
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from app.system_words import say_failure
from ledger.errors import ExpectedError, Words


class What(Words):
    """What is written and has no name."""

    THE_OUTPUT = "The output"


class OutputFailed(ExpectedError):
    """The file, or what `place` says, cannot be written."""

    code = "OUTPUT_FAILED"
    sentence = "{place} cannot be written: {reason}."


class OutputClosed(Exception):
    """Whoever read our output has gone, as `head` does."""


@contextmanager
def open_output(path: Path | None) -> Iterator[TextIO]:
    """
    Open stdout or a draft beside the file, which takes the file's place when the block ends well. What is there and no
    file, a device or a pipe with a name, is written to as it is: to take its place would be to remove it.

    Errors: OutputFailed, OutputClosed. No OSError: inside a transaction that would speak of the database.
    """
    if path is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with _open_as_it_is(path) if path.exists() and not path.is_file() else _open_draft(path.resolve()) as file:
            yield file
    except BrokenPipeError as error:
        raise OutputClosed from error
    except OSError as error:
        raise OutputFailed(place=path, reason=say_failure(error)) from error


def _open_as_it_is(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="\n")


@contextmanager
def _open_draft(path: Path) -> Iterator[TextIO]:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("x", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
