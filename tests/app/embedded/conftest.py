"""Homes that are thrown away, with whatever server still runs in them."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.embedded.lease import acquire, stop_if_unused


@contextmanager
def throw_away(home: Path) -> Iterator[Path]:
    try:
        yield home
    finally:
        for _attempt in range(100):
            if not home.is_dir() or stop_if_unused(home):
                break
            time.sleep(0.1)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def empty_home(tmp_path: Path) -> Iterator[Path]:
    """A home that does not exist yet, in a path with spaces."""
    with throw_away(tmp_path / "a home" / "of mine") as home:
        yield home


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after its first command, to be copied: making one takes a second."""
    home = tmp_path_factory.mktemp("made") / "home"
    acquire(home).release()
    return home


@pytest.fixture
def home(made_home: Path, tmp_path: Path) -> Iterator[Path]:
    """A home of this test alone whose data folder exists and whose server is stopped."""
    with throw_away(tmp_path / "a home") as home:
        copy_home(made_home, home)
        yield home


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach; pytest's own are closed."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def copy_home(source: Path, target: Path) -> None:
    """Copy a home with its owners, as `cp -a` does."""
    shutil.copytree(source, target, symlinks=True)
    for path in [source, *source.rglob("*")]:
        found = path.lstat()
        copy = target / path.relative_to(source)
        shutil.chown(copy, found.st_uid, found.st_gid)
