"""JSON as payloads and fingerprints hold it: without blanks, letters as they are, keys in the order given."""

import json

write_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
