"""Every refusal can be said in both languages, with the same facts, under a code of its own."""

import ast
import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterable
from string import Formatter

import pytest

import app
import ledger
from app.api.messages import (
    CHINESE,
    CHINESE_OF_DOCUMENTS,
    CHINESE_OF_FILES,
    CHINESE_OF_REQUESTS,
    choose_locale,
    say,
)
from app.api.reasons import CHINESE_WORDS
from app.cli.chinese import CHINESE_OF_COMMANDS
from app.refusals import JsonProblem
from ledger.errors import ExpectedError, InvalidInput, LedgerError, Words
from ledger.fields import Shape, read_object
from ledger.money import AmountInvalid, AmountTooLarge, parse_amount
from tests.app.api.refusals_made import SOURCES, find_prose, read_module

LISTS = (CHINESE, CHINESE_OF_REQUESTS, CHINESE_OF_FILES, CHINESE_OF_DOCUMENTS, CHINESE_WORDS, CHINESE_OF_COMMANDS)
ALL_CHINESE = {code: sentence for each in LISTS for code, sentence in each.items()}


for package in (ledger, app):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if module.name.rsplit(".", 1)[-1] != "__main__":
            importlib.import_module(module.name)


def every_error() -> list[type[ExpectedError]]:
    found: list[type[ExpectedError]] = [ExpectedError]
    for error in found:
        found.extend(error.__subclasses__())
    return [error for error in found if error.__module__.split(".")[0] in ("ledger", "app")]


ERRORS = every_error()
WORDS = [words for enum in Words.__subclasses__() for words in enum]


def facts(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


# A test looks at all sentences, or all files, and names those that are wrong: thousands of tests of one each take
# longer to be told of than to run.
def find_without_chinese(known: Iterable[type[ExpectedError] | Words]) -> dict[str, str]:
    """What is said in English alone, or over other facts in Chinese, by its code."""
    return {
        said.code: ALL_CHINESE.get(said.code, "no Chinese")
        for said in known
        if said.code not in ALL_CHINESE or facts(ALL_CHINESE[said.code]) != facts(said.sentence)
    }


def test_every_error_has_a_chinese_sentence_over_the_same_facts():
    assert find_without_chinese(ERRORS) == {}, "app/api/messages.py and app/cli/chinese.py have them"


def test_all_that_refusals_say_in_words_has_chinese_over_the_same_facts():
    assert find_without_chinese(WORDS) == {}, "app/api/reasons.py and app/cli/chinese.py have them"


def test_every_error_and_all_words_have_a_code_of_their_own():
    counted = Counter(said.code for said in [*ERRORS, *WORDS])
    # An enumeration takes a second member with the same value for another name of the first.
    counted.update(name for enum in Words.__subclasses__() for name in enum.__members__.keys() - {w.name for w in enum})
    shared = {code: count for code, count in counted.items() if count > 1}

    assert shared == {}


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_no_two_words_say_the_same(locale):
    sentences = [words.sentence if locale == "en" else ALL_CHINESE[words.code] for words in WORDS]
    # Whatever their facts are called.
    counted = Counter(re.sub(r"{\w+}", "{}", sentence) for sentence in sentences)

    assert {sentence: count for sentence, count in counted.items() if count > 1} == {}


def test_no_sentence_is_left_over_and_none_stands_in_two_lists():
    errors, words = {error.code for error in ERRORS}, {words.code for words in WORDS}

    assert (CHINESE | CHINESE_OF_REQUESTS | CHINESE_OF_FILES).keys() - errors == set()
    assert (CHINESE_WORDS | CHINESE_OF_DOCUMENTS).keys() - words == set()
    assert CHINESE_OF_COMMANDS.keys() - errors - words == set()
    assert len(ALL_CHINESE) == sum(map(len, LISTS))


# What is read in every language as it is: fields and values, headers, and an example.
AS_THEY_ARE = """
    first after last before to base rate amount line order sku gift url role settlement compareOnly week version step
    firstDay lastDay startDate months interval paidFrom paidTo clearRest dueDays confirmation confirmationDays account
    credentialVariable evidenceSha party currency metadata query operationName true false null gzip http https
    GraphQL WebSocket transport ws Unicode Asia Tokyo Content Type application json graphql response Authorization
    Bearer variables extensions payload pong platform PostgreSQL Splitbook GraphiQL Ctrl root lines cursor more
"""
NAMES = set(AS_THEY_ARE.split())


def find_english(sentence: str) -> list[str]:
    # What a person may type stands between backquotes, or is an option.
    words = re.findall(r"[A-Za-z][A-Za-z_]*", re.sub(r"{\w+(!r)?}|`[^`]+`|--[a-z-]+", "", sentence))
    return [word for word in words if not word.isupper() and word not in NAMES]


def test_chinese_sentences_have_no_english_words_but_codes_and_names():
    english = {code: find_english(sentence) for code, sentence in ALL_CHINESE.items()}

    assert {code: words for code, words in english.items() if words} == {}


# Names of arguments, which are single small words in every language.
ARGUMENTS = {"one", "other"}


def test_no_fact_of_a_refusal_is_prose():
    prose = [
        (made.place, given.arg, text)
        for source in SOURCES
        for made in read_module(source).list_made()
        for given in made.facts
        if given.arg not in ARGUMENTS
        for text in find_prose(given)
    ]

    assert prose == []


def test_a_refusal_has_every_fact_that_it_and_its_words_name():
    lacking = [
        (each.place, name)
        for source in SOURCES
        for each in read_module(source).list_made()
        if None not in each.known
        for name in facts(getattr(each.made, "sentence", "")).union(*(facts(said.sentence) for said in each.words))
        - each.known
    ]

    assert lacking == []


def test_there_are_no_words_that_nothing_says():
    codes = {words.code for words in WORDS}
    said = {
        module.find(each)
        for module in map(read_module, SOURCES)
        for each in ast.walk(module.tree)
        if isinstance(each, ast.Attribute) and each.attr in codes
    }
    # What the library's reader says is found by what it says.
    own = [words for words in WORDS if not isinstance(words, JsonProblem)]

    assert [words for words in own if words not in said] == []


def test_whatever_the_api_may_refuse_with_is_in_its_own_lists():
    refusals = {error.code for error in ERRORS if issubclass(error, LedgerError)}
    words = {
        words.code
        for source in SOURCES
        for each in read_module(source).list_made()
        if issubclass(each.made, LedgerError)
        for words in each.words
    }

    assert (refusals | words) & CHINESE_OF_COMMANDS.keys() == set()


def test_whatever_a_mutation_may_refuse_with_is_in_the_schemas_list():
    ledgers = {error.code for error in ERRORS if error.__module__.split(".")[0] == "ledger"}

    assert ledgers - {ExpectedError.code} - set(CHINESE) == set()


def test_a_refusal_is_said_in_either_language_with_the_same_facts():
    refusal = AmountTooLarge(currency="CNY", limit="10000000000000.00", given="'1e99'")

    assert say(refusal, locale="en") == "An amount in CNY is at most 10000000000000.00; split '1e99' into several."
    assert say(refusal, locale="zh-CN") == "CNY 金额最大为 10000000000000.00；请将 '1e99' 拆成多笔。"


def test_braces_in_what_a_caller_sent_are_text_and_not_a_template():
    refusal = InvalidInput(field=("{0}",), reason=Shape.NO_LIST, place="{0}", given="{secret}")

    assert say(refusal, locale="en") == "{0} must be a list, given: {secret}."
    assert say(refusal, locale="zh-CN") == "输入有误：{0} 须为列表，而不是 {secret}。"


@pytest.mark.parametrize(
    ("given", "english", "chinese"),
    [
        (12.3, "number", "数字"),
        (True, "boolean", "布尔值"),
        (None, "null", "null"),
        ([], "array", "列表"),
        ({}, "object", "对象"),
    ],
)
def test_what_was_given_instead_of_text_is_said_in_words(given, english, chinese):
    with pytest.raises(AmountInvalid) as refused:
        parse_amount(given, currency="CNY")

    assert str(refused.value) == f'An amount in CNY is a plain decimal string such as "12.30"; given: {english}.'
    blank = " " if chinese == "null" else ""
    assert say(refused.value, locale="zh-CN") == f"CNY 金额应为普通小数字符串，如“12.30”，而不是{blank}{chinese}。"


def test_words_within_words_are_said_in_the_same_language():
    with pytest.raises(InvalidInput) as refused:
        read_object({"": 1})

    assert str(refused.value) == (
        "the document has a key that is no name"
        " (1 to 200 characters, no control characters, no blanks at its ends): ''."
    )
    assert say(refused.value, locale="zh-CN") == (
        "输入有误：整个文档中有不能作名称的键（1 到 200 个字符，不含控制字符，首尾无空格）：''。"
    )


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
