"""The real marketplace data, where it lies beside the repository or where SPLITBOOK_SHARED says."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

BESIDE = Path(__file__).parents[2] / "shared"


def find_olist() -> Path:
    """The folder of the data; without it the test is skipped."""
    folder = Path(os.environ.get("SPLITBOOK_SHARED", BESIDE)) / "data" / "olist"
    if not folder.is_dir():
        pytest.skip(f"the real marketplace data is not in {folder}")
    return folder


def read_olist() -> tuple[list[dict[str, Any]], dict[str, Any], list[dict[str, Any]]]:
    """Its parties, its fee plan and its events; without the data the test is skipped."""
    folder = find_olist()
    parties, events = (
        [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]
        for name in ("parties.jsonl", "events.jsonl")
    )
    return parties, json.loads((folder / "fee_plan.json").read_text("utf-8")), events
