"""splitbook payout run | files | account."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app.api.messages import say as say_in
from app.api.messages import say_noted
from app.channels.file.xml import LARGEST_FILE
from app.channels.opening import open_channels
from app.channels.protocol import BankFileUnreadable, FetchedFile
from app.cli import bank_accounts
from app.cli.errors import Said
from app.cli.exits import Exit
from app.cli.language import choose_language, tell
from app.cli.options import JsonOption, PlatformOption, ProgressOption, read_day
from app.cli.output import print_json, print_line, say
from app.cli.progress import Unit, Work, count_progress
from app.cli.running import command_actor, run_on_store
from app.clock import read_utc
from app.paying import hearing, sending
from app.platforms import choose_platform
from app.previewing import preview_paying
from app.store import Store
from ledger.errors import Count, Remark
from ledger.money import format_amount
from ledger.parties.finding import find_parties_by_id
from ledger.reporting.work_queues import count_queues
from ledger.settlement.payouts.loading import load_payouts
from ledger.settlement.payouts.model import Payout, PayoutStatus, Run, Waiting
from ledger.settlement.payouts.recalling import RECALLED
from ledger.settlement.payouts.waits import WAITS, WAITS_AGAIN

commands = typer.Typer(help="Pay what is due, and read what banks answer.", no_args_is_help=True)
commands.command("account")(bank_accounts.register_account)

Row = dict[str, object]


@commands.command("run")
def run(
    *,
    through: Annotated[
        str | None,
        typer.Option("--through", metavar="DAY", help="Sheets due by this day; without it by today, each in its zone."),
    ] = None,
    preview: Annotated[
        bool,
        typer.Option(
            "--preview",
            help="Only say what would be created, and what would wait then, also of payouts that there are.",
        ),
    ] = False,
    hold: Annotated[bool, typer.Option("--no-send", help="Create the payouts and send none.")] = False,
    platform: PlatformOption = None,
    progress: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """
    Create payouts of what is due, send them as far as the bank accounts go, and say who waits, what was taken back
    before a bank had it, what a bank refused, and of what its answer was lost.

    A worker does the same by itself. Running it twice pays once. Channels are set up by SPLITBOOK_CHANNEL_FOLDER and
    SPLITBOOK_SANDBOX_URL.
    """
    day = read_day(through, "--through")

    async def work(store: Store) -> Row:
        chosen = await choose_platform(store.database, platform)
        platform_id, now, actor = chosen.platform_id, read_utc(), command_actor()
        if preview:
            with count_progress(Work.PREVIEWING, unit=Unit.STEPS, wanted=progress) as report:
                planned = await preview_paying(
                    store.database, platform_id=platform_id, actor=actor, through=day, now=now, report=report
                )
            return await _describe(store, platform_id, planned, sending.Sent(), now=now)
        with count_progress(Work.CREATING, unit=Unit.PAYOUTS, wanted=progress) as report:
            created = await sending.create_due(
                store.database, platform_id, now=now, actor=actor, through=day, report=report
            )
        sent = sending.Sent()
        if not hold:
            async with open_channels(store.settings) as channels:
                with count_progress(Work.HANDING_OVER, unit=Unit.SUBMISSIONS, wanted=progress) as report:
                    sent = await sending.submit(
                        store.database, platform_id, now=now, actor=actor, channels=channels, report=report
                    )
        return await _describe(store, platform_id, created, sent, now=now)

    _tell(run_on_store(work, posting=True, progress=progress), as_json=as_json, preview=preview)


@commands.command("files")
def files(
    *,
    given: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            exists=True,
            dir_okay=False,
            readable=True,
            help="Bank files; without any, those of the channels.",
        ),
    ] = None,
    platform: PlatformOption = None,
    progress: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """
    Read files of banks and of payment channels, and record what they say.

    Status reports (pain.002) and statements (camt.053) of banks say what became of payouts; what a payment channel
    tells of a day is compared with what is booked (docs/channel-files.md).

    A file that is not whole is refused as a whole (exit code 1) and recorded with its reason; what fits no payout is
    kept and listed. The same file again changes nothing.
    """

    async def work(store: Store) -> tuple[hearing.FilesRead, list[str]]:
        chosen = await choose_platform(store.database, platform)
        platform_id, now, actor = chosen.platform_id, read_utc(), command_actor()
        with count_progress(Work.READING, unit=Unit.ANSWERS, wanted=progress) as report:
            hear = _add_up(report)
            if not given:
                async with open_channels(store.settings) as channels:
                    counts = await hearing.read_files(
                        store.database, platform_id, now=now, actor=actor, channels=channels, hear=hear
                    )
                return counts, []
            total, refusals = hearing.FilesRead(), []
            for path in given:
                with path.open("rb") as opened:
                    # One byte more than a file may have is enough to refuse it.
                    file = FetchedFile(path.name, opened.read(LARGEST_FILE + 1))
                try:
                    read = await hearing.read_file(
                        store.database,
                        platform_id,
                        file,
                        channel="file",
                        now=now,
                        actor=actor,
                        is_given=True,
                        hear=hear,
                    )
                except BankFileUnreadable as refusal:
                    read = hearing.FilesRead(refused=1)
                    refusals.append(say_in(refusal, locale=choose_language(as_json=as_json)))
                total = total.plus(read)
            return total, refusals

    counts, refusals = run_on_store(work, posting=True, progress=progress)
    if as_json:
        print_json({**counts.describe(), "refusals": refusals})
    else:
        for refusal in refusals:
            say(refusal)
        print_line(tell(Remark(Said.FILES_READ, **{name: Count(many) for name, many in counts.describe().items()})))
    if counts.refused or counts.unreachable:
        raise typer.Exit(Exit.REFUSED)


def _add_up(report: sending.Report) -> hearing.Hear:
    """Say how many there are so far of what comes in parts."""
    so_far = 0

    def hear(more: int) -> None:
        nonlocal so_far
        so_far += more
        report(so_far)

    return hear


async def _describe(store: Store, platform_id: int, run: Run, sent: sending.Sent, *, now: datetime) -> Row:
    """
    What happened, with references in the place of numbers; and how many sheets no run looks at before their parties
    have confirmed them, and how many payouts none pays again by itself.
    """
    waiting = [*run.waiting, *sent.waiting]
    named = {each.draft.party_id for each in run.created} | {each.party_id for each in waiting}
    named |= {each.draft.book_id for each in run.created} | {each.book_id for each in waiting}
    async with store.database.read(platform_id) as conn:
        payouts = list((await load_payouts(conn, payout_ids={*sent.payout_ids, *sent.recalled})).values())
        named |= {each.party_id for each in payouts}
        parties = await find_parties_by_id(conn, party_ids=named)
        failed = [payout for payout in payouts if payout.status is PayoutStatus.FAILED]
        unknown = [payout for payout in payouts if payout.status is PayoutStatus.UNKNOWN]
        queues = {queue.queue: queue.total for queue in await count_queues(conn, now=now)}

    def name(party_id: int) -> str:
        return parties[party_id].reference

    return {
        "created": [
            {
                "payout": each.payout_id or None,
                "party": name(each.draft.party_id),
                "legal_entity": name(each.draft.book_id),
                "amount": format_amount(each.draft.net, currency=each.draft.currency),
                "withheld": format_amount(each.draft.withheld, currency=each.draft.currency),
                "currency": each.draft.currency,
                "due": each.draft.due_date.isoformat(),
                "sheets": [share.sheet_id for share in each.draft.shares],
            }
            for each in run.created
        ],
        "sent": list(sent.payout_ids),
        "handed_over": sent.handed_over,
        "recalled": [_describe_ended(payout, name) for payout in failed if payout.reason in RECALLED],
        "refused": [_describe_ended(payout, name) for payout in failed if payout.reason not in RECALLED],
        "unknown": [_describe_ended(payout, name) for payout in unknown],
        "unreachable": list(sent.unreachable),
        "waiting": [_describe_waiting(each, name(each.party_id), name(each.book_id)) for each in waiting],
        "to_confirm": queues.get("SHEETS_TO_CONFIRM", 0),
        "to_retry": queues.get("PAYOUTS_FAILED", 0) + queues.get("PAYOUTS_RETURNED", 0),
    }


def _describe_ended(payout: Payout, name: Callable[[int], str]) -> Row:
    return {
        "payout": payout.payout_id,
        "party": name(payout.party_id),
        "amount": format_amount(payout.net, currency=payout.currency),
        "currency": payout.currency,
        "reason": payout.reason,
    }


def _describe_waiting(waiting: Waiting, party: str, entity: str) -> Row:
    return {
        "payout": waiting.payout_id or None,
        "sheets": list(waiting.sheet_ids),
        "party": party,
        "legal_entity": entity,
        "amount": format_amount(waiting.amount, currency=waiting.currency),
        "currency": waiting.currency,
        "due": waiting.due_date.isoformat(),
        "reason": waiting.reason,
    }


def _tell(told: Row, *, as_json: bool, preview: bool) -> None:
    if as_json:
        print_json(told)
        return
    created, waiting, recalled, sent = told["created"], told["waiting"], told["recalled"], told["sent"]
    assert isinstance(created, list), "rows are listed"
    assert isinstance(waiting, list), "rows are listed"
    assert isinstance(recalled, list), "rows are listed"
    assert isinstance(sent, list), "numbers are listed"
    for row in created:
        words = Said.PAYOUT_CREATED if row["payout"] else Said.PAYOUT_PLANNED
        print_line(tell(Remark(words, **row)))
    for row in waiting:
        words = Said.PAYOUT_WAITS if row["payout"] else Said.SHEETS_WAIT
        code = row["reason"]
        print_line(tell(Remark(words, **{**row, "reason": WAITS[code], "code": code})))
    for row in recalled:
        code = row["reason"]
        print_line(tell(Remark(Said.TAKEN_BACK, **{**row, "reason": WAITS_AGAIN[code], "code": code})))
    for key, said in (("refused", Said.BANK_REFUSED), ("unknown", Said.OUTCOME_LOST)):
        rows = told[key]
        assert isinstance(rows, list), "rows are listed"
        for row in rows:
            print_line(tell(Remark(said, **{**row, "reason": say_noted(row["reason"], locale=choose_language())})))
    unreachable = told["unreachable"]
    if unreachable:
        assert isinstance(unreachable, list), "names are listed"
        say(tell(Remark(Said.CHANNELS_AWAY, channels=", ".join(unreachable))))
    to_confirm, to_retry = told["to_confirm"], told["to_retry"]
    assert isinstance(to_confirm, int), "sheets are counted"
    assert isinstance(to_retry, int), "payouts are counted"
    if to_confirm:
        print_line(tell(Remark(Said.SHEETS_TO_CONFIRM, sheets=Count(to_confirm))))
    if to_retry:
        print_line(tell(Remark(Said.PAYOUTS_TO_RETRY, payouts=Count(to_retry))))
    if preview:
        print_line(tell(Remark(Said.RUN_PLANNED, created=Count(len(created)), waiting=Count(len(waiting)))))
    else:
        done = {"created": created, "sent": sent, "waiting": waiting}
        print_line(tell(Remark(Said.RUN_DONE, **{name: Count(len(rows)) for name, rows in done.items()})))
