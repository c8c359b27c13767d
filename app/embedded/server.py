"""One running server: found by its pid file, started in a session of its own, asked to stop."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.embedded.binaries import Binaries
from app.embedded.cluster import clean_environment, folder_argument
from app.embedded.log import Log
from app.embedded.owner import Owner
from app.embedded.progress import Report, Wait
from app.embedded.sockets import PORT, make_socket_folder, remove_socket_folder

# A parameter of ours on the server's command line. It names the data folder by its inode, so a pid alone tells
# whether it is the server of this folder: not of a copy of it, and not a stranger who got the number after a reboot.
FOLDER_PARAMETER = "splitbook.data_folder"
SOCKET_PARAMETER = "unix_socket_directories"

# What PostgreSQL says while something of an earlier server is still on its way out. Backends of a killed postmaster end
# at their next wait; a start whose command was killed may still be about to write its pid file.
PASSING_TROUBLES = ("pre-existing shared memory block", 'lock file "postmaster.pid" already exists')
TROUBLE_PASSES_WITHIN_S = 30.0

# A process that is just becoming another program has no arguments, for as long as that program is read from the disk
# (seen in one start of a hundred). One of the kernel's own never has any.
_BECOMES_A_PROGRAM_WITHIN_MS = 500


@dataclass(frozen=True, slots=True)
class Server:
    """`socket_folder` is None until the server listens."""

    pid: int
    status: str
    socket_folder: Path | None


def find_server(data: Path) -> Server | None:
    """The live server of this data folder, ready or not."""
    recorded = _read_pid_file(data)
    return recorded if recorded is not None and _serves(recorded.pid, data) else None


def start_or_adopt(
    data: Path, binaries: Binaries, owner: Owner, *, parameters: Mapping[str, str], log: Log, report: Report
) -> Server:
    """
    The server of this folder once it takes connections: the one that runs, else a new one.

    Errors: StoreFull, ServerFailed.
    """
    wait = Wait("PostgreSQL waits for what is left of a killed server", report)
    while True:
        found = find_server(data)
        if found is not None:
            server = _wait_until_ready(found.pid, data, log, report)
        else:
            server = _start(data, binaries, owner, parameters=parameters, log=log, report=report)
        if server is not None:
            return server
        is_passing = found is not None or any(trouble in log.words() for trouble in PASSING_TROUBLES)
        if not is_passing or wait.seconds > TROUBLE_PASSES_WITHIN_S:
            raise log.explain_failure()
        wait.pause()


def stop_server(data: Path, report: Report) -> None:
    """Stop the server of this folder, if there is one, and wait until it is gone. Its sessions are ended."""
    server = find_server(data)
    if server is None:
        return
    os.kill(server.pid, signal.SIGINT)  # PostgreSQL's "fast" shutdown: roll back, write a checkpoint, go
    wait = Wait("PostgreSQL is stopping", report)
    while _serves(server.pid, data):
        wait.pause()
    remove_socket_folder(server.socket_folder)


def _start(
    data: Path, binaries: Binaries, owner: Owner, *, parameters: Mapping[str, str], log: Log, report: Report
) -> Server | None:
    _remove_traces(data)
    socket_folder = make_socket_folder(owner)
    settings = {
        **parameters,
        "listen_addresses": "",
        SOCKET_PARAMETER: str(socket_folder),
        "port": str(PORT),
    }
    server = None
    try:
        log.begin()
        pid = _launch(data, binaries, owner, settings=settings, log=log)
        try:
            server = _wait_until_ready(pid, data, log, report)
        except BaseException:  # Ctrl-C while it starts: nobody else could know the process yet, so it is ours to end
            _end_launch(pid, data)
            raise
    finally:
        if server is None:
            remove_socket_folder(socket_folder)
    return server


def _launch(data: Path, binaries: Binaries, owner: Owner, *, settings: Mapping[str, str], log: Log) -> int:
    command = [binaries.program("postgres"), "-D", folder_argument(data, owner), "-c", _mark(data)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    # The shell ends at once, so the server is nobody's child: whoever stops it need not be who started it, and it never
    # stays behind as a zombie of ours. The new session keeps the terminal's Ctrl-C away from it.
    with log.open_for_server() as words:
        done = subprocess.run(
            ["/bin/sh", "-c", '"$@" >&2 & echo $!', "sh", *command],
            cwd=data,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=words,
            check=True,
            start_new_session=True,
            **owner.process_options,
        )
    return int(done.stdout)


def _end_launch(pid: int, data: Path) -> None:
    # Not SIGINT: a shell's background process ignores it until PostgreSQL has set its own handlers.
    while _serves(pid, data):
        os.kill(pid, signal.SIGTERM)
        time.sleep(0.05)


def _wait_until_ready(pid: int, data: Path, log: Log, report: Report) -> Server | None:
    """None when the process is gone. A recovery may take long and a shutdown too, so there is no limit."""
    wait = Wait("PostgreSQL is getting ready", report)
    while _serves(pid, data):
        recorded = _read_pid_file(data)
        if recorded is not None and recorded.pid == pid and recorded.status == "ready":
            return recorded
        wait.pause(log.last_line())
    return None


def _remove_traces(data: Path) -> None:
    """Clear away what a dead server left, where PostgreSQL would not do it by itself."""
    recorded = _read_pid_file(data)
    if recorded is None or _serves(recorded.pid, data):
        return
    arguments = _read_arguments(recorded.pid)
    # In a copy of a home, the number and the folder may be those of the first home's server, which may run on.
    if f"{SOCKET_PARAMETER}={recorded.socket_folder}" not in arguments:
        remove_socket_folder(recorded.socket_folder)
    # After a reboot the number may be anybody's. PostgreSQL then refuses to start, for fear that it is a server of this
    # folder. A server that somebody started here by hand is left to that judgement; all else cannot be one.
    is_started_by_hand = Path(arguments[0]).name == "postgres" if arguments else False
    is_ours_elsewhere = any(argument.startswith(FOLDER_PARAMETER) for argument in arguments)
    if arguments and (is_ours_elsewhere or not is_started_by_hand):
        (data / "postmaster.pid").unlink(missing_ok=True)


def _read_pid_file(data: Path) -> Server | None:
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    if not lines or not lines[0].isdigit():
        return None
    # Lines of the file: pid, data folder, start time, port, socket folder, address, shared memory, status.
    folder = lines[4] if len(lines) > 4 else ""
    status = lines[7].strip() if len(lines) > 7 else "starting"
    return Server(pid=int(lines[0]), status=status, socket_folder=Path(folder) if folder else None)


def _mark(data: Path) -> str:
    found = data.stat()
    return f"{FOLDER_PARAMETER}={found.st_dev}:{found.st_ino}"


def _serves(pid: int, data: Path) -> bool:
    return _mark(data) in _read_arguments(pid)


def _read_arguments(pid: int) -> list[str]:
    """The command line of a live process: empty for a dead one and for a zombie. Readable whoever the process is."""
    if sys.platform != "linux":
        done = subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return done.stdout.split()
    for _ in range(_BECOMES_A_PROGRAM_WITHIN_MS):
        words = _read_process_file(pid, "cmdline")
        if words:
            return words.decode(errors="replace").split("\0")[:-1]
        # State and all that follows stand behind the name, which may itself hold a bracket.
        state = _read_process_file(pid, "stat").rpartition(b")")[2].split()[:1]
        if state in ([], [b"Z"], [b"X"]):
            break
        time.sleep(0.001)
    return []


def _read_process_file(pid: int, name: str) -> bytes:
    """Empty where there is no such process."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
