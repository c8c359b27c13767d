"""
Verify: everything that is derived, derived again from the lines; the first row that disagrees is named.

    model       what is reported: a disagreement names table, key, what is there and what ought to be
    verifying   verify: one snapshot, the checks in order, the first disagreement ends it
    snapshot    rows of the snapshot, streamed, with a word on how far it got
    log         time zones, the gap-free sequence, event hashes, who events concern, posting days, the head
    entries     the lines of each entry, its balance, its fingerprint and content hash
    accounts    versions, running balances and floors of each account; late sums; the accounts themselves
    tree        moves, and the totals of subtrees, replayed in the order of the log
    orders      what orders hold, against the entries they caused
    refunds     refunds and disputes of orders, against their events and what the lines gave back
    sheets      settlement sheets, against the lines they claimed, their entries, and 2015 and 1200
    payouts     payouts, against their entries, the movements of their sheets, and 2190
    withholding holds, deposits and adjustments, against their entries and against 2050, 2060, 1220 and 2070
    receipts    receipts and their matches, against their entries and against their sheets
    fees        fees that entries carry and fee lines, against the lines of their entries
    approvals   approvals, against their decisions and the log, and closed periods that were opened again
    told        facts that move no money, against what the log told of them: what documents, parties, terms, catalogues,
                sources, files of banks and approvals say, which keys were revoked, suspense and its releases, what
                chargebacks found gone, what was taken of sheets
    marks       fingerprints made again, seats of approvals, agreements on deposits, the chart
    channel_days, channel_day_sql    what payment channels said of their days, against the log and its marks
    sql         every statement on what the journal and the parties keep, reading only
    order_sql   the same on the documents of charging, refund_sql on refunds and disputes, fee_sql on fees
    sheet_sql   the same on settlement sheets
    payout_sql  the same on payouts
    withholding_sql  the same on holds, deposits and adjustments
    receipt_sql  the same on receipts and their matches
    approval_sql  the same on approvals
    told_order_sql, told_refund_sql, told_suspense_sql, told_sheet_sql, told_payout_sql, told_withholding_sql,
    told_receipt_sql, told_party_sql, told_approval_sql, told_catalogue_sql, told_rest_sql, told_movement_sql
                what is told, beside what told it; told_sql    the one form of these statements
    mark_sql    the rows whose marks are made again

Memory does not grow with the journal: rows come through server-side cursors in the order in which they are compared.
It grows with the number of parties (who stands under whom) and is bounded for the totals, which are replayed in parts.
"""
