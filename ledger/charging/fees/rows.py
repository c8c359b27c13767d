"""Fee lines from and to their rows."""

from collections.abc import Iterable

from ledger.charging.fees import sql
from ledger.charging.fees.model import Direction, FeeLine, LineSource
from ledger.db.columns import digests, flags, instants, numbers, texts


def read_fee_line(row: sql.Row) -> FeeLine:
    """A line as it is stored."""
    return FeeLine(
        reference=row["reference"],
        book_id=row["book_id"],
        party_id=row["party_id"],
        item=row["item"],
        item_version=row["item_version"],
        direction=Direction(row["direction"]),
        currency=row["currency"],
        account_code=row["account_code"],
        base=row["base_minor"],
        rate=row["rate"],
        exact=row["exact"],
        amount=row["amount_minor"],
        tax=row["tax_minor"],
        occurred_at=row["occurred_at"],
        source=LineSource(row["source"]),
        compare_only=row["compare_only"],
        reverses=row["reverses"],
        order=row["order_reference"],
        line=row["line_reference"],
        spu=row["spu"],
        sku=row["sku"],
        sku_kind=row["sku_kind"],
        fingerprint=row["fingerprint"],
        reversed_amount=row["reversed_minor"],
        reversed_base=row["reversed_base_minor"],
        reversed_tax=row["reversed_tax_minor"],
        sequence=row["sequence"],
        entry=row["entry"],
    )


def write_columns(lines: Iterable[FeeLine]) -> list[str | bytes]:
    """The columns of sql.write_fee_lines."""
    rows = list(lines)
    return [
        texts([line.reference for line in rows]),
        numbers([line.sequence for line in rows]),
        numbers([line.entry for line in rows]),
        numbers([line.book_id for line in rows]),
        numbers([line.party_id for line in rows]),
        numbers([line.base for line in rows]),
        numbers([line.amount for line in rows]),
        numbers([line.tax for line in rows]),
        numbers([line.reversed_amount for line in rows]),
        numbers([line.reversed_base for line in rows]),
        numbers([line.reversed_tax for line in rows]),
        instants([line.occurred_at for line in rows]),
        numbers([line.item_version for line in rows]),
        flags([line.compare_only for line in rows]),
        texts([line.item for line in rows]),
        texts([line.direction.value for line in rows]),
        texts([line.currency for line in rows]),
        texts([line.account_code for line in rows]),
        texts([line.rate for line in rows]),
        texts([line.exact for line in rows]),
        texts([line.source.value for line in rows]),
        texts([line.reverses or "" for line in rows]),
        texts([line.order for line in rows]),
        texts([line.line for line in rows]),
        texts([line.spu for line in rows]),
        texts([line.sku for line in rows]),
        texts([line.sku_kind for line in rows]),
        digests([line.fingerprint for line in rows]),
    ]
