"""The port of a server. It knows nothing of what is served: a command takes its port before it loads that."""

import socket


def listen(host: str, port: int) -> socket.socket:
    """
    Take the port before anything slow begins, so that a port in use is known at once. Who calls early waits.

    Errors: OSError.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        # Two may bind a port that nobody listens on yet, and uvloop does not say when the later one cannot listen.
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener
