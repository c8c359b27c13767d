"""A port that cannot be had is known before anything is served."""

import socket
from contextlib import closing

import pytest

from app.http.listening import listen


def test_of_two_who_take_a_port_at_once_the_second_hears_that_it_is_taken() -> None:
    with closing(listen("127.0.0.1", 0)) as first, pytest.raises(OSError, match="Address already in use"):
        listen("127.0.0.1", first.getsockname()[1])


def test_a_port_in_use_is_known_before_anything_starts():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        with pytest.raises(OSError, match="in use"):
            listen("127.0.0.1", taken.getsockname()[1])
