"""In which language a command says refusals: the one that the environment names for people, English for programs."""

from operator import attrgetter

from app.api.messages import ALL_CHINESE, Locale, find_locale
from app.cli.chinese import CHINESE_OF_COMMANDS
from app.importing.outcomes import Refusal
from app.settings import LANGUAGE, SettingsInvalid, Why, read_language, read_own_language
from ledger.errors import Between, ExpectedError, Find, Remark, Words, write_sentence

_CHINESE = ALL_CHINESE | CHINESE_OF_COMMANDS
_NAMES = ("en", "zh")


def choose_language(*, as_json: bool = False) -> Locale:
    """Choose the language of refusals. What --json prints is read by programs and the same wherever they run."""
    return "en" if as_json else _find_locale(read_language()) or "en"


def check_language() -> None:
    """
    Refuse a language that there is nothing in here. That of the whole system (LANG) may be any: it is not said to us.

    Errors: SettingsInvalid.
    """
    given = read_own_language()
    if given and _find_locale(given) is None:
        raise SettingsInvalid(variable=LANGUAGE, given=given, reason=Remark(Why.ONE_OF, choices=_NAMES))


def tell(*sentences: ExpectedError | Remark | Words) -> str:
    """Say one or more sentences to the person at the keyboard."""
    locale = choose_language()
    said = [Remark(each) if isinstance(each, Words) else each for each in sentences]
    between = _find_in(locale)(Between.SENTENCES)
    return between.join(_say(each, locale=locale) for each in said)


def say_refusal(refusal: Refusal, *, locale: Locale) -> str:
    """Say why an item was refused; what a server said of it, it said in the language that it was asked in."""
    return refusal.message if refusal.error is None else _say(refusal.error, locale=locale)


def _find_locale(name: str) -> Locale | None:
    # A name of POSIX, such as zh_CN.UTF-8, as Accept-Language has it: zh-CN.
    return find_locale(name.partition(".")[0].replace("_", "-"))


def _say(said: ExpectedError | Remark, *, locale: Locale) -> str:
    return write_sentence(said, find=_find_in(locale))


def _find_in(locale: Locale) -> Find:
    return attrgetter("sentence") if locale == "en" else lambda said: _CHINESE[said.code]
