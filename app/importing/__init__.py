"""
Import: files of parties, calendars, terms, fee plans, fee lines, order events and receipts into a store, or over the
API of a running gateway.

    lines       a file as numbered lines, in constant memory
    documents   one line as one strictly read JSON object
    batches     lines parsed into batches, while the batch before is being posted
    outcomes    what became of a line, and the counts of a whole file
    writers     where batches go: one function per kind, the same for a file, the demo and the API; events, plans,
                fee_lines, receipts and terms bring theirs
    remote      the same over the API
    marketplace the demo marketplace, through the same writers
    running     a whole file: read, parse, send, report

Every line is keyed, so what was committed stays and the same file again completes the rest.
"""
