"""
Whatever is recorded, matched, unmatched and said again: what stands on 2210 is what is unidentified of receipts, and
what stands on 1200 is what sheets say is owed. Random histories against a real store.
"""

import os

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.db.connecting import Database
from ledger.journal.model import Refused
from ledger.settlement.receipts.model import MatchStep, RecordedReceipt
from tests.ledger.settlement.receipts.telling import (
    give_back,
    match,
    match_all,
    owing,
    receipt,
    record,
    returning,
    said,
    tolerate,
    unmatch,
)
from tests.ledger.settlement.sheets.world import World

ON_A_STORE = settings(
    max_examples=int(os.environ.get("SPLITBOOK_EXAMPLES", "12")),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)

TOLERANCE = 30

places = st.integers(0, 5)
amounts = st.one_of(st.integers(1, 40), st.integers(1, 400))
steps = st.one_of(
    st.tuples(st.just("record"), st.lists(amounts, min_size=1, max_size=3)),
    st.tuples(
        st.just("match"),
        st.lists(st.tuples(places, places, st.none() | amounts, st.booleans()), min_size=1, max_size=4),
    ),
    st.tuples(st.just("unmatch"), st.lists(places, min_size=1, max_size=3)),
    st.tuples(st.just("give_back"), st.lists(st.tuples(places, st.none() | amounts), min_size=1, max_size=3)),
    st.tuples(st.just("again"), st.just([0])),
)


def _write(amount: int | None) -> str:
    return "" if amount is None else f"{amount / 100:.2f}"


class _Story:
    """What was done, counted apart from the ledger."""

    def __init__(self, world: World, sheets: dict[int, int]) -> None:
        self.world = world
        self.owed = sheets
        self.rest: dict[int, int] = {}
        self.matches: dict[int, tuple[int, int, int, int]] = {}
        self.undone: set[int] = set()
        self.names = self.given_up = 0
        self.said: list[dict[str, object]] = []

    def name(self) -> str:
        self.names += 1
        return f"N{self.names}"

    async def record(self, wanted: list[int]) -> None:
        documents = [receipt(f"{amount / 100:.2f}", self.name()) for amount in wanted]
        for outcome, amount in zip(await record(self.world, *documents), wanted, strict=True):
            assert isinstance(outcome, RecordedReceipt)
            self.rest[outcome.receipt_id] = amount

    async def match(self, wanted: list[tuple[int, int, int | None, bool]]) -> None:
        receipts, sheets = list(self.rest), list(self.owed)
        asked = [
            (receipts[at % len(receipts)], sheets[sheet % len(sheets)], amount, clears)
            for at, sheet, amount, clears in wanted
            if receipts
        ]
        documents = [
            match(number, sheet, _write(amount), self.name(), **({"clearRest": True} if clears else {}))
            for number, sheet, amount, clears in asked
        ]
        outcomes = await match_all(self.world, *documents)
        for outcome, document, (number, sheet, amount, clears) in zip(outcomes, documents, asked, strict=True):
            most = min(self.rest[number], self.owed[sheet])
            left = self.owed[sheet] - (most if amount is None else amount) if clears else 0
            if isinstance(outcome, Refused):
                assert most == 0 or (amount is not None and amount > most) or left > TOLERANCE, outcome
                continue
            assert outcome.match.amount == (most if amount is None else amount) <= most
            assert outcome.match.rest == left <= TOLERANCE
            self.said.append(document)
            self.matches[outcome.match.match_id] = (number, sheet, outcome.match.amount, left)
            self.rest[number] -= outcome.match.amount
            self.owed[sheet] -= outcome.match.amount + left
            self.given_up += left

    async def unmatch(self, wanted: list[int]) -> None:
        known = list(self.matches)
        numbers = [known[place % len(known)] for place in wanted if known]
        for outcome, number in zip(await unmatch(self.world, *numbers), numbers, strict=True):
            assert isinstance(outcome, MatchStep)
            assert outcome.replayed == (number in self.undone)
            if number not in self.undone:
                receipt_id, sheet, amount, left = self.matches[number]
                self.rest[receipt_id] += amount
                self.owed[sheet] += amount + left
                self.given_up -= left
                self.undone.add(number)

    async def give_back(self, wanted: list[tuple[int, int | None]]) -> None:
        receipts = list(self.rest)
        asked = [(receipts[at % len(receipts)], amount) for at, amount in wanted if receipts]
        documents = [returning(number, _write(amount), self.name()) for number, amount in asked]
        outcomes = await give_back(self.world, *documents)
        for outcome, document, (number, amount) in zip(outcomes, documents, asked, strict=True):
            most = self.rest[number]
            if isinstance(outcome, Refused):
                assert most == 0 or (amount is not None and amount > most), outcome
                continue
            assert outcome.amount == (most if amount is None else amount) <= most
            self.rest[number] -= outcome.amount
            assert said(await give_back(self.world, document)) == ["replayed"]

    async def again(self, _: list[int]) -> None:
        """Say the last match again, whatever became of it."""
        for document in self.said[-1:]:
            for outcome in await match_all(self.world, document):
                assert isinstance(outcome, MatchStep)
                assert outcome.replayed

    async def check(self) -> None:
        rows = await self.world.rows(
            "SELECT receipt_id, amount_minor - matched_minor - returned_minor AS rest FROM receipt"
        )
        assert {row["receipt_id"]: row["rest"] for row in rows} == self.rest
        found = {sheet.sheet_id: sheet.owed for sheet in await self.world.sheets() if sheet.total < 0}
        assert found == self.owed
        debts = sum(self.owed.values())
        standing = await self.world.net("2210, 1200 M1, 1200 M2, 5070, 1010")
        assert (standing[0], -standing[1] - standing[2]) == (sum(self.rest.values()), debts)
        assert -standing[3] == self.given_up
        cleared = sum(self.matches[number][2] for number in set(self.matches) - self.undone)
        assert -standing[4] == sum(self.rest.values()) + cleared


@ON_A_STORE
@given(history=st.lists(steps, min_size=8, max_size=25))
async def test_what_is_unidentified_and_what_is_owed_are_what_stands(
    database: Database, history: list[tuple[str, list[int]]]
) -> None:
    world = await World.open(database)
    assert isinstance(world, World)
    sheets = [await owing(world, 300), await owing(world, 500, party="M2")]
    await tolerate(world, _write(TOLERANCE))
    story = _Story(world, {sheet.sheet_id: sheet.owed for sheet in sheets})

    for word, wanted in [("record", [250]), *history]:
        await getattr(story, word)(wanted)
        await story.check()
