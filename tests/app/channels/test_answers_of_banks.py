"""Answers of a bank that nobody can be sure of are lost ones: the transfer is UNKNOWN, and asked about."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from app.channels.protocol import ChannelUnreachable, FetchedFile
from app.channels.sandbox.client import SandboxChannel
from ledger.settlement.payouts.model import AnswerKind, Verdict
from tests.app.channels.samples import payment, submission


def row(status: str, **said: Any) -> dict[str, Any]:
    amounts = {"amountMinor": 1_141_86, "currency": "CNY", "feeMinor": 0, "changedAt": "2026-03-02T10:00:00+00:00"}
    return {"key": "SB1-P1", "status": status, "reference": "B1", "reason": "", **amounts, **said}


@asynccontextmanager
async def open_bank(answer: Any, asked: list[bytes] | None = None) -> AsyncIterator[SandboxChannel]:
    """A channel to a bank that answers everything so; `asked` hears what for."""

    def reply(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request.url.raw_path)
        return httpx.Response(200, json=answer)

    channel = SandboxChannel("http://bank", key="k")
    await channel.close()
    channel._client = httpx.AsyncClient(base_url="http://bank", transport=httpx.MockTransport(reply))
    try:
        yield channel
    finally:
        await channel.close()


@pytest.mark.parametrize("name", ["S1?x.xml", "S1#2.xml", "../S1.xml"])
async def test_a_file_is_put_away_by_its_whole_name(name: str):
    asked: list[bytes] = []
    async with open_bank({}, asked) as channel:
        await channel.put_away(FetchedFile(name, b""), refused=False)

    assert asked == [f"/files/{quote(name, safe='')}".encode()]


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ([row("ACCEPTED")], Verdict.ACCEPTED),
        ([row("REFUSED")] * 2, Verdict.REFUSED),
        ([row("ACCEPTED"), row("REFUSED")], Verdict.UNKNOWN),
        ([row("REFUSED"), row("ACCEPTED")], Verdict.UNKNOWN),
        ([row("PENDING")], Verdict.UNKNOWN),
        ([row("PENDING"), row("REFUSED")], Verdict.UNKNOWN),
        ([{"key": "SB1-P1"}], Verdict.UNKNOWN),
        ([None], Verdict.UNKNOWN),
        (None, Verdict.UNKNOWN),
    ],
)
async def test_only_what_a_bank_says_in_one_way_and_in_words_that_are_known_is_certain(rows: Any, verdict: Verdict):
    async with open_bank({"transfers": rows}) as channel:
        handed = await channel.submit(submission(payment(1)))

    assert [outcome.verdict for outcome in handed.outcomes.values()] == [verdict]


async def test_what_a_bank_has_no_word_for_yet_stays_to_be_asked_about():
    async with open_bank({"transfers": [row("PENDING"), row("PAID", key="SB1-P2")]}) as channel:
        answers = await channel.query(["SB1-P1", "SB1-P2"])

    assert [(answer.key, answer.kind) for answer in answers] == [("SB1-P2", AnswerKind.PAID)]


@pytest.mark.parametrize("answer", [None, [], {}, {"transfers": None}, {"transfers": [None]}, {"files": [{}]}])
async def test_an_answer_that_is_none_comes_from_a_bank_that_is_not_there(answer: Any):
    async with open_bank(answer) as channel:
        with pytest.raises(ChannelUnreachable):
            await channel.query(["SB1-P1"])
        with pytest.raises(ChannelUnreachable):
            await channel.fetch()
