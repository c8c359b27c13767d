"""A question whose two ends are the wrong way round is refused by name, whichever list it is put to."""

import pytest

from tests.app.api.gateway import SCHEMA, Desk

EARLY, LATE = "2025-01-31", "2025-02-01"
NOON, LATER = "2025-01-31T12:00:00Z", "2025-01-31T12:00:01Z"
# Every filter with two ends, how values of its kind go, and whether the later end is exclusive.
RANGES = [
    ("sheets", ("periodFrom", "periodTo"), (NOON, LATER), False),
    ("orders", ("paidFrom", "paidTo"), (NOON, LATER), True),
    ("feeComparisons", ("paidFrom", "paidTo"), (NOON, LATER), True),
    ("entries", ("businessDateFrom", "businessDateTo"), (EARLY, LATE), False),
    ("entries", ("sequenceFrom", "sequenceTo"), ("7", "8"), False),
    ("channelDays", ("fromDate", "throughDate"), (EARLY, LATE), False),
]


def ask(name: str, ends: tuple[str, str], start: str, end: str) -> str:
    return f'{{ {name}(filter: {{{ends[0]}: "{start}", {ends[1]}: "{end}"}}) {{ nodes {{ __typename }} }} }}'


def test_these_are_all_filters_with_two_ends() -> None:
    begins, ends = ("From", "from"), ("To", "through")
    named = {
        (name, first, last)
        for name, field in SCHEMA._schema.query_type.fields.items()  # type: ignore[union-attr]  # there are queries
        if "filter" in field.args
        for given in [list(getattr(field.args["filter"].type, "of_type", field.args["filter"].type).fields)]
        for first in given
        for last in given
        if (first.endswith(begins[0]) and last == first.removesuffix(begins[0]) + ends[0])
        or (first.startswith(begins[1]) and last == first.replace(begins[1], ends[1], 1))
    }

    assert named == {(name, *bounds) for name, bounds, _, _ in RANGES}


@pytest.mark.parametrize(("name", "ends", "values", "is_exclusive"), RANGES)
async def test_ends_the_wrong_way_round_are_refused_by_name(
    desk: Desk, name: str, ends: tuple[str, str], values: tuple[str, str], is_exclusive: bool
) -> None:
    early, late = values

    answer = (await desk.send(ask(name, ends, late, early))).json()

    (error,) = answer["errors"]
    assert (error["extensions"]["field"], error["extensions"]["code"]) == (["filter", ends[1]], "BAD_USER_INPUT")
    assert error["message"].startswith("From ")
    assert error["message"].endswith(" there is nothing.")
    chinese = (await desk.send(ask(name, ends, late, early), language="zh-CN")).json()["errors"][0]["message"]
    assert chinese.endswith("之间没有任何内容。")
    assert (await desk.ask(ask(name, ends, early, late)))[name] == {"nodes": []}
    at_once = (await desk.send(ask(name, ends, early, early))).json()
    assert ("errors" in at_once) == is_exclusive


async def test_a_partys_key_is_refused_alike(desk: Desk) -> None:
    own = await desk.key_of("M1")

    for name, ends, (early, late), _ in RANGES[:2]:
        assert await desk.refused(ask(name, ends, late, early), key=own) == "INVALID_INPUT"
