"""Whatever is wrong with a line, it is named with its number, and nothing of it is written; the rest goes in."""

import json
from pathlib import Path

import pytest

from tests.app.cli.commands import Commands, write_lines
from tests.journeys import marketplaces
from tests.journeys.gateways import run_gateway
from tests.journeys.marketplaces import Files
from tests.journeys.small_market import PARTIES, PLAN, later, merchant, paid, refunded, succeeded, with_line

Case = tuple[str, object, str, str]

# What is wrong, the line, the code and the place that are reported. Between them stand good lines.
EVENTS: list[Case] = [
    ("cut off", b'{"event":"order.paid"', "INVALID_JSON", ""),
    ("not an object", b"[]", "INVALID_JSON", ""),
    ("two objects", json.dumps(paid("X")).encode() * 2, "INVALID_JSON", ""),
    ("not UTF-8", b'{"event":"\xff"}', "INVALID_JSON", ""),
    ("NaN", json.dumps(paid("X", amount=float("nan"))).encode(), "INVALID_JSON", ""),
    ("infinity", b'{"amount":-Infinity}', "INVALID_JSON", ""),
    ("one key twice", b'{"event":"order.succeeded","event":"order.paid"}', "INVALID_JSON", ""),
    ("deep", b"[" * 5_000 + b"]" * 5_000, "INVALID_JSON", ""),
    ("2 MiB", b'{"event":"' + b"x" * 2**21 + b'"}', "LINE_TOO_LONG", ""),
    ("unknown key", paid("X", tip="1.00"), "INVALID_INPUT", "tip"),
    ("unknown key of a line", with_line("X", colour="red"), "INVALID_INPUT", "lines.0.colour"),
    ("unknown event", paid("X", event="order.lost"), "INVALID_INPUT", "event"),
    ("missing key", with_line("X", goods=None), "INVALID_INPUT", "lines.0.goods"),
    ("wrong kind of value", paid("X", lines="1"), "INVALID_INPUT", "lines"),
    ("wrong kind of text", paid("X") | {"order": 7}, "INVALID_INPUT", "order"),
    ("no instant", paid("X", occurredAt="yesterday"), "INVALID_INPUT", "occurredAt"),
    ("no zone", paid("X", occurredAt="2025-02-01T08:00:00"), "INVALID_INPUT", "occurredAt"),
    ("a float", paid("X", amount=100.0), "AMOUNT_INVALID", "amount"),
    ("a number", paid("X", amount=100), "AMOUNT_INVALID", "amount"),
    ("an exponent", paid("X", amount="1e2"), "AMOUNT_INVALID", "amount"),
    ("a fraction of a cent", with_line("X", goods="100.001"), "AMOUNT_TOO_PRECISE", "lines.0.goods"),
    ("a fraction of a yen", paid("X", currency="JPY", goods="100.5"), "AMOUNT_TOO_PRECISE", "amount"),
    ("a negative amount", with_line("X", goods="-1.00"), "AMOUNT_NOT_POSITIVE", "lines.0.goods"),
    ("nothing", with_line("X", goods="0.00"), "AMOUNT_NOT_POSITIVE", "lines.0.goods"),
    ("twenty digits", with_line("X", goods="12345678901234567890"), "AMOUNT_TOO_LARGE", "lines.0.goods"),
    ("forty digits", with_line("X", goods="1" * 40), "AMOUNT_TOO_LARGE", "lines.0.goods"),
    ("unknown currency", paid("X", currency="XXL"), "CURRENCY_UNKNOWN", "currency"),
    ("another sum", paid("X", amount="99.00"), "AMOUNT_MISMATCH", "amount"),
    ("unknown merchant", with_line("X", merchant="nobody"), "PARTY_OF_KIND_MISSING", "lines.0.merchant"),
    ("merchant of a wrong kind", with_line("X", merchant="D"), "PARTY_OF_KIND_MISSING", "lines.0.merchant"),
    ("entity of a wrong kind", paid("X", settlementEntity="M"), "PARTY_OF_KIND_MISSING", "settlementEntity"),
    ("referrer of a wrong kind", paid("X", referrer="M"), "PARTY_OF_KIND_MISSING", "referrer"),
    ("no plan yet", paid("X", occurredAt="2024-12-31T08:00:00Z"), "NO_PLAN_IN_FORCE", "occurredAt"),
    ("success of an unknown order", succeeded("X"), "ORDER_MISSING", "order"),
    ("refund of an unknown order", refunded("X", "1.00"), "ORDER_MISSING", "order"),
    (
        "refund of an unknown line",
        refunded("GOOD", "1.00", refund="R9", line="9"),
        "ORDER_LINE_MISSING",
        "lines.0.line",
    ),
    (
        "too large a refund",
        refunded("GOOD", "100.01", refund="R9"),
        "REFUND_EXCEEDS_REMAINING",
        "lines.0.amount",
    ),
    ("succeeded twice", succeeded("DONE", id="again"), "ORDER_ALREADY_SUCCEEDED", "order"),
    ("an unknown refund paid", later("GOOD", "refund.paid", "R9") | {"refund": "R9"}, "REFUND_MISSING", "refund"),
    ("an id with other content", paid("GOOD", channel="other"), "IDEMPOTENCY_CONFLICT", "id"),
    ("paid again as something else", paid("GOOD", id="other"), "LINE_EXISTS", "lines"),
    ("settled by no entity", paid("X", settlingEntity="M"), "PARTY_OF_KIND_MISSING", "settlingEntity"),
    ("settled while frozen", later("GOOD", "payment.settled", "S") | {"amount": "1.00"}, "PAYMENT_FROZEN", "order"),
    ("no dispute", later("GOOD", "chargeback.won", "C") | {"dispute": "C"}, "DISPUTE_MISSING", "dispute"),
    (
        "too large a dispute",
        later("GOOD", "order.charged_back", "C") | {"dispute": "C", "amount": "100.01"},
        "DISPUTE_EXCEEDS_REMAINING",
        "amount",
    ),
    (
        "nobody liable",
        later("GOOD", "chargeback.lost", "C") | {"dispute": "C", "liability": "BUYER"},
        "INVALID_INPUT",
        "liability",
    ),
]

PARTIES_REFUSED: list[Case] = [
    ("a second root", {"reference": "OP2", "kind": "OPERATOR", "name": "Second"}, "SECOND_ROOT", "kind"),
    ("unknown parent", merchant("X", parent="nobody"), "PARTY_MISSING", "parent"),
    ("parent of a wrong kind", merchant("X", parent="D"), "PARENT_KIND", "parent"),
    ("itself as parent", {"reference": "X", "kind": "AGENT", "name": "X", "parent": "X"}, "PARTY_MISSING", "parent"),
    ("no parent", {"reference": "X", "kind": "AGENT", "name": "X"}, "INVALID_INPUT", "parent"),
    ("child before its parent", merchant("X", parent="LATER"), "PARTY_MISSING", "parent"),
    ("unknown kind", merchant("X", kind="SHOP"), "INVALID_INPUT", "kind"),
    ("unknown key", merchant("X", colour="red"), "INVALID_INPUT", "colour"),
    ("no name", merchant("X", name=" "), "INVALID_INPUT", "name"),
    ("unknown currency", merchant("X", currency="XXL"), "CURRENCY_UNKNOWN", "currency"),
    ("unknown time zone", merchant("X", timeZone="Mars/Base"), "INVALID_INPUT", "timeZone"),
    ("unknown settlement", merchant("X", settlement={"speed": "fast"}), "INVALID_INPUT", "settlement.speed"),
    ("a reference with other content", merchant("M", name="Another"), "PARTY_CONFLICT", "reference"),
    ("a fraction", merchant("X", metadata={"rating": 4.5}), "INVALID_INPUT", "metadata.rating"),
    ("a number that browsers round", merchant("X", metadata={"id": 2**53}), "INVALID_INPUT", "metadata.id"),
    ("deep metadata", merchant("X", metadata={"a": [[[[[[]]]]]]}), "INVALID_INPUT", "metadata"),
    ("not an object", b"7", "INVALID_JSON", ""),
]

PLANS_REFUSED: list[Case] = [
    ("not JSON", b"{", "INVALID_JSON", ""),
    ("unknown key", PLAN | {"bonus": "0.01"}, "INVALID_INPUT", "bonus"),
    ("a float", PLAN | {"commission": {"default": 0.08}}, "RATE_INVALID", "commission.default"),
    ("above one", PLAN | {"commission": {"default": "0.95"}}, "RATES_EXCEED_WHOLE", ""),
    ("four levels", PLAN | {"distribution": {"rates": ["0.01"] * 4}}, "DEPTH_EXCEEDED", "distribution.rates"),
    ("the same day with other content", PLAN | {"commission": {"default": "0.09"}}, "PLAN_CONFLICT", "validFrom"),
]


@pytest.fixture
def market(commands: Commands, tmp_path: Path) -> Commands:
    """A store with parties, a plan and nothing else."""
    write_lines(tmp_path / "parties.jsonl", *PARTIES)
    write_lines(tmp_path / "plan.json", PLAN)
    for kind, name in (("parties", "parties.jsonl"), ("fee-plan", "plan.json")):
        assert commands.run("import", kind, tmp_path / name).exit_code == 0
    return commands


def test_every_bad_event_is_named_and_the_good_ones_between_them_are_posted(market: Commands, tmp_path: Path) -> None:
    first = [paid("GOOD"), paid("DONE"), succeeded("DONE")]
    between = [paid(f"G{number}") for number, _ in enumerate(EVENTS)]
    lines = [line for (_, bad, _, _), good_one in zip(EVENTS, between, strict=True) for line in (bad, good_one)]
    good = [*first, *between, succeeded("GOOD")]
    file = write_lines(tmp_path / "events.jsonl", *first, *lines, good[-1])
    only_good = Files("OP", tmp_path / "parties.jsonl", [tmp_path / "plan.json"], write_lines(tmp_path / "good", *good))

    result = market.run("import", "events", file, "--json")

    *refused, counts = [json.loads(line) for line in result.stdout.splitlines()]
    said = {EVENTS[each["line"] // 2 - 2][0]: (each["line"], each["code"], each["field"]) for each in refused}
    assert said == {label: (4 + 2 * at, code, place) for at, (label, _, code, place) in enumerate(EVENTS)}
    assert result.exit_code == 1
    assert (counts["recorded"], counts["replayed"], counts["refused"]) == (len(good), 0, len(EVENTS))
    assert marketplaces.read_balances(market.run("export", "balances").stdout) == only_good.work_out().accounts
    assert market.ask("verify")["agrees"]


def test_every_bad_party_is_named_and_the_good_ones_are_registered(market: Commands, tmp_path: Path) -> None:
    good = [merchant("N1"), merchant("N2")]
    bad = [line for _, line, _, _ in PARTIES_REFUSED]
    file = write_lines(tmp_path / "more.jsonl", good[0], *bad, good[1])

    # Without the platform's name, an operator in the file would come with a platform of its own.
    result = market.run("import", "parties", file, "--json", "--platform", "OP")

    *refused, counts = [json.loads(line) for line in result.stdout.splitlines()]
    said = {PARTIES_REFUSED[each["line"] - 2][0]: (each["code"], each["field"]) for each in refused}
    assert said == {label: (code, place) for label, _, code, place in PARTIES_REFUSED}
    assert result.exit_code == 1
    assert (counts["recorded"], counts["refused"]) == (2, len(bad))
    assert market.run("import", "parties", tmp_path / "parties.jsonl").exit_code == 0


def test_every_bad_plan_is_named(market: Commands, tmp_path: Path) -> None:
    said = {}
    for label, plan, _, _ in PLANS_REFUSED:
        result = market.run("import", "fee-plan", write_lines(tmp_path / "other.json", plan), "--json")
        refused, counts = [json.loads(line) for line in result.stdout.splitlines()]
        said[label] = (refused["code"], refused["field"])
        assert (counts["refused"], result.exit_code) == (1, 1)

    assert said == {label: (code, place) for label, _, code, place in PLANS_REFUSED}


def test_the_api_refuses_of_each_file_what_the_store_does(market: Commands, tmp_path: Path) -> None:
    first = [paid("GOOD"), paid("DONE"), succeeded("DONE")]
    events = write_lines(tmp_path / "events.jsonl", *first, *(bad for _, bad, _, _ in EVENTS))
    parties = write_lines(tmp_path / "more.jsonl", *(bad for _, bad, _, _ in PARTIES_REFUSED), merchant("N1"))
    plans = [write_lines(tmp_path / f"{at}.json", plan) for at, (_, plan, _, _) in enumerate(PLANS_REFUSED)]
    files = [("events", events), ("parties", parties), *(("fee-plan", plan) for plan in plans)]
    key = market.run("key", "create", "--role", "operator", "--name", "ann").stdout.strip()

    on_the_store = [market.run("import", *each, "--json", "--platform", "OP") for each in files]
    with run_gateway(market) as url:
        over_the_api = [market.run("import", *each, "--json", "--url", url, "--key", key) for each in files]

    for first, second in zip(on_the_store, over_the_api, strict=True):
        *refused, counts = [json.loads(line) for line in first.stdout.splitlines()]
        *refused_there, counts_there = [json.loads(line) for line in second.stdout.splitlines()]
        assert refused_there == refused
        assert counts_there["refused"] == counts["refused"]
        assert counts_there["replayed"] == counts["recorded"]
        assert (first.exit_code, second.exit_code) == (1, 1)


def test_people_read_the_number_and_the_reason(market: Commands, tmp_path: Path) -> None:
    file = write_lines(tmp_path / "events.jsonl", paid("A"), refunded("A", "200.00"), b"{")

    result = market.run("import", "events", file)

    assert result.stderr == (
        "line 2: lines.0.amount: Line 1 has 100.00 CNY of its goods left to refund, not 200.00. "
        "[REFUND_EXCEEDS_REMAINING]\n"
        "line 3: The line is not valid JSON: Expecting property name enclosed in double quotes at character 1. "
        "[INVALID_JSON]\n"
    )
    assert result.stdout.startswith("events.jsonl: 3 lines: 1 recorded, 0 already there, 2 refused (")
