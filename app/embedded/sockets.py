"""
The short private folder where the server listens.

A Unix socket's path may have some hundred bytes, so it cannot live in a home of any path. It gets a folder of its own
with an unguessable name under the machine's temporary folder, open to the server's user alone (and to root). There
is no TCP port: `listen_addresses` is empty. Who may log in is decided by the kernel's word on who is calling
(`cluster.write_access_rules`), so there is no password that could leak.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path

from app.embedded.errors import HomeUnusable, Why
from app.embedded.owner import Owner

PREFIX = "splitbook-"
PORT = 5432  # names the socket file; nothing else listens in the folder
LONGEST_BASE = 60  # of 104 bytes on macOS (108 on Linux) the folder's and the socket's own name take less than 40


def make_socket_folder(owner: Owner) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_find_base(owner)))
    if owner.is_someone_else:
        os.chown(folder, owner.uid, owner.gid)
    return folder


def remove_socket_folder(folder: Path | None) -> None:
    """Remove what a server left behind; a folder that this program did not make is left alone."""
    if folder is not None and folder.name.startswith(PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


def _find_base(owner: Owner) -> Path:
    candidates = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]
    for base in candidates:
        if _is_plain(base) and base.is_dir() and (not owner.is_someone_else or _is_open_to_all(base)):
            return base
    raise HomeUnusable(path=candidates[0], reason=Why.NO_SOCKET_FOLDER)


def _is_plain(base: Path) -> bool:
    # `unix_socket_directories` is a list with quotes and commas of its own; plain names need none of them.
    return len(str(base)) <= LONGEST_BASE and re.fullmatch(r"[\w./-]+", str(base), re.ASCII) is not None


def _is_open_to_all(base: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in [base, *base.parents])
