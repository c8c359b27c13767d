import copy
import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.charging.errors import DepthExceeded, RatesExceedWhole, SplitRatioExceeded
from ledger.charging.plan import parse_plan, rates_for
from ledger.charging.rates import Bearer, FrozenRates, MissingLevel, SelfPurchase
from ledger.errors import InvalidInput, LedgerError
from ledger.money import RateInvalid, Rounding
from tests.ledger.charging.terms import frozen_rates

FULL = {
    "plan": "main",
    "validFrom": "2016-01-01",
    "base": "goods",
    "commission": {
        "default": "0.08",
        "byCategory": {"relogios": "0.12", "informatica": "0.060"},
        "rounding": "HALF_EVEN",
        "taxInside": "0.06",
    },
    "distribution": {
        "rates": ["0.05", "0.03", "0.01"],
        "poolRounding": "HALF_UP",
        "missingLevel": "TO_PLATFORM",
        "bornBy": "PLATFORM",
        "selfPurchase": "FORBID_SELF",
    },
    "agent": {"rate": "0.005", "rounding": "CEIL"},
    "delivery": {"receiver": "MERCHANT"},
    "channelFee": {"rate": "0.006", "base": "paid", "rounding": "FLOOR", "bornBy": "PLATFORM"},
    "channels": ["wechat", "sandbox", "wechat"],
}
SMALLEST = {"plan": "main", "validFrom": "2016-01-01", "commission": {"default": "0.08"}}


def changed(path: str, value: object) -> dict[str, object]:
    """The full document with another value at a path such as commission.default."""
    document = copy.deepcopy(FULL)
    *places, last = path.split(".")
    inner = document
    for place in places:
        inner = inner[int(place)] if isinstance(inner, list) else inner[place]
    inner[int(last) if isinstance(inner, list) else last] = value
    return document


def test_a_plan_is_read_with_every_key():
    plan = parse_plan(FULL)

    assert (plan.name, plan.valid_from) == ("main", date(2016, 1, 1))
    assert (plan.commission, plan.commission_rounding) == (Decimal("0.08"), Rounding.HALF_EVEN)
    assert plan.commission_by_category == (("informatica", Decimal("0.06")), ("relogios", Decimal("0.12")))
    assert plan.tax_inside == Decimal("0.06")
    assert plan.levels == (Decimal("0.05"), Decimal("0.03"), Decimal("0.01"))
    assert (plan.pool_rounding, plan.missing_level) == (Rounding.HALF_UP, MissingLevel.TO_PLATFORM)
    assert (plan.levels_born_by, plan.self_purchase) == (Bearer.PLATFORM, SelfPurchase.FORBID_SELF)
    assert (plan.agent, plan.agent_rounding) == (Decimal("0.005"), Rounding.CEIL)
    assert (plan.channel_fee, plan.channel_fee_rounding) == (Decimal("0.006"), Rounding.FLOOR)
    assert plan.channel_fee_born_by is Bearer.PLATFORM
    assert plan.channels == ("sandbox", "wechat")


def test_what_a_plan_leaves_out_has_the_defaults_of_the_house():
    assert parse_plan(SMALLEST).to_document() == {
        "plan": "main",
        "validFrom": "2016-01-01",
        "base": "goods",
        "commission": {"default": "0.08", "byCategory": {}, "rounding": "HALF_UP", "taxInside": "0"},
        "distribution": {
            "rates": [],
            "poolRounding": "FLOOR",
            "missingLevel": "RESIDUAL",
            "bornBy": "MERCHANT",
            "selfPurchase": "ALLOW",
        },
        "agent": {"rate": "0", "rounding": "HALF_UP"},
        "delivery": {"receiver": "MERCHANT"},
        "channelFee": {"rate": "0", "base": "paid", "rounding": "HALF_UP", "bornBy": "MERCHANT"},
        "channels": [],
    }


@pytest.mark.parametrize("document", [FULL, SMALLEST])
def test_a_plan_survives_being_written_and_read(document):
    plan = parse_plan(document)

    assert parse_plan(json.loads(json.dumps(plan.to_document()))) == plan


def test_two_spellings_of_one_plan_have_one_canonical_document():
    other = changed("commission.default", "0.0800")
    other["channels"] = ["sandbox", "wechat"]
    other["commission"]["byCategory"] = {"informatica": "0.06", "relogios": "0.120"}

    assert json.dumps(parse_plan(other).to_document()) == json.dumps(parse_plan(FULL).to_document())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("surprise", 1),
        ("commission.surprise", 1),
        ("distribution.pool", "FLOOR"),
        ("agent.Rate", "0.1"),
        ("delivery.to", "MERCHANT"),
        ("channelFee.cap", "1.00"),
    ],
)
def test_an_unknown_key_is_refused_by_name(path, value):
    with pytest.raises(InvalidInput, match=f"^{path} is not a known key, these are: ") as refusal:
        parse_plan(changed(path, value))

    assert refusal.value.field == tuple(path.split("."))


@pytest.mark.parametrize("key", ["plan", "validFrom", "commission", "commission.default"])
def test_a_missing_key_is_refused_by_name(key):
    document = copy.deepcopy(SMALLEST)
    if key == "commission.default":
        document["commission"] = {}
    else:
        del document[key]

    with pytest.raises(InvalidInput, match=f"^{key} is missing") as refusal:
        parse_plan(document)

    assert refusal.value.field == tuple(key.split("."))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *(("plan", name) for name in ("", " main", "main ", "ma\x00in", "ma\nin", "\ud800", "x" * 201, 1, None, [])),
        *(("validFrom", day) for day in ("20160101", "2016-W01-1", "2016-13-01", "2016-02-30", "2016-1-1", 2016, None)),
        *(("validFrom", day) for day in ("2016-01-01T00:00:00", "٢٠١٦-01-01", "2016-01-01\n", "0000-01-01", True)),
        *(("base", base) for base in ("paid", "GOODS", 1, None, ["goods"], {})),
        *(("commission", part) for part in (None, [], "0.08", 1)),
        *(("commission.byCategory", part) for part in (None, [], "0.08")),
        *(("commission.rounding", rounding) for rounding in ("UP", "half_up", "", None, 1, [], {"a": 1})),
        *(("distribution", part) for part in (None, [], "0.08")),
        *(("distribution.rates", rates) for rates in (None, {}, "0.05", 0)),
        ("distribution.poolRounding", "DOWN"),
        ("distribution.missingLevel", "residual"),
        ("distribution.bornBy", "AGENT"),
        ("distribution.selfPurchase", "FORBID"),
        ("agent.rounding", "DOWN"),
        ("delivery.receiver", "PLATFORM"),
        ("channelFee.base", "goods"),
        ("channelFee.bornBy", "BUYER"),
        ("channels", "wechat"),
        ("channels", None),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_refused_with_its_place(path, value):
    with pytest.raises(InvalidInput) as refusal:
        parse_plan(changed(path, value))

    assert refusal.value.field == tuple(path.split("."))
    assert str(refusal.value).startswith(f"{path} must ")
    assert len(str(refusal.value)) < 300


def test_a_channel_that_is_no_name_is_refused_with_its_place():
    with pytest.raises(InvalidInput) as refusal:
        parse_plan(changed("channels", ["wechat", ""]))

    assert refusal.value.field == ("channels", "1")


@pytest.mark.parametrize("category", ["", "a\x00", "\ud800", "x" * 100_000, 5, None])
def test_a_category_that_is_no_name_is_refused(category):
    with pytest.raises(InvalidInput, match=r"^commission\.byCategory has a key that is no name") as refusal:
        parse_plan(changed("commission.byCategory", {category: "0.08"}))

    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize("name", ["x", "x" * 200, "秋季方案", "two words"])
def test_a_name_may_have_1_to_200_characters_of_any_script(name):
    assert parse_plan(changed("plan", name)).name == name
    assert parse_plan(changed("commission.byCategory", {name: "0.01"})).commissions == {name: Decimal("0.01")}


@pytest.mark.parametrize("document", [None, [], "plan", 1, [FULL]])
def test_a_document_that_is_no_object_is_refused(document):
    with pytest.raises(InvalidInput, match=r"^the document must be an object"):
        parse_plan(document)


RATE_PLACES = ["commission.default", "commission.byCategory.relogios", "commission.taxInside", "distribution.rates.1"]


@pytest.mark.parametrize("rate", [0.05, 0, 1, "5%", "-0.05", "1.01", "5e-2", "0.00000000001", "", None, True, ["0.05"]])
@pytest.mark.parametrize("path", [*RATE_PLACES, "agent.rate", "channelFee.rate"])
def test_a_rate_is_a_decimal_string_from_0_to_1(path, rate):
    with pytest.raises(RateInvalid) as refusal:
        parse_plan(changed(path, rate))

    assert refusal.value.field == tuple(path.split("."))


def test_a_fourth_level_is_refused_with_the_limit():
    with pytest.raises(DepthExceeded) as refusal:
        parse_plan(changed("distribution.rates", ["0.01"] * 4))

    assert (refusal.value.code, refusal.value.field) == ("DEPTH_EXCEEDED", ("distribution", "rates"))
    assert refusal.value.facts == {"given": 4, "limit": 3, "by": "Splitbook"}
    assert str(refusal.value) == "The plan pays 4 distributor levels; Splitbook allows 3. Leave out the last ones."


def test_rates_may_add_up_to_one_and_not_to_more():
    whole = changed("commission.byCategory", {"all": "0.905"})
    whole["channels"] = []

    assert parse_plan(whole).largest_total == 1

    with pytest.raises(RatesExceedWhole) as refusal:
        parse_plan(changed("commission.byCategory", {"all": "0.9050000001"}))

    assert (refusal.value.code, refusal.value.facts) == ("RATES_EXCEED_WHOLE", {"total": "1.0000000001"})


def test_a_plan_above_the_cap_of_a_channel_it_names_is_refused_when_it_is_published():
    plan = {**SMALLEST, "commission": {"default": "0.20"}, "channels": ["sandbox", "wechat"]}
    plan["distribution"] = {"rates": ["0.08", "0.05", "0.015"]}
    plan["agent"] = {"rate": "0.005"}

    with pytest.raises(SplitRatioExceeded) as refusal:
        parse_plan(plan)

    assert (refusal.value.code, refusal.value.field) == ("SPLIT_RATIO_EXCEEDED", ("channels",))
    assert refusal.value.facts == {"total": "0.35", "channel": "wechat", "cap": "0.3"}
    assert parse_plan({**plan, "channels": []}).largest_split == Decimal("0.35")


def test_the_rates_of_a_line_are_those_of_its_category_else_the_default():
    plan = parse_plan(FULL)

    assert rates_for(plan, "relogios").commission == Decimal("0.12")
    assert rates_for(plan, "Relogios").commission == Decimal("0.08")
    assert rates_for(plan, "").commission == Decimal("0.08")


def test_frozen_rates_survive_being_stored_on_a_line():
    rates = rates_for(parse_plan(FULL), "relogios")

    assert rates.to_document() == {
        "plan": "main",
        "validFrom": "2016-01-01",
        "commission": "0.12",
        "commissionRounding": "HALF_EVEN",
        "taxInside": "0.06",
        "levels": ["0.05", "0.03", "0.01"],
        "poolRounding": "HALF_UP",
        "missingLevel": "TO_PLATFORM",
        "levelsBornBy": "PLATFORM",
        "agent": "0.005",
        "agentRounding": "CEIL",
        "channelFee": "0.006",
        "channelFeeRounding": "FLOOR",
        "channelFeeBornBy": "PLATFORM",
    }
    assert FrozenRates.from_document(json.loads(json.dumps(rates.to_document()))) == rates


@given(frozen_rates())
def test_any_frozen_rates_are_read_back_as_they_were(rates):
    assert FrozenRates.from_document(rates.to_document()) == rates


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["0.1", "2016-01-01", "goods"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from([*FULL, "surprise"]), json_values), st.booleans())
def test_any_document_is_read_or_refused_with_a_code(document, complete):
    try:
        parse_plan({**FULL, **document} if complete else document)
    except LedgerError as refusal:
        assert refusal.code  # noqa: PT017 - that nothing else is raised is the point
