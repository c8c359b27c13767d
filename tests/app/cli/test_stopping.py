"""Who tells `serve` to stop a second time does not wait for requests in flight, and is told so in one sentence."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.cli.commands import Commands
from tests.app.embedded.conftest import throw_away
from tests.app.embedded.processes import server_pid
from tests.journeys.gateways import find_free_port, wait_until_ready
from tests.waiting import HANGS_S

STOPPING = "Stopping; requests in flight are answered first.\n"
INTERRUPTED = "Interrupted. What was committed stays; the same command again completes the rest.\n"


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Commands]:
    with throw_away(tmp_path / "home") as home:
        yield Commands("", home)


def stop_twice(commands: Commands, number: signal.Signals, *, after: str) -> tuple[int, list[str]]:
    """What `serve` ends with and says from its first signal on; the second one comes after this sentence."""
    commands.environment |= {"PORT": str(find_free_port()), "SPLITBOOK_LOG_LEVEL": "WARNING"}
    process = commands.start("serve", "--no-demo")
    wait_until_ready(f"http://127.0.0.1:{commands.environment['PORT']}", process=process)
    assert process.stderr is not None
    process.send_signal(number)
    said = []
    while after not in said:
        said.append(process.stderr.readline())
        assert said[-1], said
    process.send_signal(number)
    rest = process.communicate(timeout=HANGS_S)[1]
    heard = (said + rest.splitlines(keepends=True))[said.index(STOPPING) :]
    # On a busy machine a command may speak of its waiting.
    return process.returncode, [line for line in heard if "s so far" not in line]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_is_answered_by_one_sentence(
    fresh_database: str, tmp_path: Path, number: signal.Signals
) -> None:
    commands = Commands(fresh_database, tmp_path)

    assert stop_twice(commands, number, after=STOPPING) == (130, [STOPPING, INTERRUPTED])


def test_a_second_signal_while_the_database_stops_lets_it_stop(embedded: Commands) -> None:
    ended = stop_twice(embedded, signal.SIGINT, after="Stopped.\n")

    assert ended == (130, [STOPPING, "Stopped.\n", INTERRUPTED])
    assert server_pid(embedded.home) is None
