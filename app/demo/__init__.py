"""
The demo marketplace: made-up parties, fee plans and order events of any size, the same for the same seed.

marketplace    `Marketplace(orders, seed)`: the whole of it, as iterators over the objects that `splitbook import` reads
parties        the cast: operator, three legal entities, agents, suppliers, merchants and a deep tree of distributors
regions        where the three legal entities trade: currency, decimals, clock and prices
names          what people and shops are called
plans          two versions of one fee plan, changed in the middle of the year
order_story    one order from its payment to its last refund
settlement     terms of the roles, made-up bank accounts, and when the year was settled
incidents      what happens besides orders: deposits, fees, adjustments, holds, disputes, and who has to agree
bank_lines     what comes to the bank beside payments
timeline       the stories of many orders as one stream in order of time, in constant memory
files          the marketplace as files
draw           the only source of chance, made of integers

Nothing here imports the rest of the gateway or the ledger, and nothing here looks at a clock.
"""
