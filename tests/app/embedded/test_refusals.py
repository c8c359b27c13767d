"""What cannot work is said in one sentence that names the way out."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.embedded.errors import BinariesUnusable, HomeUnusable, OtherVersion, ServerFailed, StoreError, StoreFull
from app.embedded.lease import acquire
from tests.app.embedded.conftest import copy_home, throw_away
from tests.app.embedded.processes import ask, server_pid
from tests.store import find_binaries_16


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 100 MB; a home with its first segments of the write-ahead log takes 40 of them."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=100m", "splitbook-test", disk], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    try:
        with throw_away(disk / "home"):
            yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return filler


def test_a_full_disk_at_the_first_start(small_disk: Path) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * (80 * 2**20))

    with pytest.raises(StoreFull) as refusal:
        acquire(small_disk / "home")

    assert str(refusal.value) == (
        f"The disk that holds {small_disk}/home is full: make room, or set SPLITBOOK_HOME to another disk."
    )
    filler.unlink()
    acquire(small_disk / "home").release()


def test_a_full_disk_at_a_later_start(small_disk: Path, made_home: Path) -> None:
    home = small_disk / "home"
    copy_home(made_home, home)
    filler = fill(small_disk)

    with pytest.raises(StoreFull):
        acquire(home)

    assert server_pid(home) is None
    filler.unlink()
    with acquire(home) as lease:
        assert ask(lease.dsn, "SELECT 1") == "1"


def test_data_of_another_version_is_left_alone(home: Path) -> None:
    with pytest.raises(OtherVersion) as refusal:
        acquire(home, binaries=find_binaries_16())

    assert str(refusal.value) == (
        f"The data in {home}/postgresql belongs to PostgreSQL 18, but this program brings PostgreSQL 16: "
        "use the program version that made it, upgrade it with pg_upgrade, "
        "or set SPLITBOOK_DATABASE_URL to use a PostgreSQL server of your own."
    )
    acquire(home).release()


def test_missing_programs(home: Path, tmp_path: Path) -> None:
    with pytest.raises(BinariesUnusable, match="holds no programs that run"):
        acquire(home, binaries=tmp_path)


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(HomeUnusable, match=r"/file cannot be used: .*; set SPLITBOOK_HOME to a folder of yours"):
        acquire(tmp_path / "file")


def test_a_server_that_refuses_to_start_is_quoted(home: Path) -> None:
    with pytest.raises(ServerFailed) as refusal:
        acquire(home, parameters={"shared_buffers": "a lot"})

    assert 'FATAL:  invalid value for parameter "shared_buffers": "a lot"' in str(refusal.value)
    assert str(home / "postgresql.log") in str(refusal.value)


def test_after_a_refusal_nothing_runs_and_nothing_is_locked(home: Path) -> None:
    with pytest.raises(StoreError):
        acquire(home, parameters={"shared_buffers": "a lot"})

    assert server_pid(home) is None
    acquire(home).release()
    assert server_pid(home) is None
