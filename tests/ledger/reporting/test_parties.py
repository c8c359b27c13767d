"""Parties by name and in the tree."""

import random
from contextlib import suppress

import pytest

from ledger.parties.errors import PartyLoop
from ledger.parties.model import PartyDraft
from ledger.reporting import parties
from ledger.reporting.errors import PlaceGone
from ledger.reporting.model import PartyFilter, Span
from tests.ledger.reporting.books import Book

ALL = Span(1_000)


def references(rows):
    return [row and row.reference for row in rows]


async def test_a_party_is_found_by_id_and_by_reference_in_the_order_asked(book: Book):
    found = await book.read(parties.find_parties, keys=[book.ids["M1"], 0, book.ids["A1"]], scope=None)
    named = await book.read(parties.find_parties_by_reference, keys=["A2", "nobody", "M1"], scope=None)

    assert references(found) == ["M1", None, "A1"]
    assert references(named) == ["A2", None, "M1"]


async def test_a_scope_hides_everybody_outside_it(book: Book):
    keys = ["A1", "A11", "M1", "M3", "A2", "M2", "D1", "LE"]

    found = await book.read(parties.find_parties_by_reference, keys=keys, scope=book.ids["A1"])

    assert references(found) == ["A1", "A11", "M1", "M3", None, None, None, None]


async def test_ancestors_end_at_the_root_of_the_scope(book: Book):
    keys = [book.ids["M1"], book.ids["A1"]]

    whole = await book.read(parties.list_ancestors, keys=keys, scope=None)
    scoped = await book.read(parties.list_ancestors, keys=keys, scope=book.ids["A1"])

    assert [references(each)[:-1] for each in whole] == [["A11", "A1"], []]
    assert [references(each) for each in scoped] == [["A11", "A1"], []]


async def test_children_come_in_pages_for_many_parents_at_once(book: Book):
    keys = [book.ids["A1"], book.ids["M1"], book.ids["A2"]]

    first = await book.read(parties.list_children, keys=keys, span=Span(1))
    rest = await book.read(parties.list_children, keys=keys[:1], span=Span(5, after=(first[0][0].party_id,)))
    last = await book.read(parties.list_children, keys=keys, span=Span(1, backward=True))

    assert [references(each) for each in first] == [["A11"], [], ["M2"]]
    assert [references(each) for each in rest] == [["M3"]]
    assert [references(each) for each in last] == [["M3"], [], ["M2"]]


async def test_the_platforms_parties_are_listed_by_kind_in_the_order_they_were_registered(book: Book):
    matching = PartyFilter(kind="MERCHANT")

    found = await book.read(parties.list_parties, scope=None, matching=matching, span=Span(2))
    rest = await book.read(
        parties.list_parties, scope=None, matching=matching, span=Span(2, after=(found[-1].party_id,))
    )

    assert references([*found, *rest]) == ["M1", "M2", "M3"]


async def test_a_scope_lists_itself_and_everybody_below(book: Book):
    found = await book.read(parties.list_parties, scope=book.ids["A1"], span=ALL)
    merchants = await book.read(
        parties.list_parties, scope=book.ids["A1"], matching=PartyFilter(kind="MERCHANT"), span=ALL
    )
    backward = await book.read(parties.list_parties, scope=book.ids["A1"], span=Span(9, backward=True))

    assert references(found) == ["A1", "A11", "M1", "M3"]
    assert references(merchants) == ["M1", "M3"]
    assert references(backward) == ["M3", "M1", "A11", "A1"]


async def grow(book: Book, *, size: int, seed: int) -> list[str]:
    """Grow a bush below D2 and return it depth first, siblings by id."""
    chance = random.Random(seed)
    children: dict[str, list[str]] = {"D2": []}
    for number in range(size):
        reference, parent = f"X{number}", chance.choice([*children])
        children[reference] = []
        children[parent].append(reference)
        await book.register(PartyDraft(reference, "DISTRIBUTOR", reference, parent))

    def walk(reference: str) -> list[str]:
        return [name for child in children[reference] for name in (child, *walk(child))]

    return walk("D2")


@pytest.mark.parametrize("size", [1, 2, 7])
async def test_pages_of_a_subtree_join_to_the_whole_in_both_directions(book: Book, size: int):
    expected = await grow(book, size=25, seed=size)
    root = book.ids["D2"]

    async def turn(backward: bool) -> list[str]:
        shown: list[str] = []
        cursor = None
        while True:
            span = Span(size, True, None, cursor) if backward else Span(size, False, cursor, None)
            (page,) = await book.read(parties.list_descendants, keys=[root], span=span)
            if not page:
                return shown
            shown += references(page)
            cursor = (page[-1].party_id,)

    assert await turn(backward=False) == expected
    assert await turn(backward=True) == expected[::-1]


async def test_a_subtree_is_cut_between_two_cursors_and_filtered(book: Book):
    expected = await grow(book, size=20, seed=3)
    root, ids = book.ids["D2"], book.ids
    after, before = (ids[expected[4]],), (ids[expected[12]],)

    (forward,) = await book.read(parties.list_descendants, keys=[root], span=Span(50, False, after, before))
    (backward,) = await book.read(parties.list_descendants, keys=[root], span=Span(50, True, after, before))
    (none,) = await book.read(
        parties.list_descendants, keys=[root], matching=PartyFilter(status="CLOSED"), span=Span(50)
    )

    assert references(forward) == expected[5:12]
    assert references(backward) == expected[5:12][::-1]
    assert none == []


async def test_subtrees_of_many_parties_come_from_one_statement(book: Book):
    keys = [book.ids["A1"], book.ids["M1"], book.ids["D1"]]

    pages = await book.read(parties.list_descendants, keys=keys, span=Span(2))

    assert [references(page) for page in pages] == [["A11", "M1"], [], ["D2"]]


async def test_a_cursor_whose_party_was_moved_away_is_refused_and_not_taken_for_the_end(book: Book):
    await book.move("M1", "A2")

    with pytest.raises(PlaceGone):
        await book.read(parties.list_descendants, keys=[book.ids["A1"]], span=Span(5, after=(book.ids["M1"],)))


async def test_moves_between_pages_lose_nobody_and_show_nobody_twice(book: Book):
    await grow(book, size=14, seed=5)
    chance = random.Random(8)
    outcomes = {"whole": 0, "refused": 0}

    for number in range(12):
        backward, size = bool(number % 2), chance.choice([1, 2, 3, 5])
        start, shown = set(await list_below(book)), list[str]()
        stayed = start
        cursor = None
        try:
            while page := await turn(book, cursor, size=size, backward=backward):
                shown += references(page)
                cursor = (page[-1].party_id, page[-1].tree_at)
                await move_somebody(book, chance)
                stayed = stayed & set(await list_below(book))
        except PlaceGone:
            outcomes["refused"] += 1
            continue
        outcomes["whole"] += 1
        assert len(shown) == len(set(shown))
        assert stayed <= set(shown)

    assert min(outcomes.values()) > 0, outcomes


async def list_below(book: Book) -> list[str]:
    (rows,) = await book.read(parties.list_descendants, keys=[book.ids["D2"]], span=ALL)
    return references(rows)


async def turn(book: Book, cursor: tuple[int, ...] | None, *, size: int, backward: bool):
    span = Span(size, True, None, cursor) if backward else Span(size, False, cursor, None)
    (page,) = await book.read(parties.list_descendants, keys=[book.ids["D2"]], span=span)
    return page


async def move_somebody(book: Book, chance: random.Random) -> None:
    """Move a distributor below, beside or out of D2, or back; what would be a loop stays undone."""
    who = chance.choice([name for name in book.ids if name.startswith("X")])
    to = chance.choice([*(name for name in book.ids if name.startswith("X")), "D1", "D2"])
    with suppress(PartyLoop):
        await book.move(who, to)


async def test_a_move_on_one_side_of_the_cursor_or_elsewhere_leaves_the_pages_alone(book: Book):
    names = await grow(book, size=14, seed=5)
    page = await turn(book, None, size=7, backward=False)
    cursor = (page[-1].party_id, page[-1].tree_at)
    expected = references(await turn(book, cursor, size=20, backward=False))

    await book.move("M1", "A2")
    await book.move(names[-1], names[-3])

    rest = references(await turn(book, cursor, size=20, backward=False))
    assert sorted(rest) == sorted(expected) == sorted(names[7:])


async def test_a_move_elsewhere_leaves_no_trace_in_the_place_of_a_party(book: Book):
    before = await book.read(parties.list_parties, scope=book.ids["A1"], span=ALL)

    await book.move("D2", book.operator)
    between = await book.read(parties.list_parties, scope=book.ids["A1"], span=ALL)
    await book.move("M1", "A1")
    after = await book.read(parties.list_parties, scope=book.ids["A1"], span=ALL)

    assert before == between
    assert {row.tree_at for row in before} == {0}
    assert len({row.tree_at for row in after}) == 1
    assert after[0].tree_at > 0
