"""The way in: `acquire` a home's server for as long as a command works, and the last one out stops it."""

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self
from urllib.parse import quote

from app.embedded.binaries import bring_within_reach, find_binaries
from app.embedded.cluster import DATABASE, LOGIN, check_version, create_cluster, remove_drafts, write_access_rules
from app.embedded.errors import HomeUnusable, StoreFull
from app.embedded.locks import WorkLock, start_lock
from app.embedded.log import Log
from app.embedded.owner import choose_owner
from app.embedded.parameters import list_parameters
from app.embedded.progress import Report, write_to_stderr
from app.embedded.server import Server, start_or_adopt, stop_server
from app.embedded.sockets import PORT
from app.interrupts import putting_interrupts_off
from app.system_words import say_failure

# What the file system may answer about a home that is closed, read-only, no folder, or on a disk without locks.
UNUSABLE = (
    *(errno.EACCES, errno.EPERM, errno.EROFS),
    *(errno.ENOTDIR, errno.EEXIST, errno.ELOOP),
    *(errno.ENOLCK, errno.ENOTSUP),
)

NO_CHANGES: Mapping[str, str] = MappingProxyType({})


class Lease:
    """
    One command's share in the running server. `dsn` logs in as the superuser of the one database.

    Leaving the `with` block, or `release`, gives the share back; whoever is last stops the server and waits for it.
    """

    def __init__(self, home: Path, *, dsn: str, work_lock: WorkLock, report: Report) -> None:
        self.dsn = dsn
        self._home = home
        self._work_lock: WorkLock | None = work_lock
        self._report = report

    def release(self) -> None:
        """Give the share back. A second call does nothing."""
        work_lock, self._work_lock = self._work_lock, None
        if work_lock is not None:
            with _store_errors(self._home):
                _leave(self._home, work_lock, self._report)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()


def acquire(
    home: Path,
    *,
    parameters: Mapping[str, str] = NO_CHANGES,
    binaries: Path | None = None,
    report: Report = write_to_stderr,
) -> Lease:
    """
    Start or adopt the server of `home`, and make its data folder and database when they are missing.

    `parameters` change the server's settings if this call starts it. `binaries` is a folder with bin, lib and share
    of another PostgreSQL. `report` takes a sentence whenever something takes longer than a person expects.
    A process that is killed keeps no share; a server left behind is adopted by the next call.

    Errors: HomeUnusable, NoServerUser, BinariesUnusable, OtherVersion, StoreFull, ServerFailed.
    """
    home = home.absolute()
    with _store_errors(home):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with start_lock(home, report):
            work_lock = WorkLock(home)
            try:
                work_lock.share()
                server = _serve(home, parameters=parameters, binaries=binaries, report=report)
            except BaseException:
                _stop_if_last(home, work_lock, report)
                raise
    return Lease(home, dsn=_dsn(server), work_lock=work_lock, report=report)


def stop_if_unused(home: Path, *, report: Report = write_to_stderr) -> bool:
    """Stop a server that a killed command left behind. False when somebody still works with it."""
    with _store_errors(home), start_lock(home, report):
        return _stop_if_last(home, WorkLock(home), report)


def _serve(home: Path, *, parameters: Mapping[str, str], binaries: Path | None, report: Report) -> Server:
    data = _data_folder(home)
    programs = find_binaries(binaries)
    owner = choose_owner(data)
    remove_drafts(home)
    if data.exists():
        check_version(data, programs)
    programs = bring_within_reach(programs, owner)
    if not data.exists():
        create_cluster(data, programs, owner)
    write_access_rules(data, owner)
    settings = list_parameters(has_lz4=programs.has_lz4, changes=parameters)
    return start_or_adopt(data, programs, owner, parameters=settings, log=Log(home), report=report)


def _leave(home: Path, work_lock: WorkLock, report: Report) -> None:
    # Told once more to stop, a person's command still sees to it that nothing of it goes on running.
    with putting_interrupts_off(), start_lock(home, report):
        _stop_if_last(home, work_lock, report)


def _stop_if_last(home: Path, work_lock: WorkLock, report: Report) -> bool:
    try:
        is_last = work_lock.is_last()
        if is_last:
            with putting_interrupts_off():
                stop_server(_data_folder(home), report)
        return is_last
    finally:
        work_lock.drop()


def _data_folder(home: Path) -> Path:
    return home / "postgresql"


def _dsn(server: Server) -> str:
    return f"postgresql://{LOGIN}@/{DATABASE}?host={quote(str(server.socket_folder), safe='/')}&port={PORT}"


@contextmanager
def _store_errors(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFull(folder=home) from error
        if error.errno not in UNUSABLE:
            raise
        path = Path(os.fsdecode(error.filename)) if isinstance(error.filename, (str, bytes)) else home
        raise HomeUnusable(path=path, reason=say_failure(error)) from error
