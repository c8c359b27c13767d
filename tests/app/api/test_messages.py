"""Every refusal can be said in both languages, with the same facts, under a code of its own."""

import ast
import importlib
import pkgutil
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import NamedTuple

import pytest

import app
import ledger
from app.api.messages import CHINESE, CHINESE_OF_FILES, CHINESE_OF_REQUESTS, choose_locale, say
from app.api.reasons import CHINESE_WORDS
from app.refusals import JsonProblem
from ledger.errors import InvalidInput, LedgerError, Words
from ledger.fields import Shape, read_object, refuse_value
from ledger.money import AmountTooLarge

ALL_CHINESE = CHINESE | CHINESE_OF_REQUESTS | CHINESE_OF_FILES


for package in (ledger, app):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if module.name.rsplit(".", 1)[-1] != "__main__":
            importlib.import_module(module.name)


def every_error() -> list[type[LedgerError]]:
    found: list[type[LedgerError]] = [LedgerError]
    for error in found:
        found.extend(error.__subclasses__())
    return [error for error in found if error.__module__.split(".")[0] in ("ledger", "app")]


ERRORS = every_error()
WORDS = [words for enum in Words.__subclasses__() for words in enum]


def facts(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_has_a_chinese_sentence_over_the_same_facts(error):
    assert error.code in ALL_CHINESE, f"app/api/messages.py lacks {error.code}: {error.sentence}"
    assert facts(ALL_CHINESE[error.code]) == facts(error.sentence)


@pytest.mark.parametrize("words", WORDS, ids=str)
def test_all_that_refusals_say_in_words_has_chinese_over_the_same_facts(words):
    assert words.code in CHINESE_WORDS, f"app/api/reasons.py lacks {words.code}: {words.sentence}"
    assert facts(CHINESE_WORDS[words.code]) == facts(words.sentence)


def test_every_error_and_all_words_have_a_code_of_their_own():
    counted = Counter(said.code for said in [*ERRORS, *WORDS])
    # An enumeration takes a second member with the same value for another name of the first.
    counted.update(name for enum in Words.__subclasses__() for name in enum.__members__.keys() - {w.name for w in enum})
    shared = {code: count for code, count in counted.items() if count > 1}

    assert shared == {}


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_no_two_words_say_the_same(locale):
    sentences = [words.sentence if locale == "en" else CHINESE_WORDS[words.code] for words in WORDS]
    # Whatever their facts are called.
    counted = Counter(re.sub(r"{\w+}", "{}", sentence) for sentence in sentences)

    assert {sentence: count for sentence, count in counted.items() if count > 1} == {}


def test_no_sentence_is_left_over_and_none_stands_in_two_lists():
    assert set(ALL_CHINESE) - {error.code for error in ERRORS} == set()
    assert len(ALL_CHINESE) == len(CHINESE) + len(CHINESE_OF_REQUESTS) + len(CHINESE_OF_FILES)
    assert set(CHINESE_WORDS) - {words.code for words in WORDS} == set()


# What is read in every language as it is: fields and values, headers, and an example.
AS_THEY_ARE = """
    first after last before to base rate amount line order sku gift url role settlement compareOnly week version step
    firstDay lastDay startDate months interval paidFrom paidTo clearRest dueDays confirmation confirmationDays account
    credentialVariable evidenceSha party currency metadata query operationName true false null gzip http https
    GraphQL WebSocket transport ws Unicode Asia Tokyo Content Type application json graphql response Authorization
    Bearer variables extensions
"""
NAMES = set(AS_THEY_ARE.split())


@pytest.mark.parametrize("code", sorted(ALL_CHINESE | CHINESE_WORDS))
def test_chinese_sentences_have_no_english_words_but_codes_and_names(code):
    sentence = re.sub(r"{\w+(!r)?}", "", (ALL_CHINESE | CHINESE_WORDS)[code])
    words = re.findall(r"[A-Za-z][A-Za-z_]*", sentence)

    assert [word for word in words if not word.isupper() and word not in NAMES] == []


SOURCES = [
    source
    for package in (ledger, app)
    for source in Path(package.__path__[0]).rglob("*.py")
    if "node_modules" not in source.parts and source.stem != "__main__"
]


class Made(NamedTuple):
    """Where a refusal is made, of what class, with what facts, and with the words that stand there."""

    place: str
    error: type[LedgerError]
    facts: list[ast.keyword]
    words: set[Words]
    known: set[str | None]


def refusals_made(source: Path) -> Iterator[Made]:
    """The refusals that a file makes of a class that it names."""
    root = Path(ledger.__path__[0]).parent
    name = ".".join(source.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
    names = vars(sys.modules[name]) if name in sys.modules else {}
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            made = _find_named(node.func, names)
            # It adds the place.
            known: set[str | None] = {"place"} if made is refuse_value else set()
            error = InvalidInput if made is refuse_value else made
            if isinstance(error, type) and issubclass(error, LedgerError):
                inside = [_find_named(each, names) for each in ast.walk(node) if isinstance(each, ast.Attribute)]
                words = {each for each in inside if isinstance(each, Words)}
                given = [each for each in node.keywords if each.arg != "field"]
                known |= {each.arg for each in given} | ({"reason"} if made is refuse_value else set())
                yield Made(f"{name}:{node.lineno}", error, given, words, known)


def _find_named(node: ast.expr, names: Mapping[str, object]) -> object:
    match node:
        case ast.Name(id=name):
            return names.get(name)
        case ast.Attribute(value=value, attr=attribute):
            return getattr(_find_named(value, names), attribute, None)
    return None


def find_prose(given: ast.keyword) -> list[str]:
    """Text that stands in a fact and is English, not a code; what is looked up or passed on is no text of a fact."""
    found: list[str] = []
    waiting: list[ast.AST] = [given.value]
    while waiting:
        match waiting.pop():
            case ast.Constant(value=str(text)) if re.search("[a-z]", text) and not CODE.fullmatch(text):
                found.append(text)
            case ast.FormattedValue(value=inner) | ast.Subscript(value=inner):
                waiting.append(inner)
            case ast.Dict(values=values):
                waiting.extend(values)
            case ast.Call(func=func):
                waiting.append(func)
            case node:
                waiting.extend(ast.iter_child_nodes(node))
    return found


# A code, the name of a field in its own letters, or ours.
CODE = re.compile(r"[A-Z0-9_]+|[a-z]+[A-Z]\w+|Splitbook")
# Names of arguments, which are single small words in every language.
ARGUMENTS = {"one", "other"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: f"{source.parent.name}/{source.stem}")
def test_no_fact_of_a_refusal_is_prose(source):
    prose = [
        (made.place, given.arg, text)
        for made in refusals_made(source)
        for given in made.facts
        if given.arg not in ARGUMENTS
        for text in find_prose(given)
    ]

    assert prose == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: f"{source.parent.name}/{source.stem}")
def test_a_refusal_has_every_fact_that_it_and_its_words_name(source):
    lacking = [
        (made.place, name)
        for made in refusals_made(source)
        # What is passed on as a whole is seen when it runs.
        if None not in made.known
        for name in facts(made.error.sentence).union(*(facts(words.sentence) for words in made.words)) - made.known
    ]

    assert lacking == []


def test_there_are_no_words_that_nothing_says():
    code = "\n".join(source.read_text(encoding="utf-8") for source in SOURCES)
    # What the library's reader says is found by what it says.
    own = [words for words in WORDS if not isinstance(words, JsonProblem)]

    assert [words for words in own if not re.search(rf"\.{words.code}\b", code)] == []


def test_whatever_a_mutation_may_refuse_with_is_in_the_schemas_list():
    ledgers = {error.code for error in ERRORS if error.__module__.split(".")[0] == "ledger"}

    assert ledgers - set(CHINESE) == set()


def test_a_refusal_is_said_in_either_language_with_the_same_facts():
    refusal = AmountTooLarge(currency="CNY", limit="10000000000000.00", given="'1e99'")

    assert say(refusal, locale="en") == "An amount in CNY is at most 10000000000000.00; split '1e99' into several."
    assert say(refusal, locale="zh-CN") == "CNY 金额最大为 10000000000000.00；请将 '1e99' 拆成多笔。"


def test_braces_in_what_a_caller_sent_are_text_and_not_a_template():
    refusal = InvalidInput(field=("{0}",), reason=Shape.NO_LIST, place="{0}", given="{secret}")

    assert say(refusal, locale="en") == "{0} must be a list, given: {secret}."
    assert say(refusal, locale="zh-CN") == "输入有误：{0} 须为列表，而不是 {secret}。"


def test_words_within_words_are_said_in_the_same_language():
    with pytest.raises(InvalidInput) as refused:
        read_object({"": 1})

    assert str(refused.value) == (
        "the document has a key that is no name"
        " (1 to 200 characters, no control characters, no blanks at its ends): ''."
    )
    assert say(refused.value, locale="zh-CN") == (
        "输入有误：整个文档 中有不能作名称的键（1 到 200 个字符，不含控制字符，首尾无空格）：''。"
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
