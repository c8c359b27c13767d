"""
Every filtered read, for whoever shows the ledger. Nothing here writes.

model       what readers get, what they filter by, and the stretch of a list they ask for
sql_scope   the predicate that keeps a party's key inside its subtree; beside it a sql_ file per subject
platforms   the platform, and where its log stands
parties     by id and reference; children (sql_tree: then), ancestors, the whole subtree in depth-first order
accounts    by id and place; lists, and the lines of an account
entries     by sequence; lists with filters, and the lines of an entry
balances    of accounts, of parties, of parties with everything below them
statements  opening, lines, closing of an account or of a party in one currency
trial       debits and credits of a legal entity, per code and currency
orders      orders with their lines, shares, refunds and events
charging    fee plans, and what waits in suspense
fee_lines   fee lines from elsewhere, their catalogue, and how they compare with ours (sql_comparisons)
channel_days    what payment channels said of their days, beside what is booked here
calendars   as they were published; terms, how parties and roles settle
approvals   the inbox, requests with their seats, flows, delegations
sheets      settlement sheets, their lines and fees, step by step; overdue, those whose day has passed
withholding holds, deposit agreements with their slices, adjustments
receipts    what came to the bank, and what of it clears which sheets
payouts     payouts, bank accounts, answers of banks; payout_preview, what a run would create, and payout_queue, who is
            sent first and who waits for what
cash_needed what legal entities have to pay by a day
settled     from payouts and sheets to what they are made of, and back (sql_naming: what names an order, with it)
netted      what of sheets goes to what their parties owe before they are paid
still_open  what of that closing a party leaves behind, added up
unpaid      every cent that has not reached its party, by the document that says why; sheet_shares, what became of
            each document on a sheet; apportioning, how a sheet's money is divided among them; next_payouts, what of it
            is paid next
work_queues what waits for people; due_work what is due by itself; jobs what workers do
log         the log as a stream, for whoever listens
history     the same in pages, and the events of one document
ranges      two ends of a question, the earlier one first
grouping    from rows that bear the position of their key to one value per key
errors      why a question is refused

Functions that take `keys` answer with one value per key, in order, by a number of statements that does not depend on
the keys. Their conn is a read-only snapshot; `scope` is the root of the only subtree that may be seen, None the whole
platform. What is outside the scope is answered exactly as what does not exist.
"""
