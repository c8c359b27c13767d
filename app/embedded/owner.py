"""
The user that the server runs as.

PostgreSQL refuses to run as root, and its data folder must belong to the user it runs as. An ordinary user runs it
as himself. Root runs it as the folder's owner, or, for a new folder, as the system user `splitbook`, which is made
when it is missing. No folder above the data is opened for that user (see `cluster.FOLDER_ARGUMENT`).
"""

import os
import pwd
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.embedded.errors import HomeUnusable, NoServerUser, Why
from app.interrupts import heed_interrupt
from app.system_words import SystemSays
from ledger.errors import Remark, Words

SYSTEM_USER = "splitbook"


@dataclass(frozen=True, slots=True)
class Owner:
    uid: int
    gid: int
    name: str

    @property
    def is_someone_else(self) -> bool:
        return self.uid != os.geteuid()

    @property
    def process_options(self) -> dict[str, Any]:
        """What `subprocess` needs to run a program as this user, with no group of ours left to it."""
        if not self.is_someone_else:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def choose_owner(data: Path) -> Owner:
    """
    The user that runs the server over `data`, which need not exist yet.

    Errors: HomeUnusable, NoServerUser.
    """
    found = data.stat().st_uid if data.exists() else None
    if os.geteuid() == 0:
        return _find_system_user() if found in (None, 0) else _get_owner(found)
    if found not in (None, os.geteuid()):
        raise HomeUnusable(path=data, reason=Remark(Why.HOME_OF_ANOTHER, user=_name_of(found)))
    return _get_owner(os.geteuid())


def _get_owner(uid: int) -> Owner:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise NoServerUser(reason=Remark(Why.USER_WITHOUT_NAME, number=uid)) from None
    return Owner(uid=entry.pw_uid, gid=entry.pw_gid, name=entry.pw_name)


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _find_system_user() -> Owner:
    owner = _look_up_system_user()
    if owner is not None:
        return owner
    trouble = _add_system_user()
    # Two first starts may add the user at once: one wins, the other finds the user list locked, or the name taken.
    for _attempt in range(50):
        owner = _look_up_system_user()
        if owner is not None:
            return owner
        heed_interrupt()
        time.sleep(0.1)
    raise NoServerUser(reason=Remark(Why.USER_NOT_ADDED, user=SYSTEM_USER, trouble=trouble))


def _look_up_system_user() -> Owner | None:
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return None
    return Owner(uid=entry.pw_uid, gid=entry.pw_gid, name=entry.pw_name)


def _add_system_user() -> Words | Remark:
    """Why it may not be there yet."""
    program = shutil.which("useradd", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))
    if program is None:
        return Why.NO_USERADD
    done = subprocess.run(
        [program, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    said = done.stderr.strip()
    return Remark(SystemSays.QUOTED, said=said) if said else Remark(Why.USERADD_ENDED, status=done.returncode)
