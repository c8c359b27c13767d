"""What a bank's file said, before it is known whose payouts these are."""

from dataclasses import dataclass

from ledger.settlement.payouts.model import BankAnswer


@dataclass(frozen=True, slots=True)
class GroupAnswer:
    """
    A verdict on a whole message of ours; `answer` lacks the key, it stands for every payment of that message but those
    that have a word of their own (`besides`, by key).
    """

    message_id: str
    answer: BankAnswer
    besides: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file's kind, its name for itself, and what it said; `passed_over` counts what says nothing of payouts."""

    kind: str
    message_id: str
    answers: tuple[BankAnswer, ...]
    groups: tuple[GroupAnswer, ...] = ()
    passed_over: int = 0
