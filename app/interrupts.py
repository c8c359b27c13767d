"""How a command is told to stop: SIGTERM and a closed terminal count as Ctrl-C."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

Take = Callable[[], None]

_INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# Who hears of an interrupt is the last of them. They belong to the main thread, as signals do.
_takers: list[Take] = []
# What was put off, and nobody has heard of yet.
_kept: list[None] = []


def take_signals_as_interrupt() -> None:
    """
    Let SIGTERM and SIGHUP raise KeyboardInterrupt, so that every `with` and `finally` runs and the database stops.

    Called first thing by a command, in its main thread. A signal that was ignored from outside (nohup) stays ignored.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


@contextmanager
def handing_interrupts_to(take: Take) -> Iterator[None]:
    """
    Let an interrupt call `take` in place of raising KeyboardInterrupt wherever the main thread happens to be; also one
    that was put off before, and is now heard of.

    In other threads, where nothing is interrupted, and under handlers of somebody else, this changes nothing.
    """
    if not _is_main_thread():
        yield
        return
    outer = len(_takers)
    numbers = [each for each in _INTERRUPTS if not outer and signal.getsignal(each) is signal.default_int_handler]
    try:
        _takers.append(take)
        for number in numbers:
            signal.signal(number, _tell)
        _hand_on()
        yield
    finally:
        try:
            for number in numbers:
                signal.signal(number, signal.default_int_handler)
        finally:
            del _takers[outer:]


@contextmanager
def putting_interrupts_off() -> Iterator[None]:
    """Finish what takes a moment and must not be left half done; whoever is told to stop does so at its end."""
    yield from _keeping(_keep_to_the_end)


@contextmanager
def keeping_interrupts() -> Iterator[None]:
    """
    For the whole of what must leave nothing running: an interrupt comes out of nowhere at no moment of it. It is kept
    for `heed_interrupt`, for whom interrupts are handed to next, or for the end, whichever is first.
    """
    yield from _keeping(_keep)


def heed_interrupt() -> None:
    """Stop here if one was told to meanwhile: said where one waits while interrupts are kept, and of no effect else."""
    if _kept and _is_main_thread() and _takers[-1:] == [_keep]:
        _kept.clear()
        raise KeyboardInterrupt


def _keeping(keep: Take) -> Iterator[None]:
    if not _is_main_thread():
        yield
        return
    try:
        with handing_interrupts_to(keep):
            yield
        if not _takers and _kept:
            raise KeyboardInterrupt
        _hand_on()
    finally:
        if not _takers:
            _kept.clear()


def _keep() -> None:
    _kept.append(None)


def _keep_to_the_end() -> None:
    _keep()


def _hand_on() -> None:
    if _kept and _takers:
        _kept.clear()
        _takers[-1]()


def _tell(_signum: int, _frame: FrameType | None) -> None:
    if not _takers:
        raise KeyboardInterrupt
    _takers[-1]()


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
