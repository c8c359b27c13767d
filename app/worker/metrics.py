"""What workers do. Labels hold the kind of work only: platforms are unbounded."""

from prometheus_client import Counter, Histogram

ENDED = Counter("splitbook_jobs_ended", "Jobs by what became of them: done, failed, dead, lost.", ["kind", "end"])
STEPS = Counter("splitbook_job_steps", "Transactions of jobs.", ["kind"])
SECONDS = Histogram(
    "splitbook_job_seconds",
    "Time from claiming a job to its end.",
    ["kind"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600),
)
DELAY_SECONDS = Histogram(
    "splitbook_job_delay_seconds",
    "How long work had been due when it was begun, by the clock the worker goes by.",
    ["kind"],
    buckets=(1, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400, 604_800),
)
