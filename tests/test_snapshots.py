"""The generated files of the repository are what the code makes now; `make schema` writes them."""

import re
import subprocess
from pathlib import Path

import pytest

from app.api.schema import build_schema
from app.embedded.binaries import find_binaries
from tests.snapshots import check_snapshot

ROOT = Path(__file__).parents[1]
# pg_dump writes a random key into every dump unless it is given one.
RESTRICT_KEY = "splitbook"


@pytest.mark.snapshot
def test_the_printed_schema_is_the_one_that_the_code_serves() -> None:
    check_snapshot(ROOT / "schema.graphql", build_schema().as_str() + "\n")


@pytest.mark.snapshot
def test_the_dumped_schema_is_the_one_that_the_migrations_make(fresh_database: str) -> None:
    program = find_binaries(None).program("pg_dump")
    command = [program, "--schema-only", "--no-comments", f"--restrict-key={RESTRICT_KEY}", fresh_database]

    dump = subprocess.run(command, check=True, capture_output=True, text=True).stdout

    # Its own version and the server's are no part of the schema.
    check_snapshot(ROOT / "migrations" / "schema.sql", re.sub(r"^-- Dumped .*\n", "", dump, flags=re.MULTILINE))
