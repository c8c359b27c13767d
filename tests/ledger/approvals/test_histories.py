"""Whatever is asked, said, delegated and left: nothing is granted without the persons it takes."""

import os
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.actor import Actor
from ledger.approvals.delegating import delegate
from ledger.approvals.model import ANY_OPERATOR, Rule, Step, Verdict
from ledger.db.connecting import Database
from ledger.errors import InvalidInput
from ledger.reporting.approvals import list_approvals
from ledger.reporting.model import Span
from tests.ledger.approvals.desk import Desk, at

PEOPLE = ("ann", "bob", "cem", "dora", "emma")
ON_A_STORE = settings(
    max_examples=int(os.environ.get("SPLITBOOK_EXAMPLES", "40")),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
names = st.sampled_from((*PEOPLE, ANY_OPERATOR))
name_lists = st.lists(names, max_size=2, unique=True).map(tuple)
steps = st.builds(
    Step,
    approvers=st.lists(names, min_size=1, max_size=3, unique=True).map(tuple),
    rule=st.sampled_from(Rule),
    substitutes=name_lists,
    escalates_to=st.lists(names, min_size=1, max_size=2, unique=True).map(tuple),
    due_hours=st.sampled_from([None, 5, 12]),
)
words = st.tuples(st.just("say"), st.sampled_from(PEOPLE), st.integers(0, 9))
departures = st.tuples(st.just("leave"), st.sampled_from(PEOPLE), st.just(0))
delegations = st.tuples(st.just("delegate"), st.permutations(PEOPLE), st.integers(0, 15))
actions = st.lists(st.one_of(words, words, words, delegations, departures), min_size=4, max_size=14)


@dataclass
class Expected:
    """A second, plain account of who may decide; it shares no code with the ledger."""

    maker: str
    steps: list[Step]
    there: set[str] = field(default_factory=lambda: set(PEOPLE))
    delegations: list[tuple[str, str, int, int]] = field(default_factory=list)
    counted: set[str] = field(default_factory=set)
    step: int = 0
    opened_at: int = 0
    open_seats: list[tuple[str, ...]] = field(default_factory=list)
    state: str = "PENDING"

    def __post_init__(self) -> None:
        self._open()

    def _open(self) -> None:
        step = self.steps[self.step]
        self.open_seats = [step.approvers] if step.rule is Rule.ANY else [(name,) for name in step.approvers]

    def _free(self) -> set[str]:
        return self.there - self.counted - {self.maker}

    def _anybody(self, named: tuple[str, ...]) -> bool:
        return bool(self._free() if ANY_OPERATOR in named else self._free() & set(named))

    def ways(self, actor: str, hour: int) -> list[tuple[tuple[str, ...], set[str]]]:
        """Each seat that the person may take, with the people whose word it then is."""
        if self.state != "PENDING" or actor not in self._free():
            return []
        step = self.steps[self.step]
        late = step.due_hours is not None and hour >= self.opened_at + step.due_hours
        found = []
        for seat in self.open_seats:
            if actor in seat or ANY_OPERATOR in seat:
                found.append((seat, {actor}))
            for giver, receiver, since, until in self.delegations:
                if receiver == actor and giver in seat and giver in self._free() and since <= hour < until:
                    found.append((seat, {actor, giver}))
            nobody = not self._anybody(seat)
            if (nobody or late) and {actor, ANY_OPERATOR} & set(step.substitutes):
                found.append((seat, {actor}))
            no_substitute = not self._anybody(step.substitutes)
            if (late or (nobody and no_substitute)) and {actor, ANY_OPERATOR} & set(step.escalates_to):
                found.append((seat, {actor}))
        return found

    def take(self, seat: tuple[str, ...], people: set[str], hour: int) -> None:
        assert not people & self.counted, "nobody counts twice"
        assert self.maker not in people, "the maker does not count"
        self.counted |= people
        self.open_seats.remove(seat)
        if not self.open_seats and self.step + 1 == len(self.steps):
            self.state = "GRANTED"
        elif not self.open_seats:
            self.step, self.opened_at = self.step + 1, hour
            self._open()


@ON_A_STORE
@given(flow=st.lists(steps, min_size=1, max_size=3), maker=st.sampled_from(PEOPLE), history=actions)
async def test_a_grant_has_every_person_it_takes_and_nobody_twice(
    database: Database, flow: list[Step], maker: str, history: list[tuple[str, Any, int]]
) -> None:
    desk = await Desk.open(database, operators=PEOPLE)
    await desk.flow(*flow)
    approval = await desk.ask(maker=maker)
    expected = Expected(maker, flow)

    for hour, (what, who, number) in enumerate(history):
        if what == "leave":
            await _leave(desk, expected, who)
        elif what == "delegate":
            await _delegate(desk, expected, who[0], who[1], since=number, hour=hour)
        else:
            await _say(desk, expected, approval, who, hour=hour, rejects=number == 0)

    assert await desk.status(approval) == expected.state


async def _say(desk: Desk, expected: Expected, approval: int, actor: str, *, hour: int, rejects: bool) -> None:
    ways = expected.ways(actor, hour)
    assert await _has_in_inbox(desk, actor, hour=hour) == bool(ways)
    known = actor in await _speakers(desk, approval)

    verdict = Verdict.REJECT if rejects else Verdict.APPROVE
    said = await desk.approve(actor, approval, hour=hour, verdict=verdict)

    assert (said in ("PENDING", "GRANTED", "REJECTED") and not known) == bool(ways) or known
    if not ways:
        return
    if rejects:
        expected.state = "REJECTED"
        return
    row = await _last_word(desk, approval, actor)
    people = {actor} | ({row["on_behalf_of"]} if row["on_behalf_of"] else set())
    seat = tuple(row["approvers"])
    assert (seat, people) in ways
    expected.take(seat, people, hour)
    assert said == expected.state


async def _has_in_inbox(desk: Desk, actor: str, *, hour: int) -> bool:
    async with desk.database.read(desk.platform_id) as conn:
        rows = await list_approvals(
            conn, actor=actor, status=None, kind=None, subject=None, now=at(hour), span=Span(limit=10)
        )
    return bool(rows)


async def _speakers(desk: Desk, approval: int) -> set[str]:
    async with desk.database.read(desk.platform_id) as conn:
        rows = await conn.fetch("SELECT actor FROM approval_decision WHERE approval_id = $1", approval)
    return {row["actor"] for row in rows}


async def _last_word(desk: Desk, approval: int, actor: str) -> Any:
    async with desk.database.read(desk.platform_id) as conn:
        return await conn.fetchrow(
            """
            SELECT d.on_behalf_of, s.approvers FROM approval_decision AS d
            INNER JOIN approval_seat AS s ON s.approval_id = d.approval_id AND s.step = d.step AND s.seat = d.seat
            WHERE d.approval_id = $1 AND d.actor = $2
            """,
            approval,
            actor,
        )


async def _leave(desk: Desk, expected: Expected, who: str) -> None:
    if who in expected.there:
        await desk.dismiss(who)
        expected.there.discard(who)


async def _delegate(desk: Desk, expected: Expected, giver: str, to: str, *, since: int, hour: int) -> None:
    until = since + 5
    async with desk.database.write(desk.platform_id) as conn:
        try:
            await delegate(
                conn,
                to=to,
                kind=None,
                starts_at=at(since),
                ends_at=at(until),
                reason="",
                actor=Actor(giver),
                now=at(hour),
            )
        except InvalidInput:
            assert until <= hour or not {giver, to} <= expected.there
            return
    expected.delegations.append((giver, to, since, until))
