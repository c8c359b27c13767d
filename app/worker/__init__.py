"""
The worker: what is due on its own, done by any number of processes.

work       what a kind of work is: steps that post, or an errand that goes out of the house
kinds      every kind there is, by their domains: sheet_work, payout_work
planning   what is due becomes jobs: one per kind, tick and place in the log
running    one job from its claim to its end
worker     the loop over platforms, once or until it is told to stop
closing    closing by hand, to its end
metrics    what was done, how long it took, what failed
demo_year  the demo's year, settled by the same work; demo_incidents is what happens in it besides orders, and
           demo_receipts what comes to the bank besides payments; demo_standing how far a store has come with it

Nothing here knows a boundary or a due date: those come from the rules and from the store, so a worker that was away for
days does the same as one that was there. Its clock may be a test's; leases are in the database's time whatever it says.
"""
