"""What is compared, pure: a channel that says what is booked differs in nothing, and every change has its name."""

from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as some

from ledger.charging.channel_days.comparing import compare_days
from ledger.charging.channel_days.model import Booked, DayKey, Record, RecordKind, Told

AT = datetime(2025, 3, 1, tzinfo=UTC)
KEY = DayKey(7, "sandbox", 1, "CNY")
amounts = some.integers(min_value=1, max_value=10**15)


@dataclass(frozen=True)
class World:
    """Payments and refunds as they are booked."""

    booked: tuple[Booked, ...]

    def tell(self) -> list[Told]:
        return [
            Told(KEY, Record(str(place), each.kind, each.order, each.name, each.amount, each.fee, AT))
            for place, each in enumerate(self.booked)
        ]


@some.composite
def worlds(draw: some.DrawFn) -> World:
    names = draw(
        some.lists(
            some.tuples(some.sampled_from(RecordKind), some.sampled_from("ABC"), some.sampled_from("12")),
            unique=True,
            min_size=1,
        )
    )
    return World(
        tuple(
            Booked(7, "sandbox", 1, "CNY", kind, order, name, draw(amounts), draw(some.integers(0, 10**15)))
            for kind, order, name in names
        )
    )


@given(worlds())
def test_a_channel_that_says_what_is_booked_differs_in_nothing(world: World) -> None:
    assert compare_days(world.tell(), world.booked) == []


@given(worlds(), some.data())
def test_each_change_is_named_and_nothing_else_is(world: World, data: some.DataObject) -> None:
    told = world.tell()
    place = data.draw(some.integers(0, len(told) - 1))
    each = told[place]
    changes = {
        "AMOUNT_DIFF": each._replace(record=each.record._replace(amount=each.record.amount + 1)),
        "FEE_DIFF": each._replace(record=each.record._replace(fee=each.record.fee + 1)),
        "CURRENCY_DIFF": each._replace(key=KEY._replace(currency="USD")),
        "ENTITY_DIFF": each._replace(key=KEY._replace(book_id=2)),
    }
    for reason, changed in changes.items():
        (found,) = compare_days([*told[:place], changed, *told[place + 1 :]], world.booked)
        assert (found.reason, found.channel_day_id) == (reason, 7)
    renamed = each._replace(record=each.record._replace(name="other"))
    missing = compare_days([*told[:place], renamed, *told[place + 1 :]], world.booked)
    assert [found.reason for found in missing] == ["BOOK_MISSING", "CHANNEL_MISSING"]


@given(worlds())
def test_what_was_told_before_is_told_twice_where_it_came_again(world: World) -> None:
    again = world.tell()[0]._replace(key=KEY._replace(channel_day_id=8))

    (found,) = compare_days([*world.tell(), again], world.booked)

    assert (found.reason, found.channel_day_id) == ("TOLD_TWICE", 8)


@given(worlds())
def test_what_a_channel_left_out_is_missing_on_its_day_once_the_channel_told_of_that(world: World) -> None:
    first, *rest = world.booked
    elsewhere = first._replace(channel_day_id=None)

    (found,) = compare_days(world.tell()[1:], world.booked)

    assert (found.reason, found.channel_day_id, found.booked) == ("CHANNEL_MISSING", 7, first.amount)
    assert compare_days(world.tell()[1:], [elsewhere, *rest]) == []


@given(worlds())
def test_a_payment_in_parts_on_two_days_is_one(world: World) -> None:
    first, *rest = world.booked
    half = first._replace(amount=first.amount // 2, fee=0)
    other = first._replace(channel_day_id=8, amount=first.amount - half.amount)

    untold = compare_days(world.tell()[1:], [half, other, *rest])

    assert compare_days(world.tell(), [half, other, *rest]) == []
    assert {each.channel_day_id: each.booked for each in untold} == {
        part.channel_day_id: part.amount for part in (half, other) if part.amount
    }


def test_a_payment_of_nothing_is_not_expected_of_a_channel() -> None:
    nothing = Booked(7, "sandbox", 1, "CNY", RecordKind.CAPTURE, "A", "1", 0, 0)

    assert compare_days([], [nothing]) == []
