"""
What is wrong with a command line: as a command finds it, and as the library does, whose sentences are known again by
what they are about. What is not known is quoted.
"""

import re
from collections.abc import Iterator, Mapping

import typer
from pydantic import ValidationError
from typer._click.exceptions import (
    BadOptionUsage,
    BadParameter,
    ClickException,
    MissingParameter,
    NoArgsIsHelpError,
    NoSuchOption,
    UsageError,
)

from app.settings import Why as Rule
from app.settings import find_rule
from app.system_words import SystemSays
from ledger.errors import ExpectedError, Remark, Words


class Usage(Words):
    """What a command line would have to be."""

    USAGE = "Usage: {usage}\nTry `{command} --help` for help.\n"
    WRONG = "Error: {reason}"
    OF_AN_OPTION = "Invalid value for {option}: {reason}."
    OF_NO_OPTION = "{reason}."
    # What the library finds
    NO_COMMAND = "There is no command {given}."
    NO_COMMAND_BUT = "There is no command {given}; did you mean {instead}?"
    COMMAND_NEEDED = "A command is needed."
    TOO_MUCH = "The command takes no more arguments: {given}."
    NO_OPTION = "There is no option {given}."
    NO_OPTION_BUT = "There is no option {given}; did you mean {instead}?"
    VALUE_NEEDED = "The option {given} needs a value."
    NO_VALUE = "The option {given} takes no value."
    ARGUMENT_NEEDED = "{given} is needed."
    CHOICE_NEEDED = "{given} is needed: {choices}."
    NO_SUCH_PATH = "{given} is not there"
    PATH_IS_FOLDER = "{given} is a folder"
    PATH_UNREADABLE = "{given} cannot be read"
    # What commands find
    NO_FILE = "{file} is not there, or is no file that can be read"
    NO_PLATFORM_WITH_URL = "a key belongs to one platform, so --platform does not go with --url"
    KEY_WITH_URL = "--url needs --key, or the key in SPLITBOOK_KEY"
    KEY_UNREADABLE = "the key cannot be read from {file}: {reason}"
    NO_TEXT = "it is not in UTF-8"
    NO_KEY = "what was given as the key is none; `splitbook key create` makes one"
    DAY_FORM = "a day is written as 2026-01-31"
    INSTANT_FORM = "an instant is written as 2026-01-31 or 2026-01-31T08:00+08:00"
    NO_NOW = "{given!r} is no instant with its zone, such as 2026-08-01T00:00:00Z"
    YEARS_NEEDED = "a country needs its years, e.g. --years 2016-2018"
    YEARS_REVERSED = "{years} ends before it begins; write {last}-{first}"
    PAID_FROM_ALONE = "--step and --fee are of an account that is paid from: give its --channel"
    NO_ACCOUNT_NUMBER = "there is no account number; give it on standard input or in --number-file"
    CUT_OFF_FORM = "a cut-off is a time of day such as 16:00"


class CommandLineWrong(typer.BadParameter):
    """A command finds its command line wrong; `remark` says how, in the language of whoever reads it."""

    def __init__(self, remark: Remark | ExpectedError, *, option: str | None = None) -> None:
        super().__init__(str(remark), param_hint=option)
        self.remark = remark


def describe_wrong(wrong: ClickException) -> Iterator[Remark]:
    """Say how a command is used, where it is known which, and what is wrong with how it was."""
    context = wrong.ctx if isinstance(wrong, UsageError) else None
    if context is not None:
        usage = " ".join((context.command_path, *context.command.collect_usage_pieces(context)))
        yield Remark(Usage.USAGE, usage=usage, command=context.command_path)
    yield Remark(Usage.WRONG, reason=_read(wrong))


def is_help(wrong: ClickException) -> bool:
    """Whether nothing was asked for, and the help has been shown."""
    return isinstance(wrong, NoArgsIsHelpError)


def _read(wrong: ClickException) -> Remark:
    match wrong:
        case MissingParameter():
            return _read_missing(wrong)
        case BadParameter():
            reason = wrong.remark if isinstance(wrong, CommandLineWrong) else _find_reason(wrong)
            option = _name_option(wrong)
            return Remark(Usage.OF_NO_OPTION if option is None else Usage.OF_AN_OPTION, option=option, reason=reason)
        case NoSuchOption():
            instead = tuple(sorted(wrong.possibilities or ()))
            return Remark(Usage.NO_OPTION_BUT if instead else Usage.NO_OPTION, given=wrong.option_name, instead=instead)
        case BadOptionUsage():
            takes_none = wrong.message.endswith("does not take a value.")
            return Remark(Usage.NO_VALUE if takes_none else Usage.VALUE_NEEDED, given=wrong.option_name)
    return _know(wrong.message, _SENTENCES)


def _read_missing(wrong: MissingParameter) -> Remark:
    assert wrong.param is not None, "the library names what is missing"
    choices = wrong.param.type_descriptor.choices
    given = _name_option(wrong)
    if not choices:
        return Remark(Usage.ARGUMENT_NEEDED, given=given)
    return Remark(Usage.CHOICE_NEEDED, given=given, choices=tuple(map(str, choices)))


def _name_option(wrong: BadParameter) -> str | None:
    hint = wrong.param.get_error_hint() if wrong.param_hint is None and wrong.param is not None else wrong.param_hint
    return hint.replace("'", "") if isinstance(hint, str) else None


def _find_reason(wrong: BadParameter) -> Words | Remark:
    if not isinstance(wrong.__cause__, ValidationError) or wrong.param is None:
        return _know(wrong.message, _VALUES)
    wanted = wrong.param.type_descriptor
    if wanted.choices:
        return Remark(Rule.ONE_OF, choices=tuple(map(str, wanted.choices)))
    return find_rule(wrong.__cause__.errors()[0], wanted.annotation)


# What the library says of a command line as a whole, and of a value.
_SENTENCES = {
    re.compile(r"No such command '(?P<given>.*)'\. Did you mean (?P<instead>.*)\?"): Usage.NO_COMMAND_BUT,
    re.compile(r"No such command '(?P<given>.*)'\."): Usage.NO_COMMAND,
    re.compile(r"Missing command\."): Usage.COMMAND_NEEDED,
    re.compile(r"Got unexpected extra argument\(s\) \((?P<given>.*)\)"): Usage.TOO_MUCH,
}
_VALUES = {
    re.compile(r"\w+ '(?P<given>.*)' does not exist\."): Usage.NO_SUCH_PATH,
    re.compile(r"\w+ '(?P<given>.*)' is a directory\."): Usage.PATH_IS_FOLDER,
    re.compile(r"\w+ '(?P<given>.*)' is not readable\."): Usage.PATH_UNREADABLE,
}


def _know(message: str, sentences: Mapping[re.Pattern[str], Words]) -> Remark:
    for pattern, words in sentences.items():
        if (found := pattern.fullmatch(message)) is not None:
            facts: dict[str, object] = dict(found.groupdict())
            if "instead" in facts:
                facts["instead"] = tuple(re.findall("'([^']*)'", found["instead"]))
            return Remark(words, **facts)
    return Remark(SystemSays.QUOTED, said=message.rstrip("."))
