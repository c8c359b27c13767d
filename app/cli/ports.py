"""A port for a command that serves, or a sentence that says why it cannot be had."""

import errno
import socket

from app.cli.errors import PortTaken, PortUnusable
from app.http.listening import listen
from app.system_words import say_failure

OTHER_PORT = "PORT=8001"  # how another one is chosen for the gateway


def take_port(host: str, port: int, *, other: str) -> socket.socket:
    """Listen there. `other` is how another port is chosen. Errors: PortUnusable."""
    try:
        return listen(host, port)
    except OSError as error:
        raise refuse_port(host, port, other, error) from None


def refuse_port(host: str, port: int, other: str, error: OSError) -> PortUnusable:
    if error.errno == errno.EADDRINUSE:
        return PortTaken(port=port, host=host, other=other)
    return PortUnusable(port=port, host=host, other=other, reason=say_failure(error))
