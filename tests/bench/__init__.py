"""
Figures: what the ledger and the gateway take, each beside a floor of plain SQL for the same rows in the same run.

measuring      effort, alternating runs, medians and spreads
tables         how figures are printed and kept (a table per topic, and `.bench/<topic>.json`)
marketplaces   the platforms that are measured, set up by plain SQL
plain          the floor: the same rows in tables without laws, hashes, versions or row policies
processes      a real `splitbook serve`, and the load generator in a process of its own (`load`)
posting, order_events, http_posting, http_reading, subtrees, drivers    one topic each
pgledger       a peer beside ours, where a clone of it is given: `make bench-peers PGLEDGER=folder`

`make bench` runs them at full size, BENCH_SCALE=0.1 at a tenth of it. test_smoke.py runs each at a tiny size in the
gate, so that none can rot. Nothing gates on a figure.
"""
