"""In which language a command says refusals: the one that the environment names for people, English for programs."""

from operator import attrgetter

from app.api.messages import ALL_CHINESE, Locale, choose_locale
from app.cli.chinese import CHINESE_OF_COMMANDS
from app.importing.outcomes import Refusal
from app.settings import read_language
from ledger.errors import Between, ExpectedError, Find, Remark, Words, write_sentence

_CHINESE = ALL_CHINESE | CHINESE_OF_COMMANDS


def choose_language(*, as_json: bool = False) -> Locale:
    """Choose the language of refusals. What --json prints is read by programs and the same wherever they run."""
    # A name of POSIX, such as zh_CN.UTF-8, as Accept-Language has it: zh-CN.
    return "en" if as_json else choose_locale(read_language().partition(".")[0].replace("_", "-"))


def tell(*sentences: ExpectedError | Remark | Words) -> str:
    """Say one or more sentences to the person at the keyboard."""
    locale = choose_language()
    said = [Remark(each) if isinstance(each, Words) else each for each in sentences]
    between = _find_in(locale)(Between.SENTENCES)
    return between.join(_say(each, locale=locale) for each in said)


def say_refusal(refusal: Refusal, *, locale: Locale) -> str:
    """Say why an item was refused; what a server said of it, it said in the language that it was asked in."""
    return refusal.message if refusal.error is None else _say(refusal.error, locale=locale)


def _say(said: ExpectedError | Remark, *, locale: Locale) -> str:
    return write_sentence(said, find=_find_in(locale))


def _find_in(locale: Locale) -> Find:
    return attrgetter("sentence") if locale == "en" else lambda said: _CHINESE[said.code]
