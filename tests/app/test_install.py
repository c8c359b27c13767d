"""`make install`: what the two scripts do that run before there is an environment."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from app import install
from tests.waiting import HANGS_S

REPOSITORY = Path(__file__).parents[2]
SCRIPT = "import sys\n\nprint(sys.argv[1:], sys.prefix)\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder in which everything is installed already, by an interpreter that is content with anything."""
    folder = tmp_path / "a clone"
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / "app").mkdir()
    shutil.copy(REPOSITORY / "app" / "install.py", folder / "app")
    parts = []
    for name in ("pyproject.toml", "requirements.lock"):
        (folder / name).write_text(name)
        parts.append(name.encode())
    python = folder / ".venv" / "bin" / "python"
    python.write_text("#!/bin/sh\nexit 0\n")
    python.chmod(0o755)
    stamp = hashlib.sha256(b"\0".join([*parts, str(folder / ".venv").encode()])).hexdigest()
    (folder / ".venv" / "installed").write_text(stamp)
    return folder


@contextmanager
def somebody_at_work(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def start(clone: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-I", str(clone / "app" / "install.py")]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def test_who_finds_everything_installed_says_nothing(clone: Path) -> None:
    process = start(clone)
    _, errors = process.communicate(timeout=HANGS_S)

    assert (process.returncode, errors) == (0, "")


def test_who_installs_where_somebody_else_does_waits_for_him(clone: Path) -> None:
    with somebody_at_work(clone):
        process = start(clone)
        assert process.stderr is not None
        with closing(process.stderr):
            said = process.stderr.readline()
            is_waiting = process.poll() is None
    process.wait(timeout=HANGS_S)

    assert said == "Another `make install` works in this folder; waiting for it.\n"
    assert is_waiting
    assert process.returncode == 0


def test_a_script_runs_in_a_folder_whatever_its_name_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = tmp_path / 'a "quoted" $HOME `id` it\'s \\n' / ".venv"
    venv.create(environment, symlinks=True, with_pip=False)
    script = environment / "bin" / "splitbook"
    # As pip does where there is a space in the path.
    script.write_text(f"#!/bin/sh\n'''exec' \"{environment}/bin/python\" \"$0\" \"$@\"\n' '''\n{SCRIPT}")
    script.chmod(0o755)
    other = environment / "bin" / "other"
    other.write_text("#!/bin/sh\necho other\n")
    monkeypatch.setattr(install, "ENVIRONMENT", environment)

    install.name_python_from_scripts()

    (tmp_path / "link").symlink_to(script)
    for command in (script, tmp_path / "link"):
        found = subprocess.run([command, "one", "two words"], capture_output=True, text=True, check=False)
        assert (found.stdout, found.stderr) == (f"['one', 'two words'] {environment}\n", "")
    assert other.read_text() == "#!/bin/sh\necho other\n"


def test_python_finds_the_program_in_a_folder_whose_name_the_locale_cannot_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "Ünï 市场"
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "__init__.py").touch()
    environment = folder / ".venv"
    venv.create(environment, symlinks=True, with_pip=False)
    [packages] = environment.glob("lib/python*/site-packages")
    (packages / "_editable_impl_splitbook.pth").write_text(str(folder), encoding="utf-8")  # as the build backend does
    monkeypatch.setattr(install, "REPOSITORY", folder)
    monkeypatch.setattr(install, "ENVIRONMENT", environment)

    install.name_repository_from_environment()

    command = [environment / "bin" / "python", "-I", "-c", "import app; print(ascii(app.__path__[0]))"]
    found = subprocess.run(command, env={"LC_ALL": "C"}, capture_output=True, text=True, check=False)
    assert (found.stdout.strip(), found.stderr) == (ascii(str(folder / "app")), "")
