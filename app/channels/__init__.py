"""
Ways to a bank or a payment service, behind one protocol.

    protocol   what a channel can do, and the three outcomes of handing something over
    file       ISO 20022 files in folders: pain.001 out, pain.002 and camt.053 in
    sandbox    a server of ours that behaves as banks do, and the client for it
    opening    the channels that the settings name
"""
