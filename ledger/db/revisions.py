"""Which revision of the schema this program needs. To know that takes no library; to get there does, and is rare."""

from collections.abc import Callable
from pathlib import Path

# `report(done)`: how many of them were taken so far.
Report = Callable[[int], None]

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def needed_revision() -> str:
    """The revision that this program was written for: the last step's, by whose number its file is named."""
    return max(step.name.partition("_")[0] for step in (MIGRATIONS / "versions").glob("[0-9]*.py"))
