"""JSON as payloads and fingerprints hold it: without blanks, letters as they are."""

import json

# Keys in the order given.
write_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode

# Keys sorted at every level: the same content has one text, whoever wrote it down first.
write_sorted_json = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode
