"""What an event names is read anew by that name: its number, where it was numbered here, else its reference."""

import pytest

from tests.app.api.gateway import Desk
from tests.app.api.test_statement_counts import count
from tests.app.api.test_withholding import (
    AGREE,
    PROPOSE,
    RECEIVE,
    RELEASE,
    adjustment,
    agreement,
    do,
    hold,
    place,
    receipt,
)

FLOW = """mutation { defineApprovalFlow(input: {
    kind: DEPOSIT, name: "deposits", steps: [{approvers: ["role:operator"]}] }) { userErrors { message } } }"""
EVENTS = "{ events(first: 100) { nodes { kind subject } } }"
# By the first word of what an event happened to: the query that reads it anew, and the type that it gives.
ANEW = {
    "hold": ("hold(number: {key})", "Hold"),
    "deposit": ("depositSlice(number: {key})", "DepositSlice"),
    "deposit-agreement": ("depositAgreement(reference: {key})", "DepositAgreement"),
    "adjustment": ("adjustment(reference: {key})", "Adjustment"),
    "approval": ("approval(number: {key})", "Approval"),
}


@pytest.fixture
async def told(desk: Desk) -> dict[str, str]:
    """What the log names of a hold, a deposit, an adjustment and a request for approval of M1's: the keys by kind."""
    await desk.book.owe("M1", 10_000)
    await place(desk, hold("40.00"))
    await do(desk, AGREE, agreement())
    held = await do(desk, RECEIVE, receipt("700.00"))
    await do(desk, PROPOSE, {"adjustments": [adjustment("PENALTY", "1.00", "A/1")]})
    await desk.ask(FLOW)
    waits = await do(desk, RELEASE, {"slice": held["slices"][0]["id"], "reference": "back", "reason": "Agreed."})
    assert waits["approval"] == {"status": "PENDING"}
    named = [str(event["subject"]) for event in (await desk.ask(EVENTS))["events"]["nodes"]]
    return dict(reversed([subject.split("/", 1) for subject in named if subject.split("/")[0] in ANEW]))


def read(told: dict[str, str], kind: str, *, selection: str = "id") -> str:
    """The query for what an event of that kind names."""
    query, _ = ANEW[kind]
    return f"{{ found: {query.format(key=chr(34) + told[kind] + chr(34))} {{ {selection} }} }}"


async def test_the_log_names_all_of_them(told: dict[str, str]) -> None:
    assert told.keys() == ANEW.keys()
    assert (told["deposit-agreement"], told["adjustment"]) == ("W1", "A/1")


@pytest.mark.parametrize("kind", ANEW)
async def test_what_an_event_names_is_read_anew_by_it_and_by_its_id(
    desk: Desk, told: dict[str, str], kind: str
) -> None:
    query, name = ANEW[kind]
    word = query.partition("(")[2].partition(":")[0]

    found = (await desk.ask(read(told, kind, selection=f"__typename id {word}")))["found"]

    assert (found["__typename"], found[word]) == (name, told[kind])
    by_id = f"query ($id: ID!) {{ found: {query.partition('(')[0]}(id: $id) {{ __typename id {word} }} }}"
    assert (await desk.ask(by_id, id=found["id"]))["found"] == found
    node = f"query ($id: ID!) {{ node(id: $id) {{ __typename id ... on {name} {{ {word} }} }} }}"
    assert (await desk.ask(node, id=found["id"]))["node"] == found


@pytest.mark.parametrize("kind", ANEW)
async def test_a_partys_key_reads_its_own_and_of_others_what_is_not_there(
    desk: Desk, told: dict[str, str], kind: str
) -> None:
    own, above, stranger = [await desk.key_of(party) for party in ("M1", "A1", "M2")]
    nobodys = {kind: "999999999"}
    ours = kind != "approval"  # which nobody sees who sees only a part

    assert [((await desk.ask(read(told, kind), key=key))["found"] is not None) for key in (own, above)] == [ours, ours]
    foreign = await desk.send(read(told, kind), key=stranger)
    missing = await desk.send(read(nobodys, kind), key=stranger)
    assert foreign.json()["data"] == missing.json()["data"] == {"found": None}
    assert "errors" not in foreign.json()
    assert (await desk.ask(read(nobodys, kind)))["found"] is None


@pytest.mark.parametrize("kind", ANEW)
async def test_exactly_one_name_is_asked_for(desk: Desk, told: dict[str, str], kind: str) -> None:
    query, name = ANEW[kind]
    field, _, rest = query.partition("(")
    word = rest.partition(":")[0]
    found = (await desk.ask(read(told, kind)))["found"]

    for given in ("", f'(id: "{found["id"]}", {word}: "{told[kind]}")', f"(id: null, {word}: null)"):
        answer = (await desk.send(f"{{ {field}{given} {{ id }} }}")).json()
        (error,) = answer["errors"]
        assert (error["extensions"]["field"], error["message"]) == ([word], f"Give exactly one of id and {word}.")
    other = (await desk.ask('{ party(reference: "M1") { id } }'))["party"]["id"]
    assert await desk.refused(f'{{ {field}(id: "{other}") {{ id }} }}') == "ID_INVALID", name


async def test_many_of_a_kind_are_read_by_one_statement(desk: Desk, told: dict[str, str]) -> None:
    def ask(times: int) -> str:
        asked = [query.format(key=f'"{place}"') for query, _ in ANEW.values() for place in range(times)]
        return "{ " + " ".join(f"a{place}: {each} {{ id }}" for place, each in enumerate(asked)) + " }"

    few, many = await count(desk, ask(1)), await count(desk, ask(2))

    # One of each kind, and where the log stands.
    assert (few, many) == (len(ANEW) + 1, len(ANEW) + 1)
