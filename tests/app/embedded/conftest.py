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
        stop_for_sure(home)
        shutil.rmtree(home, ignore_errors=True)


def stop_for_sure(home: Path) -> None:
    for _attempt in range(100):
        if not home.is_dir() or stop_if_unused(home):
            return
        time.sleep(0.1)


@pytest.fixture
def empty_home(tmp_path: Path) -> Iterator[Path]:
    """A home that does not exist yet, in a path with spaces."""
    with throw_away(tmp_path / "a home" / "of mine") as home:
        yield home


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after its first command: making one takes a second, so tests share it or copy it."""
    home = tmp_path_factory.mktemp("made") / "a home"
    acquire(home).release()
    return home


@pytest.fixture
def home(made_home: Path) -> Iterator[Path]:
    """A home whose data folder exists and whose server is stopped, before and after."""
    yield made_home
    stop_for_sure(made_home)


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
