"""What is wrong with the environment, the store, a server or an output is said in the language of who reads."""

import errno
import os
import socket
from pathlib import Path
from string import Formatter
from typing import Any

import asyncpg
import httpx
import pytest
import typer

from app.cli.chinese import CHINESE_OF_COMMANDS
from app.cli.language import tell
from app.cli.running import reporting_errors
from app.client import Client, ServerBusy, ServerUnusable
from app.embedded.cluster import LOG_FILE
from app.embedded.log import Log
from app.embedded.owner import choose_owner
from app.settings import Settings
from app.store import StoreUnfit, StoreUnreachable, _naming_the_place
from ledger.db.errors import DatabaseUnavailable
from ledger.db.examining import Found
from ledger.errors import Count, ExpectedError, Remark, Words
from tests.app.cli.commands import Commands, write_lines
from tests.journeys.gateways import find_free_port
from tests.journeys.small_market import PARTIES
from tests.waiting import HANGS_S


@pytest.fixture
def chinese(commands: Commands) -> Commands:
    commands.environment["SPLITBOOK_LANGUAGE"] = "zh"
    return commands


@pytest.fixture
def reading_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPLITBOOK_LANGUAGE", "zh")


def list_kinds() -> list[type[ExpectedError] | Words]:
    found: list[type[ExpectedError]] = [ExpectedError]
    for error in found:
        found.extend(error.__subclasses__())
    words: list[Words] = [each for enum in Words.__subclasses__() for each in enum]
    return [each for each in (*found, *words) if each.code in CHINESE_OF_COMMANDS]


@pytest.mark.usefixtures("reading_chinese")
@pytest.mark.parametrize("kind", list_kinds(), ids=lambda kind: kind.code)
def test_whatever_a_command_says_is_said_in_both_languages_with_its_facts(
    kind: type[ExpectedError] | Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = [(name, form) for _, name, form, _ in Formatter().parse(kind.sentence) if name]
    counted = {name for name, form in named if form}
    facts: dict[str, Any] = {name: Count(7) if name in counted else f"<{name}>" for name, _ in named}
    said = Remark(kind, **facts) if isinstance(kind, Words) else kind(**facts)

    in_chinese = tell(said)
    monkeypatch.setenv("SPLITBOOK_LANGUAGE", "en")
    in_english = tell(said)

    assert in_english == str(said)
    texts = [str(fact) for fact in facts.values()]
    assert in_chinese != in_english or in_chinese.replace(" ", "") == "".join(texts)
    assert [text for text in texts if text not in in_chinese or text not in in_english] == []


def test_a_variable_is_refused_in_chinese(chinese: Commands) -> None:
    chinese.environment["PORT"] = "70000"

    refused = chinese.run("verify")

    assert (refused.exit_code, refused.stderr) == (2, "PORT=70000：须不大于 65535。\n")


def test_a_platform_is_asked_for_in_chinese(chinese: Commands, tmp_path: Path) -> None:
    empty = chinese.run("verify")
    chinese.run("import", "parties", write_lines(tmp_path / "parties.jsonl", *PARTIES))
    unknown = chinese.run("verify", "--platform", "X")

    assert (empty.exit_code, empty.stderr) == (
        2,
        "库中还没有平台：请导入含有 OPERATOR 行的主体文件，或载入演示数据。\n",
    )
    assert (unknown.exit_code, unknown.stderr) == (2, "没有平台 X，请以 --platform 选择其一：OP。\n")


def test_a_database_that_is_not_there_is_named_in_chinese(chinese: Commands) -> None:
    chinese.environment["SPLITBOOK_DATABASE_URL"] = "postgresql://me:hush@127.0.0.1:1/books"

    refused = chinese.run("doctor")

    assert (refused.exit_code, refused.stderr) == (3, "数据库 127.0.0.1:1/books 无法使用：连接被拒绝。\n")


@pytest.mark.usefixtures("reading_chinese")
@pytest.mark.parametrize(
    ("url", "failure", "said"),
    [
        (
            "postgresql:///books",
            asyncpg.PostgresError('database "books" does not exist'),
            '数据库（本机套接字）/books 无法使用：“database "books" does not exist”。',
        ),
        ("postgresql://h/books", TimeoutError(), "数据库 h/books 无法使用：15 秒内没有应答。"),
        (
            "postgresql://h/books",
            socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
            "数据库 h/books 无法使用：没有以此为名的主机。",
        ),
    ],
)
def test_a_database_that_does_not_let_us_in_is_named_in_chinese(url: str, failure: Exception, said: str) -> None:
    with pytest.raises(StoreUnreachable) as refused, _naming_the_place(Settings(database_url=url)):
        raise failure

    assert tell(refused.value) == said


def test_the_doctor_speaks_chinese_and_its_data_is_english(chinese: Commands) -> None:
    told = chinese.run("doctor")
    data = chinese.ask("doctor")

    assert "ok    服务器可以写入。\n" in told.stdout
    assert {"check": "standby", "passed": True, "sentence": "The server takes writes."} in data


def test_all_reasons_not_to_post_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    unfit = StoreUnfit(findings=(Remark(Found.SETTING_IS_OFF, name="fsync", danger=Found.DATABASE_DAMAGED), STANDBY))

    assert str(unfit) == (
        "fsync is off: a power cut can damage the whole database. Turn it on for this server, database and login."
        " The server is a standby and takes no writes; use its primary."
    )
    monkeypatch.setenv("SPLITBOOK_LANGUAGE", "zh")
    assert tell(unfit) == (
        "fsync 已关闭：断电可能损坏整个数据库。请为此服务器、数据库与登录用户打开它。"
        "服务器是备机，不能写入；请使用其主机。"
    )


STANDBY = Remark(Found.A_STANDBY)


@pytest.mark.usefixtures("reading_chinese")
def test_a_server_that_does_not_start_is_quoted_in_chinese(tmp_path: Path) -> None:
    log = Log(tmp_path)
    silent = log.explain_failure()
    log.begin()
    (tmp_path / LOG_FILE).write_text("LOG:  one\nFATAL:  two\n")

    assert tell(silent) == f"内置的 PostgreSQL 没有启动：没有给出原因（日志为 {tmp_path}/{LOG_FILE}）。"
    assert tell(log.explain_failure()) == f"内置的 PostgreSQL 没有启动：“FATAL:  two”（日志为 {tmp_path}/{LOG_FILE}）。"


@pytest.mark.usefixtures("reading_chinese")
def test_a_home_of_somebody_else_is_refused_in_chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = tmp_path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)

    with pytest.raises(ExpectedError) as refused:
        choose_owner(tmp_path)

    assert tell(refused.value).startswith(f"{tmp_path} 无法使用：它属于用户“")


def test_a_server_that_is_not_there_is_named_in_chinese(chinese: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.client.FIRST_PAUSE_S", 0.001)
    url = f"http://127.0.0.1:{find_free_port()}"

    refused = chinese.run("export", "balances", "--url", url, "--key", "sb_1_x_y")

    assert (refused.exit_code, refused.stderr) == (4, f"无法连接 {url} 的服务：连接被拒绝。\n")


def answer(status: int, content: str = "") -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(status, text=content))


def fail(failure: Exception) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        raise failure

    return httpx.MockTransport(handle)


URL = "http://127.0.0.1:1"


@pytest.mark.usefixtures("reading_chinese")
@pytest.mark.parametrize(
    ("transport", "english", "said"),
    [
        (
            answer(503),
            f"The server at {URL} cannot be reached: it answered 503.",
            f"无法连接 {URL} 的服务：应答为 503。",
        ),
        (answer(401), None, f"{URL} 的服务不接受此密钥；请以 `splitbook key create` 新建一个。"),
        (answer(200, "[]"), f"What answers at {URL} is no Splitbook gateway.", f"{URL} 处应答的不是 Splitbook 服务。"),
        (answer(200, "<html>"), None, f"{URL} 处应答的不是 Splitbook 服务。"),
        (answer(200, '{"errors": [{"message": "不行。"}]}'), None, f"{URL} 的服务拒绝了请求：不行。"),
        (
            fail(httpx.ReadTimeout("")),
            f"The server at {URL} cannot be reached: it did not answer in time.",
            f"无法连接 {URL} 的服务：没有及时应答。",
        ),
        (
            fail(httpx.RemoteProtocolError("Server disconnected")),
            f"The server at {URL} cannot be reached: the connection broke.",
            f"无法连接 {URL} 的服务：连接中断。",
        ),
        (
            fail(httpx.TooManyRedirects("Exceeded")),
            f"The server at {URL} cannot be reached: Exceeded.",
            f"无法连接 {URL} 的服务：“Exceeded”。",
        ),
    ],
)
async def test_what_a_server_does_wrong_is_said_in_chinese(
    monkeypatch: pytest.MonkeyPatch, transport: httpx.MockTransport, english: str | None, said: str
) -> None:
    monkeypatch.setattr("app.client.FIRST_PAUSE_S", 0.0)
    async with Client(url=URL, key="k") as client:
        client._http._transport = transport
        with pytest.raises(ServerUnusable) as refused:
            await client.run("{ viewer }", {})

    assert tell(refused.value) == said
    assert english in (None, str(refused.value))


def test_a_port_that_is_taken_is_named_in_chinese(chinese: Commands) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = chinese.run("sandbox", "--port", port)

    assert (refused.exit_code, refused.stderr) == (
        5,
        f"127.0.0.1 上的端口 {port} 已被占用；请停止占用它的程序，或另选端口：--port 8011。\n",
    )


def test_an_output_that_cannot_be_written_is_named_in_chinese(chinese: Commands, tmp_path: Path) -> None:
    chinese.run("import", "parties", write_lines(tmp_path / "parties.jsonl", *PARTIES))

    refused = chinese.run("export", "balances", "--output", tmp_path / "missing" / "book.csv")

    assert (refused.exit_code, refused.stderr) == (1, f"{tmp_path}/missing/book.csv 无法写入：没有这个文件或文件夹。\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_stdout_without_room_is_named_in_chinese(chinese: Commands) -> None:
    with Path("/dev/full").open("wb") as full:
        _, said = chinese.start("--help", stdout=full).communicate(timeout=HANGS_S)

    assert said == "输出无法写入：磁盘没有剩余空间。\n"


@pytest.mark.usefixtures("reading_chinese")
@pytest.mark.parametrize(
    ("failure", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "已中断。已提交的内容保留；再次执行同一命令即可完成其余部分。\n"),
        (OSError(errno.EACCES, "Permission denied", "/a"), 3, "/a 无法使用：没有权限。\n"),
        (OSError("strange"), 3, "有一个文件无法使用：“strange”。\n"),
        (
            ServerBusy(message="稍后。"),
            4,
            "服务请稍后再试：稍后。已提交的内容保留；再次执行同一命令即可完成其余部分。\n",
        ),
        (
            DatabaseUnavailable(),
            3,
            "无法连接数据库，未写入任何内容；请重试。已提交的内容保留；再次执行同一命令即可完成其余部分。\n",
        ),
    ],
)
def test_what_ends_a_command_is_said_in_chinese(
    capsys: pytest.CaptureFixture[str], failure: BaseException, code: int, said: str
) -> None:
    with pytest.raises(typer.Exit) as ended, reporting_errors():
        raise failure

    assert (ended.value.exit_code, capsys.readouterr().err) == (code, said)
