"""Which kind may stand under which. Pure; the database says the same in party_parent_kind_is_allowed."""

from ledger.errors import LedgerError
from ledger.parties.errors import ParentKindNotAllowed, Why
from ledger.parties.model import Kind

PARENTS: dict[Kind, tuple[Kind, ...]] = {
    "OPERATOR": (),
    "LEGAL_ENTITY": ("OPERATOR",),
    "AGENT": ("OPERATOR", "AGENT"),
    "MERCHANT": ("OPERATOR", "AGENT"),
    "SUPPLIER": ("OPERATOR", "AGENT"),
    "DISTRIBUTOR": ("OPERATOR", "DISTRIBUTOR"),
}


def check_parent_kind(kind: Kind, parent_kind: Kind, *, field: str) -> LedgerError | None:
    """`field` names the parent. Refusals: ParentKindNotAllowed."""
    allowed = PARENTS[kind]
    if parent_kind in allowed:
        return None
    named = allowed or Why.NOBODY
    return ParentKindNotAllowed(field=(field,), kind=kind, allowed=named, parent_kind=parent_kind)
