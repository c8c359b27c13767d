"""Why what belongs to several packages of settlement is refused."""

from ledger.errors import LedgerError


class PartyEarnsNothing(LedgerError):
    """Only a party that earns can be owed, and only what is owed can be held, kept or adjusted."""

    code = "PARTY_EARNS_NOTHING"
    sentence = "{party} is a {kind} and earns nothing; name a merchant, a supplier, an agent or a distributor."
