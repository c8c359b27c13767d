"""
The ledger: everything of Splitbook that would exist without GraphQL, HTTP and many callers at once.

Floors, from the ground up; a floor may import the floors below it and nothing else:
    errors, ids, money, actor    words that everything shares, and compact_json, the one way that payloads are written
    keeping                      refusals that are kept, so that they can be said in another language later
    noting                       what the program itself writes into documents in words, known again for the same
    db, fields                   the one way to a connection: `Database.write`, `Database.read`; strict reading of JSON
    journal                      accounts, entries, lines, the log; knows no business word
    parties                      who: the tree of operator, legal entities, agents, merchants, distributors
    access                       keys, and the roles they play
    approvals, calendars, jobs   who must agree; working days; durable work for the workers
    charging                     orders in, a split book out: plans, captures, splits, refunds, suspense
    settlement                   from what a party has earned to what it has been paid; reads the log
    reporting, exports, verify   every filtered read, files out, and the proof that the book agrees with itself

There is no queue, no task, no clock and no environment in here: `now` and settings are passed in.
"""
