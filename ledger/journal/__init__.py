"""
The journal: accounts, entries, lines and the log of one platform. It knows no business word.

    model        the frozen values that come in and go out
    chart        the chart of accounts, as data
    platforms    a platform with its chart, its log and its books
    books        the legal entities' books: reference and time zone
    accounts     from a place in the chart to an account, opened on first use
    last_lines   the last lines of accounts, remembered between batches
    encoding     the canonical bytes of an entry, its fingerprint and its content hash
    preparing    what is known of drafts without the lock
    judging      what may be posted: pure, decided before anything is written
    posting      post_entries: the one way into the journal, a list at a time
    telling      log_events: what the log says where no money moves
    writing      numbers in the log, hashes, and the one statement that writes
    reversing    the mirror of an entry
    manual       the same two for people, who may not touch what a document owns
    dating       how far ahead a caller may date what he says happened
    subtrees     totals of a party and everyone below, written with the entries
    closing      the day through which a book is closed
    reopening    the way back, behind an approval
    balances     the balance of an account now, at a business date, at a sequence, at both
    subtree_balances  what a party and everyone below it stand at, now, at a business date, at a sequence
    errors       why the journal refuses
    sql          every statement of writing on the journal's tables
    balance_sql  every statement of the balances; subtree_sql those on totals, subtree_at_sql those on
                 totals at a sequence, platform_sql those on platforms

The journal asks two questions of the floor above it, through database functions: find_holders, the reference and the
ancestors of the parties that hold accounts, and find_members_on, who stood below a party on a past day. Who stood where
at a past place in the log, subtree_at_sql reads from the tree's tables itself.
"""
