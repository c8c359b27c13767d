"""What came of a list, in a few words."""

from collections.abc import Iterable

from ledger.journal.model import Refused


def codes(outcomes: Iterable[object]) -> list[str]:
    """The code of each refusal, "" for what was done."""
    return [outcome.error.code if isinstance(outcome, Refused) else "" for outcome in outcomes]
