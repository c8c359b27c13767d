"""How a command is told to stop: SIGTERM and a closed terminal count as Ctrl-C."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def take_signals_as_interrupt() -> None:
    """
    Let SIGTERM and SIGHUP raise KeyboardInterrupt, so that every `with` and `finally` runs and the database stops.

    Called first thing by a command, in its main thread. A signal that was ignored from outside (nohup) stays ignored.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


@contextmanager
def handing_interrupts_to(take: Callable[[], None]) -> Iterator[None]:
    """
    Let an interrupt call `take` in place of raising KeyboardInterrupt wherever the main thread happens to be.

    In other threads, where nothing is interrupted, and under handlers of somebody else, this changes nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [each for each in _INTERRUPTS if signal.getsignal(each) is signal.default_int_handler]
    try:
        for number in numbers:
            signal.signal(number, lambda _signum, _frame: take())
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.default_int_handler)


@contextmanager
def putting_interrupts_off() -> Iterator[None]:
    """Finish what takes a moment and must not be left half done; whoever is told to stop does so at its end."""
    told: list[None] = []
    with handing_interrupts_to(lambda: told.append(None)):
        yield
    if told:
        raise KeyboardInterrupt
