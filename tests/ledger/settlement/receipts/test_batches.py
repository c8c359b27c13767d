"""How many statements the writers of receipts run does not depend on how much they are given."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from ledger.db.transacting import Connection
from ledger.journal.model import Refused
from ledger.settlement.receipts.assigning import assign_receipts
from ledger.settlement.receipts.matching import match_receipts
from ledger.settlement.receipts.parsing import (
    parse_assignment,
    parse_bank_receipt,
    parse_match,
    parse_return,
    parse_tolerance,
    parse_unmatch,
)
from ledger.settlement.receipts.recording import record_receipts
from ledger.settlement.receipts.returning import return_receipts
from ledger.settlement.receipts.tolerating import set_tolerances
from ledger.settlement.receipts.unmatching import unmatch_receipts
from tests.ledger.settlement.receipts.telling import CASHIER, match, match_all, owing, receipt, record, returning
from tests.ledger.settlement.sheets.world import World, at
from tests.statements import gather_asked

NOW = at("2024-07-10")
MANY = 7
Write = Callable[[Connection, Sequence[int]], Awaitable[Any]]


async def _record(conn: Connection, numbers: Sequence[int]) -> Any:
    drafts = [parse_bank_receipt(receipt("0.10", f"N{number}")) for number in numbers]
    return await record_receipts(conn, drafts=drafts, actor=CASHIER, now=NOW)


async def _match(conn: Connection, numbers: Sequence[int]) -> Any:
    receipts = [row["receipt_id"] for row in await conn.fetch("SELECT receipt_id FROM receipt ORDER BY receipt_id")]
    sheets = [row["sheet_id"] for row in await conn.fetch("SELECT sheet_id FROM sheet WHERE total_minor < 0")]
    drafts = [parse_match(match(receipts[number], sheets[number % 2], "0.10", f"N{number}")) for number in numbers]
    return await match_receipts(conn, drafts=drafts, actor=CASHIER, now=NOW)


async def _unmatch(conn: Connection, numbers: Sequence[int]) -> Any:
    ids = [row["match_id"] for row in await conn.fetch("SELECT match_id FROM receipt_match ORDER BY match_id")]
    drafts = [parse_unmatch({"match": ids[number], "reason": "Not theirs."}) for number in numbers]
    return await unmatch_receipts(conn, drafts=drafts, actor=CASHIER, now=NOW)


async def _give_back(conn: Connection, numbers: Sequence[int]) -> Any:
    receipts = [row["receipt_id"] for row in await conn.fetch("SELECT receipt_id FROM receipt ORDER BY receipt_id")]
    drafts = [parse_return(returning(receipts[number], "0.10", f"B{number}")) for number in numbers]
    return await return_receipts(conn, drafts=drafts, actor=CASHIER, now=NOW)


async def _assign(conn: Connection, numbers: Sequence[int]) -> Any:
    receipts = [row["receipt_id"] for row in await conn.fetch("SELECT receipt_id FROM receipt ORDER BY receipt_id")]
    drafts = [parse_assignment({"receipt": receipts[number], "owner": "lead"}) for number in numbers]
    return await assign_receipts(conn, drafts=drafts, actor=CASHIER, now=NOW)


async def _tolerate(conn: Connection, numbers: Sequence[int]) -> Any:
    drafts = [parse_tolerance({"legalEntity": "LE", "currency": "CNY", "amount": f"0.1{number}"}) for number in numbers]
    return await set_tolerances(conn, drafts=drafts, actor=CASHIER, now=NOW)


async def prepare(world: World) -> None:
    sheets = [await owing(world, 12_000), await owing(world, 12_000, party="M2")]
    outcomes = await record(world, *(receipt("1.00", f"R{number}") for number in range(MANY + 3)))
    numbers = [outcome.receipt_id for outcome in outcomes if not isinstance(outcome, Refused)]
    await match_all(world, *(match(number, sheets[number % 2], "0.10", f"T{number}") for number in numbers))


@pytest.mark.parametrize("write", [_record, _match, _unmatch, _give_back, _assign, _tolerate])
async def test_a_batch_runs_as_many_statements_as_one(world: World, write: Write) -> None:
    await prepare(world)
    counts = []
    for numbers in (range(1), range(1, 3), range(3, 3 + MANY)):
        async with world.database.write(world.platform_id) as conn:
            with gather_asked(conn) as asked:
                outcomes = await write(conn, numbers)
        assert not any(isinstance(outcome, Refused) for outcome in outcomes), outcomes
        counts.append(len(asked))

    assert counts[2] == counts[1]
    assert counts[2] < 20


@pytest.mark.parametrize(
    "write",
    [record_receipts, match_receipts, unmatch_receipts, return_receipts, assign_receipts, set_tolerances],
)
async def test_nothing_asked_for_is_nothing_done(world: World, write: Any) -> None:
    before = await world.count_rows()

    async with world.database.write(world.platform_id) as conn:
        assert await write(conn, drafts=[], actor=CASHIER, now=NOW) == []

    assert await world.count_rows() == before
