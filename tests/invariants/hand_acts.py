"""What people post by hand on accounts that no document owns, and take back."""

from datetime import date, timedelta

from ledger.journal.manual import post_manual_entries, reverse_manual_entries
from ledger.journal.model import AccountKey, EntryDraft, LineDraft
from ledger.journal.reversing import Reversal
from tests.invariants.story import CURRENCIES, PERSON, Story

# Of the platform, and of parties: rebates, taxes that were withheld, payables that nobody claims, bad debts.
OWN = ("1010", "1010", "1105", "1240", "2100", "3000", "4040", "5070")
OF_PARTIES = ("1210", "2090", "2110", "2220", "4030", "5030")
# What only documents move, for parties and for the platform.
OWNED = (*(("2010", "M1"), ("2016", "D1"), ("1200", "M2"), ("2060", "S1")), ("2000", ""), ("2190", ""), ("2210", ""))


class HandActs(Story):
    """Each act is something that people may do; some of it is refused."""

    async def post_by_hand(self) -> None:
        """An entry of some lines, now and then one that is uneven, on what a document owns, or under a used key."""
        entity, amount = self.choose_entity(), self.random.choice([1, 99, 700, 20_000])
        book_id, currency = await self.find_id(entity), self.choose_currency()
        number = next(self.numbers)
        key = f"hand-{self.random.randint(1, number) if self.random.random() < 0.1 else number}"
        parts = self.random.randint(1, 3)
        debit = [LineDraft(await self._choose_account(book_id, currency), "D", amount * parts)]
        credits = [LineDraft(await self._choose_account(book_id, currency), "C", amount) for _ in range(parts)]
        if self.random.random() < 0.05:
            credits.append(credits[0])
        await self._post(EntryDraft(key, book_id, self._choose_day(), (*debit, *credits)))

    async def change_money(self) -> None:
        """Money of one currency becomes money of another, through the position in both."""
        book_id = await self.find_id(self.choose_entity())
        sold, bought = self.random.sample(sorted(CURRENCIES), 2)
        given, got = self.random.randint(1, 900), self.random.randint(1, 900)
        lines = (
            LineDraft(AccountKey(book_id, "1400", None, sold), "D", given),
            LineDraft(AccountKey(book_id, "1010", None, sold), "C", given),
            LineDraft(AccountKey(book_id, "1010", None, bought), "D", got),
            LineDraft(AccountKey(book_id, "1400", None, bought), "C", got),
        )
        await self._post(EntryDraft(f"hand-{next(self.numbers)}", book_id, self._choose_day(), lines))

    async def reverse_by_hand(self) -> None:
        """Mostly of what was posted by hand, a reversal or one that is reversed among them; else of any entry."""
        rows = await self.market.rows("SELECT sequence FROM entry WHERE document = '' ORDER BY sequence")
        every = await self.market.rows("SELECT sequence FROM entry ORDER BY sequence")
        if not every:
            return
        row = self.random.choice(rows if rows and self.random.random() < 0.8 else every)
        reversal = Reversal(f"back-{next(self.numbers)}", row["sequence"], self._choose_day(), "wrong")
        self.told[-1] += f" {row['sequence']}"
        await self.act(
            lambda conn: reverse_manual_entries(conn, reversals=[reversal, reversal], actor=PERSON, now=self.now)
        )

    async def _post(self, draft: EntryDraft) -> None:
        self.told[-1] += f" {draft.key}"
        await self.act(lambda conn: post_manual_entries(conn, drafts=[draft, draft], actor=PERSON, now=self.now))

    async def _choose_account(self, book_id: int, currency: str) -> AccountKey:
        """Mostly one on which people may post."""
        if self.random.random() < 0.03:
            code, party = self.random.choice(OWNED)
        elif self.random.random() < 0.5:
            code, party = self.random.choice(OWN), ""
        else:
            code, party = self.random.choice(OF_PARTIES), self.random.choice(self.payees)
        return AccountKey(book_id, code, await self.find_id(party) if party else None, currency)

    def _choose_day(self) -> date:
        return self.now.date() - timedelta(days=self.random.choice([0, 0, 1, 5, 30, -4]))
