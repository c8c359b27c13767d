"""
Moves, and the totals of subtrees: lines and moves replayed in the order of the log.

The replay holds the sums of one posting day in memory. Where they would be too many (a history imported in a day) it
runs several times, each time for a part of the parties.
"""

from bisect import bisect_left
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date

from ledger.verify import sql
from ledger.verify.model import Disagreement
from ledger.verify.snapshot import Row, Snapshot, following

MOVES, TOTALS = "moves", "totals of subtrees"

Place = tuple[str, int, str]  # code, book, currency
LatePlace = tuple[int, str, int, str, date]  # party, code, book, currency, business date
Tree = dict[int, int | None]


async def check_moves(snapshot: Snapshot) -> Disagreement | None:
    """Each move starts where its party stood, has its event, and the last one ends where the party stands now."""
    async for row in sql.stream_moves_missing(snapshot):
        return Disagreement(MOVES, "party_move", {"sequence": row["sequence"]}, None, f"the move of {row['subject']}")
    tree = await _tree_now(snapshot)
    moves = await sql.find_moves(snapshot.conn)
    later: dict[int, Row] = {}
    for move in reversed(moves):
        wrong = _check_move(move, tree, snapshot, later.get(move["party_id"]))
        if wrong is not None:
            return wrong
        tree[move["party_id"]] = move["from_parent_id"]
        later[move["party_id"]] = move
    return await _check_moved_days(snapshot, moves, tree)


async def check_totals(snapshot: Snapshot) -> Disagreement | None:
    """The totals of every subtree on every day, and their late sums, are those of the lines below it."""
    parts = 1 + await sql.count_totals(snapshot.conn) // snapshot.rows_at_once
    for part in range(parts):
        wrong = await _replay(snapshot, parts, part)
        if wrong is not None:
            return wrong
    return None


async def _tree_now(snapshot: Snapshot) -> Tree:
    return {row["party_id"]: row["parent_id"] for row in await sql.find_parents(snapshot.conn)}


def _check_move(move: Row, tree: Tree, snapshot: Snapshot, later: Row | None) -> Disagreement | None:
    """`tree` is the one right after the move."""
    key = {"sequence": move["sequence"]}
    if move["kind"] != "party.moved":
        return Disagreement(MOVES, "party_move", key, {"event": move["kind"]}, {"event": "party.moved"})
    day = snapshot.days[bisect_left(snapshot.days, (move["sequence"], date.min))][1]
    if move["posting_day"] != day:
        return Disagreement(MOVES, "party_move", key, {"posting_day": move["posting_day"]}, {"posting_day": day})
    stands = tree.get(move["party_id"])
    if stands == move["to_parent_id"]:
        return None
    if later is None:
        expected = {"parent_id": move["to_parent_id"]}
        return Disagreement(MOVES, "party", {"party": move["party_id"]}, {"parent_id": stands}, expected)
    found = {"from_parent_id": later["from_parent_id"]}
    expected = {"from_parent_id": move["to_parent_id"]}
    return Disagreement(MOVES, "party_move", {"sequence": later["sequence"]}, found, expected)


async def _check_moved_days(snapshot: Snapshot, moves: Sequence[Row], tree: Tree) -> Disagreement | None:
    """`tree` is the one before all moves."""
    expected: set[tuple[date, int]] = set()
    for move in moves:
        leaves, joins = _climb(tree, move["from_parent_id"]), _climb(tree, move["to_parent_id"])
        expected |= {(move["posting_day"], party_id) for party_id in set(leaves) ^ set(joins)}
        tree[move["party_id"]] = move["to_parent_id"]
    found = {(row["posting_day"], row["party_id"]) for row in await sql.find_moved_days(snapshot.conn)}
    for day, party_id in sorted(expected ^ found):
        key = {"party": party_id, "posting_day": day}
        known = (day, party_id) in found
        return Disagreement(MOVES, "subtree_moved", key, "a row" if known else None, None if known else "a row")
    return None


def _climb(tree: Tree, party_id: int | None) -> list[int]:
    """A party and its ancestors. A loop, which only a tampered tree can have, ends the climb."""
    path: list[int] = []
    while party_id is not None and party_id not in path:
        path.append(party_id)
        party_id = tree.get(party_id)
    return path


async def _replay(snapshot: Snapshot, parts: int, part: int) -> Disagreement | None:
    moves = await sql.find_moves(snapshot.conn)
    tree = await _tree_now(snapshot)
    for move in reversed(moves):
        tree[move["party_id"]] = move["from_parent_id"]
    day = _Day(snapshot, parts, part, moves)
    done = 0
    async for row in sql.stream_posted_sums(snapshot, moves=[move["sequence"] for move in moves]):
        wrong = await day.run(moves[done : row["stretch"]], tree) or await day.turn(row["posting_day"])
        if wrong is not None:
            return wrong
        done = row["stretch"]
        day.add(row, _climb(tree, row["party_id"])[1:])
    return await day.run(moves[done:], tree) or await day.turn(date.max)


class _Day:
    """What one posting day adds to the totals of a part of the parties, and how that compares with what is stored."""

    def __init__(self, snapshot: Snapshot, parts: int, part: int, moves: Sequence[Row]) -> None:
        self.snapshot = snapshot
        self.parts, self.part = parts, part
        # Those who move are followed in every part: their totals go from path to path.
        self.movers = frozenset(move["party_id"] for move in moves)
        self.moved_days = frozenset(move["posting_day"] for move in moves)
        self.day: date | None = None
        self.totals: dict[int, dict[Place, list[int]]] = {}
        self.late: dict[LatePlace, list[int]] = {}
        self.stored = _Stored(sql.stream_totals(snapshot, parts=parts, part=part))
        self.stored_late = _Stored(sql.stream_late_totals(snapshot, parts=parts, part=part))

    def add(self, row: Row, path: Iterable[int]) -> None:
        """What an account took in counts for everyone above its party."""
        place = (row["code"], row["book_id"], row["currency"])
        late = row["business_date"] != row["posting_day"]
        for party_id in path:
            mine = party_id % self.parts == self.part
            if mine or party_id in self.movers:
                _add(self.totals.setdefault(party_id, {}).setdefault(place, [0, 0]), row["debit"], row["credit"])
            if mine and late:
                _add(
                    self.late.setdefault((party_id, *place, row["business_date"]), [0, 0]), row["debit"], row["credit"]
                )

    async def run(self, moves: Sequence[Row], tree: Tree) -> Disagreement | None:
        """Moves one after the other, each on its day."""
        for move in moves:
            wrong = await self.turn(move["posting_day"])
            if wrong is not None:
                return wrong
            await self._move(move, tree)
            tree[move["party_id"]] = move["to_parent_id"]
        return None

    async def _move(self, move: Row, tree: Tree) -> None:
        """What a party and those below it stand at so far goes from the ancestors it leaves to those it joins."""
        party_id = move["party_id"]
        leaves, joins = _climb(tree, move["from_parent_id"]), _climb(tree, move["to_parent_id"])
        totals = {place: list(sums) for place, sums in self.totals.get(party_id, {}).items()}
        below = await sql.find_totals_before(self.snapshot.conn, party_id=party_id, day=move["posting_day"])
        own = await sql.find_own_totals(self.snapshot.conn, party_id=party_id, sequence=move["sequence"])
        for row in [*below, *own]:
            _add(totals.setdefault((row["code"], row["book_id"], row["currency"]), [0, 0]), row["debit"], row["credit"])
        for ancestors, others, sign in ((leaves, joins, -1), (joins, leaves, 1)):
            for ancestor in ancestors:
                if ancestor not in others and (ancestor % self.parts == self.part or ancestor in self.movers):
                    sums = self.totals.setdefault(ancestor, {})
                    for place, (debit, credit) in totals.items():
                        _add(sums.setdefault(place, [0, 0]), sign * debit, sign * credit)

    async def turn(self, day: date) -> Disagreement | None:
        """Begin another day: compare what is stored up to the end of this one with what was added in it."""
        if day == self.day:
            return None
        # With no day begun yet, nothing may be stored before the first; at the end, nothing may be left.
        wrong = await self._compare_totals(day) or await self._compare_late(day)
        self.day, self.totals, self.late = day, {}, {}
        return wrong

    async def _compare_totals(self, until: date) -> Disagreement | None:
        async for row in self.stored.before(until):
            party_id, place = row["party_id"], (row["code"], row["book_id"], row["currency"])
            sums = None
            if row["posting_day"] == self.day:
                sums = self.totals.get(party_id, {}).pop(place, None)
            found = (row["debit"], row["credit"])
            # A move writes a row for every ancestor, also where what leaves him is what joins him.
            if sums is None and row["posting_day"] in self.moved_days:
                sums = [0, 0]
            if sums is None:
                return self._disagree("subtree_day", row["posting_day"], (party_id, *place), found, None)
            expected = (row["debit_before"] + sums[0], row["credit_before"] + sums[1])
            if found != expected:
                return self._disagree("subtree_day", row["posting_day"], (party_id, *place), found, expected)
        for party_id, places in sorted(self.totals.items()):
            for place, sums in sorted(places.items()):
                if party_id % self.parts == self.part and sums != [0, 0]:
                    missing = f"a row with {sums[0]} more debit and {sums[1]} more credit than the one before"
                    return self._disagree("subtree_day", self.day, (party_id, *place), None, missing)
        return None

    async def _compare_late(self, until: date) -> Disagreement | None:
        async for row in self.stored_late.before(until):
            place = (row["party_id"], row["code"], row["book_id"], row["currency"], row["business_date"])
            sums = self.late.pop(place, None) if row["posting_day"] == self.day else None
            found, expected = (row["debit"], row["credit"]), None if sums is None else tuple(sums)
            if found != expected:
                return self._disagree("subtree_late", row["posting_day"], place, found, expected)
        for place, sums in sorted(self.late.items()):
            return self._disagree("subtree_late", self.day, place, None, tuple(sums))
        return None

    def _disagree(
        self, table: str, day: date | None, place: Sequence[object], found: object, expected: object
    ) -> Disagreement:
        names = ("party", "code", "book", "currency", "business_date")
        key = {**dict(zip(names, place, strict=False)), "posting_day": day}
        return Disagreement(TOTALS, table, key, _name(found), _name(expected))


class _Stored:
    """Stored rows by posting day, taken up to a day."""

    def __init__(self, rows: AsyncIterator[Row]) -> None:
        self.rows = rows
        self.next: Row | None = None
        self.begun = False

    async def before(self, day: date) -> AsyncIterator[Row]:
        if not self.begun:
            self.begun, self.next = True, await following(self.rows)
        while self.next is not None and (self.next["posting_day"] < day or day == date.max):
            row, self.next = self.next, await following(self.rows)
            yield row


def _add(sums: list[int], debit: int, credit: int) -> None:
    sums[0] += debit
    sums[1] += credit


def _name(value: object) -> object:
    return {"debit": value[0], "credit": value[1]} if isinstance(value, tuple) else value
