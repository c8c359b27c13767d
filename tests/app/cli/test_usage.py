"""What is wrong with a command line, the environment or the way to a server is one sentence and a code."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from app.cli.exits import MEANINGS, Exit
from ledger.errors import Count
from tests.app.cli.commands import REPOSITORY, Commands, write_lines
from tests.journeys.gateways import find_free_port
from tests.journeys.small_market import PARTIES
from tests.waiting import HANGS_S, wait_until


def test_help_names_every_command_and_every_exit_code(commands: Commands) -> None:
    shown = commands.run("--help")

    assert shown.exit_code == 0
    for command in ("serve", "demo", "migrate", "doctor", "verify", "import", "export", "key"):
        assert f"│ {command} " in shown.stdout
    assert [line.split()[0] for line in MEANINGS.splitlines()[1:] if line] == [str(code.value) for code in Exit]


def test_a_store_without_a_platform_says_how_to_get_one(commands: Commands, tmp_path: Path) -> None:
    sentence = "The store has no platform yet: import parties with an OPERATOR line, or load the demo.\n"

    for words in (("verify",), ("export", "balances"), ("key", "list"), ("import", "parties", merchants(tmp_path))):
        refused = commands.run(*words)
        assert (refused.exit_code, refused.stdout, refused.stderr) == (2, "", sentence)


def merchants(folder: Path) -> Path:
    return write_lines(folder / "merchants.jsonl", PARTIES[3])


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://me:hush@127.0.0.1:1/books", "The database at 127.0.0.1:1/books cannot be used: "),
        (
            "postgresql://me:hush@no.such.host.invalid/books",
            "The database at no.such.host.invalid/books cannot",
        ),
        ("mysql://me:hush@127.0.0.1/books", "The database at 127.0.0.1/books cannot be used: "),
        ("host=127.0.0.1 password=hush", "The database at SPLITBOOK_DATABASE_URL cannot be used: "),
        ("me:hush@127.0.0.1/books", "The database at SPLITBOOK_DATABASE_URL cannot be used: "),
        ("postgresql://me:12/hush@127.0.0.1/books", "The database at SPLITBOOK_DATABASE_URL cannot be used: "),
        ("postgresql://me:hush#34@127.0.0.1/books", "The database at SPLITBOOK_DATABASE_URL cannot be used: it is no "),
        ("postgresql://me:hush@127.0.0.1:many/books", "The database at SPLITBOOK_DATABASE_URL cannot be used: it is "),
    ],
)
def test_a_database_that_cannot_be_reached_is_named_without_its_password(
    commands: Commands, url: str, said: str
) -> None:
    commands.environment["SPLITBOOK_DATABASE_URL"] = url

    for words in (("doctor",), ("migrate",), ("verify",), ("serve", "--no-demo")):
        commands.environment["PORT"] = str(find_free_port())
        refused = commands.run(*words)
        assert (refused.exit_code, refused.stdout) == (3, "")
        assert refused.stderr.startswith(said)
        assert refused.stderr.count("\n") == 1
        assert "hush" not in refused.stderr


def test_a_variable_that_means_nothing_is_named(commands: Commands) -> None:
    commands.environment["PORT"] = "many"

    refused = commands.run("verify")

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.startswith("PORT=many: ")


def test_a_server_that_is_not_there_has_its_own_code(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.client.FIRST_PAUSE_S", 0.001)
    url = f"http://127.0.0.1:{find_free_port()}"

    refused = commands.run("export", "balances", "--url", url, "--key", "sb_1_x_y")

    assert (refused.exit_code, refused.stdout) == (4, "")
    assert refused.stderr.startswith(f"The server at {url} cannot be reached: ")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://x", "it does not begin with http:// or https://."),
        ("localhost", "it does not begin with http:// or https://."),
        ("//x", "it does not begin with http:// or https://."),
        ("http://", "it names no host."),
        ("http://a b", "it names no host."),
        ("http://127.0.0.1:99999", "99999 is no port."),
        ("http://127.0.0.1:abc", "Invalid port: 'abc'."),
        ("http://127.0.0.1:1/?q", "it goes on after the path."),
        ("http://\u202ex", "Invalid IDNA hostname: '\\u202ex'."),
    ],
)
def test_what_is_no_address_is_said_at_once(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, url: str, reason: str
) -> None:
    monkeypatch.setattr("app.client.FIRST_PAUSE_S", 3_600.0)

    refused = commands.run("export", "balances", "--url", url, "--key", "sb_1_x_y")

    assert (refused.exit_code, refused.stderr) == (4, f"{url} is no address of a gateway: {reason}\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--url", "http://127.0.0.1:1"), "--url needs --key"),
        (("--url", "http://127.0.0.1:1", "--key", "k", "--platform", "OP"), "does not go with --url"),
        (("--url", "http://127.0.0.1:1", "--key", "@/no/such/file"), "the key cannot be read from /no/such/file"),
        (("--url", "http://127.0.0.1:1", "--key", " "), "what was given as the key is none"),
        (("--url", "http://127.0.0.1:1", "--key", "密钥"), "what was given as the key is none"),
        (("--url", "http://127.0.0.1:1", "--key", "sb_1\nsb_2"), "what was given as the key is none"),
    ],
)
def test_options_that_do_not_go_together_are_refused(commands: Commands, words: tuple[str, ...], said: str) -> None:
    refused = commands.run("export", "balances", *words)

    assert refused.exit_code == 2
    assert said in " ".join(refused.stderr.replace("│", " ").split())


def test_a_file_that_is_not_there_is_a_wrong_command_line(commands: Commands, tmp_path: Path) -> None:
    for file in (tmp_path / "missing.jsonl", tmp_path):
        refused = commands.run("import", "events", file)
        assert refused.exit_code == 2
        assert "no file that can be read" in " ".join(refused.stderr.replace("│", " ").split())
        refused = commands.run("payout", "files", file)
        assert (refused.exit_code, str(file) in refused.stderr) == (2, True)


def test_one_line_is_one_line(market: Commands, tmp_path: Path) -> None:
    shop = {"reference": "ONE", "kind": "MERCHANT", "name": "One", "parent": "OP"}

    told = [
        market.run("import", "parties", write_lines(tmp_path / name, shop)).stdout for name in ("a.jsonl", "b.jsonl")
    ]

    assert told[0].startswith("a.jsonl: 1 line: 1 recorded, 0 already there, 0 refused (")
    assert told[1].startswith("b.jsonl: 1 line: 0 recorded, 1 already there, 0 refused (")
    assert [f"{Count(number)} {Count(number):line|lines}" for number in (0, 1, 1_000)] == [
        "0 lines",
        "1 line",
        "1,000 lines",
    ]


def test_a_file_may_come_through_a_pipe(commands: Commands) -> None:
    lines = b"".join(json.dumps(party).encode() + b"\n" for party in PARTIES)

    counts = json.loads(commands.run("import", "parties", "-", "--json", stdin=lines).stdout)

    assert (counts["recorded"], counts["refused"]) == (len(PARTIES), 0)


def test_an_export_to_a_place_that_cannot_be_written_leaves_nothing(commands: Commands, tmp_path: Path) -> None:
    commands.run("import", "parties", write_lines(tmp_path / "parties.jsonl", *PARTIES))

    missing = tmp_path / "missing" / "book.csv"
    refused = commands.run("export", "balances", "--output", missing)
    written = commands.run("export", "balances", "--output", tmp_path / "book.csv")

    assert (refused.exit_code, refused.stderr) == (
        1,
        f"{tmp_path}/missing/book.csv cannot be written: No such file or directory.\n",
    )
    assert (written.exit_code, written.stdout) == (0, "")
    assert (tmp_path / "book.csv").read_text() == "legal_entity,account_code,party,currency,debit,credit\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["book.csv", "parties.jsonl"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.parametrize("words", [("export", "balances"), ("key", "list"), ("key", "list", "--json"), ("--help",)])
def test_an_output_that_cannot_be_written_is_said_to_be_that(market: Commands, words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        refused = market.start(*words, stdout=full)
        _, said = refused.communicate(timeout=HANGS_S)

    assert (refused.returncode, said) == (1, "The output cannot be written: No space left on device.\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_a_log_without_room_stops_no_gateway_and_no_command(market: Commands) -> None:
    market.environment["PORT"] = "0"
    with (
        Path("/dev/full").open("wb") as full,
        market.start("verify", "--platform", "X", stderr=full) as refused,
        market.start("serve", "--no-demo", stderr=full) as gateway,
    ):
        assert gateway.stdout is not None
        told = list(iter(gateway.stdout.readline, "Ctrl-C stops everything, the database included.\n"))
        gateway.terminate()

        assert told
        assert (refused.wait(60), gateway.wait(60)) == (2, 0)


def test_a_channel_whose_files_cannot_be_fetched_is_counted(market: Commands, tmp_path: Path) -> None:
    market.environment["SPLITBOOK_CHANNEL_FOLDER"] = str(write_lines(tmp_path / "folder", {}))

    asked = market.run("payout", "files", "--json")

    assert (asked.exit_code, json.loads(asked.stdout)["unreachable"]) == (1, 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_a_gateway_serves_where_nothing_that_it_says_has_room(market: Commands) -> None:
    port = find_free_port()
    market.environment["PORT"] = str(port)

    def answers() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/healthz").is_success
        except httpx.TransportError:
            return False

    with (
        Path("/dev/full").open("wb") as full,
        market.start("serve", "--no-demo", stdout=full, stderr=full) as gateway,
    ):
        asyncio.run(wait_until(lambda: gateway.poll() is not None or answers()))
        assert gateway.poll() is None
        gateway.terminate()

        assert gateway.wait(60) == 0


@pytest.mark.parametrize("stream", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_was_closed_from_outside_is_an_empty_one(market: Commands, stream: str) -> None:
    command = [shutil.which("sh") or "sh", "-c", f'exec "$0" -m app verify {stream}', sys.executable]

    done = subprocess.run(
        command, cwd=REPOSITORY, env={**os.environ, **market.environment}, capture_output=True, check=False, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("" if ">&-" in stream.split() else market.run("verify").stdout)


@pytest.mark.parametrize(
    ("words", "stream"),
    [
        (("--help",), "stdout"),
        (("verify",), "stdout"),
        (("key", "list"), "stdout"),
        (("calendar", "list", "--json"), "stdout"),
        (("export", "balances"), "stdout"),
        (("nonsense",), "stderr"),
        (("import", "events"), "stderr"),
        (("export", "balances", "--url", "http://127.0.0.1:1"), "stderr"),
        (("verify", "--platform", "X"), "stderr"),
    ],
)
def test_a_command_whose_reader_has_gone_tells_it_by_its_code_alone(
    market: Commands, words: tuple[str, ...], stream: str
) -> None:
    # As newer Pythons do without it, one in development mode tells of what cannot be written as a stream is closed.
    command = [sys.executable, "-X", "dev", "-W", "ignore", "-m", "app", *words]
    environment = {**os.environ, **market.environment, "PYTHONUNBUFFERED": ""}
    reader, writer = os.pipe()
    os.close(reader)

    with os.fdopen(writer, "w") as nobody:
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            env=environment,
            stdout=nobody if stream == "stdout" else subprocess.PIPE,
            stderr=nobody if stream == "stderr" else subprocess.PIPE,
            check=False,
            text=True,
        )

    assert (done.returncode, done.stdout or "", done.stderr or "") == (Exit.PIPE_CLOSED, "", "")


def test_a_gateway_for_a_platform_that_is_not_there_does_not_start(commands: Commands, tmp_path: Path) -> None:
    commands.run("import", "parties", write_lines(tmp_path / "parties.jsonl", *PARTIES))
    commands.environment["PORT"] = str(find_free_port())

    refused = commands.run("serve", "--platform", "X")

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == "There is no platform X, choose one with --platform: OP.\n"


@pytest.mark.parametrize(("words", "stream"), [(("--json",), "stdout"), ((), "stderr")])
def test_an_import_whose_reader_goes_ends_with_a_code_of_its_own(
    commands: Commands, tmp_path: Path, words: tuple[str, ...], stream: str
) -> None:
    assert commands.run("import", "parties", write_lines(tmp_path / "parties.jsonl", *PARTIES)).exit_code == 0
    lost = [{**PARTIES[3], "reference": f"M{number}", "parent": "NOBODY"} for number in range(10_000)]

    running = commands.start("import", "parties", write_lines(tmp_path / "lost.jsonl", *lost), *words)
    reader = getattr(running, stream)
    first = reader.readline()
    reader.close()
    with running.stderr if stream == "stdout" else running.stdout as other:
        rest = other.read()

    assert "PARTY_MISSING" in first
    assert (running.wait(60), rest) == (Exit.PIPE_CLOSED, "")
