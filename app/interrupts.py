"""How a command is told to stop: SIGTERM and a closed terminal count as Ctrl-C."""

import signal


def take_signals_as_interrupt() -> None:
    """
    Let SIGTERM and SIGHUP raise KeyboardInterrupt, so that every `with` and `finally` runs and the database stops.

    Called first thing by a command, in its main thread. A signal that was ignored from outside (nohup) stays ignored.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
