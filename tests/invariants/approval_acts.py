"""What needs another person's word, and what people say to it."""

from datetime import timedelta
from functools import partial
from itertools import product

from app.approving import Withdrawal, decide_all, resubmit_one, withdraw_one
from ledger.actor import Actor
from ledger.approvals.delegating import delegate, end_delegation
from ledger.approvals.model import ANY_OPERATOR, Decision, Kind, Rule, Step, Verdict
from ledger.approvals.reopening import request_reopening
from ledger.journal.model import Refused
from ledger.settlement.sheets.approving import request_invoice_override, request_sheet_approval, request_write_off
from tests.invariants.story import CURRENCIES, ENTITIES, HOUR, PERSON, Story
from tests.ledger.approvals.desk import Desk

CHECKERS = ("bob", "ann")
# One who is there for a while; his work is done by whoever is there.
LEAVER = "cem"
# One whom no flow names: hers is what nobody else can say, for himself or for another.
LAST = "dora"
KINDS = (Kind.SHEET, Kind.PAYOUT, Kind.HOLD, Kind.DEPOSIT, Kind.ADJUSTMENT, Kind.RECEIPT_RETURN, Kind.LATE_PAYMENT)
FLOWS = (
    (Step((ANY_OPERATOR,)),),
    (Step(CHECKERS, rule=Rule.ALL),),
    (Step((LEAVER,), substitutes=("ann",), due_hours=24),),
    (Step(("bob",)), Step(("ann", LEAVER), due_hours=24)),
    (Step(("ann",), escalates_to=("bob",), due_hours=2),),
)


class ApprovalActs(Story):
    """Each act picks what it can act on; where there is nothing, nothing happens."""

    async def define_flows(self) -> None:
        """Some kinds need somebody's word in some months, all of them or from an amount on; in others none does."""
        self.desk = Desk(self.database, self.platform_id, {})
        for name in (PERSON.name, *CHECKERS, LEAVER, LAST):
            await self.desk.hire(name)
        share = self.random.choice([0, 0.4, 0.8])
        for kind, currency in product(KINDS, CURRENCIES):
            if self.random.random() < share:
                steps, amount = self.random.choice(FLOWS), self.random.choice([0, 300, 3_000])
                self.told.append(f"{kind} of {currency} from {amount} needs {steps}")
                await self.desk.flow(*steps, kind=kind, currency=currency, from_amount_minor=amount)
        if self.random.random() < share:
            await self.desk.flow(*self.random.choice(FLOWS), kind=Kind.PLAN_PUBLICATION)

    async def change_flow(self) -> None:
        """From now on somebody else is asked, or of one party or legal entity alone, or nobody; what waits goes on."""
        kind, currency, amount = self.random.choice(KINDS), self.choose_currency(), self.random.choice([0, 300, 3_000])
        steps, is_retired = self.random.choice(FLOWS), self.random.random() < 0.4
        name = self.random.choice(["", "", self.random.choice(self.payees), self.choose_entity()])
        self.told[-1] += f" {kind} of {currency} {name} from {amount} needs {() if is_retired else steps}"
        where: dict[str, int] = {}
        if name:
            number = await self.find_id(name)
            self.desk.ids[name] = number
            where = {"book_id" if name in ENTITIES else "party_id": number}
        said = {"kind": kind, "currency": currency, "from_amount_minor": amount, "is_retired": is_retired}
        await self.desk.flow(*steps, **said, **where)

    async def decide(self, *, everything: bool = False) -> None:
        """Everybody says something to some of what waits; the word of who has none in it is refused."""
        rows = await self.market.rows(
            "SELECT approval_id, digest FROM approval WHERE status = 'PENDING' ORDER BY approval_id"
        )
        chosen = [row for row in rows if everything or self.random.random() < 0.7]
        # Whoever comes first speaks for those who let him, where no place is his own.
        names = self.random.sample((*CHECKERS, LEAVER), 3)
        for name in (*names, LAST) if chosen else ():
            decisions = [
                Decision(
                    row["approval_id"],
                    row["digest"] if everything or self.random.random() < 0.95 else bytes(32),
                    Verdict.APPROVE if everything or self.random.random() < 0.8 else Verdict.REJECT,
                    "seen",
                )
                for row in chosen
            ]
            outcomes = await self.live(
                lambda said=decisions, name=name: decide_all(  # type: ignore[misc]  # a lambda with defaults
                    self.database, self.platform_id, said, actor=Actor(name), now=self.now
                )
            )
            for outcome in outcomes:
                if isinstance(outcome, Refused):
                    self.count(outcome.error)

    async def withdraw(self) -> None:
        rows = await self.market.rows("SELECT approval_id FROM approval WHERE status = 'PENDING' ORDER BY approval_id")
        if rows:
            taken = Withdrawal(self.random.choice(rows)["approval_id"], "not now")
            await self.act(lambda conn: withdraw_one(conn, taken, PERSON, self.now))

    async def resubmit(self, *, everything: bool = False) -> None:
        rows = await self.market.rows(
            "SELECT approval_id FROM approval WHERE status IN ('REJECTED', 'WITHDRAWN', 'STALE') ORDER BY approval_id"
        )
        for row in rows if everything else self.random.sample(rows, min(len(rows), 1)):
            await self.act(
                lambda conn, number=row["approval_id"]: resubmit_one(  # type: ignore[misc]  # a lambda with defaults
                    conn, number, PERSON, self.now
                )
            )

    async def delegate(self) -> None:
        """Somebody lets another decide in his place for a time, now or from later on, of one kind or of all."""
        giver = self.random.choice((*CHECKERS, LEAVER, PERSON.name))
        to = self.random.choice((*CHECKERS, *CHECKERS, LEAVER, PERSON.name))
        starts_at = self.now + self.random.choice([0, 0, 30]) * HOUR
        ends_at = starts_at + self.random.choice([0, 20, 200, 900, 900]) * HOUR
        kind = self.random.choice([None, None, *KINDS])
        self.told[-1] += f" {giver} to {to} {kind}"
        given = partial(delegate, to=to, kind=kind, starts_at=starts_at, ends_at=ends_at, reason="away")
        await self.act(lambda conn: given(conn, actor=Actor(giver), now=self.now))

    async def end_delegation(self) -> None:
        """Somebody takes back what he let another do, or tries to end what is none of his."""
        rows = await self.market.rows(
            "SELECT delegation_id, from_actor FROM approval_delegation ORDER BY delegation_id"
        )
        if rows:
            row = self.random.choice(rows)
            actor = Actor(row["from_actor"] if self.random.random() < 0.9 else "ann")
            await self.act(partial(end_delegation, delegation_id=row["delegation_id"], actor=actor, now=self.now))

    async def override_invoices(self, *, everything: bool = False) -> None:
        """What was bought and has no invoice is asked to be paid all the same."""
        sheets = await self.pick_sheets("status = 'INVOICE_PENDING'")
        for number in sheets if everything else self.random.sample(sheets, min(len(sheets), 2)):
            await self.act(
                partial(request_invoice_override, sheet_id=number, reason="trusted", actor=PERSON, now=self.now)
            )

    async def write_off(self) -> None:
        """What a party owes is asked to be given up."""
        sheets = await self.pick_sheets("status IN ('RECEIVABLE', 'CARRIED_FORWARD', 'COLLECTING')")
        if sheets:
            number = self.random.choice(sheets)
            await self.act(partial(request_write_off, sheet_id=number, reason="gone", actor=PERSON, now=self.now))

    async def ask_for_sheet(self) -> None:
        """A sheet that was confirmed, and not agreed to, is asked about again."""
        sheets = await self.pick_sheets("status = 'CONFIRMED'")
        if sheets:
            number = self.random.choice(sheets)
            await self.act(partial(request_sheet_approval, sheet_id=number, actor=PERSON, now=self.now))

    async def reopen_period(self) -> None:
        """Some days that were closed are asked to be open again."""
        entity, through = self.choose_entity(), self.now.date() - timedelta(days=self.random.randint(10, 40))
        asked = partial(request_reopening, legal_entity=entity, through=through, reason="forgot one")
        await self.act(lambda conn: asked(conn, maker=PERSON, now=self.now))

    async def leave(self) -> None:
        """Somebody who was asked is there no more."""
        await self.desk.dismiss(LEAVER)
