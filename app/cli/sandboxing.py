"""splitbook sandbox: a bank of ours on loopback."""

from contextlib import closing, suppress
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from app.channels.sandbox.server import Sandbox
from app.channels.sandbox.state_sql import SandboxState
from app.cli.errors import Said
from app.cli.language import tell
from app.cli.output import say
from app.cli.ports import take_port
from app.cli.running import reporting_errors
from app.settings import read_settings
from ledger.errors import Remark

HOST = "127.0.0.1"
STATE_FILE = "sandbox.sqlite"


def sandbox(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Where it listens, on 127.0.0.1 only.")] = 8010,
    state: Annotated[
        Path | None, typer.Option("--state", metavar="FILE", help="What it remembers; a file in the home without it.")
    ] = None,
) -> None:
    """
    Play a bank and a payment service for trying things out, until Ctrl-C.

    Start the worker or `payout run` with SPLITBOOK_SANDBOX_URL=http://127.0.0.1:8010, and register accounts with the
    channel `sandbox`. What it remembers outlives it. SPLITBOOK_SANDBOX_KEY is what callers must say.
    """
    with reporting_errors():
        settings = read_settings()
        with (
            take_port(HOST, port, other="--port 8011") as listener,
            closing(SandboxState(state or settings.home / STATE_FILE)) as memory,
            suppress(KeyboardInterrupt),  # the server raises it again once it has stopped for it
        ):
            app = Sandbox(memory, key=settings.sandbox_key.get_secret_value()).build()
            say(tell(Remark(Said.SANDBOX_LISTENS, host=HOST, port=port)))
            uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")).run([listener])
