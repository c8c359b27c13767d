"""
Make or renew `.venv`, and do nothing when nothing changed: `python3 -I app/install.py`, called by `make install`.

Runs on the machine's own Python with the standard library alone. What was installed is remembered in
`.venv/installed`: a hash over the pins and the folder, so a second run needs neither time nor network, and a folder
that was moved gets a new environment.
"""

import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import venv
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
ENVIRONMENT = REPOSITORY / ".venv"
PYTHON = str(ENVIRONMENT / "bin" / "python")
STAMP = ENVIRONMENT / "installed"
# To Python, the first lines of a script are a string.
_CALL, _ARGUMENTS = b"'''exec' ", b' "$0" "$@"'
INTERRUPTED = 130  # what a shell reports for Ctrl-C


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        _install()
    except KeyboardInterrupt:
        say("Interrupted; `make install` goes on from here.")
        return INTERRUPTED
    except subprocess.CalledProcessError:
        say("The environment could not be installed: pip failed, its last lines above say why.")
        return 1
    except OSError as error:
        say(f"The environment could not be installed: {error}.")
        return 1
    return 0


def _install() -> None:
    wait_for_others(REPOSITORY)
    wanted = _fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted and _runs(PYTHON, "import app"):
        return
    STAMP.unlink(missing_ok=True)
    if not _is_sound():
        _make_environment()
    say("Installing the pinned packages into .venv")
    _pip("install", "-r", "requirements.lock")
    # The program itself: its dependencies and its build backend are in the lock, so nothing is looked up.
    _pip("install", "--no-deps", "--no-build-isolation", "-e", ".")
    name_repository_from_environment()
    name_python_from_scripts()
    STAMP.write_text(wanted)


def wait_for_others(folder: Path) -> None:
    """Of two that install into one folder, the later waits: they would clear away each other's work."""
    descriptor = os.open(folder, os.O_RDONLY)  # held until this process ends, however it ends
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("Another `make install` works in this folder; waiting for it.")
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:
        return  # a file system without locks: then nobody waits


def name_repository_from_environment() -> None:
    """Name the repository by the way to it, in dots: of letters in a path Python dies where LC_ALL=C has none."""
    for packages in ENVIRONMENT.glob("lib/python*/site-packages"):
        (packages / "_editable_impl_splitbook.pth").write_text(os.path.relpath(REPOSITORY, packages))


def name_python_from_scripts() -> None:
    """
    Name Python by where each script lies. A path with spaces stands in a line for the shell, between quotes of which
    pip knows no way to write one, nor $, ` or a backslash, that the path itself has.
    """
    for script in (ENVIRONMENT / "bin").iterdir():
        first, _, rest = script.read_bytes().partition(b"\n") if script.is_file() else (b"", b"", b"")
        called, _, rest = rest.partition(b"\n")
        if first == b"#!/bin/sh" and called.startswith(_CALL) and called.endswith(_ARGUMENTS):
            by_place = b'"$(dirname -- "$(realpath -- "$0")")/python"'
            script.write_bytes(b"\n".join([first, _CALL + by_place + _ARGUMENTS, rest]))


def _is_sound() -> bool:
    # The scripts of an environment hold its path, so it does not survive a move; and half of one is worth nothing.
    activate = ENVIRONMENT / "bin" / "activate"
    is_here = activate.exists() and str(ENVIRONMENT) in activate.read_text()
    return is_here and _runs(PYTHON, "import pip, sys; sys.exit(sys.version_info < (3, 11))")


def _make_environment() -> None:
    if not _runs(sys.executable, "import ensurepip"):
        raise OSError("this Python cannot make virtual environments (on Debian and Ubuntu: apt install python3-venv)")
    say("Making the environment .venv")
    venv.create(ENVIRONMENT, clear=True, symlinks=True, with_pip=True)


def _pip(*words: str) -> None:
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    command = [PYTHON, "-m", "pip", *words, *quiet, "--disable-pip-version-check", "--no-input"]
    subprocess.run(command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, check=True)


def _fingerprint() -> str:
    parts = [(REPOSITORY / name).read_bytes() for name in ("pyproject.toml", "requirements.lock")]
    return hashlib.sha256(b"\0".join([*parts, str(ENVIRONMENT).encode()])).hexdigest()


def _runs(python: str, statement: str) -> bool:
    try:
        return subprocess.run([python, "-I", "-c", statement], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def say(sentence: str) -> None:
    """Tell whoever installs."""
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
