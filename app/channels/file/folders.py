"""
The file channel: submissions are written into one folder for the bank, what it sends is found in another.

A file is written whole or not at all, under a name made of its message id. Writing a submission again writes the same
bytes under the same name, so whoever was stopped in between leaves one file.
"""

import asyncio
import hashlib
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from app.channels.file.pain001 import KIND, write_pain001
from app.channels.file.xml import LARGEST_FILE
from app.channels.protocol import ChannelUnreachable, FetchedFile, Handed, Written
from ledger.settlement.payouts.model import BankAnswer, Submission

_READ, _REFUSED = "read", "refused"
_ENDINGS = (".xml", ".jsonl")


class FileChannel:
    """`folder` has `out` for the bank and `in` from it; what was read moves to `in/read` or `in/refused`."""

    is_repeatable = True

    def __init__(self, folder: Path, *, name: str = "file") -> None:
        self.name = name
        self._out = folder / "out"
        self._in = folder / "in"

    async def submit(self, submission: Submission) -> Handed:
        """Write the submission's file; the answers come by files. Refusals: ChannelUnreachable."""
        content = write_pain001(submission)
        name = f"{submission.message_id}.xml"
        try:
            await asyncio.to_thread(_write_whole, self._out / name, content)
        except OSError as error:
            raise ChannelUnreachable(channel=self.name) from error
        return Handed({}, (Written(name, KIND, content),))

    async def query(self, keys: Sequence[str]) -> list[BankAnswer]:
        """Nothing: a bank that is written to by files answers by files."""
        return []

    async def fetch(self) -> list[FetchedFile]:
        """
        The files in `in`, by name; one that is still being written has another ending than .xml (of a bank) or .jsonl
        (of a payment channel).

        Refusals: ChannelUnreachable.
        """
        try:
            return await asyncio.to_thread(_read_all, self._in)
        except OSError as error:
            raise ChannelUnreachable(channel=self.name) from error

    async def put_away(self, file: FetchedFile, *, refused: bool) -> None:
        """
        Move a file that was read out of the way; another one that came under its name meanwhile stays, and none that is
        there takes the place of another. Refusals: ChannelUnreachable.
        """
        try:
            await asyncio.to_thread(_move, self._in, file, _REFUSED if refused else _READ)
        except OSError as error:
            raise ChannelUnreachable(channel=self.name) from error


def _write_whole(path: Path, content: bytes) -> None:
    """Write, flush to the disk, rename: a file under its name is whole. It holds account numbers, so it is private."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists() and path.read_bytes() == content:
        return
    # Of its own: whoever gave up may have left a thread that still writes the same.
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read_all(folder: Path) -> list[FetchedFile]:
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix in _ENDINGS and path.is_file())
    except FileNotFoundError:
        return []  # until the bank has sent something
    fetched = []
    for path in found:
        with suppress(FileNotFoundError), path.open("rb") as file:  # another worker may have read it meanwhile
            # One byte more than a file may have is enough to refuse it.
            fetched.append(FetchedFile(path.name, file.read(LARGEST_FILE + 1)))
    return fetched


def _move(folder: Path, file: FetchedFile, where: str) -> None:
    (folder / where).mkdir(exist_ok=True, mode=0o700)
    path, target = folder / file.name, folder / where / file.name
    digest = hashlib.sha256(file.content).hexdigest()
    with suppress(FileNotFoundError):  # another worker has moved it
        if not _holds(path, file.content):
            return
        if target.exists() and not _holds(target, file.content):
            # Banks may use a name again; what they said under it before is kept as well.
            target = target.with_name(f"{target.stem}.{digest[:16]}{target.suffix}")
        path.replace(target)


def _holds(path: Path, content: bytes) -> bool:
    """Whether a file's content is this, as far as it was read."""
    with path.open("rb") as file:
        return file.read(LARGEST_FILE + 1) == content
