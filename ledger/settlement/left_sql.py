"""
What is left of a sheet, or of a slice of a deposit: text to be part of statements, so that all of them say the same.
What is passed is the alias of the row.
"""


def payable_of(sheet: str) -> str:
    """What a positive sheet has left to be paid, and no payout has claimed."""
    return f"({_left_of(sheet)} - {sheet}.payout_minor)"


def unpaid_of(sheet: str) -> str:
    """What of a positive sheet has not arrived: also what a payout has claimed and not delivered."""
    return f"({_left_of(sheet)} - {sheet}.paid_minor)"


def owed_of(sheet: str) -> str:
    """What its party still owes from a negative sheet."""
    return f"(-{sheet}.total_minor - {sheet}.netted_minor - {sheet}.collected_minor - {sheet}.written_off_minor)"


def is_owed(sheet: str) -> str:
    """Whether a sheet is closed and its party still owes from it; in the words of the index of such sheets."""
    return (
        f"{sheet}.total_minor < 0 AND {sheet}.status NOT IN ('COLLECTED', 'WRITTEN_OFF')"
        f" AND {sheet}.status <> 'CLOSING' AND {owed_of(sheet)} > 0"
    )


def is_to_net(sheet: str) -> str:
    """Whether what is owed from a sheet is netted before its party is paid: it is not in dispute."""
    return f"{is_owed(sheet)} AND {sheet}.status NOT IN ('DISPUTED', 'ADJUSTED')"


def is_carried(sheet: str, *, platform: str = "$1") -> str:
    """Whether what is left of a positive sheet is too little to be paid by itself, and waits for the next payout."""
    return _is_carried(sheet, f"{sheet}.payout_minor - {sheet}.paid_minor", platform)


def is_too_little(sheet: str) -> str:
    """The same also while a payout under way has the other part of it."""
    return _is_carried(sheet, "0", "$1")


def kept_of(deposit: str) -> str:
    """What a slice of a deposit has, or is to have, that has neither been claimed nor gone back."""
    return (
        f"({deposit}.principal_minor - {deposit}.claimed_minor - {deposit}.released_minor - {deposit}.forfeited_minor"
        f" - {deposit}.lapsed_minor)"
    )


def _is_carried(sheet: str, under_way: str, platform: str) -> str:
    return (
        f"is_carried({platform}, {sheet}.book_id, {sheet}.currency, {sheet}.status, {under_way}, {payable_of(sheet)})"
    )


def _left_of(sheet: str) -> str:
    return (
        f"{sheet}.total_minor - {sheet}.netted_minor - {sheet}.retained_minor - {sheet}.held_minor"
        f" - {sheet}.withheld_minor"
    )
