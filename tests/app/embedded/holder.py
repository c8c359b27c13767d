"""
A command that works with a home's server until its standard input ends: `python holder.py HOME [BINARIES]`.

A file of its own with no imports but the program's, so that it also runs as another user, outside the environment.
"""

import sys
from pathlib import Path

from app.embedded.errors import StoreError
from app.embedded.lease import acquire
from app.interrupts import handing_interrupts_to, keeping_interrupts, take_signals_as_interrupt


def main() -> None:
    take_signals_as_interrupt()
    print("begun", flush=True)
    try:
        binaries = Path(sys.argv[2]) if sys.argv[2:] else None
        with keeping_interrupts(), acquire(Path(sys.argv[1]), binaries=binaries) as lease:
            print(lease.dsn, flush=True)
            with handing_interrupts_to(stop):
                sys.stdin.read()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    except StoreError as error:
        print(error, flush=True)


def stop() -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
