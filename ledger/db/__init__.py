"""
The one way to a connection.

    connecting   Database: a pool whose connections work as the role splitbook_app
    transacting  Database.write and Database.read: the only places that open a transaction
    announcing   a wake-up hint to whoever listens
    alone        what only one process of all that use a store may do at a time
    reserving    numbers of rows that are taken before the rows are written
    columns      values as columns, for statements that take arrays
    days_sql     whether a day has come where its zone says
    revisions    which revision the program needs
    migrating    roles and schema, run with the login the store was given
    examining    whether a server can be trusted with a ledger
    rights       what a login must be allowed before it can migrate
    errors       what can become of a transaction besides success
"""
