"""
The gateway: everything of Splitbook that exists because of GraphQL, HTTP and many callers at once.

main, cli      start the program
api            the Strawberry schema, one file per domain
lanes          where concurrent single calls become batches
auth           keys, roles and what each may see
embedded       the PostgreSQL server that comes with the program
settings       the environment, read once
"""
