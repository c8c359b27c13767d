"""
The PostgreSQL server that comes with the program: its life from `initdb` to the last command out.

lease        the way in: `acquire(home)` starts or adopts the server; the last `Lease` released stops it
locks        the two file locks that count the living: one around start and stop, one shared by all who work
server       one running postmaster: found by its pid file, started in its own session, asked to stop
cluster      the data folder: made whole or not at all, and checked for its version
sockets      the short private folder where the server listens
parameters   what a ledger asks of its server
binaries     the programs, and a copy of them where the server's user cannot reach the first ones
owner        the unprivileged user that the server runs as
log          the server's log, and what it says when a start goes wrong
progress     what a person is told while something takes long
errors       what can go wrong, one sentence each

Only the standard library and our words for errors are used, so the server starts before anything else of the program
is loaded.
"""
