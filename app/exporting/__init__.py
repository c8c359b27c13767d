"""
Export: the book as a file, from the store in one snapshot or over the API page by page.

    local    from the store, in one snapshot
    remote   over the API, page by page
    rows     how a row of each export is written
    output   stdout, or a file that is there whole or not at all
"""
