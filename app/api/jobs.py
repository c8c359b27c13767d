"""Jobs: what the workers have to do, do, and gave up."""

import json
from datetime import datetime
from enum import StrEnum

import strawberry

from app.api.batches import submit_one
from app.api.connections import Connection
from app.api.context import Info
from app.api.figures import Count, Cursor, to_span
from app.api.mutations import Payload, mutation
from app.api.scalars import BigInt
from app.lanes.job_kinds import RETRY_JOB
from ledger.reporting import due_work, jobs
from ledger.reporting.jobs import JobRow


@strawberry.enum(description="READY waits for a worker or is being worked on; DEAD was given up and needs a person.")
class JobStatus(StrEnum):
    READY = "READY"
    DONE = "DONE"
    DEAD = "DEAD"


@strawberry.type(description="How much of something a job did.")
class JobCount:
    name: str
    count: int


@strawberry.type(description="Work that is done by itself: planned once, had by one worker at a time.")
class Job:
    number: BigInt
    kind: str
    key: str = strawberry.field(description="The tick it was planned for, and the place in the log it was planned at.")
    status: JobStatus
    due_at: datetime = strawberry.field(description="Since when its work was due.")
    planned_at: datetime
    run_after: datetime = strawberry.field(description="Not tried before: after a failure it waits.")
    ended_at: datetime | None
    attempts: int
    worker: str | None = strawberry.field(description="Who has it now.")
    error: str = strawberry.field(description="Why it failed the last time; empty when it did not.")
    counts: list[JobCount]

    @classmethod
    def of(cls, row: JobRow) -> "Job":
        """Make the API's job of the ledger's."""
        return cls(
            number=BigInt(row.job_id),
            kind=row.kind,
            key=row.key,
            status=JobStatus(row.status),
            due_at=row.due_at,
            planned_at=row.planned_at,
            run_after=row.run_after,
            ended_at=row.ended_at,
            attempts=row.attempts,
            worker=row.leased_by if row.lease_until is not None else None,
            error=row.error,
            counts=[JobCount(name=name, count=count) for name, count in sorted(json.loads(row.counts).items())],
        )


@strawberry.type(description="A kind of work that is due.")
class DueWork:
    kind: str
    due_at: datetime = strawberry.field(description="Since when.")


@strawberry.input(description="A dead job to be tried again.")
class RetryJobInput:
    job: BigInt = strawberry.field(description="The number of a dead job.")


@strawberry.type(description="A job that is tried again.")
class RetryJobPayload(Payload):
    number: BigInt | None = None
    kind: str | None = None


@strawberry.input(description="Which jobs; what is left out does not matter.")
class JobFilterInput:
    status: JobStatus | None = None
    kind: str | None = None


@strawberry.type
class JobQueries:
    @strawberry.field(description="Jobs of the workers, the newest first; none for keys that see only a part.")
    async def jobs(
        self,
        info: Info,
        *,
        filter: JobFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[Job]:
        given = filter or JobFilterInput()
        context = info.context
        wanted = given.status and str(given.status)
        pager = context.open_list("jobs", status=wanted, kind=given.kind)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows: list[JobRow] = []
        if context.viewer.sees_whole_platform:
            rows = await context.read(jobs.list_jobs, status=wanted, kind=given.kind, span=to_span(page))
        return pager.lay_out(rows, page, node=Job.of, position=lambda row: (row.job_id,))

    @strawberry.field(
        description="What a worker would find to do now, the longest due first; none for keys that see only a part."
    )
    async def due_work(self, info: Info) -> list[DueWork]:
        if not info.context.viewer.sees_whole_platform:
            return []
        due = await info.context.read(due_work.find_due_work, now=info.context.services.now())
        return [DueWork(kind=kind, due_at=since) for kind, since in sorted(due.items(), key=lambda item: item[::-1])]


@strawberry.type
class JobMutations:
    @mutation(description="Try again a job that was given up, from its first attempt.")
    async def retry_job(self, info: Info, input: RetryJobInput) -> RetryJobPayload:
        kind = await submit_one(info.context, RETRY_JOB, int(input.job))
        return RetryJobPayload(number=input.job, kind=kind)
