"""Many commands, one server: who starts it, who may die, who stops it."""

import os
import signal
from pathlib import Path

import pytest

from app.embedded.lease import acquire, stop_if_unused
from tests.app.embedded.conftest import copy_home
from tests.app.embedded.processes import Holder, ask, server_pid


def test_a_second_command_shares_the_server_and_the_last_one_out_stops_it(home: Path) -> None:
    first = Holder(home)
    dsn = first.read_line()
    pid = server_pid(home)
    second = Holder(home)

    assert second.read_line() == dsn
    assert server_pid(home) == pid

    first.end()
    assert ask(dsn, "SELECT 1") == "1"

    second.end()
    assert server_pid(home) is None
    assert not (home / "postgresql" / "postmaster.pid").exists()


def test_four_first_starts_at_once_share_one_server(empty_home: Path) -> None:
    holders = [Holder(empty_home) for _number in range(4)]

    assert len({holder.read_line() for holder in holders}) == 1
    assert [path.name for path in empty_home.glob("postgresql.draft*")] == []

    for holder in holders:
        holder.end()
    assert server_pid(empty_home) is None


def test_four_commands_that_come_and_go_never_lose_the_server_or_leave_it(home: Path) -> None:
    for _round in range(3):
        holders = [Holder(home) for _number in range(4)]
        for holder in holders:
            assert holder.read_line().startswith("postgresql://")
            holder.end()

    assert server_pid(home) is None


def test_a_killed_command_does_not_count(home: Path) -> None:
    killed = Holder(home)
    last = Holder(home)
    assert killed.read_line() == last.read_line()

    killed.kill()
    last.end()

    assert server_pid(home) is None


def test_a_server_left_by_a_kill_is_adopted_and_then_stopped(home: Path) -> None:
    killed = Holder(home)
    dsn = killed.read_line()
    pid = server_pid(home)
    killed.kill()
    assert server_pid(home) == pid is not None

    with acquire(home) as lease:
        assert lease.dsn == dsn
        assert server_pid(home) == pid
        assert ask(lease.dsn, "SELECT 1") == "1"

    assert server_pid(home) is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_way_to_stop_a_command_stops_the_server(home: Path, number: signal.Signals) -> None:
    holder = Holder(home)
    holder.read_line()

    holder.send(number)

    assert holder.end() == "interrupted"
    assert server_pid(home) is None


def test_ctrl_c_in_the_terminal_of_one_command_does_not_reach_the_server_of_all(home: Path) -> None:
    here = Holder(home)
    dsn = here.read_line()
    with acquire(home):
        os.killpg(here.process.pid, signal.SIGINT)
        here.end()

        assert ask(dsn, "SELECT 1") == "1"


def test_a_release_may_be_repeated(home: Path) -> None:
    lease = acquire(home)
    lease.release()
    other = acquire(home)

    lease.release()

    assert server_pid(home) is not None
    other.release()
    assert server_pid(home) is None


def test_two_leases_of_one_process_count_as_two(home: Path) -> None:
    with acquire(home) as outer:
        with acquire(home) as inner:
            assert inner.dsn == outer.dsn
        assert server_pid(home) is not None

    assert server_pid(home) is None


def test_a_server_in_use_is_not_stopped_from_outside(home: Path) -> None:
    with acquire(home):
        assert stop_if_unused(home) is False
        assert server_pid(home) is not None


def test_a_copy_of_a_home_gets_a_server_of_its_own(home: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    with acquire(home) as original:
        ask(original.dsn, "CREATE TABLE only_in_the_original (word text)")
        copy_home(home, copy)  # with the pid file of the running server in it
        ask(original.dsn, "CREATE TABLE made_later (word text)")

        with acquire(copy) as lease:
            assert lease.dsn != original.dsn
            assert ask(lease.dsn, "SELECT to_regclass('made_later') IS NULL") == "t"
        assert ask(original.dsn, "SELECT to_regclass('made_later')::text") == "made_later"
