"""What verifying reports."""

from collections.abc import Mapping
from dataclasses import dataclass

Value = object


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The first row that is not what the lines say; `found` or `expected` is None where no row is or ought to be."""

    check: str
    table: str
    key: Mapping[str, Value]
    found: Value
    expected: Value

    @property
    def sentence(self) -> str:
        """The disagreement as a person reads it."""
        key = ", ".join(f"{name} {value}" for name, value in self.key.items())
        return f"{self.table} ({key}): found {_say(self.found)}; expected {_say(self.expected)}."


@dataclass(frozen=True, slots=True)
class Report:
    """`checks` are the names of those that passed; with no disagreement that is all of them."""

    platform: str
    sequence: int
    checks: tuple[str, ...]
    disagreement: Disagreement | None

    @property
    def agrees(self) -> bool:
        """Whether every row is what the lines say."""
        return self.disagreement is None


def _say(value: Value) -> str:
    if value is None:
        return "no row"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_say(each)}" for name, each in value.items())
    return str(value)
