"""How refused lines are told: on stderr for people, with --json as JSON Lines on stdout."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from app.api.messages import Locale
from app.cli.language import choose_language, say_refusal
from app.cli.output import print_json
from app.importing.outcomes import Rejected

_NUMBERED: dict[Locale, str] = {"en": "line {}: ", "zh-CN": "第 {} 行："}


class Refusals:
    """Tells each refused line with its number and reason, above a progress bar where there is one."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._locale = choose_language(as_json=as_json)
        self._console = Console(stderr=True, soft_wrap=True, highlight=False)

    def report(self, rejected: Sequence[Rejected]) -> None:
        """Tell some lines, in their order."""
        for line, refusal in rejected:
            place = ".".join(refusal.field)
            message = say_refusal(refusal, locale=self._locale)
            if self._as_json:
                print_json({"line": line, "code": refusal.code, "field": place, "message": message})
            else:
                # A sentence that begins with its place says it once; in Chinese a few words stand before it.
                says_where = not place or message.startswith(place) or f"：{place}" in message
                where = "" if says_where else f"{place}: "
                number = _NUMBERED[self._locale].format(line)
                self._console.print(Text(f"{number}{where}{message} [{refusal.code}]"))
