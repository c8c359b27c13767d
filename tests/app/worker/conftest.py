"""One store for a module's tests, one platform for each of them."""

from tests.ledger.settlement.sheets.world import world

__all__ = ["world"]
