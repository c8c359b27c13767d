"""
The work of payouts that goes on by itself: each function does what there is to do for one platform and may be stopped
at any point; whoever comes next goes on from what is written.

    sending   what is due becomes payouts, and payouts are handed over to their channels
    hearing   what channels and banks say of them: asked, or read from files
    channel_files    files in which payment channels tell of a day

Nothing calls a bank inside a transaction: state and entry are committed, then the call is made, then its outcome is.
"""
