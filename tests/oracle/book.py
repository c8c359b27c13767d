"""
What a book must say, in plain Python: lists, dictionaries and sums over everything, nothing kept that can be added up.

Shares no code with the ledger. Accounts are named (legal entity, code, party or "", currency); days are dates; what the
oracle answers to a request is "posted", "replayed", or the code of the refusal.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

Account = tuple[str, str, str, str]
Line = tuple[str, Account, int]  # side, account, amount

# What the tests use of the chart: kept per party or not, summaries, floors on the normal side.
PER_PARTY = {"2010", "2020", "2041", "2050", "2060"}
PER_PLATFORM = {"1010", "1100", "1105", "2210", "2510", "4000", "4040", "5040"}
SUMMARIES = {"1", "12", "20"}
FLOORS = {"1010": "D", "2210": "C", "2050": "C", "2060": "C"}


@dataclass(frozen=True)
class Entry:
    sequence: int
    key: str
    book: str
    asked: date
    dated: date
    posted: date
    lines: tuple[Line, ...]
    reversal_of: int | None


@dataclass(frozen=True)
class Move:
    posted: date
    party: str
    origin: str
    target: str


@dataclass
class OracleBook:
    """One platform. `sequence` is the last number of its log, `today` the posting day."""

    sequence: int
    today: date
    parents: dict[str, str]
    books: tuple[str, ...]
    entries: list[Entry] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    closed: dict[str, date] = field(default_factory=dict)

    def post(
        self, key: str, book: str, day: date, lines: Iterable[Line], *, floats: bool = False, of: int | None = None
    ) -> str:
        """Post an entry; `floats` lets it move off a closed day, `of` is the entry that it reverses."""
        lines = tuple(lines)
        refusal = self._refuse_shape(book, lines)
        if refusal:
            return refusal
        for entry in self.entries:
            if entry.key == key:
                same = (entry.book, entry.asked, entry.lines, entry.reversal_of) == (book, day, lines, of)
                return "replayed" if same else "IDEMPOTENCY_CONFLICT"
        if of is not None and any(entry.reversal_of == of for entry in self.entries):
            return "ALREADY_REVERSED"
        dated = day
        if day <= self.closed.get(book, date.min):
            if not floats:
                return "PERIOD_CLOSED"
            dated = self.closed[book] + timedelta(days=1)
        if self._sinks(lines):
            return "BALANCE_FLOOR"
        self.sequence += 1
        self.entries.append(Entry(self.sequence, key, book, day, dated, self.today, lines, of))
        return "posted"

    def reverse(self, key: str, sequence: int, day: date) -> str:
        """Post the mirror of an entry."""
        for entry in self.entries:
            if entry.sequence == sequence:
                mirror = [("C" if side == "D" else "D", account, amount) for side, account, amount in entry.lines]
                return self.post(key, entry.book, day, mirror, of=sequence)
        return "ENTRY_MISSING"

    def close(self, book: str, through: date) -> str:
        """Close a book through a day."""
        before = self.closed.get(book, date.min)
        if through == before:
            return "replayed"
        if through < before:
            return "CLOSING_NOT_FORWARD"
        if through >= self.today:
            return "PERIOD_NOT_OVER"
        self.closed[book] = through
        self.sequence += 1
        return "posted"

    def move(self, party: str, target: str) -> str:
        """Put a party under another."""
        if self.parents[party] == target:
            return "replayed"
        if target in self.members(party):
            return "PARTY_LOOP"
        self.moves.append(Move(self.today, party, self.parents[party], target))
        self.parents[party] = target
        self.sequence += 1
        return "posted"

    def balance(self, account: Account, *, day: date | None = None, sequence: int | None = None) -> tuple[int, int]:
        """Gross debit and credit of what is dated up to the day and was known at the sequence."""
        sums = {"D": 0, "C": 0}
        for entry in self.entries:
            if (day is None or entry.dated <= day) and (sequence is None or entry.sequence <= sequence):
                for side, touched, amount in entry.lines:
                    if touched == account:
                        sums[side] += amount
        return sums["D"], sums["C"]

    def accounts(self) -> dict[Account, tuple[int, int]]:
        """Every account that ever had a line, with its gross sums."""
        named = {account for entry in self.entries for _, account, _ in entry.lines}
        return {account: self.balance(account) for account in named}

    def version(self, account: Account) -> int:
        """How many lines the account has had."""
        return sum(touched == account for entry in self.entries for _, touched, _ in entry.lines)

    def subtree(self, party: str, *, day: date | None = None) -> dict[tuple[str, str, str], tuple[int, int]]:
        """Gross sums per (entity, code, currency) of the party and everyone below, in the tree of the day's end."""
        members = self.members(party, day=day)
        totals: dict[tuple[str, str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
        for entity, code, owner, currency in self.accounts():
            if owner in members:
                debit, credit = self.balance((entity, code, owner, currency), day=day)
                before = totals[entity, code, currency]
                totals[entity, code, currency] = (before[0] + debit, before[1] + credit)
        return {place: sums for place, sums in totals.items() if sums != (0, 0)}

    def members(self, party: str, *, day: date | None = None) -> set[str]:
        """The party and everyone below it, now or at the end of a posting day."""
        tree = dict(self.parents)
        if day is not None:
            for move in reversed(self.moves):
                if move.posted > day:
                    tree[move.party] = move.origin
        found = {party}
        while below := {child for child, parent in tree.items() if parent in found} - found:
            found |= below
        return found

    def _refuse_shape(self, book: str, lines: tuple[Line, ...]) -> str:
        if not 2 <= len(lines) <= 1_000 or any(not 1 <= amount <= 10**15 for _, _, amount in lines):
            return "ENTRY_MALFORMED"
        for currency in {account[3] for _, account, _ in lines}:
            mine = [(side, amount) for side, account, amount in lines if account[3] == currency]
            if sum(amount if side == "D" else -amount for side, amount in mine) != 0:
                return "UNBALANCED"
        for _, (entity, code, party, _), _ in lines:
            if code in SUMMARIES and not party:
                return "ACCOUNT_IS_SUMMARY"
            known = not party or party in self.parents
            if not known or code not in (PER_PARTY if party else PER_PLATFORM) or entity not in self.books:
                return "ACCOUNT_MISSING"
            if entity != book:
                return "ACCOUNT_OF_ANOTHER_BOOK"
        return ""

    def _sinks(self, lines: tuple[Line, ...]) -> bool:
        """Whether an account with a floor would stand below zero after the entry."""
        for account in {account for _, account, _ in lines if account[1] in FLOORS}:
            debit, credit = self.balance(account)
            for side, touched, amount in lines:
                if touched == account:
                    debit, credit = (debit + amount, credit) if side == "D" else (debit, credit + amount)
            stands = debit - credit if FLOORS[account[1]] == "D" else credit - debit
            if stands < 0:
                return True
        return False
