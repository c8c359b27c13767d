"""What a person is told while something takes long."""

import sys
import time
from collections.abc import Callable

from app.interrupts import heed_interrupt

Report = Callable[[str], None]

FIRST_WORD_S = 2.0  # most waits are over before a person looks up; those need no word
NEXT_WORD_S = 10.0  # PostgreSQL's own log speaks of a running recovery every ten seconds


def write_to_stderr(sentence: str) -> None:
    """Write one line where it cannot be taken for a command's output."""
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


class Wait:
    """
    One wait without an end of its own: `pause` sleeps briefly, says now and then what is waited for, and heeds who is
    told to stop.
    """

    def __init__(self, what: str, report: Report) -> None:
        self._what = what
        self._report = report
        self._began = time.monotonic()
        self._speak_at = self._began + FIRST_WORD_S

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def pause(self, detail: str = "") -> None:
        heed_interrupt()
        now = time.monotonic()
        if now >= self._speak_at:
            self._speak_at = now + NEXT_WORD_S
            self._report(f"{self._what}: {self.seconds:.0f} s so far" + (f" ({detail})" if detail else ""))
        # Short at first, because a start or stop mostly takes a tenth of a second; lazy when it is a long recovery.
        time.sleep(0.01 if self.seconds < FIRST_WORD_S else 0.1)
