"""A platform whose parties earn what a test says, when it says, and whose sheets close when it says."""

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.journal.model import AccountKey, EntryDraft, EventDraft, LineDraft, Posted, Refused
from ledger.journal.posting import write_entries
from ledger.parties.finding import find_parties
from ledger.settlement.adjustments.answering import answer_with_adjustments
from ledger.settlement.adjustments.parsing import parse_adjustment
from ledger.settlement.adjustments.proposing import propose_adjustments
from ledger.settlement.sheets.closing import Closed, close_sheets, open_due_sheets
from ledger.settlement.sheets.confirming import Confirmation, confirm_sheets, deem_confirmed
from ledger.settlement.sheets.disputing import Answer, Disputed, Objection, dispute_sheet
from ledger.settlement.sheets.ending import end_sheet
from ledger.settlement.sheets.model import MovementKind, Sheet, Take, Taken
from ledger.settlement.sheets.opening import realign_sheets
from ledger.settlement.sheets.payable import find_sheets, take_from_sheets
from ledger.settlement.terms.changing import change_terms
from ledger.settlement.terms.model import ChangedTerms, TermsChange
from ledger.settlement.terms.parsing import parse_change
from tests.ledger.charging.market import Market

SYSTEM = Actor("system")
TESTER = Actor("tester")
# Where the sheet's accounts get their money from.
SOURCE = "5060"


def at(text: str) -> datetime:
    """An instant; without a zone it is local time of Shanghai, where the operator is."""
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo("Asia/Shanghai"))).astimezone(UTC)


class World(Market):
    """A market whose clock is the test's."""

    def __init__(self, database: Database, platform_id: int) -> None:
        super().__init__(database, platform_id)
        self.facts = itertools.count(1)
        self.ids: dict[str, int] = {}

    async def id_of(self, reference: str) -> int:
        if reference not in self.ids:
            async with self.database.read(self.platform_id) as conn:
                found = await find_parties(conn, references=[reference])
            self.ids[reference] = found[reference].party_id
        return self.ids[reference]

    async def earn(
        self, party: str, amount: int, when: str, *, code: str = "2010", book: str = "LE", currency: str = "CNY"
    ) -> int:
        """Post what a party earned (below zero: gave back) at an instant, and return its place in the log."""
        return (await self.earn_many([(party, amount, when, code)], book=book, currency=currency))[0]

    async def earn_many(
        self, facts: Sequence[tuple[str, int, str, str]], *, book: str = "LE", currency: str = "CNY"
    ) -> list[int]:
        book_id = await self.id_of(book)
        drafts, events = [], []
        for party, amount, when, code in facts:
            occurred_at, number, party_id = at(when), next(self.facts), await self.id_of(party)
            sides = ("D", "C") if amount > 0 else ("C", "D")
            accounts = (AccountKey(book_id, SOURCE, None, currency), AccountKey(book_id, code, party_id, currency))
            pairs = zip(accounts, sides, strict=True)
            drafts.append(
                EntryDraft(
                    key=f"fact {number}",
                    book_id=book_id,
                    business_date=await self.day_in_book(occurred_at),
                    lines=tuple(LineDraft(account, side, abs(amount)) for account, side in pairs),
                    template="FACT",
                    document=f"fact/{number}",
                    cause=f"fact-{number}",
                    moves_off_closed_day=True,
                )
            )
            events.append(
                EventDraft("test.earned", f"fact/{number}", occurred_at, (party_id,), "{}", (len(drafts) - 1,))
            )
        async with self.database.write(self.platform_id) as conn:
            written = await write_entries(conn, drafts=drafts, events=events, actor=TESTER)
        posted = [outcome for outcome in written.outcomes if isinstance(outcome, Posted)]
        assert len(posted) == len(drafts), written.outcomes
        return [outcome.sequence for outcome in posted]

    async def day_in_book(self, instant: datetime) -> date:
        zone = (await self.rows("SELECT time_zone FROM book"))[0]["time_zone"]
        return instant.astimezone(ZoneInfo(zone)).date()

    async def set_terms(self, **said: Any) -> None:
        """Change terms from long ago on, of a role or of a party."""
        change = parse_change({"validFrom": "2019-01-01", "effect": "NOW", **said})
        assert isinstance(change, TermsChange)
        async with self.database.write(self.platform_id) as conn:
            (changed,) = await change_terms(conn, changes=[change], actor=TESTER, now=at("2019-01-01"))
        assert isinstance(changed, ChangedTerms), changed

    async def change_terms(self, when: str, **said: Any) -> None:
        """Change terms of a party, and give its open sheets the periods that follow from them."""
        change = parse_change(said)
        assert change.party is not None
        async with self.database.write(self.platform_id) as conn:
            (changed,) = await change_terms(conn, changes=[change], actor=TESTER, now=at(when))
        assert isinstance(changed, ChangedTerms), changed
        async with self.database.write(self.platform_id) as conn:
            parties = [await self.id_of(change.party)]
            await realign_sheets(conn, actor=TESTER, now=at(when), party_ids=parties)

    async def end(self, sheet: Sheet, when: str) -> Sheet:
        async with self.database.write(self.platform_id) as conn:
            return await end_sheet(conn, sheet_id=sheet.sheet_id, actor=TESTER, now=at(when))

    async def open_sheets(self, when: str) -> int:
        return await open_due_sheets(self.database, platform_id=self.platform_id, actor=SYSTEM, now=at(when))

    async def settle(self, when: str, **sizes: int) -> Closed:
        """Close what is due; `at_once` and `lines_at_once` make the steps smaller."""
        return await close_sheets(self.database, platform_id=self.platform_id, actor=SYSTEM, now=at(when), **sizes)

    async def sheets(self, party: str | None = None, *, closed: bool = True) -> list[Sheet]:
        """The sheets of a party, or of all, by period."""
        rows = await self.rows("SELECT sheet_id, status FROM sheet ORDER BY period_start, role, party_id, mode")
        ids = [row["sheet_id"] for row in rows if not closed or row["status"] not in ("OPEN", "CLOSING")]
        async with self.database.read(self.platform_id) as conn:
            found = await find_sheets(conn, sheet_ids=ids)
        return [found[number] for number in ids if party in (None, found[number].party)]

    async def sheet(self, sheet_id: int) -> Sheet:
        async with self.database.read(self.platform_id) as conn:
            return (await find_sheets(conn, sheet_ids=[sheet_id]))[sheet_id]

    async def take(self, *takes: Take) -> list[str]:
        """Take from sheets; the code of each refusal, "" where there is none."""
        async with self.database.write(self.platform_id) as conn:
            outcomes = await take_from_sheets(conn, takes=takes, actor=TESTER, now=at("2026-01-05"))
            events = [event for each in outcomes if isinstance(each, Taken) for event in each.events]
            await write_entries(conn, drafts=(), events=events, actor=TESTER)
        return ["" if isinstance(each, Taken) else each.error.code for each in outcomes]

    async def lines(self, sheet_id: int) -> list[tuple[int, int]]:
        """Place in the log and signed amount of each line of business of a sheet."""
        rows = await self.rows(
            "SELECT sequence, amount_minor FROM sheet_line WHERE sheet_id = $1 AND NOT is_closing"
            " ORDER BY sequence, position",
            sheet_id,
        )
        return [(row["sequence"], row["amount_minor"]) for row in rows]

    async def history(self, sheet_id: int) -> list[tuple[str, str]]:
        rows = await self.rows("SELECT status, actor FROM sheet_history WHERE sheet_id = $1 ORDER BY step_id", sheet_id)
        return [(row["status"], row["actor"]) for row in rows]

    async def told(self, sheet_id: int) -> list[str]:
        rows = await self.rows("SELECT kind FROM log_event WHERE subject = $1 ORDER BY sequence", f"sheet/{sheet_id}")
        return [row["kind"] for row in rows]

    async def confirm(
        self, *sheets: Sheet | int, when: str = "2030-01-01", actor: str = "tester", speaker: str | None = None
    ) -> list[str]:
        """Confirm sheets, by a party's key or not; the code of each refusal, "replayed", or "" where it was now."""
        party_id = None if speaker is None else await self.id_of(speaker)
        said = [Confirmation(each if isinstance(each, int) else each.sheet_id, party_id) for each in sheets]
        async with self.database.write(self.platform_id) as conn:
            outcomes = await confirm_sheets(conn, confirmations=said, actor=Actor(actor), now=at(when))
        return [each.error.code if isinstance(each, Refused) else "replayed" * each.replayed for each in outcomes]

    async def deem(self, when: str) -> int:
        async with self.database.write(self.platform_id) as conn:
            return await deem_confirmed(conn, now=at(when))

    async def dispute(self, sheet: Sheet, when: str, **more: Any) -> Disputed:
        async with self.database.write(self.platform_id) as conn:
            objection = Objection(sheet.sheet_id, **{"reason": "wrong", **more})
            return await dispute_sheet(conn, objection=objection, actor=Actor("merchant"), now=at(when))

    async def answer(self, sheet: Sheet, when: str, *, adjustments: Sequence[str] = ()) -> Disputed:
        async with self.database.write(self.platform_id) as conn:
            said = Answer(sheet.sheet_id, "looked into", adjustments)
            return await answer_with_adjustments(conn, answer=said, actor=TESTER, now=at(when))

    async def adjust(self, reference: str, when: str, **more: Any) -> None:
        """Compensate M1 by CNY 1.00, or what is said instead."""
        said = {"kind": "COMPENSATION", "party": "M1", "legalEntity": "LE", "currency": "CNY", "amount": "1.00"}
        draft = parse_adjustment({"reference": reference, "reason": "agreed", **said, **more})
        async with self.database.write(self.platform_id) as conn:
            (outcome,) = await propose_adjustments(conn, drafts=[draft], maker=TESTER, now=at(when))
        assert not isinstance(outcome, Refused), outcome

    async def pay(self, sheet: Sheet, reference: str) -> int:
        """Pay out what a sheet has left, as payouts do; how much that was."""
        amount = (await self.sheet(sheet.sheet_id)).payable
        if amount:
            paid = Take(sheet.sheet_id, MovementKind.PAID, amount, reference)
            assert await self.take(payout(sheet, amount, reference), paid) == ["", ""]
        return amount


def payout(sheet: Sheet, amount: int, reference: str = "payout/1") -> Take:
    return Take(sheet.sheet_id, MovementKind.PAYOUT, amount, reference)


@pytest.fixture
async def world(database: Database) -> World:
    """A market whose sheets are opened and closed."""
    opened = await World.open(database)
    assert isinstance(opened, World)
    return opened
