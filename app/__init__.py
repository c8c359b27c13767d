"""
The gateway: everything of Splitbook that exists because of GraphQL, HTTP and many callers at once.

    cli, main             the command splitbook, and how its parts become a gateway
    api                   the Strawberry schema, one file per domain
    http, operations      HTTP and sockets; documents measured, limited and executed
    worker                what is due on its own, by any number of processes
    approving, previewing, paying    what an approval leads to; what a closing would do; what payouts do by themselves
    channels, sources     ways to banks; fee lines pulled from other systems
    lanes                 where concurrent single calls become batches
    events                the log, read once per process, for many subscribers
    auth, refusals        keys, roles and what each may see; why a request as a whole is refused
    importing, exporting  files in and out, on the store or over the API
    demo                  made-up marketplaces
    embedded, store       the PostgreSQL server that comes with the program, and the way to any store
    guarding, platforms   that server started again; which platform a command works on
    client, preferences   GraphQL over HTTP, asked; what a client says it likes
    strict_json           JSON of strangers: without duplicates, depths, NaN or endless numbers
    connection_words      what goes wrong between us and a server that is asked over HTTP
    system_words          what the operating system says, in words that can be said in another language
    clock, memory, interrupts    the program's clock, its garbage collector, and how it is told to stop
    stopping              what whoever is cancelled does not leave half done
    install               makes or renews .venv, on the machine's own Python
    settings              the environment, read once
    web                   GraphiQL, a project of its own; built into web/dist

No SQL, no posting and no rule about money stands here.
"""
