"""Every refusal can be said in both languages, with the same facts, under a code of its own."""

import importlib
import pkgutil
from collections import Counter
from string import Formatter

import pytest

import app
import ledger
from app.api.messages import CHINESE, CHINESE_OF_FILES, CHINESE_OF_REQUESTS, choose_locale, say
from ledger.errors import InvalidInput, LedgerError
from ledger.money import AmountTooLarge

ALL_CHINESE = CHINESE | CHINESE_OF_REQUESTS | CHINESE_OF_FILES


def every_error() -> list[type[LedgerError]]:
    for package in (ledger, app):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.rsplit(".", 1)[-1] != "__main__":
                importlib.import_module(module.name)
    found: list[type[LedgerError]] = [LedgerError]
    for error in found:
        found.extend(error.__subclasses__())
    return [error for error in found if error.__module__.split(".")[0] in ("ledger", "app")]


ERRORS = every_error()


def facts(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_has_a_chinese_sentence_over_the_same_facts(error):
    assert error.code in ALL_CHINESE, f"app/api/messages.py lacks {error.code}: {error.sentence}"
    assert facts(ALL_CHINESE[error.code]) == facts(error.sentence)


def test_every_error_has_a_code_of_its_own():
    shared = {code: count for code, count in Counter(error.code for error in ERRORS).items() if count > 1}

    assert shared == {}


def test_no_sentence_is_left_over_and_none_stands_in_two_lists():
    assert set(ALL_CHINESE) - {error.code for error in ERRORS} == set()
    assert len(ALL_CHINESE) == len(CHINESE) + len(CHINESE_OF_REQUESTS) + len(CHINESE_OF_FILES)


def test_whatever_a_mutation_may_refuse_with_is_in_the_schemas_list():
    ledgers = {error.code for error in ERRORS if error.__module__.split(".")[0] == "ledger"}

    assert ledgers - set(CHINESE) == set()


def test_a_refusal_is_said_in_either_language_with_the_same_facts():
    refusal = AmountTooLarge(currency="CNY", limit="10000000000000.00", given="'1e99'")

    assert say(refusal, locale="en") == "An amount in CNY is at most 10000000000000.00; split '1e99' into several."
    assert say(refusal, locale="zh-CN") == "CNY 金额最大为 10000000000000.00；请将 '1e99' 拆成多笔。"


def test_braces_in_what_a_caller_sent_are_text_and_not_a_template():
    refusal = InvalidInput(reason="{secret} {0}")

    assert say(refusal, locale="en") == "{secret} {0}"
    assert say(refusal, locale="zh-CN") == "输入有误：{secret} {0}"


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        (None, "en"),
        ("", "en"),
        ("zh-CN", "zh-CN"),
        ("zh", "zh-CN"),
        ("ZH-Hans-CN;q=0.9, en;q=0.8", "zh-CN"),
        ("en-GB, zh;q=0.9", "en"),
        ("fr, zh-TW;q=0.5", "zh-CN"),
        ("fr, de", "en"),
        ("zh;q=0", "en"),
        ("zh;q=nonsense", "en"),
        ("*;q=0.1, zh;q=0.2", "zh-CN"),
        ("zh;q=nan", "en"),
        ("," * 100_000, "en"),
    ],
)
def test_the_language_is_the_best_liked_of_ours(header, locale):
    assert choose_locale(header) == locale
