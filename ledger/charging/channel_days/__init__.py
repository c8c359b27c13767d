"""
What payment channels say of a day, beside what is booked here. Nothing is posted of it.

    model        a channel's file, its days and records; what it is compared with, and how they differ
    errors       why a file is refused as a whole
    parsing      a file from its documents
    comparing    pure: what was told against what is booked here, difference by difference
    recording    record_channel_file: each day once
    keeping      how days differ, written anew by whatever changes either side of an order
    dismissing   differences that a person sets aside, as long as they read the same, or takes up again
    rows         records and differences from their rows
    sql          every statement on these tables; standing_sql: whether a difference waits, and whether it is set aside;
                 dismissal_sql: what persons set aside and took up again
"""
