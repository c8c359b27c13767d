"""
Lanes: where concurrent single calls become batches, before a connection is taken.

    lane       Lane: one bounded queue and at most one worker; every caller gets its own outcome
    registry   LaneKind and Lanes: one lane per platform and kind of work, opened on first use
    retry      RetryPolicy: what is tried again, how often, and when an outcome is unknown
    calls      Call, and how batches of calls are run: in one transaction, or each in its own
    …_kinds    kinds of work, each a call of one function of the ledger: a file per domain
    manual_entries  entries that name their parties by reference
    errors     what a caller hears when its item was not run, or not answered
    metrics    how long callers wait and how full the lanes are
"""
