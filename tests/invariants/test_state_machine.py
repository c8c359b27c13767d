"""
Everything that can happen to a book, in any order, against a real store: after each run the book verifies and says what
the oracles say.

Manual entries are in USD and judged by tests/oracle/book.py; orders are in CNY and judged by the charging oracle, so
that neither needs to know of the other. Only agents and merchants without orders move: the charging oracle freezes
chains from one tree.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ledger.db.connecting import Database
from ledger.errors import LedgerError
from ledger.journal.balances import AsOf, balances
from ledger.journal.closing import close_period
from ledger.journal.model import AccountKey, EntryDraft, LineDraft, Refused
from ledger.journal.posting import Outcome, post_entries
from ledger.journal.reversing import Reversal, reverse_entries
from ledger.journal.subtree_balances import subtree_balances
from ledger.parties.moving import move_party
from ledger.verify.verifying import verify
from tests.ledger.charging.market import ACTOR, MALFORMED, NOW, Market, codes
from tests.oracle.book import OracleBook
from tests.oracle.charging_oracle import expected_book
from tests.oracle.small_world import PARTIES, item, plan
from tests.store import Server

Result = TypeVar("Result")
MOVERS = (("B1", "OP"), ("B2", "OP"), ("B11", "B1"), ("N1", "B11"), ("N2", "B2"), ("N3", "B1"))
EVERYBODY = [
    *PARTIES,
    {"reference": "LE2", "kind": "LEGAL_ENTITY", "name": "Other entity", "parent": "OP", "currency": "USD"},
    *({"reference": name, "kind": "AGENT", "name": name, "parent": parent} for name, parent in MOVERS[:3]),
    *({"reference": name, "kind": "MERCHANT", "name": name, "parent": parent} for name, parent in MOVERS[3:]),
]
AGENTS, SHOPS = ("B1", "B2", "B11"), ("N1", "N2", "N3")
PLACES = (("1010", ""), ("1100", ""), ("4040", ""), ("2210", ""), *(("2010", shop) for shop in SHOPS), ("2020", "B11"))
UNLAWFUL = (("20", ""), ("9999", ""), ("2010", ""), ("1100", "N1"))

# The posting day is a day of the operator's zone.
TODAY = "SELECT (clock_timestamp() AT TIME ZONE time_zone)::date AS day FROM platform"

keys = st.integers(0, 60).map("key-{}".format)
places = st.sampled_from(PLACES * 4 + UNLAWFUL)
amounts = st.integers(1, 500)
# Where the debit goes, where the credit, how much, and how much more the credit is: mostly nothing.
two_lines = st.tuples(places, places, amounts, st.sampled_from([0] * 9 + [1]))
days_off = st.sampled_from([0, 0, 0, -1, -2, -5, 1, 4])
orders = st.sampled_from(["O1", "O2", "O3", "O4"])


class BookMachine(RuleBasedStateMachine):
    """One platform and its oracles. `database` and `runner` are set before the machine runs."""

    database: ClassVar[Database]
    runner: ClassVar[asyncio.Runner]

    def __init__(self) -> None:
        super().__init__()
        self.drafts: dict[str, EntryDraft] = {}
        self.events: list[dict[str, Any]] = []

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(work)

    @initialize()
    def open_platform(self) -> None:
        async def opening() -> tuple[Market, list[Any], int]:
            market = await Market.open(self.database, parties=EVERYBODY, plans=[plan()])
            found = await market.rows("SELECT party_id, reference FROM party")
            (head,) = await market.rows("SELECT sequence FROM log_head")
            return market, found, head["sequence"]

        self.market, found, sequence = self.run(opening())
        self.ids = {row["reference"]: row["party_id"] for row in found}
        (self.root,) = self.ids.keys() - {party["reference"] for party in EVERYBODY}
        (clock,) = self.run(self.market.rows(TODAY))
        today = clock["day"]
        parents = {party["reference"]: party.get("parent", "") for party in EVERYBODY}
        self.start = today
        self.oracle = OracleBook(sequence, today, parents, ("LE", "LE2"))

    # Entries

    @rule(key=keys, book=st.sampled_from(["LE", "LE", "LE2"]), off=days_off, floats=st.booleans(), lines=two_lines)
    def post(self, key: str, book: str, off: int, floats: bool, lines: Any) -> None:
        """Dates back and ahead, floors, closed days, keys used before, and now and then nonsense."""
        day = self.oracle.today + timedelta(days=off)
        debit, credit, amount, wrong = lines
        sides = [("D", (book, *debit, "USD"), amount), ("C", (book, *credit, "USD"), amount + wrong)]
        draft = self._draft(key, book, sides, off=off, floats=floats)
        self._post(draft, self.oracle.post(key, book, day, sides, floats=floats))

    @rule(
        book=st.sampled_from(["LE", "LE2"]),
        amount=amounts,
        shops=st.lists(st.sampled_from(SHOPS), min_size=1, max_size=4),
    )
    def receive_money(self, book: str, amount: int, shops: list[str]) -> None:
        """Lines enough on the bank and the shops that floors are not always reached; an account may come twice."""
        key = f"receipt-{self.oracle.sequence}"
        credits = [("C", (book, "2010", shop, "USD"), amount) for shop in shops]
        lines = [("D", (book, "1010", "", "USD"), amount * len(shops)), *credits]
        self._post(self._draft(key, book, lines), self.oracle.post(key, book, self.oracle.today, lines))

    @precondition(lambda self: self.drafts)
    @rule(data=st.data(), change=st.booleans())
    def retry(self, data: st.DataObject, change: bool) -> None:
        """The same key again, with the same input or another, whatever has happened since."""
        key = data.draw(st.sampled_from(sorted(self.drafts)))
        draft = self.drafts[key]
        (entry,) = [each for each in self.oracle.entries if each.key == key]
        lines = list(entry.lines)
        if change:
            lines = [(side, account, amount + 1) for side, account, amount in lines]
            draft = replace(draft, lines=tuple(line._replace(amount=line.amount + 1) for line in draft.lines))
        self._post(draft, self.oracle.post(key, entry.book, entry.asked, lines, floats=draft.moves_off_closed_day))

    @rule(data=st.data(), key=st.integers(0, 9).map("reversal-{}".format))
    def reverse(self, data: st.DataObject, key: str) -> None:
        """Of any entry, reversals among them, and of numbers that are none."""
        numbers = [entry.sequence for entry in self.oracle.entries]
        sequence = data.draw(st.sampled_from([*numbers, 1]))
        reversal = Reversal(key, sequence, self.oracle.today)

        async def reversing() -> list[Outcome]:
            async with self.database.write(self.market.platform_id) as conn:
                return await reverse_entries(conn, reversals=[reversal], actor=ACTOR)

        expected = self.oracle.reverse(key, sequence, self.oracle.today)
        assert self._code(self.run(reversing())[0]) == expected

    # Periods, days and the tree

    @rule(book=st.sampled_from(["LE", "LE2"]), off=st.sampled_from([-9, -6, -5, -4, -3, -2, -1, 0, 1]))
    def close_book(self, book: str, off: int) -> None:
        through = self.oracle.today + timedelta(days=off)

        async def closing() -> str:
            async with self.database.write(self.market.platform_id) as conn:
                closed = await close_period(
                    conn, book_id=self.ids[book], through=through, actor=ACTOR, now=datetime.now(UTC)
                )
                return "replayed" if closed.replayed else "posted"

        assert self._attempt(closing) == self.oracle.close(book, through)

    @rule(days=st.integers(1, 3))
    def pass_days(self, days: int) -> None:
        async def waiting() -> None:
            async with self.database.write(self.market.platform_id) as conn:
                later = "greatest(posted_at, clock_timestamp()) + make_interval(days => $1)"
                await conn.execute(f"UPDATE log_head SET posted_at = {later}", days)

        self.run(waiting())
        self.oracle.today += timedelta(days=days)

    @rule(party=st.sampled_from(AGENTS + SHOPS), parent=st.sampled_from(("OP", *AGENTS)))
    def move(self, party: str, parent: str) -> None:
        async def moving() -> str:
            async with self.database.write(self.market.platform_id) as conn:
                to = self.root if parent == "OP" else parent
                moved = await move_party(conn, reference=party, to=to, actor=ACTOR, now=NOW)
                return "replayed" if moved.replayed else "posted"

        assert self._attempt(moving) == self.oracle.move(party, parent)

    # Orders

    @rule(order=orders, goods=st.integers(1, 30_000), merchant=st.sampled_from(["M1", "M2"]), referred=st.booleans())
    def pay(self, order: str, goods: int, merchant: str, referred: bool) -> None:
        number = len(self.events)
        text = f"{goods // 100}.{goods % 100:02}"
        self._record(
            event="order.paid",
            order=order,
            settlementEntity="LE",
            currency="CNY",
            channel="sandbox",
            channelTransaction=f"t{number}",
            amount=text,
            lines=[item(text, line=f"L{number}", merchant=merchant)],
            **({"referrer": "D1"} if referred else {}),
        )

    @precondition(lambda self: self.events)
    @rule(data=st.data(), kind=st.sampled_from(["order.succeeded", "order.succeeded", "payment.unfrozen"]))
    def finish(self, data: st.DataObject, kind: str) -> None:
        self._record(event=kind, order=data.draw(st.sampled_from(self._paid())))

    @precondition(lambda self: self.events)
    @rule(data=st.data(), part=st.integers(1, 100))
    def refund(self, data: st.DataObject, part: int) -> None:
        """Up to all of a line, often more than is left of it."""
        order = data.draw(st.sampled_from(self._paid()))
        paid = [each for each in self.events if each["event"] == "order.paid" and each["order"] == order]
        line = data.draw(st.sampled_from([line for each in paid for line in each["lines"]]))
        amount = max(1, int(line["goods"].replace(".", "")) * part // 100)
        returned = {"line": line["line"], "amount": f"{amount // 100}.{amount % 100:02}"}
        self._record(event="order.refunded", order=order, refund=f"r{len(self.events)}", lines=[returned])

    @precondition(lambda self: any(each["event"] == "order.refunded" for each in self.events))
    @rule(data=st.data(), kind=st.sampled_from(["refund.paid", "refund.rejected"]))
    def settle_refund(self, data: st.DataObject, kind: str) -> None:
        refunds = [(each["order"], each["refund"]) for each in self.events if each["event"] == "order.refunded"]
        order, refund = data.draw(st.sampled_from(refunds))
        self._record(event=kind, order=order, refund=refund)

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def retell(self, data: st.DataObject) -> None:
        """An event again, as channels do."""
        self._tell(data.draw(st.sampled_from(self.events)))

    # What holds at every moment, and at the end

    @invariant()
    def the_log_ends_where_it_should(self) -> None:
        (head,) = self.run(self.market.rows("SELECT sequence FROM log_head"))
        assert head["sequence"] == self.oracle.sequence

    def teardown(self) -> None:
        if not hasattr(self, "oracle"):
            return
        self._bring_clock_back()
        self._check_verified()
        self._check_accounts()
        self._check_balances()
        self._check_subtrees()

    def _bring_clock_back(self) -> None:
        """Days that passed and saw nothing posted are of our making: the head stands at its last record's instant."""

        async def bringing() -> None:
            async with self.database.write(self.market.platform_id) as conn:
                last = (
                    "SELECT max(r.posted_at) FROM"
                    " (SELECT posted_at FROM entry UNION ALL SELECT posted_at FROM log_event) AS r"
                )
                await conn.execute(f"UPDATE log_head SET posted_at = ({last})")

        self.run(bringing())

    def _check_verified(self) -> None:
        async def verifying() -> Any:
            async with self.database.read(self.market.platform_id) as conn:
                return await verify(conn, rows_at_once=50)

        report = self.run(verifying())
        assert report.agrees, report.disagreement.sentence

    def _check_accounts(self) -> None:
        """Gross sums of every account, the orders' among them."""
        orders = expected_book(EVERYBODY, [plan()], self.events).accounts
        assert self.run(self.market.accounts()) == {**self.oracle.accounts(), **orders}

    def _check_balances(self) -> None:
        places = sorted(self.oracle.accounts())
        if not places:
            return
        sequences = [None, *range(0, self.oracle.sequence + 1, 1 + self.oracle.sequence // 5)]
        days = [None, *(self.start + timedelta(days=n) for n in (-6, -2, -1, 0, 1, 2, 3, 5, 8))]

        async def reading() -> None:
            rows = await self.market.rows("SELECT * FROM account")
            named = (self._name(row) for row in rows)
            ids = dict(zip(named, (row["account_id"] for row in rows), strict=True))
            wanted = [ids[place] for place in places]
            async with self.database.read(self.market.platform_id) as conn:
                for sequence in sequences:
                    for day in days:
                        found = await balances(conn, account_ids=wanted, as_of=AsOf(sequence, day))
                        expected = [self.oracle.balance(place, day=day, sequence=sequence) for place in places]
                        assert [one[:2] for one in found] == expected, (sequence, day)
                        if sequence is None:
                            assert [one.version for one in found] == [self.oracle.version(place) for place in places]

        self.run(reading())

    def _check_subtrees(self) -> None:
        entities = {self.ids[name]: name for name in ("LE", "LE2")}

        async def reading() -> None:
            async with self.database.read(self.market.platform_id) as conn:
                for day in (None, *(self.start + timedelta(days=n) for n in (-6, -1, 0, 1, 3, 6))):
                    for party in ("OP", *AGENTS, *SHOPS):
                        wanted = self.ids[self.root if party == "OP" else party]
                        rows = await subtree_balances(conn, party_ids=[wanted], business_date=day)
                        found = {
                            (entities[row.book_id], row.code, row.currency): (row.debit, row.credit)
                            for row in rows
                            if row.currency == "USD"
                        }
                        assert found == self.oracle.subtree(party, day=day), (party, day)

        self.run(reading())

    # How it is done

    def _draft(self, key: str, book: str, lines: Any, *, off: int = 0, floats: bool = False) -> EntryDraft:
        def place(account: tuple[str, str, str, str]) -> AccountKey:
            entity, code, party, currency = account
            return AccountKey(self.ids[entity], code, self.ids[party] if party else None, currency)

        return EntryDraft(
            key=key,
            book_id=self.ids[book],
            business_date=self.oracle.today + timedelta(days=off),
            lines=tuple(LineDraft(place(account), side, amount) for side, account, amount in lines),
            moves_off_closed_day=floats,
        )

    def _post(self, draft: EntryDraft, expected: str) -> None:
        async def posting() -> list[Outcome]:
            async with self.database.write(self.market.platform_id) as conn:
                return await post_entries(conn, drafts=[draft], actor=ACTOR)

        assert self._code(self.run(posting())[0]) == expected
        if expected == "posted":
            self.drafts[draft.key] = draft

    def _record(self, **event: Any) -> None:
        self._tell({"id": f"event-{len(self.events)}", "occurredAt": "2025-03-01T00:00:00Z", **event})

    def _tell(self, event: dict[str, Any]) -> None:
        before = expected_book(EVERYBODY, [plan()], self.events)
        after = expected_book(EVERYBODY, [plan()], [*self.events, event])
        refused = after.refusals[len(before.refusals) :]
        known = any(each["id"] == event["id"] for each in self.events)
        told = codes(self.run(self.market.record(event)))
        if refused:
            assert told[0] == refused[0][2] or (refused[0][2] == "MALFORMED" and told[0] in MALFORMED)
            return
        assert told == [""]
        if not known:
            entries = sum(map(len, after.orders.values())) - sum(map(len, before.orders.values()))
            self.oracle.sequence += entries + 1
            self.events.append(event)

    def _paid(self) -> list[str]:
        return sorted({each["order"] for each in self.events})

    def _attempt(self, work: Callable[[], Coroutine[Any, Any, str]]) -> str:
        try:
            return self.run(work())
        except LedgerError as refusal:
            return refusal.code

    def _code(self, outcome: Outcome) -> str:
        if isinstance(outcome, Refused):
            return outcome.error.code
        return "replayed" if outcome.replayed else "posted"

    def _name(self, row: Any) -> tuple[str, str, str, str]:
        return row["book_reference"], row["code"], row["party_reference"] or "", row["currency"]


@pytest.fixture(scope="module")
def machine(server: Server) -> Iterator[type[BookMachine]]:
    """The machine on a database of its own, in an event loop of its own: hypothesis runs it step by step."""
    with asyncio.Runner() as runner:
        lending = server.lend_database()
        dsn = runner.run(lending.__aenter__())
        BookMachine.runner, BookMachine.database = runner, runner.run(Database.connect(dsn, writers=1, readers=1))
        yield BookMachine
        runner.run(BookMachine.database.close())
        runner.run(lending.__aexit__(None, None, None))


def settings_for(examples: int, steps: int) -> settings:
    return settings(
        max_examples=int(os.environ.get("SPLITBOOK_EXAMPLES", examples)),
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
    )


def test_any_course_of_events_leaves_the_book_that_the_oracles_expect(machine: type[BookMachine]) -> None:
    run_state_machine_as_test(machine, settings=settings_for(20, 50))


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_many_long_courses_of_events_leave_the_expected_book(machine: type[BookMachine]) -> None:
    run_state_machine_as_test(machine, settings=settings_for(300, 80))
