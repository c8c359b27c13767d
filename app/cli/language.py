"""In which language a command says refusals: the one that the environment names for people, English for programs."""

from app.api.messages import Locale, choose_locale, say
from app.importing.outcomes import Refusal
from app.settings import read_language


def choose_language(*, as_json: bool = False) -> Locale:
    """Choose the language of refusals. What --json prints is read by programs and the same wherever they run."""
    # A name of POSIX, such as zh_CN.UTF-8, as Accept-Language has it: zh-CN.
    return "en" if as_json else choose_locale(read_language().partition(".")[0].replace("_", "-"))


def say_refusal(refusal: Refusal, *, locale: Locale) -> str:
    """Say why an item was refused; what a server said of it, it said in the language that it was asked in."""
    return refusal.message if refusal.error is None else say(refusal.error, locale=locale)
