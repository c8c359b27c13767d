"""
A bank and payment service of ours, for trying things out and for tests: a real HTTP server with a memory of its own.

    state_sql  what the sandbox remembers, and its behaviours, in one small file
    files      the statements and reports that it makes
    payments   its payment side: captures, refunds, and the file of a day
    server     the HTTP side
    client     the channel that talks to it
"""
