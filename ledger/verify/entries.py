"""Each entry with its lines: complete, balanced, on accounts of its book, and hashed as it stands."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from ledger.journal.encoding import account_identity, content_hashes, fingerprint
from ledger.journal.model import Account, AccountKey, EntryDraft, LineDraft
from ledger.verify import sql
from ledger.verify.model import Disagreement
from ledger.verify.snapshot import Row, Snapshot, following

CHECK = "entries"


async def check_entries(snapshot: Snapshot) -> Disagreement | None:
    """Every entry has its lines, balances in each currency and hashes to what was stored when it was posted."""
    lines = sql.stream_lines(snapshot)
    line = await following(lines)
    async for entry in sql.stream_entries(snapshot):
        sequence = entry["sequence"]
        if line is not None and line["sequence"] < sequence:
            return _orphan(line)
        own: list[Row] = []
        while line is not None and line["sequence"] == sequence:
            own.append(line)
            line = await following(lines)
        wrong = (
            _check_book(entry)
            or _check_lines(entry, own)
            or _check_balance(entry, own)
            or _check_hashes(entry, own, snapshot.platform)
        )
        if wrong is not None:
            return wrong
    return None if line is None else _orphan(line)


def _orphan(line: Row) -> Disagreement:
    key = {"sequence": line["sequence"], "position": line["position"]}
    return Disagreement(CHECK, "line", key, "a line", "an entry of it")


def _check_book(entry: Row) -> Disagreement | None:
    """Its book is there: nothing else of it can be looked at without."""
    if entry["book"] is not None:
        return None
    return Disagreement(CHECK, "book", {"book_id": entry["book_id"]}, None, f"the book of entry {entry['sequence']}")


def _check_lines(entry: Row, lines: Sequence[Row]) -> Disagreement | None:
    """As many lines as the entry says, numbered from 1, of its dates, on accounts that may take them."""
    if entry["line_count"] != len(lines):
        found, expected = {"line_count": entry["line_count"]}, {"line_count": len(lines)}
        return Disagreement(CHECK, "entry", {"sequence": entry["sequence"]}, found, expected)
    for position, line in enumerate(lines, start=1):
        facts = (
            ("position", line["position"], position),
            ("business_date", line["business_date"], entry["business_date"]),
            ("posting_day", line["posting_day"], entry["posting_day"]),
            ("account's currency", line["account_currency"], line["currency"]),
            ("account's book", line["book_id"], entry["book_id"]),
            ("account is a summary", line["is_summary"], False),
        )
        for name, is_so, ought in facts:
            if is_so != ought:
                key = {"sequence": line["sequence"], "position": line["position"]}
                return Disagreement(CHECK, "line", key, {name: is_so}, {name: ought})
    return None


def _check_balance(entry: Row, lines: Sequence[Row]) -> Disagreement | None:
    sums: Counter[tuple[str, str]] = Counter()
    for line in lines:
        sums[line["currency"], line["side"]] += line["amount"]
    for currency in sorted({currency for currency, _ in sums}):
        debit, credit = sums[currency, "D"], sums[currency, "C"]
        if debit != credit:
            key = {"sequence": entry["sequence"], "currency": currency}
            return Disagreement(CHECK, "entry", key, {"debit": debit, "credit": credit}, "equal sums")
    return None


def _check_hashes(entry: Row, lines: Sequence[Row], platform: str) -> Disagreement | None:
    """Encode the entry again from its rows."""
    accounts = [
        _account(line["book_reference"], line["code"], line["party_reference"], line["currency"]) for line in lines
    ]
    drafted = tuple(
        LineDraft(account.key, line["side"], line["amount"]) for line, account in zip(lines, accounts, strict=True)
    )
    draft = EntryDraft(
        key=entry["idempotency_key"],
        book_id=entry["book_id"],
        business_date=entry["requested_date"],
        lines=drafted,
        source=entry["source"],
        template=entry["template"],
        description=entry["description"],
        document=entry["document"],
        document_line=entry["document_line"],
        cause=entry["cause"],
        metadata=entry["metadata"],
        reversal_of=entry["reversal_of"],
    )
    mark = fingerprint(draft, book=entry["book"], accounts=accounts)
    (whole,) = content_hashes(
        [(entry["sequence"], entry["business_date"], entry["idempotency_key"], mark)],
        platform=platform,
        posted_at=entry["posted_at"],
        actor=entry["actor"],
    )
    for name, expected in (("fingerprint", mark), ("content_hash", whole)):
        if entry[name] != expected:
            key = {"sequence": entry["sequence"]}
            return Disagreement(CHECK, "entry", key, {name: entry[name]}, {name: expected})
    return None


@lru_cache(maxsize=100_000)
def _account(book: str, code: str, party: str | None, currency: str) -> Account:
    """The account as hashing needs it: by its references, whatever numbers this store gave them."""
    identity = account_identity(book=book, code=code, party=party, currency=currency)
    return Account(0, AccountKey(0, code, None, currency), "D", False, None, identity, code)
