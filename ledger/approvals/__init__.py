"""
Approvals: who must agree before something happens, who did, and who stands in for whom.

    model        kinds, flows and their steps, requests, seats, decisions, delegations
    flows        choosing the narrowest flow that fits, and the seats that it asks to be taken
    seating      who may decide now, and in whose place: pure
    digests      what will happen as canonical text, and its digest
    requesting   request_approvals: asking
    deciding     decide: one word per person, until all agree or one refuses
    withdrawing  taking back, overtaking what has changed, asking again
    escalating   escalate: what is overdue or waits for somebody who left is passed on, for the worker to call
    delegating   standing in for somebody for a time
    defining     define_flow: who has to agree to what, from now on
    reopening    asking for a closed period to be opened again, and opening it
    finding      find_granted: what was agreed to
    loading      requests, and who is there, as the store has them
    telling      the events
    errors       why an approval is refused
    sql          every statement

What is approved belongs to other packages: they ask here, are told what came of it in the transaction that decided,
and compare the digest of what they are about to do with the one that was agreed to.
"""
