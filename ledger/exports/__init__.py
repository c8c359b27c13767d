"""
Exports: the book as files, streamed from one snapshot in constant memory.

    balances   one row per account that ever had a line: gross debit and credit ever posted, in minor units
    entries    every entry with everything that its content hash covers, in the order of the log
    sql        the two statements
"""
