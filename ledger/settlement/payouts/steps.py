"""The smallest unit that a channel moves, by currency: what is below it stays on its sheet until it adds up."""

from collections.abc import Mapping

# Banks move forints and Taiwan dollars whole, though ISO 4217 gives them two decimals.
_WHOLE_UNITS: Mapping[str, int] = {"HUF": 100, "TWD": 100}

# As payment services do, the sandbox moves currencies of three decimals in steps of ten of their smallest units.
_STEPS: Mapping[str, Mapping[str, int]] = {
    "file": _WHOLE_UNITS,
    "sandbox": {**_WHOLE_UNITS, **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 10)},
}


def find_step(channel: str, currency: str) -> int:
    """The step of a channel in a currency, in minor units; 1 where nothing is known."""
    return _STEPS.get(channel, {}).get(currency, 1)
