"""Work over the API of a running gateway, for `--url` and `--key`."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from app.cli.language import choose_language
from app.cli.running import reporting_errors, run_async
from app.cli.usage import CommandLineWrong, Usage
from app.client import Client
from app.system_words import say_failure
from ledger.errors import Remark

T = TypeVar("T")


def run_on_server(
    work: Callable[[Client], Awaitable[T]], url: str, key: str | None, platform: str | None, *, as_json: bool = False
) -> T:
    """Do a command's work with a client of the gateway at `url`, which then speaks as the command itself would."""
    if platform is not None:
        raise CommandLineWrong(Remark(Usage.NO_PLATFORM_WITH_URL))
    if not key:
        raise CommandLineWrong(Remark(Usage.KEY_WITH_URL))

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
        except OSError as error:
            raise CommandLineWrong(Remark(Usage.KEY_UNREADABLE, file=key[1:], reason=say_failure(error))) from None
        except ValueError:
            raise CommandLineWrong(Remark(Usage.KEY_UNREADABLE, file=key[1:], reason=Usage.NO_TEXT)) from None
    text = text.strip()
    # Nothing else can stand in the header that it is sent in.
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise CommandLineWrong(Remark(Usage.NO_KEY))
    return text
