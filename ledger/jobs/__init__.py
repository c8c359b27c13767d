"""
Durable work for the workers: what is due, who has it, and what became of it.

model      a job to be planned, one that a worker has, what became of it
queueing   plan, claim, renew, finish, fail, retry, forget
errors     why a job's change is refused
sql        every statement on the table of jobs

A job is a row with a key: planned twice it is there once, and of one kind only one is open at a time. A worker takes it
with SKIP LOCKED and has it for as long as its lease, which is in the database's time whatever clock the work goes by. A
step of work renews the lease in the transaction that posts, so a worker that was thought dead commits nothing, and the
last step finishes the job in the same transaction as its effect.

The queues that there are as libraries were looked at and not taken: they keep tables of their own without platforms and
walls between them, on a connection of their own, where effect and completion cannot be one transaction of ours.
"""
