"""
Settlement sheets: what one party earned in one role, from one legal entity, in one mode and currency, in one period.

    model        the frozen values: a sheet, its key, what takes from it
    keys         from an account of the chart to the kind of sheet it belongs to
    planning     which sheet comes next, by the rule alone
    opening      sheets before their periods, and their periods when terms change
    realigning   open sheets follow the terms that have changed
    tails        what comes for a party after it was closed
    ending       a period that ends on demand
    sweeping     closing in one pass: claim, post, close, take on
    fixing       closing by steps, the first: totals are fixed and posted under the log's lock
    claiming     closing by steps, the second: lines are claimed outside it
    advancing    the step after closing
    closing      all of closing, as many transactions as it takes; pacing leaves the log to others in between
    confirming   the party agrees, or its silence does
    disputing    the party objects, the platform answers
    speaking     who may say either
    netting      what is owed is taken from what is to be paid, the oldest first
    settling     from confirmation over approval to what is paid, carried forward or collected
    approving    what becomes of sheets once other people have agreed, and of what waits once they have changed
    writing_off  what is owed is collected, or given up
    due          due dates move with their calendar, and what was not paid by them is told once
    payable      take_from_sheets: the one way to take from a sheet's total, or give back to it
    unpaid       the sheets that may be paid, for those who pay them
    claimed      on which sheets the lines of documents are
    stepping     how a change of sheets is gathered, told and written
    telling      the events
    errors       why a sheet refuses
    sql          sheets, movements and history; opening_sql, closing_sql, sweeping_sql, claiming_sql, claimed_sql,
                 lifecycle_sql, tails_sql and unpaid_sql the rest; instants_sql what several say of when a line happened

A line belongs to the open sheet of its account from the moment it is posted, by the instant of what happened, and is
claimed by it when it closes. Until then a sheet is a question: the unclaimed lines of its accounts before its end. What
comes late is on the open sheet and names the period that it belongs to.

Locks: whoever changes open sheets takes their rows first and the log after them; what is closed changes under the log's
lock alone.
"""
