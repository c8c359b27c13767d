"""How long callers wait and how full the lanes are. Labels hold the kind of work only: platforms are unbounded."""

from prometheus_client import Counter, Gauge, Histogram

WAITING = Gauge("splitbook_lane_waiting", "Items that wait in the lanes.", ["lane"])
REFUSED = Counter("splitbook_lane_full", "Items refused because their lane was full.", ["lane"])
WAIT_SECONDS = Histogram(
    "splitbook_lane_wait_seconds",
    "Time from submitting an item to the start of its batch.",
    ["lane"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
BATCH_ITEMS = Histogram(
    "splitbook_lane_batch_items",
    "Items in a batch.",
    ["lane"],
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
)
RETRIES = Counter("splitbook_lane_retries", "Batches that were tried again.", ["lane", "cause"])
SINGLED = Counter("splitbook_lane_singled", "Batches that failed as a whole and were re-run item by item.", ["lane"])
