"""
The floor: the rows of a posting in plain tables, written by one statement a batch whose arguments were made ahead.

The tables carry the same facts under the same indexes as the journal's. What they lack is what a ledger is for: nobody
numbers, balances, hashes or judges anything, there are no running balances, no laws, no row policies.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import asyncpg

from ledger.db import columns
from ledger.journal.model import EntryDraft

SCHEMA = """
CREATE SCHEMA plain;
CREATE TABLE plain.log_event (
    platform_id bigint NOT NULL, sequence bigint NOT NULL, kind text NOT NULL, PRIMARY KEY (platform_id, sequence)
);
CREATE TABLE plain.entry (
    platform_id bigint NOT NULL, sequence bigint NOT NULL, book_id bigint NOT NULL, posted_at timestamptz NOT NULL,
    business_date date NOT NULL, posting_day date NOT NULL, line_count smallint NOT NULL,
    idempotency_key text NOT NULL, source text NOT NULL, actor text NOT NULL, template text NOT NULL,
    description text NOT NULL, document text NOT NULL, document_line text NOT NULL, cause text NOT NULL,
    PRIMARY KEY (platform_id, sequence), UNIQUE (platform_id, idempotency_key)
);
CREATE INDEX ON plain.entry (platform_id, document, document_line, sequence) WHERE document <> '';
CREATE INDEX ON plain.entry (platform_id, business_date, sequence);
CREATE TABLE plain.line (
    platform_id bigint NOT NULL, sequence bigint NOT NULL, account text NOT NULL, amount bigint NOT NULL,
    business_date date NOT NULL, posting_day date NOT NULL, position smallint NOT NULL, side text NOT NULL,
    currency text NOT NULL, PRIMARY KEY (platform_id, sequence, position)
);
CREATE INDEX ON plain.line (platform_id, account, sequence);
CREATE TABLE plain.subtree_day (
    platform_id bigint NOT NULL, party_id bigint NOT NULL, code text NOT NULL, currency text NOT NULL,
    posting_day date NOT NULL, debit bigint NOT NULL, credit bigint NOT NULL,
    PRIMARY KEY (platform_id, party_id, code, currency, posting_day)
) WITH (fillfactor = 70);
"""

INSERT = """
WITH entries AS (
    INSERT INTO plain.entry (
        platform_id, posted_at, posting_day, actor, sequence, book_id, business_date, line_count, idempotency_key,
        source, template, description, document, document_line, cause
    )
    SELECT $1, clock_timestamp(), $2, 'bench', e.sequence, e.book_id, e.business_date, e.line_count, e.key, e.source,
        coalesce(e.template, ''), coalesce(e.description, ''), coalesce(e.document, ''), coalesce(e.document_line, ''),
        coalesce(e.cause, '')
    FROM unnest(
        $3::text::bigint[], $4::text::bigint[], $5::text::date[], $6::text::smallint[],
        string_to_array($7, chr(31)), string_to_array($8, chr(31)), string_to_array($9, chr(31)),
        string_to_array($10, chr(31)), string_to_array($11, chr(31)), string_to_array($12, chr(31)),
        string_to_array($13, chr(31))
    ) AS e (
        sequence, book_id, business_date, line_count, key, source, template, description, document, document_line, cause
    )
), subtrees AS (
    INSERT INTO plain.subtree_day AS o (platform_id, posting_day, party_id, code, currency, debit, credit)
    SELECT $1, $2, d.*
    FROM unnest(
        $14::text::bigint[], string_to_array($15, chr(31)), string_to_array($16, chr(31)),
        $17::text::bigint[], $18::text::bigint[]
    ) AS d
    ON CONFLICT (platform_id, party_id, code, currency, posting_day)
    DO UPDATE SET debit = o.debit + excluded.debit, credit = o.credit + excluded.credit
)
INSERT INTO plain.line (
    platform_id, posting_day, sequence, business_date, account, side, amount, currency, position
)
SELECT $1, $2, l.*
FROM unnest(
    $19::text::bigint[], $20::text::date[], string_to_array($21, chr(31)), string_to_array($22, chr(31)),
    $23::text::bigint[], string_to_array($24, chr(31)), $25::text::smallint[]
) AS l
"""

Paths = Mapping[int, Sequence[int]]
Arguments = list[str]


async def create_plain_tables(conn: asyncpg.Connection) -> None:
    """Make the tables of the floor, beside the journal in the same database."""
    await conn.execute(SCHEMA)


def prepare(drafts: Sequence[EntryDraft], *, first: int, paths: Paths) -> Arguments:
    """The arguments of `insert` for a batch numbered from `first`; `paths` lead from a party to the root."""
    numbers = range(first, first + len(drafts))
    lines = [
        (number, draft.business_date, position, line)
        for number, draft in zip(numbers, drafts, strict=True)
        for position, line in enumerate(draft.lines, start=1)
    ]
    return [
        columns.numbers(numbers),
        columns.numbers([draft.book_id for draft in drafts]),
        columns.days([draft.business_date for draft in drafts]),
        columns.numbers([len(draft.lines) for draft in drafts]),
        columns.texts([draft.key for draft in drafts]),
        columns.texts([draft.source for draft in drafts]),
        columns.texts([draft.template for draft in drafts]),
        columns.texts([draft.description for draft in drafts]),
        columns.texts([draft.document for draft in drafts]),
        columns.texts([draft.document_line for draft in drafts]),
        columns.texts([draft.cause for draft in drafts]),
        *_sum_subtrees(drafts, paths),
        columns.numbers([number for number, _, _, _ in lines]),
        columns.days([day for _, day, _, _ in lines]),
        columns.texts([f"{line.account.code} {line.account.party_id}" for _, _, _, line in lines]),
        columns.texts([line.side for _, _, _, line in lines]),
        columns.numbers([line.amount for _, _, _, line in lines]),
        columns.texts([line.account.currency for _, _, _, line in lines]),
        columns.numbers([position for _, _, position, _ in lines]),
    ]


async def insert(conn: asyncpg.Connection, *, platform_id: int, day: date, arguments: Arguments) -> None:
    """Write a batch and commit."""
    await conn.execute(INSERT, platform_id, day, *arguments)


def _sum_subtrees(drafts: Sequence[EntryDraft], paths: Paths) -> list[str]:
    sums: dict[tuple[int, str, str], list[int]] = {}
    for draft in drafts:
        for line in draft.lines:
            if line.account.party_id is None:
                continue
            for party_id in paths[line.account.party_id]:
                total = sums.setdefault((party_id, line.account.code, line.account.currency), [0, 0])
                total[line.side == "C"] += line.amount
    rows = sorted(sums.items())  # in one order, so that two batches at once queue and do not deadlock
    return [
        columns.numbers([party_id for (party_id, _, _), _ in rows]),
        columns.texts([code for (_, code, _), _ in rows]),
        columns.texts([currency for (_, _, currency), _ in rows]),
        columns.numbers([total[0] for _, total in rows]),
        columns.numbers([total[1] for _, total in rows]),
    ]
