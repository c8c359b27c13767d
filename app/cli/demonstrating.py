"""splitbook demo: a made-up marketplace of any size, loaded as a file would be, or written as files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from app.cli.errors import Said
from app.cli.exits import Exit
from app.cli.language import tell
from app.cli.options import JsonOption, ProgressOption
from app.cli.output import print_json, print_line
from app.cli.progress import Unit, Work, show_progress
from app.cli.refusals import Refusals
from app.cli.running import command_actor, reporting_errors, run_on_store
from app.demo.files import write_files
from app.demo.marketplace import Marketplace
from app.demo.parties import OPERATOR
from app.exporting.output import OutputFailed
from app.importing.marketplace import load_marketplace
from app.importing.outcomes import Counts, Rejected
from app.store import Store
from app.system_words import say_failure
from ledger.errors import Count, Remark

# What a newcomer finds: enough for every kind of story, loaded in a few seconds.
NEWCOMERS_ORDERS = 400
NEWCOMERS_SEED = 1


def demo(
    *,
    orders: Annotated[int, typer.Option("--orders", min=0, help="How many orders.")] = NEWCOMERS_ORDERS,
    seed: Annotated[int, typer.Option("--seed", help="Another seed makes another marketplace.")] = NEWCOMERS_SEED,
    platform: Annotated[str, typer.Option("--platform", metavar="REF", help="Which platform to load.")] = OPERATOR,
    write: Annotated[
        Path | None, typer.Option("--write", metavar="FOLDER", help="Write the import files instead of loading them.")
    ] = None,
    progress: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load a made-up marketplace: the same one for the same number and seed, so loading it again changes nothing."""
    marketplace = Marketplace(orders=orders, seed=seed)
    if write is not None:
        _write_files(marketplace, write, progress=progress, as_json=as_json)
        return
    counts, refusals = Counts(), Refusals(as_json=as_json)

    async def work(store: Store) -> None:
        await load(store, marketplace, platform=platform, counts=counts, refusals=refusals, progress=progress)

    try:
        run_on_store(work, posting=True, progress=progress)
    finally:
        # Also after Ctrl-C and a lost database: what was counted is in the book.
        if as_json:
            print_json({"platform": platform, "orders": orders, "seed": seed, **counts.totals()})
        elif counts.lines:
            print_line(tell(Remark(Said.PLATFORM_LOADED, platform=platform, counts=counts.describe())))
    if counts.refused:
        raise typer.Exit(Exit.REFUSED)


async def load(
    store: Store, marketplace: Marketplace, *, platform: str, counts: Counts, refusals: Refusals, progress: bool | None
) -> None:
    """Load a marketplace with a bar that counts orders."""
    with show_progress(Work.LOADING, total=marketplace.orders, unit=Unit.LINES, wanted=progress) as advance:

        def report(paid: int, rejected: Sequence[Rejected]) -> None:
            refusals.report(rejected)
            advance(min(paid, marketplace.orders), counts.lines)  # an order may be paid twice

        await load_marketplace(
            store.database, marketplace, platform=platform, actor=command_actor(), counts=counts, on_batch=report
        )


def _write_files(marketplace: Marketplace, folder: Path, *, progress: bool | None, as_json: bool) -> None:
    with (
        reporting_errors(),
        show_progress(Work.WRITING, total=marketplace.orders, unit=Unit.LINES, wanted=progress) as advance,
    ):

        def report(paid: int, lines: int) -> None:
            advance(min(paid, marketplace.orders), lines)  # an order may be paid twice

        try:
            written = write_files(folder, marketplace, report=report)
        except OSError as error:
            raise OutputFailed(place=error.filename or folder, reason=say_failure(error)) from error
    if as_json:
        print_json({**written._asdict(), "fee_plans": [str(path) for path in written.fee_plans]})
    else:
        print_line(tell(Remark(Said.PARTIES_WRITTEN, file=written.parties, count=Count(written.party_count))))
        for path in written.fee_plans:
            print_line(tell(Remark(Said.PLAN_WRITTEN, file=path)))
        print_line(tell(Remark(Said.EVENTS_WRITTEN, file=written.events, count=Count(written.event_count))))
