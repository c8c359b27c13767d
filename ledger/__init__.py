"""
The ledger: everything of Splitbook that would exist without GraphQL, HTTP and many callers at once.

Floors, from the ground up; a floor may import the floors below it and nothing else:
    errors, ids, money, actor    words that everything shares
    db                           the one way to a connection: `Database.write` and `Database.read`
    journal                      accounts, entries, lines, the log; knows no business word
    parties                      who: the tree of operator, legal entities, agents, merchants, distributors
    charging                     orders in, a split book out: plans, captures, splits, refunds, suspense
    reporting, exports, verify   every filtered read, files out, and the proof that the book agrees with itself

There is no queue, no task, no clock and no environment in here: `now` and settings are passed in.
"""
