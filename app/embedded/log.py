"""The server's log: one file in the home, and what it says when a start goes wrong."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.embedded.cluster import DISK_FULL, LOG_FILE
from app.embedded.errors import ServerFailed, StoreError, StoreFull, Why
from app.embedded.locks import open_private
from app.system_words import SystemSays
from ledger.errors import Remark

LONGEST_LOG = 10 * 2**20  # bytes in one file before it makes room for the next; one older file is kept
ROOM_TO_START = 20 * 2**20  # bytes: one 16 MB segment of the write-ahead log and some more


class Log:
    def __init__(self, home: Path) -> None:
        self.path = home / LOG_FILE
        self._began = 0

    def begin(self) -> None:
        """Note where the next start's words begin."""
        if self.path.exists() and self.path.stat().st_size > LONGEST_LOG:
            self.path.replace(self.path.with_suffix(".log.1"))
        self._began = self.path.stat().st_size if self.path.exists() else 0

    @contextmanager
    def open_for_server(self) -> Iterator[int]:
        # Opened by us and handed over: the server's user need not reach the home.
        descriptor = open_private(self.path, os.O_WRONLY | os.O_APPEND)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def words(self) -> str:
        """What was written since `begin`, its last part if that is long."""
        if not self.path.exists():  # somebody tidied up; the server writes on into a file without a name
            return ""
        with self.path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(self._began, end - 65_536))
            return file.read().decode(errors="replace")

    def last_line(self) -> str:
        lines = self.words().splitlines()
        return lines[-1] if lines else ""

    def explain_failure(self) -> StoreError:
        """The error for a server that ended while it started."""
        lines = self.words().splitlines()
        # On a full disk the log itself may have lost the line that says so.
        is_full = any(DISK_FULL in line and "shared memory" not in line for line in lines)
        if is_full or self._room_left() < ROOM_TO_START:
            return StoreFull(folder=self.path.parent)
        grave = [line for line in lines if "FATAL:" in line or "PANIC:" in line] or lines
        said = Remark(SystemSays.QUOTED, said=grave[-1]) if grave else Why.NO_LAST_WORDS
        return ServerFailed(reason=said, log=self.path)

    def _room_left(self) -> int:
        found = os.statvfs(self.path.parent)
        return found.f_bavail * found.f_frsize
