"""One answer for all who wait for the same."""

import asyncio
from functools import partial

import pytest
from graphql import parse

from app.operations.answers import Answer
from app.operations.documents import Document
from app.operations.pace import TookTooLong
from app.operations.sharing import Asker, SharedAnswers, write_selection_key
from tests.waiting import wait_until


class Work:
    """Answers once it is let, and counts how often it was begun."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.begun = 0
        self.cancelled = 0
        self.may_end = asyncio.Event()

    async def __call__(self, count: int) -> list[Answer]:
        answer = self.answers[min(self.begun, len(self.answers) - 1)]
        self.begun += 1
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if isinstance(answer, Exception):
            raise answer
        return [answer] * count


async def begin(shared: SharedAnswers, work: Work, count: int) -> list[asyncio.Task[Answer]]:
    begun = work.begun
    asked = [asyncio.create_task(find_one(shared, work)) for _ in range(count)]
    await wait_until(lambda: work.begun > begun)
    return asked


async def find_one(shared: SharedAnswers, work: Work) -> Answer:
    (answer,) = await shared.find(["key"], work, Asker())
    return answer


async def test_those_who_ask_meanwhile_get_one_answer_and_who_asks_later_another() -> None:
    shared, work = SharedAnswers(), Work(Answer({"data": 1}), Answer({"data": 2}))

    asked = await begin(shared, work, 5)
    work.may_end.set()
    answers = await asyncio.gather(*asked)

    assert [answer.body for answer in answers] == [{"data": 1}] * 5
    assert len({id(answer) for answer in answers}) == 1
    assert work.begun == 1
    assert (await find_one(shared, work)).body == {"data": 2}


async def test_errors_and_failures_are_of_the_first_alone() -> None:
    shared, work = SharedAnswers(), Work(Answer({"data": None, "errors": ["first"]}), Answer({"data": 2}))
    asked = await begin(shared, work, 2)
    work.may_end.set()
    assert [each.body for each in await asyncio.gather(*asked)] == [{"data": None, "errors": ["first"]}, {"data": 2}]

    failing = Work(TimeoutError("late"), Answer({"data": 3}))
    asked = await begin(shared, failing, 3)
    failing.may_end.set()
    first, *others = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(first, TimeoutError)
    assert [each for each in others if isinstance(each, Answer) and each.body == {"data": 3}] == others


async def test_work_goes_on_while_anybody_waits_and_ends_with_the_last() -> None:
    shared, work = SharedAnswers(), Work(Answer({"data": 1}))

    first, second = await begin(shared, work, 2)
    first.cancel()
    await asyncio.sleep(0.01)
    assert work.cancelled == 0
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    await wait_until(lambda: work.cancelled)

    assert (work.begun, work.cancelled) == (1, 1)


def say(*words: str) -> list[Answer]:
    return [Answer({"data": word}) for word in words]


async def test_the_answers_of_one_run_are_found_by_those_who_begin_with_one_of_them() -> None:
    shared, may_end, begun = SharedAnswers(), asyncio.Event(), []

    async def work_out(count: int, keys: str) -> list[Answer]:
        begun.append(keys[:count])
        await may_end.wait()
        return say(*keys[:count])

    asked = []
    for keys in ("abcd", "bdxy", "xab", "zab"):
        asked.append(asyncio.create_task(shared.find(keys, partial(work_out, keys=keys), Asker())))
        await asyncio.sleep(0)
    await wait_until(lambda: len(begun) == 3)
    may_end.set()
    answers = await asyncio.gather(*asked)

    # Who wants another event first has a later snapshot by then, and is not told of the rest by an earlier one.
    assert begun == ["abcd", "x", "z"]
    assert answers == [say(*"abcd"), say(*"bd"), say("x"), say("z")]


async def test_nobody_is_told_of_an_event_as_it_was_before_what_he_has_had() -> None:
    shared, began, may_end = SharedAnswers(), asyncio.Event(), asyncio.Event()
    snapshot = 0

    async def work_out(count: int, keys: str, *, slowly: bool = False) -> list[Answer]:
        nonlocal snapshot
        snapshot += 1
        read = snapshot
        if slowly:
            began.set()
            await may_end.wait()
        return [Answer({"data": (key, read)}) for key in keys[:count]]

    async def ask_for(keys: str, asker: Asker) -> list[Answer]:
        told: list[Answer] = []
        while left := keys[len(told) :]:
            told += await shared.find(left, partial(work_out, keys=left), asker)
        return told

    slow = asyncio.create_task(shared.find("cd", partial(work_out, keys="cd", slowly=True), Asker()))
    await began.wait()
    asyncio.get_running_loop().call_later(0.05, may_end.set)
    told = await ask_for("abcd", Asker())

    assert [answer.body["data"] for answer in await slow] == [("c", 1), ("d", 1)]
    assert [answer.body["data"] for answer in told] == [("a", 2), ("b", 2), ("c", 3), ("d", 3)]


async def test_those_who_are_told_together_go_on_together() -> None:
    shared, begun = SharedAnswers(), []

    async def work_out(count: int, keys: str) -> list[Answer]:
        begun.append(keys[:count])
        await asyncio.sleep(0.001)
        return say(*keys[:count])

    async def ask_one_by_one(asker: Asker) -> list[Answer]:
        return [answer for key in "abcd" for answer in await shared.find(key, partial(work_out, keys=key), asker)]

    answers = await asyncio.gather(*(ask_one_by_one(Asker()) for _ in range(9)))

    assert begun == [*"abcd"]
    assert answers == [say(*"abcd")] * 9


async def test_what_took_too_long_together_is_not_tried_again_by_each_who_waited() -> None:
    shared, begun = SharedAnswers(), []

    async def work_out(count: int, keys: str) -> list[Answer]:
        begun.append(keys[:count])
        await asyncio.sleep(0.001)
        if count > 1:
            raise TookTooLong(count)
        return say(*keys[:count])

    found = await asyncio.gather(
        *(shared.find(keys, partial(work_out, keys=keys), Asker()) for keys in ("abcd", "abcd", "bc", "d")),
        return_exceptions=True,
    )

    assert begun == ["abcd", "d"]
    assert [isinstance(each, TookTooLong) for each in found] == [True, True, True, False]
    assert found[-1] == say("d")


DOCUMENT = """
query Other { a }
subscription One($after: String, $first: Int, $deep: Boolean!) {
    events(after: $after) { event { parties(first: $first) { ...Party } } }
}
fragment Party on Party { balances @include(if: $deep) }
"""


@pytest.mark.parametrize(
    ("changed", "is_same"), [({"after": "x"}, True), ({"first": 2}, False), ({"deep": False}, False)]
)
def test_subscriptions_read_alike_that_differ_only_in_which_events_they_want(
    changed: dict[str, object], is_same: bool
) -> None:
    document = Document(parse(DOCUMENT))
    operation = document.find_operation("One")
    given: dict[str, object] = {"after": "", "first": 1, "deep": True}

    one, other = (
        write_selection_key(DOCUMENT, document.node, operation, variables)
        for variables in (given, {**given, **changed})
    )

    assert (one == other) == is_same
