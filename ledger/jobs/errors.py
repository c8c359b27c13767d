"""Why a change of a job is refused."""

from ledger.errors import LedgerError


class LeaseLost(LedgerError):
    """The worker was away for longer than its lease, and somebody else has the job."""

    code = "LEASE_LOST"
    sentence = "Job {job} is no longer this worker's; nothing of this step was written."


class JobMissing(LedgerError):
    """There is no such job."""

    code = "JOB_MISSING"
    sentence = "There is no job {job}."


class JobNotDead(LedgerError):
    """Only what has been given up is taken up again."""

    code = "JOB_NOT_DEAD"
    sentence = "Job {job} is {status}; only a dead one is tried again."


class JobReplaced(LedgerError):
    """What the job was to do is another one's by now."""

    code = "JOB_REPLACED"
    sentence = "Job {job} has been followed by job {open} of the same kind, which is open; nothing is left to do."
