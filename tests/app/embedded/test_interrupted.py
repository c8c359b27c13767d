"""An interrupt may come at any moment of a command: before the server is started, between two steps, as it stops."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest

from app import interrupts, store
from app.cli.running import run_async
from app.embedded import lease, locks, server
from app.settings import Settings
from app.store import open_server
from tests.app.embedded.conftest import stop_for_sure
from tests.app.embedded.processes import server_pid

HOLDING = (lease, store)
AROUND = (contextlib, interrupts, locks, server)

# A line of the code, or its call or return, and who is there: two who call the same come to different moments.
Moment = tuple[str, str, int, str, int]


def command(home: Path) -> None:
    with open_server(Settings(home=home)):
        run_async(asyncio.sleep(0))


@contextlib.contextmanager
def met_at_each_moment(code: set[str], events: set[str], meet: Callable[[Moment], None]) -> Iterator[None]:
    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        caller = frame.f_back
        if frame.f_code.co_filename not in code or caller is None:
            return None
        if event in events:
            there = (caller.f_code.co_filename, caller.f_lineno)
            meet((event, frame.f_code.co_filename, frame.f_lineno, *there))
        return trace

    former = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(former)


def check_each_moment(home: Path, modules: Sequence[ModuleType], events: set[str]) -> None:
    code = {str(each.__file__) for each in modules}
    moments: dict[Moment, None] = {}
    with met_at_each_moment(code, events, moments.setdefault):
        command(home)
    met, heeded, left_running = set(), [], []

    for wanted in moments:

        def meet(moment: Moment, wanted: Moment = wanted) -> None:
            if moment == wanted and moment not in met:
                met.add(moment)
                signal.raise_signal(signal.SIGINT)

        try:
            with met_at_each_moment(code, events, meet):
                command(home)
        except (KeyboardInterrupt, asyncio.CancelledError):
            heeded.append(wanted)
        if server_pid(home) is not None:
            left_running.append(wanted)
            stop_for_sure(home)

    assert left_running == []
    assert set(heeded) == met
    assert len(met) > len(moments) / 2
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_as_a_step_begins_or_ends_leaves_no_server_running(home: Path) -> None:
    check_each_moment(home, HOLDING, {"call", "return"})


@pytest.mark.slow
def test_an_interrupt_at_any_line_leaves_no_server_running(home: Path) -> None:
    check_each_moment(home, HOLDING + AROUND, {"call", "line", "return"})
