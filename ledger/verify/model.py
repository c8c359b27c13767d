"""What verifying reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

from ledger.errors import Remark, Words

Value = object


class Compared(Words):
    """How a row and what the lines say are set against each other."""

    DISAGREES = "{table} ({key}): found {found}; expected {expected}."
    NO_ROW = "no row"
    PAIR = "{name} {value}"
    AND_MORE = "{first}, {rest}"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The first row that is not what the lines say; `found` or `expected` is None where no row is or ought to be."""

    check: str
    table: str
    key: Mapping[str, Value]
    found: Value
    expected: Value

    @property
    def remark(self) -> Remark:
        """The disagreement as a person reads it."""
        found, expected = _describe(self.found), _describe(self.expected)
        return Remark(Compared.DISAGREES, table=self.table, key=_describe(self.key), found=found, expected=expected)

    @property
    def sentence(self) -> str:
        """The same in English."""
        return str(self.remark)


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


def _describe(value: Value) -> Words | Remark | str:
    if value is None:
        return Compared.NO_ROW
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        pairs = [Remark(Compared.PAIR, name=name, value=_describe(each)) for name, each in value.items()]
        return reduce(lambda first, rest: Remark(Compared.AND_MORE, first=first, rest=rest), pairs) if pairs else ""
    return str(value)
