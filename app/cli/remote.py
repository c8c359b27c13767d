"""Work over the API of a running gateway, for `--url` and `--key`."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import typer

from app.cli.language import choose_language
from app.cli.running import reporting_errors, run_async
from app.client import Client

T = TypeVar("T")


def run_on_server(
    work: Callable[[Client], Awaitable[T]], url: str, key: str | None, platform: str | None, *, as_json: bool = False
) -> T:
    """Do a command's work with a client of the gateway at `url`, which then speaks as the command itself would."""
    if platform is not None:
        raise typer.BadParameter("a key belongs to one platform, so --platform does not go with --url")
    if not key:
        raise typer.BadParameter("--url needs --key, or the key in SPLITBOOK_KEY")

    async def run() -> T:
        async with Client(url=url, key=_read_key(key), language=choose_language(as_json=as_json)) as client:
            return await work(client)

    with reporting_errors():
        return run_async(run())


def _read_key(key: str) -> str:
    text = key
    if key.startswith("@"):
        try:
            text = Path(key[1:]).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise typer.BadParameter(f"the key cannot be read from {key[1:]}: {error}") from None
    text = text.strip()
    # Nothing else can stand in the header that it is sent in.
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise typer.BadParameter("what was given as the key is none; `splitbook key create` makes one")
    return text
