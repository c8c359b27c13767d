"""
The locks of a home, and why a dead process never counts.

`start.lock` is held alone by whoever looks at the server, starts it or stops it. `work.lock` is held by every
command for as long as it works, shared. On its way out a command takes `start.lock`, then asks for `work.lock` alone
without waiting: whoever gets it is the last one and stops the server. `demo.lock` is held by whoever looks whether the
store is empty and loads the demo into it.

All are `flock` locks. The kernel drops them with the process, however it ends, so nothing is ever left to clean up;
and they belong to one opening of the file, so two leases of one process count as two.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from app.embedded.progress import Report, Wait

_DEMO_LOCK = "demo.lock"


def open_private(path: Path, flags: int) -> int:
    """
    Open or create a file of the home for this process alone (not for its children), readable by the home's owner.

    When root makes a file in a home of another user, that user must still be able to open it later.
    """
    descriptor = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    if os.geteuid() == 0:
        home = path.parent.stat()
        os.fchown(descriptor, home.st_uid, home.st_gid)
    return descriptor


@contextmanager
def start_lock(home: Path, report: Report) -> Iterator[None]:
    """Hold the lock around start and stop. Another holder may be in a long recovery, so waiting has no limit."""
    descriptor = open_private(home / "start.lock", os.O_RDWR)
    try:
        wait = Wait("Waiting for another command that is starting or stopping PostgreSQL", report)
        while not _try_lock(descriptor, fcntl.LOCK_EX):
            wait.pause()
        yield
    finally:
        os.close(descriptor)


class DemoStage:
    """How far the loading of the demo came, kept in its lock file: "" where none is begun or it has ended."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self) -> str:
        """What was written last, by whichever process."""
        return os.pread(self._descriptor, 100, 0).decode(errors="replace")

    def write(self, stage: str) -> None:
        """Keep it beyond the end of this process, however it ends."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, stage.encode(), 0)


def is_demo_begun(home: Path) -> bool:
    """Whether somebody ever began to load the demo from here."""
    return (home / _DEMO_LOCK).exists()


@asynccontextmanager
async def demo_lock(home: Path, on_wait: Callable[[], None]) -> AsyncIterator[DemoStage]:
    """Hold the lock around the demo's loading. Waits without blocking the event loop, so that Ctrl-C is heard."""
    os.makedirs(home, mode=0o700, exist_ok=True)
    descriptor = open_private(home / _DEMO_LOCK, os.O_RDWR)
    try:
        if not _try_lock(descriptor, fcntl.LOCK_EX):
            on_wait()
            while not _try_lock(descriptor, fcntl.LOCK_EX):  # noqa: ASYNC110 -- what is waited for is another process
                await asyncio.sleep(0.1)
        yield DemoStage(descriptor)
    finally:
        os.close(descriptor)


class WorkLock:
    """This holder's share in `work.lock`. Every method is called under `start_lock`, except `drop`."""

    def __init__(self, home: Path) -> None:
        self._descriptor = open_private(home / "work.lock", os.O_RDWR)

    def share(self) -> None:
        # Waits for nobody: the lock is only ever held alone by someone who also holds `start_lock`.
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def is_last(self) -> bool:
        """True when nobody else works; the lock is then held alone."""
        return _try_lock(self._descriptor, fcntl.LOCK_EX)

    def drop(self) -> None:
        os.close(self._descriptor)


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
