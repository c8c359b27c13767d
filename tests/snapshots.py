"""Files of the repository that are generated from the code, and how a test keeps them true."""

import os
from pathlib import Path

WRITE = "SPLITBOOK_WRITE_SNAPSHOTS"


def check_snapshot(path: Path, text: str) -> None:
    """Assert that the file holds exactly this text; under `make schema`, write it instead."""
    if os.environ.get(WRITE):
        path.write_text(text, encoding="utf-8")
    found = path.read_text(encoding="utf-8") if path.exists() else ""
    assert found == text, f"{path.name} is not what the code makes now; run `make schema` and commit the change"
