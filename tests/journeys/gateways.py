"""A gateway as a process of its own."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.app.cli.commands import Commands
from tests.waiting import HANGS_S


def find_free_port() -> int:
    """A port that is given to nobody else, as long as this process lives; who asks for it by its number gets it."""
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", 0))
    port: int = taken.getsockname()[1]
    # Linux lets a port be shared by those who say so, until one listens; meanwhile it picks it for no other.
    if sys.platform == "linux":
        taken.detach()
    else:
        taken.close()
    return port


@contextmanager
def run_gateway(commands: Commands, *options: str) -> Iterator[str]:
    """Serve a store on a free port; the URL once it is ready. Ends as Ctrl-C does."""
    port = find_free_port()
    commands.environment["PORT"] = str(port)
    process = commands.start("serve", "--no-demo", *options)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url, process=process)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=HANGS_S)
    assert process.returncode == 0, errors


def wait_until_ready(url: str, *, seconds: float = 60.0, process: "subprocess.Popen[str] | None" = None) -> None:
    """Return once the gateway answers; nobody waits for a process that has ended."""
    give_up_at = time.monotonic() + seconds
    while True:
        try:
            if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        assert process is None or process.poll() is None, "the gateway has ended"
        assert time.monotonic() < give_up_at, "the gateway did not become ready"
        time.sleep(0.05)
