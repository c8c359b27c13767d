"""How many statements approvals run does not depend on how many there are."""

from collections.abc import Awaitable, Callable

from ledger.actor import Actor
from ledger.approvals.deciding import decide
from ledger.approvals.escalating import escalate
from ledger.approvals.model import Decision, Rule, Step, Verdict
from ledger.approvals.requesting import request_approvals
from ledger.approvals.withdrawing import withdraw
from ledger.db.transacting import Connection
from tests.ledger.approvals.desk import NOW, Desk, ask_for, at, digest
from tests.statements import gather_asked


async def count(desk: Desk, work: Callable[[Connection], Awaitable[object]]) -> int:
    async with desk.database.write(desk.platform_id) as conn:
        with gather_asked(conn) as asked:
            await work(conn)
    return len([statement for statement, _ in asked if statement.split()[0] in ("SELECT", "INSERT", "UPDATE", "WITH")])


async def run_all(desk: Desk, size: int) -> list[int]:
    """Ask, overtake, decide, escalate and withdraw as many at once."""
    counts = []
    ids: list[int] = []

    async def ask(conn: Connection, text: str) -> None:
        requests = [ask_for(f"{size}/{number}", text=text) for number in range(size)]
        outcomes = await request_approvals(conn, requests=requests, maker=Actor("ann"), now=NOW)
        ids[:] = [each.approval_id or 0 for each in outcomes]

    def say(actor: str) -> Callable[[Connection], Awaitable[object]]:
        words = [Decision(each, digest("new"), Verdict.APPROVE) for each in ids]
        return lambda conn: decide(conn, decisions=words, actor=Actor(actor), now=NOW)

    counts.append(await count(desk, lambda conn: ask(conn, "old")))
    counts.append(await count(desk, lambda conn: ask(conn, "new")))
    counts.append(await count(desk, say("bob")))
    counts.append(await count(desk, lambda conn: escalate(conn, actor=Actor("system"), now=at(99))))
    ann = Actor("ann")
    counts.append(await count(desk, lambda conn: withdraw(conn, approval_ids=ids[::2], reason="", actor=ann, now=NOW)))
    counts.append(await count(desk, say("cem")))
    return counts


async def test_the_number_of_statements_does_not_grow_with_the_list(desk: Desk):
    await desk.flow(Step(("bob", "cem"), Rule.ALL, due_hours=10))
    await run_all(desk, 2)  # what a connection learns once is not counted

    assert await run_all(desk, 2) == await run_all(desk, 40)
