"""What is wrong with a command line is said in the language of who typed it, whoever found it: we or the library."""

import ast
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import app.cli
from app.cli.exits import Exit
from app.cli.root import main
from tests.app.api.refusals_made import find_prose


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SPLITBOOK_HOME", str(tmp_path))
    monkeypatch.setenv("SPLITBOOK_KEY", "")
    monkeypatch.setenv("SPLITBOOK_DATABASE_URL", "postgresql://127.0.0.1:1/none")
    monkeypatch.chdir(tmp_path)


def run(words: str, language: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> str:
    """What a command says before it ends as a wrong command line."""
    monkeypatch.setenv("SPLITBOOK_LANGUAGE", language)
    monkeypatch.setattr(sys, "argv", ["splitbook", *shlex.split(words)])
    with pytest.raises(SystemExit) as ended:
        _with_streams(monkeypatch)
    assert ended.value.code == Exit.USAGE
    told = capfd.readouterr()
    assert told.out == ""
    return told.err


def _with_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program takes its streams for itself, and they are this process's."""
    for name, number in (("stdout", 1), ("stderr", 2)):
        stream = open(number, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 -- as the program, open to the end
        monkeypatch.setattr(sys, name, stream)
    monkeypatch.setattr("app.cli.root.take_signals_as_interrupt", lambda: None)
    main()


@pytest.mark.parametrize(
    ("words", "english", "chinese"),
    [
        ("nonsense", "There is no command nonsense.", "没有命令 nonsense。"),
        ("veryfy", "There is no command veryfy; did you mean verify?", "没有命令 veryfy；是否想用 verify？"),
        ("verify --xyz", "There is no option --xyz.", "没有选项 --xyz。"),
        (
            "verify --platfrom OP",
            "There is no option --platfrom; did you mean --platform?",
            "没有选项 --platfrom；是否想用 --platform？",
        ),
        ("verify OP", "The command takes no more arguments: OP.", "此命令不再接受更多参数：OP。"),
        ("worker --pause", "The option --pause needs a value.", "选项 --pause 须有值。"),
        ("verify --json=1", "The option --json takes no value.", "选项 --json 不带值。"),
        ("import events", "FILE is needed.", "须给出 FILE。"),
        (
            "key create",
            "--role is needed: operator or auditor or partner or party.",
            "须给出 --role：operator 或 auditor 或 partner 或 party。",
        ),
        (
            "key create --role boss",
            "Invalid value for --role: it must be operator or auditor or partner or party.",
            "--role 的值有误：须为 operator 或 auditor 或 partner 或 party。",
        ),
        (
            "demo --orders many",
            "Invalid value for --orders: it must be a whole number.",
            "--orders 的值有误：须为整数。",
        ),
        ("demo --orders -1", "Invalid value for --orders: it must be 0 or more.", "--orders 的值有误：须不小于 0。"),
        (
            "worker --pause long",
            "Invalid value for --pause: it must be a number.",
            "--pause 的值有误：须为数字。",
        ),
        (
            "sandbox --port 70000",
            "Invalid value for --port: it must be 65535 or less.",
            "--port 的值有误：须不大于 65535。",
        ),
        (
            "payout files nowhere.xml",
            "Invalid value for [FILE]...: nowhere.xml is not there.",
            "[FILE]... 的值有误：nowhere.xml 不存在。",
        ),
        ("payout files .", "Invalid value for [FILE]...: . is a folder.", "[FILE]... 的值有误：. 是文件夹。"),
        (
            "import events nowhere.jsonl",
            "Invalid value for FILE: nowhere.jsonl is not there, or is no file that can be read.",
            "FILE 的值有误：nowhere.jsonl 不存在，或不是可读的文件。",
        ),
        (
            "payout run --through soon",
            "Invalid value for --through: a day is written as 2026-01-31.",
            "--through 的值有误：日期写作 2026-01-31。",
        ),
        (
            "export fee-differences --paid-from soon",
            "Invalid value for --paid-from: an instant is written as 2026-01-31 or 2026-01-31T08:00+08:00.",
            "--paid-from 的值有误：时刻写作 2026-01-31 或 2026-01-31T08:00+08:00。",
        ),
        (
            "close --now 2026-08-01",
            "Invalid value for --now: '2026-08-01' is no instant with its zone, such as 2026-08-01T00:00:00Z.",
            "--now 的值有误：'2026-08-01' 不是带时区的时刻，如 2026-08-01T00:00:00Z。",
        ),
        (
            "close --now 9026-08-01T00:00:00Z",
            "Invalid value for --now: 9026-08-01 is more than 400 days ahead of today; check the year.",
            "--now 的值有误：9026-08-01 比今天晚了不止 400 天；请检查年份。",
        ),
        (
            "calendar load BR",
            "Invalid value for --years: a country needs its years, e.g. --years 2016-2018.",
            "--years 的值有误：国家须指明年份，如 --years 2016-2018。",
        ),
        (
            "calendar load BR --years 2018-2016",
            "Invalid value for --years: 2018-2016 ends before it begins; write 2016-2018.",
            "--years 的值有误：2018-2016 的结束早于开始；请写作 2016-2018。",
        ),
        (
            "payout account M1 main --currency CNY --holder M1 --step 1",
            "--step and --fee are of an account that is paid from: give its --channel.",
            "--step 与 --fee 属于付款账户：请给出其 --channel。",
        ),
        (
            "payout account M1 main --currency CNY --holder M1 --number-file /dev/null",
            "there is no account number; give it on standard input or in --number-file.",
            "没有账号；请经标准输入或以 --number-file 给出。",
        ),
        (
            "export balances --url http://127.0.0.1:1",
            "--url needs --key, or the key in SPLITBOOK_KEY.",
            "--url 须与 --key 同用，或在 SPLITBOOK_KEY 中给出密钥。",
        ),
        (
            "export balances --url http://127.0.0.1:1 --key k --platform OP",
            "a key belongs to one platform, so --platform does not go with --url.",
            "密钥属于一个平台，因此 --platform 不能与 --url 同用。",
        ),
        (
            "export balances --url http://127.0.0.1:1 --key @nowhere",
            "the key cannot be read from nowhere: No such file or directory.",
            "无法从 nowhere 读取密钥：没有这个文件或文件夹。",
        ),
        (
            "export balances --url http://127.0.0.1:1 --key 'a b'",
            "what was given as the key is none; `splitbook key create` makes one.",
            "所给的不是密钥；请以 `splitbook key create` 新建一个。",
        ),
    ],
)
def test_a_wrong_command_line_is_told_in_the_language_of_who_typed_it(
    words: str, english: str, chinese: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    said = run(words, "en", monkeypatch, capfd)
    told = run(words, "zh_CN.UTF-8", monkeypatch, capfd)

    assert said.rpartition("Error: ")[2] == f"{english}\n"
    assert told.rpartition("错误：")[2] == f"{chinese}\n"


def test_how_a_command_is_used_is_told_with_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    said = run("verify --xyz", "en", monkeypatch, capfd)
    told = run("verify --xyz", "zh", monkeypatch, capfd)

    assert said == (
        "Usage: splitbook verify [OPTIONS]\nTry `splitbook verify --help` for help.\n\n"
        "Error: There is no option --xyz.\n"
    )
    assert told == (
        "用法：splitbook verify [OPTIONS]\n`splitbook verify --help` 显示帮助。\n\n错误：没有选项 --xyz。\n"
    )


# What tells a person something, and which of its arguments that is.
TELLING = {"say", "print_line", "echo", "prompt", "BadParameter", "show_progress", "count_progress", "TextColumn"}
COMMANDS = sorted(Path(app.cli.__path__[0]).glob("*.py"))


@pytest.mark.parametrize("source", COMMANDS, ids=lambda source: source.stem)
def test_a_command_tells_nothing_but_words_that_every_language_has(source: Path) -> None:
    """Text that stands in the call itself would be English for everybody."""
    prose = [
        f"line {call.lineno}: {text}"
        for call in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", getattr(call.func, "attr", "")) in TELLING
        for argument in call.args
        for text in find_prose(ast.keyword(value=argument))
        if not text.startswith("{task.")
    ]

    assert prose == []


def test_a_command_does_not_wait_until_what_only_serving_or_migrating_needs_is_loaded() -> None:
    loaded = "import sys, app.cli.root; print({'strawberry', 'graphql', 'sqlalchemy', 'alembic'} & sys.modules.keys())"
    place = Path(app.cli.__file__).parents[2]

    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True, cwd=place)

    assert done.stdout == "set()\n"
