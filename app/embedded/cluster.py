"""The data folder: made whole or not at all, checked for its version, and who may log in to it."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from app.embedded.binaries import Binaries, out_of_odd_folders
from app.embedded.errors import OtherVersion, ServerFailed, StoreFull, Why
from app.embedded.owner import Owner
from app.interrupts import heed_interrupt
from ledger.errors import Remark

LOGIN = "splitbook"
DATABASE = "splitbook"
DRAFT_PREFIX = "postgresql.draft-"
LOG_FILE = "postgresql.log"
REMOVING_PATIENCE_S = 2.0
HEEDED_WITHIN_S = 0.05  # of Ctrl-C while a program works, which may take seconds
DISK_FULL = "No space left on device"

# Root's home, or any other folder above the data, may be closed to the server's user. A process keeps the folder it
# was started in even where it could not walk there, so the programs are started in the data folder and reach it by
# this name, and no folder above it is opened to anybody.
FOLDER_ARGUMENT = "/proc/self/cwd"


def folder_argument(data: Path, owner: Owner) -> str:
    """What to tell a program started in `data` as `owner` about where its data is."""
    return FOLDER_ARGUMENT if owner.is_someone_else and sys.platform == "linux" else str(data)


def check_version(data: Path, binaries: Binaries) -> None:
    """
    Refuse data of another major version.

    Errors: OtherVersion.
    """
    found = (data / "PG_VERSION").read_text().strip()
    if found != str(binaries.major):
        raise OtherVersion(data=data, found=found, wanted=binaries.major)


def create_cluster(data: Path, binaries: Binaries, owner: Owner) -> None:
    """
    Make the data folder with its one database, under another name until it is whole.

    Errors: StoreFull, ServerFailed.
    """
    draft = Path(tempfile.mkdtemp(prefix=DRAFT_PREFIX, dir=data.parent))
    try:
        if owner.is_someone_else:
            os.chown(draft, owner.uid, owner.gid)
        with out_of_odd_folders(binaries) as programs:
            _run(_initdb_command(draft, programs, owner), draft=draft, owner=owner)
        _run(_single_user_command(draft, binaries, owner), draft=draft, owner=owner, words=_create_database_statement())
        draft.rename(data)
    finally:
        _remove(draft)
    _flush_folder(data.parent)


def remove_drafts(home: Path) -> None:
    """Clear away what a killed first start left; its `initdb` may have lived on for a moment and written more."""
    for draft in home.glob(DRAFT_PREFIX + "*"):
        _remove(draft)


def write_access_rules(data: Path, owner: Owner) -> None:
    """
    Let the server's user and root log in over the socket, as the kernel names them, and nobody else.

    Written at each start, because the same data may be opened by root today and by its owner tomorrow. Either may
    take any database role: both could read the data files anyway.
    """
    names = {owner.name}
    with contextlib.suppress(KeyError):
        names.add(pwd.getpwuid(0).pw_name)
    rules = [f'{LOGIN} "{name}" all' for name in sorted(names)]
    _write_as_owner(data / "pg_ident.conf", "\n".join(rules) + "\n", owner)
    _write_as_owner(data / "pg_hba.conf", f"local all all peer map={LOGIN}\n", owner)


def clean_environment() -> dict[str, str]:
    """Our environment without what would steer PostgreSQL, and with messages in the language that we read."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return {**kept, "LC_ALL": "C"}


def _initdb_command(draft: Path, binaries: Binaries, owner: Owner) -> list[str]:
    # Text sorts by code point everywhere, so an index means the same on every machine.
    locale = ["--locale=C", "--encoding=UTF8"]
    if binaries.major >= 17:
        locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command = [binaries.program("initdb"), "-D", folder_argument(draft, owner), f"--username={LOGIN}", *locale]
    return [*command, "--data-checksums", "--auth=peer", "--no-instructions"]


def _single_user_command(draft: Path, binaries: Binaries, owner: Owner) -> list[str]:
    command = [binaries.program("postgres"), "--single", "-D", folder_argument(draft, owner)]
    return [*command, "-c", "exit_on_error=true", "template1"]


def _create_database_statement() -> str:
    return f"CREATE DATABASE {DATABASE}\n"


def _run(command: list[str], *, draft: Path, owner: Owner, words: str = "") -> None:
    process = subprocess.Popen(
        command,
        cwd=draft,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is ours to act on: we end the program and remove the draft
        **owner.process_options,
    )
    try:
        errors = _wait_for_end(process, words)
    except BaseException:
        # `initdb` runs `postgres`, which would outlive it and go on writing.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    if process.returncode == 0:
        return
    if DISK_FULL in errors:
        raise StoreFull(folder=draft.parent)
    last_words = [line for line in errors.splitlines() if "error:" in line or "FATAL:" in line]
    said = last_words[-1] if last_words else errors.strip()[-300:]
    log = draft.parent / LOG_FILE
    raise ServerFailed(reason=Remark(Why.FOLDER_NOT_MADE, said=said), log=log)


def _wait_for_end(process: "subprocess.Popen[str]", words: str) -> str:
    """Say these words to a program and wait until it has ended; what it said of errors."""
    to_say: str | None = words
    while True:
        try:
            return process.communicate(to_say, timeout=HEEDED_WITHIN_S)[1]
        except subprocess.TimeoutExpired:
            to_say = None
            heed_interrupt()


def _remove(draft: Path) -> None:
    """Remove a draft although a program that was killed may be about to write its last file."""
    give_up_at = time.monotonic() + REMOVING_PATIENCE_S
    shutil.rmtree(draft, ignore_errors=True)
    while draft.exists() and time.monotonic() < give_up_at:
        time.sleep(0.01)
        shutil.rmtree(draft, ignore_errors=True)


def _write_as_owner(path: Path, text: str, owner: Owner) -> None:
    # A new file put in place, never an old one written through: the folder belongs to a user whom root does not trust.
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        if owner.is_someone_else:
            os.fchown(file.fileno(), owner.uid, owner.gid)
    os.replace(draft, path)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
