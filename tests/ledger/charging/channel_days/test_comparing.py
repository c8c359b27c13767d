"""What is compared, pure: a channel that says what is booked differs in nothing, and every change has its name."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as some

from ledger.charging.channel_days.comparing import compare_told, find_untold, identify
from ledger.charging.channel_days.model import Booked, DayKey, Record, RecordKind, Told

AT = datetime(2025, 3, 1, tzinfo=UTC)
KEY = DayKey("sandbox", 1, "CNY", date(2025, 3, 1))
amounts = some.integers(min_value=1, max_value=10**15)


@dataclass(frozen=True)
class World:
    """Payments and refunds as they are booked."""

    booked: tuple[Booked, ...]

    def tell(self) -> list[Told]:
        return [
            Told(KEY, Record(str(place), each.kind, each.order, each.name, each.amount, each.fee, AT), False)
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
            Booked("sandbox", 1, "CNY", kind, order, name, draw(amounts), draw(some.integers(0, 10**15)), AT)
            for kind, order, name in names
        )
    )


@given(worlds())
def test_a_channel_that_says_what_is_booked_differs_in_nothing(world: World) -> None:
    told = world.tell()
    booked = {identify(each): each for each in world.booked}

    assert compare_told(told, booked) == []
    assert find_untold(world.booked, {identify(each) for each in told}, is_final=True) == ([], 0)


@given(worlds(), some.data())
def test_each_change_is_named_and_nothing_else_is(world: World, data: some.DataObject) -> None:
    told = world.tell()
    place = data.draw(some.integers(0, len(told) - 1))
    each, booked = told[place], {identify(one): one for one in world.booked}
    changes = {
        "AMOUNT_DIFF": each._replace(record=each.record._replace(amount=each.record.amount + 1)),
        "FEE_DIFF": each._replace(record=each.record._replace(fee=each.record.fee + 1)),
        "BOOK_MISSING": each._replace(record=each.record._replace(name="other")),
        "CURRENCY_DIFF": each._replace(key=KEY._replace(currency="USD")),
        "ENTITY_DIFF": each._replace(key=KEY._replace(book_id=2)),
        "TOLD_TWICE": each._replace(is_again=True),
    }
    for reason, changed in changes.items():
        (found,) = compare_told([*told[:place], changed, *told[place + 1 :]], booked)
        assert found.reason == reason


@given(worlds(), some.booleans())
def test_what_a_channel_left_out_waits_for_its_next_day_and_is_missing_then(world: World, is_final: bool) -> None:
    told = {identify(each) for each in world.tell()[1:]}

    missing, waiting = find_untold(world.booked, told, is_final=is_final)

    assert ([each.reason for each in missing], waiting) == ((["CHANNEL_MISSING"], 0) if is_final else ([], 1))


def test_a_payment_of_nothing_is_not_expected_of_a_channel() -> None:
    nothing = Booked("sandbox", 1, "CNY", RecordKind.CAPTURE, "A", "1", 0, 0, AT)

    assert find_untold([nothing], set(), is_final=True) == ([], 0)
