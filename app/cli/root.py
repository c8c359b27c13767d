"""The program with its commands."""

import io
import os
import sys
import traceback

import typer
from typer._click.exceptions import ClickException

from app.cli import (
    calendars,
    demonstrating,
    exporting,
    importing,
    keys,
    payouts,
    sandboxing,
    serving,
    upkeep,
    working,
)
from app.cli.errors import Said
from app.cli.exits import MEANINGS, Exit
from app.cli.language import tell
from app.cli.output import DataStream, WordStream, say
from app.cli.running import say_interrupted
from app.cli.usage import describe_wrong, is_help
from app.exporting.output import OutputClosed, OutputFailed
from app.interrupts import take_signals_as_interrupt

program = typer.Typer(
    name="splitbook",
    help="Splitbook: orders in, a balanced book out, read over GraphQL.",
    epilog=MEANINGS,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
program.command("serve")(serving.serve)
program.command("worker")(working.worker)
program.command("close")(working.close)
program.command("sandbox")(sandboxing.sandbox)
program.command("demo")(demonstrating.demo)
program.command("migrate")(upkeep.migrate)
program.command("doctor")(upkeep.doctor)
program.command("verify")(upkeep.verify)
program.add_typer(importing.commands, name="import")
program.add_typer(exporting.commands, name="export")
program.add_typer(calendars.commands, name="calendar")
program.add_typer(payouts.commands, name="payout")
program.add_typer(keys.commands, name="key")


def main() -> None:
    """Run the command that the user typed."""
    take_signals_as_interrupt()
    _open_closed_streams()
    # Both in UTF-8, whatever the locale says.
    out, err = sys.stdout, sys.stderr
    if isinstance(out, io.TextIOWrapper):
        lines, at_once = out.line_buffering, out.write_through
        sys.stdout = DataStream(out.detach(), "utf-8", "backslashreplace", line_buffering=lines, write_through=at_once)
    if isinstance(err, io.TextIOWrapper):
        sys.stderr = WordStream(err.detach(), "utf-8", "backslashreplace", line_buffering=True)
    try:
        code = _run()
    except OutputClosed:
        code = Exit.PIPE_CLOSED
    sys.exit(code if isinstance(code, int) else Exit.DONE)


def _run() -> object:
    """Run the command, say what ended it, and return its exit code. Errors: OutputClosed."""
    try:
        return program(standalone_mode=False)
    except ClickException as wrong:
        if is_help(wrong):
            wrong.show()
        else:
            say("\n".join(map(tell, describe_wrong(wrong))))
        return wrong.exit_code
    except (KeyboardInterrupt, typer.Abort):
        say_interrupted()
        return Exit.INTERRUPTED
    except OutputClosed:
        raise
    except OutputFailed as failed:
        say(tell(failed))
        return Exit.REFUSED
    except Exception:
        traceback.print_exc()
        say(tell(Said.BUG))
        return Exit.BUG


def _open_closed_streams() -> None:
    """
    Let a standard stream that was closed from outside (`splitbook serve <&-`) be the null device: whatever is opened
    next would otherwise take its number, and the event loop ends the process when it is to close that.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free, which is this one
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 -- open to the end
