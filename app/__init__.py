"""
The gateway: everything of Splitbook that exists because of GraphQL, HTTP and many callers at once.

    cli, main             the command splitbook, and how its parts become a gateway
    api                   the Strawberry schema, one file per domain
    http, operations      HTTP and sockets; documents measured, limited and executed
    lanes                 where concurrent single calls become batches
    events                the log, read once per process, for many subscribers
    auth                  keys, roles and what each may see
    importing, exporting  files in and out, on the store or over the API
    demo                  made-up marketplaces
    embedded, store       the PostgreSQL server that comes with the program, and the way to any store
    settings              the environment, read once
    web                   GraphiQL, a project of its own; built into web/dist

No SQL, no posting and no rule about money stands here.
"""
