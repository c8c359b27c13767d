"""A refused line is told with its number, the place in it and the reason; with --json as data."""

import json
from pathlib import Path

import pytest

from app.cli.language import choose_language
from app.cli.refusals import Refusals
from app.importing.outcomes import LineInvalid, Refusal, Rejected, Why
from ledger.fields import Shape, refuse_value
from ledger.parties.errors import PartyMissing
from tests.app.cli.commands import Commands, write_lines
from tests.journeys.gateways import run_gateway
from tests.journeys.small_market import PARTIES

REJECTED = [
    Rejected(7, Refusal("AMOUNT_INVALID", "An amount in BRL is text.", ("lines", "0", "goods"))),
    Rejected(8, Refusal("INVALID_INPUT", "lines.0.quantity must be a whole number.", ("lines", "0", "quantity"))),
    Rejected(9, Refusal("INVALID_JSON", "The line is not valid JSON.")),
]

LANGUAGES = ("SPLITBOOK_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture(autouse=True)
def no_language(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LANGUAGES:
        monkeypatch.delenv(name, raising=False)


def test_a_person_reads_which_field_of_which_line_and_reads_it_once(capsys: pytest.CaptureFixture[str]) -> None:
    Refusals(as_json=False).report(REJECTED)

    assert capsys.readouterr().err == (
        "line 7: lines.0.goods: An amount in BRL is text. [AMOUNT_INVALID]\n"
        "line 8: lines.0.quantity must be a whole number. [INVALID_INPUT]\n"
        "line 9: The line is not valid JSON. [INVALID_JSON]\n"
    )


def test_a_program_reads_the_field_apart_from_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    Refusals(as_json=True).report(REJECTED[:1])

    assert json.loads(capsys.readouterr().out) == {
        "line": 7,
        "code": "AMOUNT_INVALID",
        "field": "lines.0.goods",
        "message": "An amount in BRL is text.",
    }


def test_a_person_reads_a_refusal_in_the_language_of_the_environment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    refused = [
        Rejected(3, Refusal.of(PartyMissing(field=("parent",), reference="{M9}"))),
        Rejected(4, Refusal.of(refuse_value(("name",), Shape.MISSING))),
        Rejected(5, Refusal.of(LineInvalid(reason=Why.ZIP))),
    ]

    Refusals(as_json=False).report(refused)
    Refusals(as_json=True).report(refused[:1])

    said = capsys.readouterr()
    assert said.err == (
        "第 3 行：parent: 没有主体 {M9}。 [PARTY_MISSING]\n"
        "第 4 行：输入有误：name 未填写。 [INVALID_INPUT]\n"
        "第 5 行：不是可用的 JSON 对象：文件是 ZIP 压缩包：请先解压。 [INVALID_JSON]\n"
    )
    assert json.loads(said.out)["message"] == "There is no party {M9}."


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh-CN"),
        ({"LANG": "zh_TW"}, "zh-CN"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": ""}, "zh-CN"),
        ({"LC_MESSAGES": "zh_CN", "LC_ALL": "C"}, "en"),
        ({"LC_ALL": "C", "SPLITBOOK_LANGUAGE": "zh"}, "zh-CN"),
        ({"LANG": "zh_CN.UTF-8", "SPLITBOOK_LANGUAGE": "en"}, "en"),
    ],
)
def test_the_language_is_that_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], language: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert choose_language() == language
    assert choose_language(as_json=True) == "en"


def test_a_language_that_there_is_not_is_refused_by_every_command(commands: Commands) -> None:
    commands.environment["SPLITBOOK_LANGUAGE"] = "fr_FR.UTF-8"

    of_the_store = commands.run("verify", "--json")
    of_a_server = commands.run("export", "balances", "--url", "http://127.0.0.1:1", "--key", "k")

    refused = "SPLITBOOK_LANGUAGE=fr_FR.UTF-8: it must be en or zh.\n"
    assert (of_the_store.exit_code, of_the_store.stderr) == (2, refused)
    assert (of_a_server.exit_code, of_a_server.stderr) == (2, refused)


def test_an_import_refuses_in_the_language_of_who_reads(commands: Commands, tmp_path: Path) -> None:
    commands.environment["SPLITBOOK_LANGUAGE"] = "zh"
    lost = {"reference": "M9", "kind": "MERCHANT", "name": "Lost", "parent": "NOBODY"}
    file = write_lines(tmp_path / "parties.jsonl", *PARTIES, lost)

    told = commands.run("import", "parties", file)
    key = commands.run("key", "create", "--role", "operator", "--name", "ann").stdout.strip()
    with run_gateway(commands) as url:
        over_the_api = commands.run("import", "parties", file, "--url", url, "--key", key)
        data = commands.run("import", "parties", file, "--url", url, "--key", key, "--json")

    assert (told.exit_code, over_the_api.exit_code, data.exit_code) == (1, 1, 1)
    assert told.stderr == f"第 {len(PARTIES) + 1} 行：parent: 没有主体 NOBODY。 [PARTY_MISSING]\n"
    assert over_the_api.stderr == told.stderr
    assert json.loads(data.stdout.splitlines()[0])["message"] == "There is no party NOBODY."
