"""Options that several commands share."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from app.cli.usage import CommandLineWrong, Usage
from ledger.errors import Remark

PlatformOption = Annotated[
    str | None, typer.Option("--platform", metavar="REF", help="The platform; not needed where there is only one.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
UrlOption = Annotated[
    str | None,
    typer.Option("--url", metavar="URL", help="Work over the API of a running gateway, e.g. http://127.0.0.1:8000."),
]
KeyOption = Annotated[
    str | None,
    typer.Option("--key", metavar="KEY", envvar="SPLITBOOK_KEY", help="The API key for --url, or @FILE to read it."),
]
ProgressOption = Annotated[
    bool | None,
    typer.Option("--progress/--no-progress", help="Show progress also where stderr is no terminal, or never."),
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file instead of stdout.")
]


def read_day(text: str | None, option: str) -> date | None:
    """The day that an option says. Errors: CommandLineWrong."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise CommandLineWrong(Remark(Usage.DAY_FORM), option=option) from None
