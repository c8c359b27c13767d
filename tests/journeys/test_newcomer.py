"""Whoever types `make run` for the first time gets a gateway with something in it, and gets rid of it again."""

import json
import os
import re
import resource
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app.cli.commands import Commands
from tests.app.embedded.conftest import throw_away
from tests.app.embedded.processes import server_pid
from tests.journeys.gateways import find_free_port, wait_until_ready
from tests.waiting import HANGS_S

README = Path(__file__).parents[2] / "README.md"
# What the issue allows is 120 s for the first start and 10 s for the second, on a machine that does nothing else. On
# one that does, only what a start takes of a processor says anything.
FIRST_START_S = 60.0
SECOND_START_S = 10.0


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Commands]:
    """A home that does not exist yet, in a path with spaces."""
    with throw_away(tmp_path / "a new home" / "of mine") as home:
        commands = Commands("", home)
        commands.environment["PORT"] = str(find_free_port())
        yield commands


class Started:
    """`splitbook serve`, from its start until it serves."""

    def __init__(self, commands: Commands) -> None:
        self.processor_seconds = 0.0
        self.url = f"http://127.0.0.1:{commands.environment['PORT']}"
        self.process = commands.start("serve")
        wait_until_ready(self.url, seconds=120.0, process=self.process)

    def end(self, number: signal.Signals) -> tuple[str, str]:
        before = count_processor_seconds()
        self.process.send_signal(number)
        output, errors = self.process.communicate(timeout=HANGS_S)
        self.processor_seconds = count_processor_seconds() - before
        assert self.process.returncode == 0, errors
        return output, errors


def post(url: str, key: str, query: str) -> httpx.Response:
    return httpx.post(
        f"{url}/graphql", json={"query": query}, headers={"Authorization": f"Bearer {key}"}, timeout=HANGS_S
    )


def ask(url: str, key: str, query: str) -> Any:
    response = post(url, key, query)
    assert response.status_code == 200, response.text
    return response.json()["data"]


def ask_until(is_wanted: Callable[[Any], bool], url: str, key: str, query: str) -> Any:
    give_up_at = time.monotonic() + HANGS_S
    while not is_wanted(answer := post(url, key, query).json()):
        assert time.monotonic() < give_up_at, answer
        time.sleep(0.01)
    return answer


def test_a_newcomer_reads_the_demo_and_finds_it_again(newcomer: Commands) -> None:
    first = Started(newcomer)
    key = (newcomer.home / "operator.key").read_text().strip()
    before = ask(first.url, key, "{ platform { reference asOf { sequence } } }")
    output, errors = first.end(signal.SIGINT)

    # URL, key and a query that answers as it is printed.
    assert first.url in output
    assert key in output
    assert (newcomer.home / "operator.key").stat().st_mode & 0o777 == 0o600
    assert "Traceback" not in errors
    assert server_pid(newcomer.home) is None
    assert first.processor_seconds < FIRST_START_S

    second = Started(newcomer)
    query = re.search(r"A first query:\n\n {2}(.+)\n", output)
    curl = re.search(r"^ {2}(curl .+)$", output, re.MULTILINE)
    assert query is not None
    assert curl is not None
    asked = ask(second.url, key, query[1])
    done = subprocess.run(shlex.split(curl[1]), capture_output=True, text=True, check=True, timeout=HANGS_S)
    after = ask(second.url, key, "{ platform { reference asOf { sequence } } }")
    second_output, _ = second.end(signal.SIGTERM)

    assert second.processor_seconds < SECOND_START_S
    assert before == after
    assert before["platform"]["reference"] == "demo"
    assert int(before["platform"]["asOf"]["sequence"]) > 2_000
    assert json.loads(done.stdout)["data"] == asked
    assert asked["platform"]["name"] == "Demo Market 示范商城"
    assert len(asked["party"]["children"]["edges"]) == 5
    assert {each["balance"]["currency"] for each in asked["party"]["subtreeBalances"]} == {"CNY", "JPY", "KWD"}
    assert key in second_output
    assert server_pid(newcomer.home) is None


# Slow: it loads the demo, and the quick pack has tests/app/embedded/test_locks.py.
@pytest.mark.slow
def test_gateways_that_start_at_once_on_an_empty_store_load_the_demo_once(newcomer: Commands) -> None:
    ports = [newcomer.environment["PORT"], str(find_free_port())]
    started = []
    for port in ports:
        newcomer.environment["PORT"] = port
        started.append(newcomer.start("serve"))

    for port in ports:
        wait_until_ready(f"http://127.0.0.1:{port}")
    key = (newcomer.home / "operator.key").read_text().strip()
    seen = [ask(f"http://127.0.0.1:{port}", key, "{ platform { reference asOf { sequence } } }") for port in ports]
    for process in started:
        process.send_signal(signal.SIGINT)
    said = [process.communicate(timeout=HANGS_S)[1] for process in started]

    assert [process.returncode for process in started] == [0, 0], said
    assert sum("loading the demo marketplace.\n" in errors for errors in said) == 1
    assert seen[0] == seen[1]
    assert server_pid(newcomer.home) is None


# Slow: it loads the demo, and the quick pack has tests/app/cli/test_filling.py.
@pytest.mark.slow
def test_gateways_of_two_homes_that_start_at_once_load_the_demo_into_their_database_once(
    fresh_database: str, tmp_path: Path
) -> None:
    gateways = [Commands(fresh_database, tmp_path / home) for home in ("one", "other")]
    for each in gateways:
        each.environment |= {"PORT": str(find_free_port()), "SPLITBOOK_SECRET": "the same for both"}
    started = [each.start("serve") for each in gateways]

    for each in gateways:
        wait_until_ready(f"http://127.0.0.1:{each.environment['PORT']}", seconds=150)
    for process in started:
        process.send_signal(signal.SIGINT)
    said = [process.communicate(timeout=HANGS_S)[1] for process in started]

    assert [process.returncode for process in started] == [0, 0], said
    assert sum("loading the demo marketplace.\n" in errors for errors in said) == 1
    assert sum("Another command is loading the demo marketplace; waiting for it.\n" in errors for errors in said) == 1


# Slow: it loads the demo.
@pytest.mark.slow
def test_a_demo_that_was_interrupted_is_completed_by_the_next_start(newcomer: Commands) -> None:
    loaded = newcomer.run("demo")  # the orders, and not their year
    (newcomer.home / "demo.lock").write_text("loading")

    gateway = Started(newcomer)
    key = (newcomer.home / "operator.key").read_text().strip()
    seen = ask(gateway.url, key, "{ payout(number: 592) { status amount { amount currency } } }")
    _, errors = gateway.end(signal.SIGINT)
    _, later = Started(newcomer).end(signal.SIGINT)

    assert loaded.exit_code == 0
    assert "The demo marketplace is not all here: loading the rest.\n" in errors
    assert seen == {"payout": {"status": "PAID", "amount": {"amount": "9.552", "currency": "KWD"}}}
    assert "demo" not in later


@pytest.mark.slow
def test_a_year_that_was_interrupted_is_said_once_and_stays(newcomer: Commands) -> None:
    newcomer.run("demo", "--orders", "3")
    (newcomer.home / "demo.lock").write_text("settling")

    said = [Started(newcomer).end(signal.SIGINT)[1] for _ in range(2)]

    sentence = "The demo's year was interrupted and stays as it is; a new SPLITBOOK_HOME gets all of it.\n"
    assert [sentence in each for each in said] == [True, False]


def test_what_the_readme_asks_the_demo_answers_as_it_says(newcomer: Commands) -> None:
    examples = re.findall(r"```graphql\n(.*?)```\n```json\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    gateway = Started(newcomer)
    key = (newcomer.home / "operator.key").read_text().strip()

    answers = [json.dumps(ask(gateway.url, key, query), ensure_ascii=False) for query, _ in examples]
    gateway.end(signal.SIGTERM)

    assert len(examples) >= 4
    for answer, (_, printed) in zip(answers, examples, strict=True):
        # Spaces do not count, and an answer may go on where it is cut short.
        shown, cut, _ = "".join(printed.split()).partition("…")
        given = "".join(answer.split())
        assert (given[: len(shown)] if cut else given) == shown


def count_processor_seconds() -> float:
    """What the processes that this one has started and waited for took of the processors, all together."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_commands_beside_the_gateway_share_its_database(newcomer: Commands) -> None:
    gateway = Started(newcomer)
    shared_pid = server_pid(newcomer.home)

    made = newcomer.run("key", "create", "--role", "auditor", "--name", "Ada")
    key = made.stdout.strip()
    seen = ask(gateway.url, key, "{ viewer { actor role mayWrite } }")
    still_pid = server_pid(newcomer.home)
    gateway.end(signal.SIGTERM)

    assert re.fullmatch(r"sb_1_[0-9a-f]{16}_[0-9a-f]{64}", key)
    assert seen == {"viewer": {"actor": "Ada", "role": "AUDITOR", "mayWrite": False}}
    assert shared_pid == still_pid
    assert server_pid(newcomer.home) is None


def test_a_gateway_whose_database_was_killed_says_so_and_starts_it_again(newcomer: Commands) -> None:
    gateway = Started(newcomer)
    key = (newcomer.home / "operator.key").read_text().strip()
    query = "{ platform { reference asOf { sequence } } }"
    before = ask(gateway.url, key, query)
    pid = server_pid(newcomer.home)
    assert pid is not None

    os.kill(pid, signal.SIGKILL)
    # A backend that waits for its next question notices a moment later that its server is gone.
    refused = ask_until(lambda answer: "errors" in answer, gateway.url, key, query)
    after = ask_until(lambda answer: "errors" not in answer, gateway.url, key, query)
    _, errors = gateway.end(signal.SIGINT)

    assert refused["errors"][0]["message"] == "The database cannot be reached; nothing was written. Try again."
    assert refused["errors"][0]["extensions"]["retryable"] is True
    assert after["data"] == before
    assert '"event": "database.started_again"' in errors
    assert server_pid(newcomer.home) is None


def test_a_port_in_use_is_said_before_anything_is_made(newcomer: Commands) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        newcomer.environment["PORT"] = str(taken.getsockname()[1])
        refused = newcomer.run("serve")

    assert refused.exit_code == 5
    assert refused.stderr == (
        f"Port {newcomer.environment['PORT']} on 127.0.0.1 is in use; stop what listens there or choose another, "
        "PORT=8001.\n"
    )
    assert not newcomer.home.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_demo_loads_leaves_a_store_that_the_next_start_completes(
    newcomer: Commands, number: signal.Signals
) -> None:
    process = newcomer.start("demo", "--orders", "4000", "--progress")
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("Loading the demo:"):
            break
    process.send_signal(number)
    _, errors = process.communicate(timeout=HANGS_S)

    assert process.returncode == 130, errors
    assert errors.endswith("Interrupted. What was committed stays; the same command again completes the rest.\n")
    assert server_pid(newcomer.home) is None
    assert newcomer.ask("verify")["agrees"]
