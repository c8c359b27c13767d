"""What a document of terms may say."""

from datetime import date

import pytest

from ledger.calendars.model import Anchor
from ledger.errors import InvalidInput
from ledger.settlement.terms.model import Confirmation, Cycle, Effect, Layer, Mode, Role
from ledger.settlement.terms.parsing import parse_change, parse_cycle, read_registration


@pytest.mark.parametrize(
    ("text", "cycle", "days"),
    [
        ("T+2", Cycle.T_PLUS, 2),
        ("t+0", Cycle.T_PLUS, 0),
        ("T_PLUS_10", Cycle.T_PLUS, 10),
        ("daily", Cycle.DAILY, None),
        ("Weekly", Cycle.WEEKLY, None),
        ("1/11/21", Cycle.DECADE, None),
        ("semi-monthly", Cycle.SEMI_MONTHLY, None),
        ("MONTHLY", Cycle.MONTHLY, None),
        ("on demand", Cycle.ON_DEMAND, None),
    ],
)
def test_a_cycle_is_read_in_the_ways_people_write_it(text: str, cycle: Cycle, days: int | None):
    assert parse_cycle(text) == (cycle, days)


@pytest.mark.parametrize("word", ["", "T+", "T+366", "T+-1", "T_PLUS", "fortnightly", 7, None])
def test_any_other_word_is_refused(word: object):
    with pytest.raises(InvalidInput):
        parse_cycle(word)


def test_everything_can_be_said_at_once():
    change = parse_change(
        {
            "role": "SUPPLIER",
            "party": "S1",
            "validFrom": "2024-07-17",
            "effect": "NOW",
            "cycle": "SEMI_MONTHLY",
            "dueDays": 3,
            "calendar": "BR",
            "anchor": "ROLL",
            "confirmation": "DEEMED",
            "confirmationDays": 10,
            "netting": False,
            "carryLimitMinorUnits": 50_000,
            "carryCycles": 3,
            "mode": "purchase",
        }
    )

    assert (change.role, change.party, change.valid_from, change.effect) == (
        Role.SUPPLIER,
        "S1",
        date(2024, 7, 17),
        Effect.NOW,
    )
    assert Layer(**change.said) == Layer(
        Cycle.SEMI_MONTHLY, 3, "BR", Anchor.ROLL, Confirmation.DEEMED, 10, False, 50_000, 3, Mode.PURCHASE
    )


def test_another_cycle_lets_go_of_the_days_of_the_last_one():
    assert parse_change({"party": "M1", "cycle": "WEEKLY"}).said == {"cycle": Cycle.WEEKLY, "due_days": None}
    assert parse_change({"party": "M1", "cycle": None}).said == {"cycle": None, "due_days": None}
    assert parse_change({"party": "M1", "confirmation": "NONE"}).said == {
        "confirmation": Confirmation.NONE,
        "confirmation_days": None,
    }


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"party": "M1"}, "cycle"),
        ({"party": "M1", "cycle": "T+2", "dueDays": 3}, "dueDays"),
        ({"party": "M1", "dueDays": -1}, "dueDays"),
        ({"party": "M1", "dueDays": 2.0}, "dueDays"),
        ({"party": "M1", "dueDays": True}, "dueDays"),
        ({"party": "M1", "netting": "yes"}, "netting"),
        ({"party": "M1", "anchor": "EVE"}, "anchor"),
        ({"party": "M1", "confirmationDays": 3}, "confirmationDays"),
        ({"party": "M1", "confirmationDays": None}, "confirmationDays"),
        ({"party": "M1", "confirmation": "NONE", "confirmationDays": 3}, "confirmationDays"),
        ({"party": "M1", "carryLimitMinorUnits": 10**16}, "carryLimitMinorUnits"),
        ({"party": "M1", "calendar": " "}, "calendar"),
        ({"party": "M1", "mode": "AGENT"}, "mode"),
        ({"role": "OPERATOR", "cycle": "DAILY"}, "role"),
        ({"role": "AGENT", "cycle": "DAILY", "validFrom": "1899-12-31"}, "validFrom"),
        ({"role": "AGENT", "cycle": "DAILY", "effect": "LATER"}, "effect"),
        ({"role": "AGENT", "cicle": "DAILY"}, "cicle"),
    ],
)
def test_what_cannot_be_is_refused_by_name(document: dict[str, object], field: str):
    with pytest.raises(InvalidInput) as refused:
        parse_change(document)

    assert refused.value.field[0] == field


def test_a_registration_says_what_it_can():
    assert read_registration("") == read_registration(None) == (Layer(), ())
    assert read_registration('{"cycle":"T+1","mode":"purchase","calendar":null}') == (
        Layer(cycle=Cycle.T_PLUS, due_days=1, mode=Mode.PURCHASE),
        (),
    )
    assert read_registration('{"cycle":["T+1"],"mode":"barter","calendar":""}') == (
        Layer(),
        ("cycle", "mode", "calendar"),
    )
