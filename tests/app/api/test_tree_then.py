"""The tree as it stood at a moment, with what everybody stood at then."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from ledger.journal.balances import AsOf
from ledger.reporting import parties
from tests.app.api.gateway import Desk

CHILDREN = """query ($party: String!, $asOf: AsOfInput, $first: Int, $after: String, $last: Int, $before: String) {
    party(reference: $party) {
        children(asOf: $asOf, first: $first, after: $after, last: $last, before: $before) {
            nodes { reference subtreeBalances(asOf: $asOf) { balance { minorUnits } } } pageInfo { endCursor } }
        balances(asOf: $asOf) { balance { minorUnits } } subtreeBalances(asOf: $asOf) { balance { minorUnits } } } }"""


def add_up(*shown: Any) -> int:
    return sum(int(each["balance"]["minorUnits"]) for rows in shown for each in rows)


async def names(desk: Desk, party: str, *, key: str | None = None, **given: Any) -> list[str]:
    found = (await desk.ask(CHILDREN, key=key, party=party, **given))["party"]["children"]["nodes"]
    return [each["reference"] for each in found]


async def last_sequence(desk: Desk) -> str:
    platform = (await desk.ask("{ platform { asOf { sequence } } }"))["platform"]
    return str(platform["asOf"]["sequence"])


async def test_children_of_a_moment_are_who_stood_there_and_add_up_to_the_subtree_then(desk: Desk, today: date) -> None:
    operator = (await desk.ask("{ platform { reference } }"))["platform"]["reference"]
    before = await names(desk, "A1")
    others = await names(desk, operator)
    (first, *_), other = before, next(name for name in others if name.startswith("A") and name != "A1")
    at: list[dict[str, str] | None] = [{"sequence": await last_sequence(desk)}]
    for number, (party, to) in enumerate(((first, operator), (first, other), (first, "A1"), (first, operator))):
        await desk.book.owe(first, 100 + number)
        await desk.book.move(party, to)
        at.append({"sequence": await last_sequence(desk)})

    members = [await names(desk, "A1", asOf=moment) for moment in at]

    gone = [name for name in before if name != first]
    assert members == [before, gone, gone, before, gone]
    assert await names(desk, other, asOf=at[2]) == sorted([*await names(desk, other), first])
    assert await names(desk, "A1") == await names(desk, "A1", asOf={"businessDate": str(today)}) == gone
    yesterday = {"businessDate": str(today - timedelta(days=1))}
    assert await names(desk, "A1", asOf=yesterday) == before
    for moment in (*at, None, yesterday, {**(at[2] or {}), "businessDate": str(today)}):
        for party in (operator, "A1", other):
            shown = (await desk.ask(CHILDREN, party=party, asOf=moment, first=100))["party"]
            below = [each["subtreeBalances"] for each in shown["children"]["nodes"]]
            assert add_up(shown["subtreeBalances"]) == add_up(shown["balances"], *below), (party, moment)


async def test_pages_of_the_children_of_a_moment_show_everybody_once(desk: Desk) -> None:
    operator = (await desk.ask("{ platform { reference } }"))["platform"]["reference"]
    moment = {"sequence": await last_sequence(desk)}
    everybody = await names(desk, operator, asOf=moment)
    for to in ("A1", operator, "A1"):
        await desk.book.move("A2", to)

    pages: Counter[str] = Counter()
    after = None
    for _ in everybody:
        found = (await desk.ask(CHILDREN, party=operator, asOf=moment, first=1, after=after))["party"]["children"]
        pages.update(each["reference"] for each in found["nodes"])
        after = found["pageInfo"]["endCursor"]

    assert pages == Counter(everybody)
    assert await names(desk, operator, asOf=moment, last=2) == everybody[-2:]
    assert await names(desk, operator, asOf=moment, last=1, before=after) == everybody[-2:-1]
    assert await desk.refused(CHILDREN, party=operator, first=1, after=after) == "CURSOR_INVALID"
    assert await desk.refused(CHILDREN, party=operator, asOf={"sequence": "999999"}) == "INVALID_INPUT"


async def test_a_partys_key_sees_of_the_tree_then_whom_it_sees_now(desk: Desk, today: date) -> None:
    operator = (await desk.ask("{ platform { reference } }"))["platform"]["reference"]
    before = await names(desk, "A1")
    await desk.book.move(before[0], operator)
    yesterday = {"businessDate": str(today - timedelta(days=1))}

    key = await desk.key_of("A1")

    assert await names(desk, "A1", asOf=yesterday) == before
    assert await names(desk, "A1", asOf=yesterday, key=key) == before[1:]


ABOVE = """query ($party: String!, $asOf: AsOfInput) {
    party(reference: $party) { parent(asOf: $asOf) { reference } ancestors(asOf: $asOf) { reference } } }"""


async def above(desk: Desk, party: str, *, key: str | None = None, **given: Any) -> tuple[str | None, list[str]]:
    """The parent, and everybody above."""
    found = (await desk.ask(ABOVE, key=key, party=party, **given))["party"]
    return found["parent"] and found["parent"]["reference"], [each["reference"] for each in found["ancestors"]]


async def test_who_stood_above_at_a_moment_are_those_under_whom_it_was_counted_then(desk: Desk, today: date) -> None:
    operator = (await desk.ask("{ platform { reference } }"))["platform"]["reference"]
    at: list[dict[str, str] | None] = [{"sequence": await last_sequence(desk)}]
    for party, to in (("A2", operator), ("M1", "A2"), ("A2", "A1"), ("M1", operator)):
        await desk.book.move(party, to)
        at.append({"sequence": await last_sequence(desk)})
    yesterday = {"businessDate": str(today - timedelta(days=1))}

    shown = [await above(desk, "M1", asOf=moment) for moment in (*at, None, {"businessDate": str(today)}, yesterday)]

    first, now = ("A11", ["A11", "A1", operator]), (operator, [operator])
    assert shown == [first, first, ("A2", ["A2", operator]), ("A2", ["A2", "A1", operator]), now, now, now, first]
    assert await above(desk, operator, asOf=at[0]) == (None, [])
    for field in ("parent", "ancestors"):
        query = f'query ($asOf: AsOfInput) {{ party(reference: "M1") {{ {field}(asOf: $asOf) {{ reference }} }} }}'
        assert await desk.refused(query, asOf={"sequence": "999999"}) == "INVALID_INPUT"
    for moment in at:
        parent, _ = await above(desk, "M1", asOf=moment)
        assert "M1" in await names(desk, str(parent), asOf=moment, first=100)


async def test_a_partys_key_sees_of_those_above_then_whom_it_sees_now(desk: Desk, today: date) -> None:
    operator = (await desk.ask("{ platform { reference } }"))["platform"]["reference"]
    await desk.book.move("A2", "A1")
    await desk.book.move("M1", "A2")
    then = {"sequence": await last_sequence(desk)}
    await desk.book.move("M1", "A1")
    await desk.book.move("A2", operator)
    yesterday = {"businessDate": str(today - timedelta(days=1))}
    key = await desk.key_of("A1")

    assert await above(desk, "M1", asOf=then) == ("A2", ["A2", "A1", operator])
    assert await above(desk, "M1", key=key) == ("A1", ["A1"])
    assert await above(desk, "M1", key=key, asOf=yesterday) == ("A11", ["A11", "A1"])
    assert await above(desk, "A1", key=key, asOf=yesterday) == (None, [])
    async with desk.book.database.read(desk.book.platform_id) as conn:
        asked = {"keys": [desk.book.ids["M1"]], "as_of": AsOf(sequence=int(then["sequence"]))}
        (seen,) = await parties.list_ancestors(conn, **asked, scope=desk.book.ids["A1"])
        (parent,) = await parties.find_parents_at(conn, **asked, scope=desk.book.ids["A1"])

    assert ([each.reference for each in seen], parent) == (["A1"], None)
