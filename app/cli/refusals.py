"""How refused lines are told: on stderr for people, with --json as JSON Lines on stdout."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from app.cli.output import print_json
from app.importing.outcomes import Rejected


class Refusals:
    """Tells each refused line with its number and reason, above a progress bar where there is one."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._console = Console(stderr=True, soft_wrap=True, highlight=False)

    def report(self, rejected: Sequence[Rejected]) -> None:
        """Tell some lines, in their order."""
        for line, refusal in rejected:
            place = ".".join(refusal.field)
            if self._as_json:
                print_json({"line": line, "code": refusal.code, "field": place, "message": refusal.message})
            else:
                # A sentence that begins with its place says it once.
                where = f"{place}: " if place and not refusal.message.startswith(place) else ""
                self._console.print(Text(f"line {line}: {where}{refusal.message} [{refusal.code}]"))
