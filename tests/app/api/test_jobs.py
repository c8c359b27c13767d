"""Jobs over GraphQL: operators see what waits and what was given up, and try it again."""

from datetime import UTC, datetime, timedelta

from ledger.jobs.model import MOST_ATTEMPTS, Job, JobDraft
from ledger.jobs.queueing import claim_job, finish_job, plan_jobs
from tests.app.api.gateway import Desk

DUE = datetime(2026, 1, 5, 12, tzinfo=UTC)
LIST = """query ($status: JobStatus) { jobs(first: 10, filter: {status: $status}) { nodes {
    number kind key status dueAt attempts worker error counts { name count } } } }"""
RETRY = "mutation ($job: BigInt!) { retryJob(input: {job: $job}) { number kind userErrors { code } } }"


async def plan(desk: Desk, *kinds: str) -> None:
    async with desk.book.database.write(desk.book.platform_id) as conn:
        await plan_jobs(conn, drafts=[JobDraft(kind, "1", DUE) for kind in kinds])


async def claim(desk: Desk, kind: str) -> Job | None:
    async with desk.book.database.write(desk.book.platform_id) as conn:
        return await claim_job(conn, kinds=[kind], worker="w1", lease=timedelta(minutes=1), now=DUE)


async def give_up(desk: Desk, kind: str) -> None:
    async with desk.book.database.write(desk.book.platform_id) as conn:
        await conn.execute("UPDATE job SET attempts = $1 WHERE kind = $2", MOST_ATTEMPTS, kind)
    assert await claim(desk, kind) is None


async def test_jobs_are_listed_with_what_became_of_them(desk: Desk):
    await plan(desk, "a.done", "b.dead", "c.taken")
    done = await claim(desk, "a.done")
    assert done is not None
    async with desk.book.database.write(desk.book.platform_id) as conn:
        await finish_job(conn, job=done, counts={"sheets": 3})
    await give_up(desk, "b.dead")
    await claim(desk, "c.taken")

    nodes = (await desk.ask(LIST))["jobs"]["nodes"]

    assert [(job["kind"], job["status"], job["worker"]) for job in nodes] == [
        ("c.taken", "READY", "w1"),
        ("b.dead", "DEAD", None),
        ("a.done", "DONE", None),
    ]
    assert nodes[2]["counts"] == [{"name": "sheets", "count": 3}]
    dead = (await desk.ask(LIST, status="DEAD"))["jobs"]["nodes"]
    assert [(job["kind"], job["error"]) for job in dead] == [("b.dead", "Its workers were lost 8 times.")]


async def test_a_dead_job_is_tried_again_once(desk: Desk):
    await plan(desk, "close")
    await give_up(desk, "close")
    (job,) = (await desk.ask(LIST))["jobs"]["nodes"]

    first = (await desk.ask(RETRY, job=job["number"]))["retryJob"]
    second = (await desk.ask(RETRY, job=job["number"]))["retryJob"]

    assert first == {"number": job["number"], "kind": "close", "userErrors": []}
    assert [error["code"] for error in second["userErrors"]] == ["JOB_NOT_DEAD"]
    taken = await claim(desk, "close")
    assert taken is not None
    assert taken.attempts == 1


async def test_what_is_due_is_shown_before_any_worker_came(desk: Desk):
    assert (await desk.ask("{ dueWork { kind dueAt } }"))["dueWork"] == []

    await desk.book.owe("M1", 100)

    assert [due["kind"] for due in (await desk.ask("{ dueWork { kind dueAt } }"))["dueWork"]] == ["sheets.open"]


async def test_a_partys_key_sees_no_jobs(desk: Desk):
    await plan(desk, "close")
    key = await desk.key_of("M1")

    assert (await desk.ask(LIST, key=key))["jobs"]["nodes"] == []
    assert (await desk.ask("{ dueWork { kind } }", key=key))["dueWork"] == []
    assert await desk.refused(RETRY, key=key, job="1") == "FORBIDDEN"
