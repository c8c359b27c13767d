"""
A file of any size goes in while memory stays where it is: `python -m tests.journeys.gigabyte [MEGABYTES] [PLATFORM]`.

Writes a file of order events beside the temporary files (1,000 MB unless told), imports it into the store that the
environment names, and prints how much memory the import took at its highest. Needs the store's parties and plans of
the same marketplace, which it imports first.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from app.demo.files import write_files
from app.demo.marketplace import Marketplace

MEGABYTE = 10**6
# The cast of a large marketplace is large too, and each party's accounts are remembered; the file is what grows here.
CAST_ORDERS = 2_000


class Outcome(NamedTuple):
    """How an import ended, and the most memory that it had."""

    exit_code: int
    counts: dict[str, object]
    peak_bytes: int
    seconds: float


def write_events(path: Path, *, megabytes: int, seed: int = 1) -> int:
    """Write events of one marketplace, over and over under new names, until the file is so large; their number."""
    lines = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for again in range(10**9):
            for event in Marketplace(orders=CAST_ORDERS, seed=seed).generate_events():
                for key in ("id", "order"):
                    event[key] = f"{event[key]}~{again}"
                file.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n")
                lines += 1
                if lines % 1_000 == 0 and file.tell() >= megabytes * MEGABYTE:
                    return lines
    raise AssertionError


def import_watched(path: Path, *options: str) -> Outcome:
    """Import events in a process of its own, and watch its memory."""
    began = time.monotonic()
    command = [sys.executable, "-m", "app", "import", "events", str(path), "--json", *options]
    with tempfile.TemporaryFile("w+") as printed:
        process = subprocess.Popen(command, stdout=printed)
        peak_bytes = 0
        while process.poll() is None:
            peak_bytes = max(peak_bytes, read_peak(process.pid))
            time.sleep(0.02)
        printed.seek(0)
        counts = json.loads(printed.read().splitlines()[-1])
    return Outcome(process.returncode, counts, peak_bytes, time.monotonic() - began)


def read_peak(pid: int) -> int:
    """
    The most memory that a process has had since it began its program, in bytes; 0 when it has just ended.

    Its resource usage would not do: that begins with the memory of the process which started it.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1_024 if found else 0


def main() -> None:
    megabytes = int(sys.argv[1]) if sys.argv[1:] else 1_000
    options = ["--platform", sys.argv[2]] if sys.argv[2:] else []
    with tempfile.TemporaryDirectory() as folder:
        written = write_files(Path(folder) / "market", Marketplace(orders=CAST_ORDERS, seed=1))
        for kind, file in (("parties", written.parties), *(("fee-plan", plan) for plan in written.fee_plans)):
            subprocess.run([sys.executable, "-m", "app", "import", kind, str(file), *options], check=True)
        path = Path(folder) / "events.jsonl"
        lines = write_events(path, megabytes=megabytes)
        outcome = import_watched(path, "--progress", *options)
        print(
            f"{lines:,} events in {outcome.seconds:,.0f} s; at most {outcome.peak_bytes / MEGABYTE:,.0f} MB of memory"
        )
        print(json.dumps(outcome.counts))


if __name__ == "__main__":
    main()
