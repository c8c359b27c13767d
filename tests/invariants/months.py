"""
Some months of a small market, made of one seed: what is sold, given back, disputed, held, kept, adjusted, agreed anew,
paid, refused, lost and returned, with workers that come when they like, two at once, or die in the middle.
"""

import asyncio
import itertools
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

import asyncpg

from app.worker.kinds import list_work
from app.worker.work import Progress, Step, Work
from app.worker.worker import Worker
from ledger.actor import Actor
from ledger.calendars.parsing import parse_calendar
from ledger.calendars.publishing import publish_calendar
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.journal.closing import close_period
from ledger.settlement.payouts import answering, ending
from ledger.settlement.payouts.accounts import register_payee_accounts, register_paying_account
from ledger.settlement.payouts.model import PayeeAccountDraft, PayingAccountDraft
from ledger.settlement.payouts.numbers import read_number
from ledger.settlement.terms.changing import change_terms
from ledger.settlement.terms.parsing import parse_change
from tests.app.cli.commands import Commands
from tests.invariants.money_acts import MoneyActs
from tests.invariants.order_acts import OrderActs
from tests.invariants.story import HOUR, PAYEES, PERSON, Document, Killed
from tests.ledger.charging.market import Market

CYCLES = ("T+0", "T+2", "DAILY", "WEEKLY", "DECADE", "SEMI_MONTHLY", "MONTHLY", "ON_DEMAND")


class Months(OrderActs, MoneyActs):
    """Everything together, with workers and a bank. With `commands`, some workers are processes that are killed."""

    commands: Commands | None = None

    @classmethod
    async def open(cls, database: Database, *, seed: int) -> "Months":
        """A market with terms, a calendar, bank accounts, an agreement to retain; all by the seed."""
        months = cls(await Market.open(database), seed, database.dsn)
        choose = months.random.choice
        await months.publish(1)
        for role in ("MERCHANT", "AGENT", "DISTRIBUTOR"):
            said = {"role": role, "cycle": choose(CYCLES[:-1]), "calendar": "MARKET", "validFrom": "2019-01-01"}
            confirmation = choose(["NONE", "NONE", "DEEMED", "REQUIRED"])
            limit = choose([{}, {"carryCycles": 2}, {"carryLimitMinorUnits": 5_000}])
            extra = {"netting": choose([True, False]), **limit}
            await months.change({**said, "effect": "NOW", "confirmation": confirmation, **extra})
        await months._open_accounts()
        await months.fund(choose([0, 5_000, 200_000]))
        return months

    async def pass_time(self, *, steps: int) -> None:
        """So many things happen, each some hours after the last."""
        acts = [
            *[self.sell] * 9,
            *[self.tell_of_order] * 22,
            *[self.work] * 9,
            *[self.bank_answers] * 5,
            *[self.hold, self.lift] * 2,
            *[self.adjust] * 3,
            *[self.deposit, self.discharge] * 2,
            self.pay_claim,
            self.end_agreement,
            *[self.receive] * 3,
            *[self.confirm, self.dispute] * 2,
            self.answer,
            self.change_cycle,
            self.change_bank,
            self.publish_again,
            self.block,
            self.close_period,
            self.repeat,
            *[self.retry_payout, self.cancel_payout] * 2,
            self.release_suspense,
            self.give_money,
        ]
        for _ in range(steps):
            self.now += self.random.randint(1, 40) * HOUR
            act = self.random.choice(acts)
            self.told.append(f"{self.now.isoformat()} {act.__name__}")
            await act()

    async def finish(self) -> None:
        """Everything that is open is ended; everybody is paid what he can be paid."""
        self.bank.is_kind = True
        await self.fund(10_000_000)
        for party in await self.market.rows("SELECT reference FROM party WHERE status = 'BLOCKED'"):
            await self.market.unblock(party["reference"])
        for _ in range(4):
            self.now += 40 * 24 * HOUR
            await self.confirm(everything=True)
            await self.run_worker()
            await self.bank_answers(everything=True)
            await self._retry_everything()
            self.now += HOUR
            await self.run_worker()
            await self.bank_answers(everything=True)

    async def _retry_everything(self) -> None:
        rows = await self.market.rows(
            "SELECT payout_id FROM payout WHERE status IN ('FAILED', 'RETURNED') ORDER BY payout_id"
        )
        for number in [row["payout_id"] for row in rows]:
            await self.act(
                lambda conn, number=number: ending.retry_payout(  # type: ignore[misc]
                    conn, payout_id=number, actor=PERSON, now=self.now
                )
            )

    async def work(self) -> None:
        """A worker comes: alone, with another, or killed at some moment of its work."""
        ways = ["alone", "alone", "two", "killed", "stopped"]
        match self.random.choice(ways if self.commands is None else [*ways, *["process"] * 5]):
            case "alone":
                await self.run_worker()
            case "two":
                await asyncio.gather(self.run_worker(), self.run_worker())
            case "killed":
                with suppress(Killed):
                    await self.run_worker(lives=self.random.randint(0, 12))
                await self._end_leases()
            case "stopped":
                with suppress(asyncio.CancelledError):
                    await self.run_worker(lives=self.random.randint(0, 12), end=asyncio.CancelledError)
                await self._end_leases()

            case "process":
                await self._kill_process()
                await self._end_leases()

    async def _kill_process(self) -> None:
        """A worker of its own process is killed at some moment while it has a job."""
        assert self.commands is not None, "processes need commands"
        (row,) = await self.market.rows("SELECT reference FROM platform WHERE platform_id = $1", self.platform_id)
        process = self.commands.start("worker", "--once", "--now", self.now.isoformat(), "--platform", row["reference"])
        while process.poll() is None:
            if await self.market.rows("SELECT 1 FROM job WHERE lease_until > clock_timestamp()"):
                await asyncio.sleep(self.random.uniform(0, 0.2))
                if process.poll() is None:
                    os.kill(process.pid, signal.SIGKILL)
                break
            await asyncio.sleep(0.002)
        await asyncio.to_thread(process.communicate)

    async def run_worker(self, *, lives: int | None = None, end: type[BaseException] = Killed) -> None:
        """One run; with `lives`, only so many steps are committed, the next is done and rolled back by `end`."""
        work: Sequence[Work] = list_work({"sandbox": self.bank}, {})
        now = self.now
        if lives is not None:
            left = itertools.count(lives, -1)
            work = [replace(each, step=_die(each.step, left, end)) if each.step else each for each in work]
        tally = await Worker(self.database, work, lambda: now, platform_id=self.platform_id).run_once()
        if lives is None:
            reasons = await self.market.rows(
                "SELECT kind, status, error FROM job WHERE status <> 'DONE' AND error <> ''"
            )
            assert tally.failed == 0, [tuple(row) for row in reasons]

    async def bank_answers(self, *, everything: bool = False) -> None:
        """
        Some transfers are paid, some come back, some are refused though they were accepted, and the bank says so, now
        and then twice or in a wrong order.
        """
        for transfer in self.bank.transfers.values():
            if transfer.status == "ACCEPTED" and (everything or self.random.random() < 0.6):
                transfer.status = "PAID"
            elif transfer.status == "ACCEPTED" and not everything and self.random.random() < 0.2:
                transfer.status, transfer.was_accepted = "REFUSED", True
            elif transfer.status == "PAID" and not everything and self.random.random() < 0.1:
                transfer.status = "RETURNED"
        answers = [answer for key in self.bank.transfers for answer in self.bank.tell(key)]
        if not everything:
            self.random.shuffle(answers)
            answers = answers[: self.random.randint(0, len(answers))] * self.random.randint(1, 2)
        if answers:
            await self.act(
                lambda conn: answering.record_bank_answers(conn, answers=answers, actor=PERSON, now=self.now)
            )

    async def change_cycle(self) -> None:
        said = {"cycle": self.random.choice(CYCLES), "validFrom": self.now.date().isoformat()}
        await self.change(
            {"party": self.random.choice(PAYEES), **said, "effect": self.random.choice(["NOW", "NEXT_PERIOD"])}
        )

    async def change(self, said: Document) -> None:
        await self.act(lambda conn: change_terms(conn, changes=[parse_change(said)], actor=PERSON, now=self.now))

    async def publish_again(self) -> None:
        await self.publish(self.random.randint(2, 9))

    async def publish(self, number: int) -> None:
        """A version of the calendar; its days off follow from the number."""
        random = Random(number)
        days = {date(2025, 1, 1) + timedelta(days=random.randint(0, 250)) for _ in range(25)}
        off = [{"day": day.isoformat(), "name": "holiday"} for day in sorted(days)]
        said = {"calendar": "MARKET", "firstDay": "2025-01-01", "lastDay": "2026-12-31", "daysOff": off}
        await self.act(
            lambda conn: publish_calendar(conn, calendars=[parse_calendar(said)], actor=PERSON, now=self.now)
        )

    async def close_period(self) -> None:
        through = self.now.date() - timedelta(days=self.random.randint(2, 20))
        book_id = await self.find_id("LE")
        await self.act(lambda conn: close_period(conn, book_id=book_id, through=through, actor=PERSON, now=self.now))

    async def give_money(self) -> None:
        await self.fund(self.random.choice([1_000, 100_000]))

    async def change_bank(self) -> None:
        """The legal entity pays from another account from now on."""
        place = next(self.numbers)
        number = read_number(reference=f"B-{place}", holder="Marketplace", number=f"0001-{place:05}")
        draft = PayingAccountDraft("LE", f"B-{place}", "CNY", number, channel="sandbox")
        await self.act(lambda conn: register_paying_account(conn, draft=draft, actor=PERSON, now=self.now))

    async def _open_accounts(self) -> None:
        number = read_number(reference="B1", holder="Marketplace", number="0001-1")
        async with self.database.write(self.platform_id) as conn:
            paying = PayingAccountDraft("LE", "B1", "CNY", number, channel="sandbox")
            await register_paying_account(conn, draft=paying, actor=PERSON, now=self.now)
            drafts = [
                PayeeAccountDraft(party, party, "CNY", read_number(reference=party, holder=party, number=f"{place:08}"))
                for place, party in enumerate(PAYEES)
            ]
            await register_payee_accounts(conn, drafts=drafts, actor=PERSON, now=self.now)

    async def _end_leases(self) -> None:
        """The time passes that leases and second tries take."""
        connection = await asyncpg.connect(self.owner_dsn)
        try:
            await connection.execute(
                "UPDATE job SET lease_until = clock_timestamp() WHERE lease_until IS NOT NULL AND platform_id = $1",
                self.platform_id,
            )
            await connection.execute(
                "UPDATE job SET run_after = clock_timestamp() WHERE status = 'READY' AND platform_id = $1",
                self.platform_id,
            )
        finally:
            await connection.close()


def _die(step: Step, left: "itertools.count[int]", end: type[BaseException]) -> Step:
    async def dying(conn: Connection, now: datetime, actor: Actor) -> Progress:
        progress = await step(conn, now, actor)
        if next(left) <= 0:
            raise end
        return progress

    return dying
