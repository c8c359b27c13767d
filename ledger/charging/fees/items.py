"""
Fee items: from a JSON document to a checked value and back.

The document's keys: code, name, direction (CREDIT | CHARGE), accounts ({kind of party: account code}), contra; and
optionally base (FIXED), tax ({code, rate}), reversible (true), granularity (FEE_ITEM), rounding (HALF_UP).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from ledger import fields, money
from ledger.charging.fees.errors import Why
from ledger.charging.fees.model import Base, Direction, FeeItem, Granularity
from ledger.errors import InvalidInput
from ledger.journal.chart import CHART
from ledger.money import Rounding

MAX_ITEMS = 500

_REQUIRED = {"code", "name", "direction", "accounts", "contra"}
_OPTIONAL = {"base", "tax", "reversible", "granularity", "rounding"}

# Where a party of each kind can have money of his own; the account decides the mode of the sheet that shows it.
PARTY_ACCOUNTS = {
    "MERCHANT": ("2010", "2080"),
    "SUPPLIER": ("2030", "2080"),
    "AGENT": ("2020",),
    "DISTRIBUTOR": ("2041", "2042", "2043"),
}
# Income and expense, and what stands between the entity, the channels, its parties and other entities. Documents own
# the other accounts.
_BETWEEN = {"1105", "1210", "1900", "2090", "2900"}
CONTRAS = {
    account.code: account
    for account in CHART
    if not account.is_summary and not account.owned and (account.klass in ("INCOME", "EXPENSE"))
} | {account.code: account for account in CHART if account.code in _BETWEEN}


def parse_items(document: Mapping[str, object]) -> tuple[FeeItem, ...]:
    """Read a catalogue, `{"items": […]}`, each code once. Refusals: InvalidInput or RateInvalid, with the place."""
    entries = fields.read_object(document, required={"items"})
    listed = fields.read_list(entries["items"], field=("items",))
    if not 1 <= len(listed) <= MAX_ITEMS:
        raise InvalidInput(field=("items",), reason=Why.ITEM_COUNT, most=MAX_ITEMS, count=len(listed))
    items = tuple(parse_item(item, field=("items", str(index))) for index, item in enumerate(listed))
    _refuse_twins([item.code for item in items])
    return items


def parse_item(document: object, *, field: tuple[str, ...] = ()) -> FeeItem:
    """Read one fee item. Refusals: InvalidInput or RateInvalid, with the place."""
    entries = fields.read_object(document, field=field, required=_REQUIRED, optional=_OPTIONAL)
    tax_code, tax_inside = _read_tax(entries.get("tax"), (*field, "tax"))
    reversible = fields.read_boolean(entries.get("reversible", True), field=(*field, "reversible"))
    contra = fields.read_text(entries["contra"], field=(*field, "contra"))
    if contra not in CONTRAS:
        raise fields.refuse_value(
            (*field, "contra"), fields.Shape.NOT_AMONG, known=", ".join(sorted(CONTRAS)), given=contra
        )
    return FeeItem(
        code=fields.read_text(entries["code"], field=(*field, "code")),
        name=fields.read_text(entries["name"], field=(*field, "name")),
        direction=fields.read_choice(entries["direction"], Direction, field=(*field, "direction")),
        base=fields.read_choice(entries.get("base", Base.FIXED), Base, field=(*field, "base")),
        tax_code=tax_code,
        tax_inside=tax_inside,
        is_reversible=reversible,
        granularity=fields.read_choice(
            entries.get("granularity", Granularity.FEE_ITEM), Granularity, field=(*field, "granularity")
        ),
        accounts=_read_accounts(entries["accounts"], (*field, "accounts")),
        contra=contra,
        rounding=fields.read_choice(entries.get("rounding", Rounding.HALF_UP), Rounding, field=(*field, "rounding")),
    )


def write_item(item: FeeItem) -> dict[str, object]:
    """Write an item in its one canonical form: every key, rates without trailing zeros, kinds sorted."""
    return {
        "code": item.code,
        "name": item.name,
        "direction": item.direction.value,
        "base": item.base.value,
        "tax": {"code": item.tax_code, "rate": money.format_rate(item.tax_inside)} if item.tax_code else None,
        "reversible": item.is_reversible,
        "granularity": item.granularity.value,
        "accounts": dict(item.accounts),
        "contra": item.contra,
        "rounding": item.rounding.value,
    }


def _read_tax(value: object, field: tuple[str, ...]) -> tuple[str, Decimal]:
    if value is None:
        return "", Decimal(0)
    entries = fields.read_object(value, field=field, required={"code", "rate"})
    code = fields.read_text(entries["code"], field=(*field, "code"))
    return code, money.parse_rate(entries["rate"], field=(*field, "rate"))


def _read_accounts(value: object, field: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    entries = fields.read_entries(value, field=field)
    if not entries:
        raise fields.refuse_value(field, Why.NO_ACCOUNT_NAMED)
    accounts = []
    for kind, given in sorted(entries.items()):
        known = PARTY_ACCOUNTS.get(kind)
        if known is None:
            raise fields.refuse_value((*field, kind), Why.NO_KIND_OF_PARTY, known=", ".join(PARTY_ACCOUNTS))
        code = fields.read_text(given, field=(*field, kind))
        if code not in known:
            raise fields.refuse_value((*field, kind), fields.Shape.NOT_AMONG, known=", ".join(known), given=code)
        accounts.append((kind, code))
    return tuple(accounts)


def _refuse_twins(codes: Sequence[str]) -> None:
    for index, code in enumerate(codes):
        if code in codes[:index]:
            raise InvalidInput(field=("items", str(index), "code"), reason=Why.ITEM_TWICE, code=code)
