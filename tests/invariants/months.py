"""
Some months of a small market, made of one seed: what is sold, given back, disputed, held, kept, adjusted, agreed anew,
paid, refused, lost and returned, with workers that come when they like, two at once, or die in the middle.
"""

import asyncio
import itertools
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
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
from ledger.settlement.terms.changing import change_terms
from ledger.settlement.terms.parsing import parse_change
from tests.app.cli.commands import Commands
from tests.invariants.approval_acts import ApprovalActs
from tests.invariants.bank_acts import BankActs
from tests.invariants.channel_acts import ChannelActs
from tests.invariants.fee_acts import FeeActs
from tests.invariants.hand_acts import HandActs
from tests.invariants.killing import Killed
from tests.invariants.money_acts import MoneyActs
from tests.invariants.order_acts import OrderActs
from tests.invariants.party_acts import PartyActs
from tests.invariants.previews import Previews
from tests.invariants.story import HOUR, PARTIES, PERSON, Document
from tests.invariants.waiting_checks import check_nothing_waits
from tests.ledger.charging.market import Market
from tests.oracle.small_world import plan

# What may happen.
Happening = Callable[[], Awaitable[None]]
CYCLES = ("T+0", "T+2", "DAILY", "WEEKLY", "DECADE", "SEMI_MONTHLY", "MONTHLY", "ON_DEMAND")


class Months(OrderActs, FeeActs, MoneyActs, PartyActs, BankActs, HandActs, ApprovalActs, ChannelActs, Previews):
    """Everything together, with workers. With `commands`, some workers are processes that are killed."""

    commands: Commands | None = None
    # How workers come; some ways end by chance of the machine, not of the seed.
    ways: tuple[str, ...] = ("alone", "foretold", "foretold", "two", "killed", "stopped", "astray")
    # How often people act while a worker is at work; so do what ends by chance of the machine.
    beside = 0.0

    @classmethod
    async def open(cls, database: Database, *, seed: int) -> "Months":
        """A market with terms, a calendar, bank accounts, flows of approvals; all by the seed."""
        market = await Market.open(database, parties=PARTIES, plans=[choose_plan(seed)])
        months = cls(market, seed, database.dsn)
        choose = months.random.choice
        await months.publish(1)
        for role in ("MERCHANT", "AGENT", "DISTRIBUTOR", "SUPPLIER"):
            said = {"role": role, "cycle": choose(CYCLES[:-1]), "calendar": "MARKET", "validFrom": "2019-01-01"}
            confirmation = choose(["NONE", "NONE", "DEEMED", "REQUIRED"])
            limit = choose([{}, {"carryCycles": 2}, {"carryLimitMinorUnits": 5_000}])
            extra = {"netting": choose([True, False]), **limit}
            await months.change({**said, "effect": "NOW", "confirmation": confirmation, **extra})
        await months.open_accounts()
        await months.define_flows()
        await months.fund(choose([0, 5_000, 200_000]))
        return months

    async def pass_time(self, *, steps: int) -> None:
        """So many times something happens to money, and something else; each some hours after the last."""
        business = [
            *[self.sell] * 7,
            self.pay_more,
            *[self.tell_of_order] * 16,
            *[self.submit_fee] * 4,
            *[self.submit_by_rate] * 2,
            *[self.submit_bundle, self.submit_invoice],
            *[self.hold, self.deposit, self.adjust] * 4,
            *[self.discharge, self.receive] * 3,
            *[self.lift, self.pay_claim] * 2,
            *[self.end_agreement, self.retain, self.pay_deposit],
            *[self.publish_item, self.publish_plan, self.override_rates],
            *[self.pull, self.pull, self.retry_refused],
            *[self.release_suspense, self.repeat],
            *[self.complete_split, self.post_by_hand] * 2,
            *[self.reverse_by_hand, self.change_money],
        ]
        others = [
            *[self.work] * 9,
            *[self.bank_answers] * 5,
            *[self.settle_answers] * 3,
            *[self.ask_for_late_payments, self.dismiss_answers],
            *[self.decide] * 6,
            *[self.withdraw, self.resubmit, self.ask_for_sheet],
            *[self.delegate] * 2,
            *[self.end_delegation, self.change_flow],
            *[self.override_invoices] * 2,
            *[self.collect, self.write_off],
            *[self.confirm, self.dispute] * 2,
            self.answer,
            *[self.change_cycle, self.change_terms, self.publish_again],
            *[self.change_bank, self.change_payee, self.leave, self.give_money],
            *[self.block, self.close_party, self.move_party, self.join] * 2,
            *[self.end_sheets] * 2,
            *[self.close_period, self.reopen_period],
            *[self.retry_payout, self.cancel_payout] * 2,
            self.release_payouts,
        ]
        business, others = (self._leave_out(acts) for acts in (business, others))
        for _ in range(steps):
            self.now += self.random.randint(1, self.pace) * HOUR
            acts = (self.random.choice(business), self.random.choice(others))
            if self.beside and self.random.random() < self.beside:
                await self._act_beside(acts)
                continue
            for act in acts:
                self.told.append(f"{self.now.isoformat()} {act.__name__}")
                await act()
            await self.hear_channel()

    async def _act_beside(self, acts: Sequence[Happening]) -> None:
        """These happen while a worker is at work, wherever it is then."""

        async def happen() -> None:
            for act in acts:
                await asyncio.sleep(self.random.uniform(0, 0.15))
                self.told.append(f"{self.now.isoformat()} {act.__name__} beside a worker")
                await act()

        self.is_alone = False
        await asyncio.gather(self.run_worker(), happen())
        self.is_alone = True

    def _leave_out(self, acts: Sequence[Happening]) -> list[Happening]:
        """In half of all months half of all that may happen does not, so that the rest meets oftener."""
        chance = Random(f"lacking {self.seed}")
        if chance.random() < 0.5:
            return list(acts)
        always = {"sell", "tell_of_order", "work", "decide", "bank_answers"}
        names = sorted({act.__name__ for act in acts} - always)
        left_out = chance.sample(names, len(names) // 2)
        return [act for act in acts if act.__name__ not in left_out]

    async def finish(self) -> None:
        """Everything that is open is ended; everybody is paid what he can be paid."""
        self.bank.is_kind = True
        await self.open_accounts_of(self.payees)
        await self.fund(10_000_000)
        for party in await self.market.rows("SELECT reference FROM party WHERE status = 'BLOCKED'"):
            await self.market.unblock(party["reference"])
        await self.decide_disputes()
        for _ in range(4):
            # Also what people have agreed to hold since.
            await self.lift(everything=True)
            self.now += 40 * 24 * HOUR
            await self.confirm(everything=True)
            await self.cancel_waiting()
            await self.end_sheets(everything=True)
            await self._pay_everything()
            await self.retry_everything()
            self.now += HOUR
            await self._pay_everything()

    async def _pay_everything(self) -> None:
        """What waits for a worker is done, what waits for people, and what waits for the bank."""
        await self.work_as_foretold()
        await self.override_invoices(everything=True)
        await self.ask_for_late_payments(everything=True)
        await self.resubmit(everything=True)
        await self.decide(everything=True)
        await self.work_as_foretold()
        await self.bank_answers(everything=True)
        await self.settle_answers(everything=True)

    async def work(self) -> None:
        """A worker comes: alone, with another, killed at some moment of its work, or with a clock that goes wrong."""
        if not self.is_alone:
            await self.run_worker()
            return
        match self.random.choice(self.ways if self.commands is None else [*self.ways, *["process"] * 5]):
            case "alone":
                await self.run_worker()
                await check_nothing_waits(self)
            case "foretold":
                await self.work_as_foretold()
            case "two":
                await asyncio.gather(self.run_worker(), self.run_worker())
                await check_nothing_waits(self)
            case "killed":
                with suppress(Killed):
                    await self.run_worker(lives=self.random.randint(0, 12))
                await self._end_leases()
            case "stopped":
                with suppress(asyncio.CancelledError):
                    await self.run_worker(lives=self.random.randint(0, 12), end=asyncio.CancelledError)
                await self._end_leases()
            case "astray":
                await self.run_worker(ahead=self.random.choice([-30, -3, 3, 30]) * HOUR)
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

    async def run_worker(
        self, *, lives: int | None = None, end: type[BaseException] = Killed, ahead: timedelta = timedelta()
    ) -> None:
        """One run; with `lives`, only so many steps are committed, the next is done and rolled back by `end`."""
        work: Sequence[Work] = list_work({"sandbox": self.bank}, {})
        now = self.now + ahead
        if lives is not None:
            left = itertools.count(lives, -1)
            work = [replace(each, step=_die(each.step, left, end)) if each.step else each for each in work]
        tally = await Worker(self.database, work, lambda: now, platform_id=self.platform_id).run_once()
        if lives is None:
            reasons = await self.market.rows(
                "SELECT kind, status, error FROM job WHERE status <> 'DONE' AND error <> ''"
            )
            assert tally.failed == 0, [tuple(row) for row in reasons]

    async def change_cycle(self) -> None:
        """A party settles otherwise from now on, in its usual role or as whom the platform buys from."""
        said: Document = {"cycle": self.random.choice(CYCLES), "validFrom": self.now.date().isoformat()}
        said |= self.random.choice([{}, {}, {"netting": self.random.choice([True, False])}, {"carryCycles": 1}])
        said["effect"] = self.random.choice(["NOW", "NEXT_PERIOD"])
        party = self.random.choice(self.payees)
        if party[0] == "M":
            said |= self.random.choice([{}, {"role": "SUPPLIER"}, {"mode": "PURCHASE"}])
        self.told[-1] += f" {party} {said}"
        await self.change({"party": party, **said})

    async def change_terms(self) -> None:
        """Something else that a party or a whole role agreed to, or its end; now and then twice on a day."""
        for _ in range(self.random.choice([1, 1, 2])):
            said = self.random.choice(
                [
                    {"confirmation": self.random.choice(["NONE", "DEEMED", "REQUIRED"])},
                    {"confirmation": "DEEMED", "confirmationDays": 2},
                    {"dueDays": self.random.choice([0, 1, 9])},
                    {"anchor": self.random.choice(["ROLL", "COUNT_AFTER"])},
                    {"carryLimitMinorUnits": self.random.choice([0, 700, 20_000])},
                    {"carryCycles": self.random.choice([0, 1, None])},
                    {"carryLimitMinorUnits": None, "cycle": None},
                    {"netting": self.random.choice([True, False, None])},
                    {"mode": self.random.choice(["AGENCY", "PURCHASE", None])},
                ]
            )
            party = self.random.choice(self.payees)
            # Only of merchants does the platform buy what it sells.
            is_role = self.random.random() < 0.3 or ("mode" in said and party[0] != "M")
            whose = {"role": "MERCHANT"} if is_role else {"party": party}
            day = self.now.date() + timedelta(days=self.random.choice([-2, 0, 0, 1, 7]))
            said = {**said, **whose, "validFrom": day.isoformat(), "effect": self.random.choice(["NOW", "NEXT_PERIOD"])}
            self.told[-1] += f" {said}"
            await self.change(said)

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
        book_id = await self.find_id(self.choose_entity())
        await self.act(lambda conn: close_period(conn, book_id=book_id, through=through, actor=PERSON, now=self.now))

    async def give_money(self) -> None:
        await self.fund(self.random.choice([1_000, 100_000]))

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


def choose_plan(seed: int) -> Document:
    """Who bears the levels, who gets what a missing one leaves, and rates that leave fractions; all by the seed."""
    choose = Random(f"plan {seed}").choice
    rules = plan(
        missingLevel=choose(["RESIDUAL", "TO_PLATFORM", "ROLL_UP"]),
        bornBy=choose(["MERCHANT", "PLATFORM"]),
        rates=choose([["0.05", "0.03", "0.01"], ["0.0333", "0.0177", "0.0091"]]),
        poolRounding=choose(["FLOOR", "FLOOR", "CEIL", "HALF_EVEN"]),
        selfPurchase=choose(["ALLOW", "FORBID_SELF"]),
    )
    rules["channelFee"]["bornBy"] = choose(["MERCHANT", "MERCHANT", "PLATFORM"])
    return rules


def _die(step: Step, left: "itertools.count[int]", end: type[BaseException]) -> Step:
    async def dying(conn: Connection, now: datetime, actor: Actor) -> Progress:
        progress = await step(conn, now, actor)
        if next(left) <= 0:
            raise end
        return progress

    return dying
